"""The only place that commits or rolls back.

`unit_of_work()` wraps one act: everything in it lands together or not at all. On SQLite the transaction is taken with
BEGIN IMMEDIATE (see `database.py`), so that writers queue instead of failing; on PostgreSQL rows are locked in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Executable
from sqlalchemy.orm import Session

from app import audit
from app.database import PATIENTLY
from app.extensions import db

BRIEFLY = 250  # milliseconds


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Yield the session; commit at the end, roll back on any exception. Nested use joins the outer one.

    RuntimeError when the outer one goes on after an inner one has failed: what it did before is rolled back already, so
    it would store half of an act.
    """
    session = db.session()
    depth = session.info.get("unit_of_work", 0)
    if depth == 0 and session.in_transaction():
        # Reads made so far must not be the snapshot that the act decides on; SQLite also could not upgrade its lock.
        session.rollback()
    session.info["unit_of_work"] = depth + 1
    if depth == 0:
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    try:
        yield session
        if session.info.get("failed_inside"):
            raise RuntimeError("a unit of work inside this one has failed")
        if depth == 0:
            audit.write_queue(session)
            session.commit()
    except BaseException:
        session.info["failed_inside"] = depth > 0
        audit.drop_queue(session)
        session.rollback()
        raise
    finally:
        session.info["unit_of_work"] = depth
        if depth == 0:
            session.info.pop("failed_inside", None)


def forget_changes() -> None:
    """Drop what the session holds and has not stored: a preview was drawn, or work outside of an act has failed."""
    session = db.session()
    audit.drop_queue(session)
    session.rollback()


@contextmanager
def separate_transaction(*, write: bool = True) -> Iterator[Connection]:
    """A short transaction beside the session's own, for what must last whatever becomes of the act (sessions)."""
    with db.engine.connect() as connection:
        if write:
            connection = connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            yield connection


def write_beside(statement: Executable) -> int:
    """Run one statement in a transaction of its own, beside any act under way; returns the number of rows met.

    For what must be seen while an act runs (a job's progress, its cancel mark). Not for business data.
    """
    with separate_transaction() as connection:
        return connection.execute(statement).rowcount


@contextmanager
def brief_transaction() -> Iterator[Connection]:
    """A transaction for what may be lost and is not worth waiting for: it gives up soon and isn't forced to the disk.

    DBAPIError when another writer keeps SQLite for longer than that.
    """
    with db.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
            yield connection
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BRIEFLY}")
        try:
            yield connection
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENTLY}")
