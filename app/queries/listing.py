"""Lists: one page of a query, and how long the list is and what it sums up to, counted up to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, column, func, literal, select, table
from sqlalchemy.orm import Session

FAR = 2  # times the limit; after a great change PostgreSQL's statistics are right again within minutes
CATALOGUE = table("pg_class", column("oid"), column("reltuples"))


def paged(query: Select, limit: int | None, offset: int = 0) -> Select:
    """One page, or all rows without a limit. Limit and offset stand in the statement as literals.

    PostgreSQL keeps the plan of a prepared statement only if it is as good as one made for the values: with a limit
    yet unknown it never is, and planning six joined tables takes longer (3 ms) than reading fifty rows of them.
    """
    if limit is not None:
        query = query.limit(literal(limit, literal_execute=True))
    return query.offset(literal(offset, literal_execute=True)) if offset else query


def counted(
    session: Session, rows: Select, sums: Sequence[str] = (), *, most: int | None = None, whole: Table | None = None
) -> tuple[int, list[Any]]:
    """(number of rows, the sums of these columns), by one statement; it stops at `most` rows.

    `whole` is the table of which every row is asked for: where the database's own statistics say that it has far more
    than `most`, that is the answer without counting.
    """
    far_longer = literal(value=False)
    if most is not None:
        if whole is not None and session.get_bind().dialect.name == "postgresql":
            far_longer = _length(whole) > most * FAR
            rows = rows.limit(case((far_longer, 0), else_=most))
        else:
            rows = paged(rows, most)
    found = rows.order_by(None).subquery()
    totals = (func.coalesce(func.sum(found.c[name]), 0) for name in sums)
    is_longer, number, *told = session.execute(select(far_longer, func.count(), *totals).select_from(found)).one()
    return most if is_longer else number, told


def _length(whole: Table) -> ColumnElement[float]:
    """The table's rows as PostgreSQL estimated them last; another schema may hold a table of the same name."""
    return select(CATALOGUE.c.reltuples).where(CATALOGUE.c.oid == func.to_regclass(whole.name)).scalar_subquery()
