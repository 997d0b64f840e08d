"""The migrated schema is the models' schema, and what is booked can be neither changed nor removed."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.commands.init import prepare
from app.entities.base import Encrypted
from app.extensions import db
from tests.conftest import ON_POSTGRESQL

pytestmark = pytest.mark.isolation  # so that PostgreSQL runs it too
KEY = {"journal_entries": "id", "postings": "line", "audit_events": "id", "reviews": "id"}


def same_type(context, inspected, metadata_column, inspected_type, metadata_type):
    """Encrypted columns are text in the database; everything else is compared by Alembic."""
    return False if isinstance(metadata_type, Encrypted) else None


def test_migrated_schema_equals_the_models(session):
    context = MigrationContext.configure(session.connection(), opts={"compare_type": same_type})
    assert compare_metadata(context, db.metadata) == []


def test_migrated_checks_and_indexes_equal_the_models(session):
    """Alembic doesn't compare CHECK constraints, nor indexes on expressions."""
    found = inspect(session.connection())
    for table in db.metadata.sorted_tables:
        checks = {check.name for check in table.constraints if isinstance(check, CheckConstraint)}
        assert {check["name"] for check in found.get_check_constraints(table.name)} == checks, table.name
    names = text(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'houses'"
        if ON_POSTGRESQL
        else "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'houses'"
    )
    assert "uq_houses_room" in set(session.scalars(names))


def fill(session, table: str) -> None:
    """One row in the table; the city brings entries, postings and (by sign-ins) nothing else."""
    if table == "reviews":
        session.execute(text(
            "INSERT INTO applications (kind, state, version, levels_approved, levels_needed, organisation_id, amount,"
            " remark, created_at, created_by_id) VALUES ('payout', 'draft', 1, 0, 2, 1, 0, '', '2026-01-01', 1)"
        ))  # fmt: skip
        session.execute(text(
            "INSERT INTO reviews (application_id, act, level, actor_id, at, opinion)"
            " VALUES (1, 'submit', 0, 1, '2026-01-01', '')"
        ))  # fmt: skip
    if table == "audit_events":
        session.execute(text(
            "INSERT INTO audit_events (id, at, actor_name, address, action, subject, subject_id, summary, changes,"
            " previous_hash, hash) VALUES (1, '2026-01-01', '', '', 'x', '', '', '', '', '', '')"
        ))  # fmt: skip
    session.commit()


@pytest.mark.parametrize("table", KEY)
def test_append_only_tables_refuse_every_change(session, city, table):
    fill(session, table)
    rows = session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all()
    assert rows
    statements = [f"UPDATE {table} SET {KEY[table]} = {KEY[table]} + 1000", f"DELETE FROM {table}"]
    if ON_POSTGRESQL:
        statements.append(f"TRUNCATE {table} CASCADE")
    else:
        statements += [
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
            f"REPLACE INTO {table} SELECT * FROM {table}",
        ]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()
    assert session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all() == rows


def test_replace_is_refused_on_sqlite_without_recursive_triggers_too(session, city):
    if ON_POSTGRESQL:
        return  # REPLACE is SQLite's; TRUNCATE is tried above
    session.rollback()
    connection = session.connection()
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA recursive_triggers=OFF")
    connection.exec_driver_sql("BEGIN")
    with pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql("INSERT OR REPLACE INTO postings SELECT * FROM postings")
    session.rollback()
    session.connection().exec_driver_sql("PRAGMA recursive_triggers=ON")


def test_init_may_be_repeated(app, session):
    before = session.execute(text("SELECT count(*) FROM ab_role")).scalar()
    session.rollback()
    prepare(app)
    assert session.execute(text("SELECT count(*) FROM ab_role")).scalar() == before


def test_upgrade_downgrade_upgrade(tmp_path):
    from flask_migrate import downgrade, upgrade

    import config

    class Settings(config.Testing):
        SQLALCHEMY_DATABASE_URI = f"sqlite:///{tmp_path / 'walk.sqlite3'}"
        DATA_DIR = str(tmp_path)

    app = create_app(Settings())
    with app.app_context():
        upgrade()
        downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        upgrade()
        assert set(inspect(db.engine).get_table_names()) == {*db.metadata.tables, "alembic_version"}
        db.engine.dispose()
