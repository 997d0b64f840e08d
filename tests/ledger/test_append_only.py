"""The database itself refuses to change, remove or replace what has been booked (migration 0001)."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from app.extensions import db
from tests.ledger.desk import open_desk

pytestmark = pytest.mark.money


@pytest.fixture
def booked(app):
    """A migrated database with one opening entry of two postings, not committed."""
    with app.app_context():
        session = db.session()
        open_desk(session).add_houses([100_00])
        yield session
        session.rollback()
        db.session.remove()


STATEMENTS = (
    "UPDATE journal_entries SET summary = '改'",
    "UPDATE postings SET amount = amount + 1",
    "DELETE FROM postings",
    "DELETE FROM journal_entries",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_changing_what_is_booked_is_refused(booked, statement):
    with pytest.raises(DatabaseError, match="append-only"):
        booked.execute(text(statement))


@pytest.mark.parametrize("table", ["journal_entries", "postings"])
def test_replacing_what_is_booked_is_refused(booked, table):
    """SQLite's INSERT OR REPLACE; PostgreSQL's INSERT … ON CONFLICT DO UPDATE and TRUNCATE."""
    if db.engine.dialect.name == "postgresql":
        key, change = ("id", "summary = '改'") if table == "journal_entries" else ("entry_id, line", "amount = 7")
        statements = [
            f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {change}",
            f"TRUNCATE {table} CASCADE",
        ]
    else:
        statements = [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"]
    for statement in statements:
        savepoint = booked.begin_nested()
        with pytest.raises(DatabaseError, match="append-only"):
            booked.execute(text(statement))
        savepoint.rollback()
