"""the money desk: revenue, deposits, interest, statements, corrections"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 收益交款、收益分摊
    op.create_table('revenue_notices',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('state', sa.Enum('issued', 'paid', 'kept', 'distributed', 'voided', 'expired', name='ck_revenue_state', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('escrow_account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Enum('advertising', 'parking', 'rent', 'scrap', 'other', name='ck_revenue_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('distributed', sa.BigInteger(), nullable=False),
    sa.Column('benefit', sa.String(length=400), nullable=False),
    sa.Column('remark', sa.Text(), nullable=False),
    sa.Column('filed_at', sa.DateTime(), nullable=False),
    sa.Column('filed_by_id', sa.Integer(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('void_reason', sa.Text(), nullable=False),
    sa.Column('keep_reason', sa.Text(), nullable=False),
    sa.Column('bank_serial', sa.String(length=64), nullable=False),
    sa.Column('booked_on', sa.Date(), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('paid_at', sa.DateTime(), nullable=True),
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('amount > 0', name='ck_revenue_notices_amount'),
    sa.CheckConstraint('distributed >= 0 AND distributed <= amount', name='ck_revenue_notices_distributed'),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], ),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['entry_id'], ['journal_entries.id'], ),
    sa.ForeignKeyConstraint(['escrow_account_id'], ['escrow_accounts.id'], ),
    sa.ForeignKeyConstraint(['filed_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('number')
    )
    op.create_index('ix_revenue_notices_area', 'revenue_notices', ['area_id'], unique=False)
    op.create_index('ix_revenue_notices_organisation', 'revenue_notices', ['organisation_id'], unique=False)
    op.create_index('ix_revenue_notices_state', 'revenue_notices', ['state', 'escrow_account_id'], unique=False)
    op.create_index('uq_revenue_notices_bank_serial', 'revenue_notices', ['escrow_account_id', 'bank_serial'], unique=True, sqlite_where=sa.text("bank_serial <> ''"), postgresql_where=sa.text("bank_serial <> ''"))
    op.create_table('distributions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('notice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('house_count', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('amount > 0', name='ck_distributions_amount'),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], ),
    sa.ForeignKeyConstraint(['entry_id'], ['journal_entries.id'], ),
    sa.ForeignKeyConstraint(['made_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['notice_id'], ['revenue_notices.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_distributions_area', 'distributions', ['area_id'], unique=False)
    op.create_index('ix_distributions_notice', 'distributions', ['notice_id'], unique=False)
    op.create_table('revenue_ranges',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('notice_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('building_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('house_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint('(CASE WHEN building_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN house_id IS NULL THEN 0 ELSE 1 END) = 1', name='ck_revenue_ranges_one'),
    sa.ForeignKeyConstraint(['building_id'], ['buildings.id'], ),
    sa.ForeignKeyConstraint(['house_id'], ['houses.id'], ),
    sa.ForeignKeyConstraint(['notice_id'], ['revenue_notices.id'], ),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_revenue_ranges_notice', 'revenue_ranges', ['notice_id'], unique=False)
    op.create_table('distribution_lines',
    sa.Column('distribution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('house_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sort_key', sa.String(length=160).with_variant(sa.String(length=160, collation='C'), 'postgresql'), nullable=False),
    sa.Column('floor_area', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distribution_id'], ['distributions.id'], ),
    sa.ForeignKeyConstraint(['house_id'], ['houses.id'], ),
    sa.PrimaryKeyConstraint('distribution_id', 'house_id')
    )


def downgrade() -> None:
    op.drop_table('distribution_lines')
    op.drop_table('revenue_ranges')
    op.drop_table('distributions')
    op.drop_table('revenue_notices')
