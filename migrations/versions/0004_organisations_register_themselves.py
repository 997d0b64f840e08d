"""organisations register themselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def add_reference(table: str, column: str, target: str, *, small: bool = False) -> None:
    """A foreign key on a new, empty column: SQLite adds it with the column only, Alembic afterwards only."""
    kind = "BIGINT" if not small and op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} REFERENCES {target} (id)")


def upgrade() -> None:
    op.create_table('attempts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('what', sa.String(length=32), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_attempts_who', 'attempts', ['what', 'who', 'at'], unique=False)
    op.create_table('rate_counts',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('ends_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('ix_rate_counts_ends', 'rate_counts', ['ends_at'], unique=False)
    op.create_table('registration_drafts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('username', sa.String(length=64), server_default='', nullable=False),
    sa.Column('password', sa.String(length=256), server_default='', nullable=False),
    sa.Column('captcha', sa.Text(), nullable=True),
    sa.Column('captcha_until', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    op.create_index('ix_registration_drafts_at', 'registration_drafts', ['at'], unique=False)
    op.create_table('organisation_changes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('changes', sa.Text(), nullable=False),
    sa.Column('needs_check', sa.Boolean(), nullable=False),
    sa.Column('checked_by_id', sa.Integer(), nullable=True),
    sa.Column('checked_at', sa.DateTime(), nullable=True),
    sa.Column('return_reason', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['checked_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_organisation_changes_organisation', 'organisation_changes', ['organisation_id', 'at'], unique=False)
    op.create_table('organisation_papers',
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('requirement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.Column('received_by_id', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.ForeignKeyConstraint(['received_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['requirement_id'], ['required_attachments.id'], ),
    sa.PrimaryKeyConstraint('organisation_id', 'requirement_id')
    )
    op.create_table('area_wishes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('district_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('typed_name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'granted', 'declined', name='ck_wish_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("area_id IS NOT NULL OR typed_name <> ''", name='ck_area_wishes_named'),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], ),
    sa.ForeignKeyConstraint(['decided_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['district_id'], ['districts.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_area_wishes_organisation', 'area_wishes', ['organisation_id'], unique=False)
    op.create_table('house_changes',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.Enum('split', 'merge', 'sale', name='ck_house_change_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('takes_effect_on', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], ),
    sa.ForeignKeyConstraint(['entry_id'], ['journal_entries.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_house_changes_area', 'house_changes', ['area_id', 'at'], unique=False)
    op.create_table('house_successions',
    sa.Column('change_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('before_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('after_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('floor_area', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['after_id'], ['houses.id'], ),
    sa.ForeignKeyConstraint(['before_id'], ['houses.id'], ),
    sa.ForeignKeyConstraint(['change_id'], ['house_changes.id'], ),
    sa.PrimaryKeyConstraint('change_id', 'before_id', 'after_id')
    )
    op.create_index('ix_house_successions_after', 'house_successions', ['after_id'], unique=False)
    op.create_index('ix_house_successions_before', 'house_successions', ['before_id'], unique=False)
    op.create_table('area_change_areas',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('former_organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('former_name', sa.String(length=200), nullable=False),
    sa.Column('buildings', sa.Integer(), nullable=False),
    sa.Column('houses', sa.Integer(), nullable=False),
    sa.Column('floor_area', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], ),
    sa.ForeignKeyConstraint(['former_organisation_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('application_id', 'area_id', name='uq_area_change_areas_area')
    )
    op.create_index('ix_area_change_areas_area', 'area_change_areas', ['area_id'], unique=False)
    op.create_table('area_changes',
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=True),
    sa.Column('effected_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name='ck_area_changes_period'),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
    sa.PrimaryKeyConstraint('application_id')
    )
    op.create_index('ix_area_changes_effective', 'area_changes', ['effective_on', 'effected_at'], unique=False)
    op.create_table('handovers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('successor_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('project_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('application_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], ),
    sa.ForeignKeyConstraint(['successor_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_handovers_organisation', 'handovers', ['organisation_id', 'area_id'], unique=False)
    op.create_table('collected_shares',
    sa.Column('project_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('house_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount > 0', name='ck_collected_shares_amount'),
    sa.ForeignKeyConstraint(['house_id'], ['houses.id'], ),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], ),
    sa.PrimaryKeyConstraint('project_id', 'house_id')
    )
    op.create_index('ix_collected_shares_house', 'collected_shares', ['house_id'], unique=False)
    op.drop_column('project_houses', 'collected')
    op.add_column('ab_user', sa.Column('identity_number', sa.Text(), nullable=True))
    op.add_column('ab_user', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    op.create_index('ix_project_items_equipment', 'project_items', ['equipment_id'], unique=False)
    op.add_column('acceptance_items', sa.Column('warranty_before', sa.Date(), nullable=True))
    op.add_column('equipment', sa.Column('retired_on', sa.Date(), nullable=True))
    op.add_column('equipment', sa.Column('retire_reason', sa.String(length=200), server_default='', nullable=False))
    op.add_column('equipment', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('houses', sa.Column('ended_on', sa.Date(), nullable=True))
    op.add_column('houses', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    op.add_column('organisations', sa.Column('email', sa.String(length=128), server_default='', nullable=False))
    op.add_column('organisations', sa.Column('founded_on', sa.Date(), nullable=True))
    op.add_column('organisations', sa.Column('registered_capital', sa.BigInteger(), nullable=True))
    op.add_column('organisations', sa.Column('qualification', sa.String(length=64), server_default='', nullable=False))
    op.add_column('organisations', sa.Column('confirmed_at', sa.DateTime(), nullable=True))
    add_reference('organisations', 'confirmed_by_id', 'ab_user', small=True)
    op.add_column('organisations', sa.Column('licence_unverified', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('organisations', sa.Column('registered_at', sa.DateTime(), nullable=True))
    op.add_column('organisations', sa.Column('agreement_version', sa.String(length=16), server_default='', nullable=False))
    op.add_column('organisations', sa.Column('version', sa.Integer(), server_default='1', nullable=False))
    add_reference('ownerships', 'change_id', 'house_changes')
    room = ['building_id', sa.text('coalesce(unit_id, 0)'), 'room']
    living, ended = sa.text('ended_on IS NULL'), sa.text('ended_on IS NOT NULL')
    op.drop_index('uq_houses_room', table_name='houses')
    op.create_index('uq_houses_room', 'houses', room, unique=True, sqlite_where=living, postgresql_where=living)
    op.create_index('ix_houses_ended', 'houses', ['area_id'], sqlite_where=ended, postgresql_where=ended)
    add_reference('service_contracts', 'application_id', 'applications')
    op.add_column('service_contracts', sa.Column('warned_for', sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_index('ix_houses_ended', table_name='houses')
    op.drop_index('uq_houses_room', table_name='houses')
    op.create_index('uq_houses_room', 'houses', ['building_id', sa.text('coalesce(unit_id, 0)'), 'room'], unique=True)
    with op.batch_alter_table('service_contracts') as batch:
        batch.drop_column('warned_for')
        batch.drop_column('application_id')
    with op.batch_alter_table('ownerships') as batch:
        batch.drop_column('change_id')
    op.drop_column('organisations', 'version')
    op.drop_column('organisations', 'agreement_version')
    op.drop_column('organisations', 'registered_at')
    op.drop_column('organisations', 'licence_unverified')
    with op.batch_alter_table('organisations') as batch:
        batch.drop_column('confirmed_by_id')
    op.drop_column('organisations', 'confirmed_at')
    op.drop_column('organisations', 'qualification')
    op.drop_column('organisations', 'registered_capital')
    op.drop_column('organisations', 'founded_on')
    op.drop_column('organisations', 'email')
    op.drop_column('houses', 'version')
    op.drop_column('houses', 'ended_on')
    op.drop_column('equipment', 'version')
    op.drop_index('ix_project_items_equipment', table_name='project_items')
    op.drop_column('equipment', 'retire_reason')
    op.drop_column('equipment', 'retired_on')
    op.drop_column('acceptance_items', 'warranty_before')
    op.drop_column('ab_user', 'version')
    op.drop_column('ab_user', 'identity_number')
    op.add_column('project_houses', sa.Column('collected', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index('ix_collected_shares_house', table_name='collected_shares')
    op.drop_table('collected_shares')
    op.drop_index('ix_handovers_organisation', table_name='handovers')
    op.drop_table('handovers')
    op.drop_index('ix_area_changes_effective', table_name='area_changes')
    op.drop_table('area_changes')
    op.drop_index('ix_area_change_areas_area', table_name='area_change_areas')
    op.drop_table('area_change_areas')
    op.drop_index('ix_house_successions_before', table_name='house_successions')
    op.drop_index('ix_house_successions_after', table_name='house_successions')
    op.drop_table('house_successions')
    op.drop_index('ix_house_changes_area', table_name='house_changes')
    op.drop_table('house_changes')
    op.drop_index('ix_area_wishes_organisation', table_name='area_wishes')
    op.drop_table('area_wishes')
    op.drop_table('organisation_papers')
    op.drop_index('ix_organisation_changes_organisation', table_name='organisation_changes')
    op.drop_table('organisation_changes')
    op.drop_index('ix_rate_counts_ends', table_name='rate_counts')
    op.drop_table('rate_counts')
    op.drop_index('ix_registration_drafts_at', table_name='registration_drafts')
    op.drop_table('registration_drafts')
    op.drop_index('ix_attempts_who', table_name='attempts')
    op.drop_table('attempts')
