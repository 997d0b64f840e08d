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
from app.extensions import db


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Yield the session; commit at the end, roll back on any exception. Nested use joins the outer one."""
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
        if depth == 0:
            audit.write_queue(session)
            session.commit()
    except BaseException:
        audit.drop_queue(session)
        session.rollback()
        raise
    finally:
        session.info["unit_of_work"] = depth


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
    with db.engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        return connection.execute(statement).rowcount
