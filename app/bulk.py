"""Statements over many rows at once, for both databases: the unit of work is an order of magnitude slower.

SQLite: the driver's executemany, and UPDATE … FROM json_each. PostgreSQL: COPY, and UPDATE … FROM unnest.
Nothing here asks who may see a row: callers give rows that their scope has already decided on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

FEW = 200  # below this a COPY costs more than it saves


def insert_rows(session: Session, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Store `rows` in `columns` of `table`. Values as the driver takes them: enums by `.value`, encrypted text sealed.

    Pending ORM work is flushed first, so that foreign keys find their rows.
    """
    session.flush()
    if not rows:
        return
    connection = session.connection()
    names = ", ".join(_known(table, columns))
    if is_postgresql(connection) and len(rows) > FEW:
        statement = f"COPY {table.name} ({names}) FROM STDIN"
        with connection.connection.driver_connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        return
    mark = "%s" if is_postgresql(connection) else "?"
    marks = ", ".join([mark] * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(rows))


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
    """Change whole-number columns of many rows in one statement.

    A row is (key, value of each `add` column, value of each `put` column): added to what stands there, or put in its
    place. `within` (column, value) is the rest of a two-part key. RuntimeError when a row was not there exactly once.
    """
    session.flush()
    if not rows:
        return
    connection = session.connection()
    names = [key, *_known(table, [*add, *put])]
    changes = [f"{name} = {table.name}.{name} + c.{name}" for name in add] + [f"{name} = c.{name}" for name in put]
    source, parameters = _as_rows(connection, names, rows)
    where = f"{table.name}.{key} = c.{key}"
    if within:
        where += f" AND {table.name}.{_known(table, within[:1])[0]} = {'%s' if is_postgresql(connection) else '?'}"
        parameters += (within[1],)
    statement = f"UPDATE {table.name} SET {', '.join(changes)} FROM {source} WHERE {where}"
    changed = connection.exec_driver_sql(statement, parameters).rowcount
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


def _as_rows(connection: Connection, names: Sequence[str], rows: Sequence[tuple[int, ...]]) -> tuple[str, tuple]:
    """The rows as a FROM item named c, and its parameters."""
    if is_postgresql(connection):
        arrays = ", ".join(["%s::bigint[]"] * len(names))
        return f"unnest({arrays}) AS c({', '.join(names)})", tuple(map(list, zip(*rows, strict=True)))
    columns = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
    return f"(SELECT {columns} FROM json_each(?)) AS c", (json.dumps(rows),)
