"""What each database engine is told when it connects (figures behind it: `docs/operations.md`).

SQLite: WAL, every commit on disk, foreign keys, triggers that also fire on replace; transactions are begun by us, so
that an act takes the write lock at its start and waits for it instead of failing later.
"""

from __future__ import annotations

import select

from sqlalchemy import Engine, event, exc

PATIENTLY = 30_000  # milliseconds that a writer waits for its turn
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",
    f"PRAGMA busy_timeout={PATIENTLY}",
)


def prepare_engine(engine: Engine) -> None:
    """Attach the listeners to a new engine."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "checkout", _on_postgresql_checkout)
        return
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)


def _on_postgresql_checkout(connection, _record, _proxy) -> None:
    """A connection at rest has nothing to read, unless the server said goodbye or hung up: then there is a new one.

    So no page pays for a ping.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise exc.DisconnectionError("the server has closed the connection")


def _on_sqlite_connect(connection, _record) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_sqlite_begin(connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
