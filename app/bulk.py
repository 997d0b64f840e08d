"""Statements over many rows at once, for both databases: the unit of work is an order of magnitude slower.

SQLite: the driver's executemany. PostgreSQL: COPY, and one UPDATE … FROM unnest.
Nothing here asks who may see a row: callers give rows that their scope has already decided on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

FEW = 200  # below this a COPY costs more than it saves
PORTION = 10_000


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Store `rows` in `columns` of `table`. Values as the driver takes them: enums by `.value`, encrypted text sealed.

    Pending ORM work is flushed first, so that foreign keys find their rows. Rows are taken in portions: those of a
    generator need not all stand in memory.
    """
    session.flush()
    connection = session.connection()
    names = ", ".join(_known(table, columns))
    rows = iter(rows)
    while portion := list(islice(rows, PORTION)):
        if is_postgresql(connection) and len(portion) > FEW:
            _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", portion)
        else:
            marks = ", ".join(["%s" if is_postgresql(connection) else "?"] * len(columns))
            connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", portion)


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with connection.connection.driver_connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def take_keys(session: Session, table: Table, count: int) -> list[int]:
    """Keys for so many new rows of a table with an `id`, nobody else's from now on.

    On SQLite the caller holds the write lock (`unit_of_work` takes it at its start).
    """
    connection = session.connection()
    if is_postgresql(connection):
        statement = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s::bigint)"
        return [row[0] for row in connection.exec_driver_sql(statement, (table.name, count))]
    last = connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table.name}").scalar()
    return list(range(last + 1, last + count + 1))


def update_numbers(
    session: Session,
    table: Table,
    key: str,
    rows: Sequence[tuple[int, ...]],
    *,
    add: Sequence[str] = (),
    put: Sequence[str] = (),
    within: tuple[str, int] | None = None,
) -> None:
    """Change whole-number columns of many rows at once.

    A row is (key, value of each `add` column, value of each `put` column): added to what stands there, or put in its
    place. `within` (column, value) is the rest of a two-part key. RuntimeError when a row was not there exactly once.
    """
    session.flush()
    if not rows:
        return
    connection = session.connection()
    names = [key, *_known(table, [*add, *put])]
    change = _update_postgresql if is_postgresql(connection) else _update_sqlite
    changed = change(connection, table, names, rows, add, put, within)
    if changed != len(rows):
        raise RuntimeError(f"{table.name}: {len(rows)} rows to change, {changed} found")


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _known(table: Table, names: Sequence[str]) -> Sequence[str]:
    """The names again, none of them made up (they stand in the SQL text)."""
    for name in names:
        if name not in table.c:
            raise KeyError(f"{table.name}.{name}")
    return names


def _update_postgresql(connection: Connection, table: Table, names, rows, add, put, within) -> int:
    """UPDATE … FROM the rows as arrays."""
    t = table.name
    changes = [f"{name} = {t}.{name} + c.{name}" for name in add] + [f"{name} = c.{name}" for name in put]
    arrays = ", ".join(["%s::bigint[]"] * len(names))
    statement = (
        f"UPDATE {t} SET {', '.join(changes)} FROM unnest({arrays}) AS c({', '.join(names)}) "
        f"WHERE {t}.{names[0]} = c.{names[0]}"
    )
    parameters: list[Any] = [f"{{{','.join(map(str, column))}}}" for column in zip(*rows, strict=True)]
    if within:
        statement += f" AND {t}.{_known(table, within[:1])[0]} = %s"
        parameters.append(within[1])
    return connection.exec_driver_sql(statement, tuple(parameters)).rowcount


def _update_sqlite(connection: Connection, table: Table, names, rows, add, put, within) -> int:
    """One prepared statement that the driver runs row by row inside this process.

    UPDATE … FROM would leave the order of the join to a planner without statistics: it took minutes for 20,000 rows.
    """
    changes = [f"{name} = {name} + ?" for name in add] + [f"{name} = ?" for name in put]
    statement = f"UPDATE {table.name} SET {', '.join(changes)} WHERE {names[0]} = ?"
    if within:
        statement += f" AND {_known(table, within[:1])[0]} = ?"
    tail = within[1:] if within else ()
    return connection.exec_driver_sql(statement, [(*row[1:], row[0], *tail) for row in rows]).rowcount
