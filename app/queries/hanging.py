"""What hangs on a row, and which rows are its twins: asked before it is deleted or stored, past everybody's scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Table, UniqueConstraint, func, select
from sqlalchemy.orm import Session, object_mapper


def hanging_on(session: Session, row: Any) -> list[tuple[str, int]]:
    """(table name, number of rows) for every table whose foreign keys point to this row."""
    table = object_mapper(row).local_table
    found: dict[str, int] = {}
    for other, columns in _pointing_to(table):
        value = getattr(row, columns[1])
        count = session.execute(select(func.count()).select_from(other).where(columns[0] == value)).scalar_one()
        if count:
            found[other.name] = found.get(other.name, 0) + count
    return sorted(found.items())


def twins_of(session: Session, row: Any) -> Iterator[list[str]]:
    """Column names of each rule of uniqueness that another row already fills with this row's values."""
    table = object_mapper(row).local_table
    groups = [[column] for column in table.columns if column.unique]
    groups += [list(rule.columns) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    (primary,) = table.primary_key.columns
    for group in groups:
        values = [getattr(row, column.name) for column in group]
        if any(value is None for value in values):
            continue
        same = (column == value for column, value in zip(group, values, strict=True))
        keys = session.execute(select(primary).where(*same)).scalars()
        if any(key != getattr(row, primary.name) for key in keys):
            yield [column.name for column in group]


def _pointing_to(table: Table):
    """(other table, (its column, the name of the column pointed to))."""
    for other in Model.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table:
                yield other, (key.parent, key.column.name)
