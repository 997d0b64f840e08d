"""Several small questions in one statement: a page has few round trips to the database, however much stands on it.

    found = gather(session, votes=select(Vote.id, Vote.state).where(…), sums=select(…))
    found["votes"] → rows as `session.execute()` would give them, with names

Each select becomes a scalar subquery that answers with its rows as JSON, read back by the columns' types. Select
columns, not entities; the tenancy guard reaches into the subqueries. Not for thousands of rows.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Numeric, Select, Text, cast, func, select
from sqlalchemy.orm import Session


def gather(session: Session, **questions: Select) -> dict[str, list[Any]]:
    """{name: rows} of all questions, by one statement; sums are whole numbers."""
    if not questions:
        return {}
    dialect = session.get_bind().dialect
    on_postgresql = dialect.name == "postgresql"
    array = func.json_build_array if on_postgresql else func.json_array
    collect = func.json_agg if on_postgresql else func.json_group_array
    columns, readers = [], []
    for name, question in questions.items():
        rows = question.subquery()
        answer = select(cast(collect(array(*rows.c)), Text)).select_from(rows)
        columns.append(answer.scalar_subquery().label(f"of_{name}"))
        readers.append((namedtuple(name, rows.c.keys(), rename=True), [_reader(c.type, dialect) for c in rows.c]))
    answers = session.execute(select(*columns)).one()
    return {
        name: [row(*(value if value is None else read(value) for read, value in zip(reads, values, strict=True)))
               for values in json.loads(answer or "[]")]
        for name, answer, (row, reads) in zip(questions, answers, readers, strict=True)
    }  # fmt: skip


def counts(session: Session, *questions: Select) -> list[int]:
    """The one number that each select gives, by one statement."""
    return told(session, counting(*questions)) if questions else []


def counting(*questions: Select) -> Select:
    """The statement of `counts`, for one that is kept."""
    return select(*(question.scalar_subquery().label(f"n{place}") for place, question in enumerate(questions)))


def told(session: Session, counting: Select) -> list[int]:
    """The numbers that a statement of `counting` gives."""
    return [int(number or 0) for number in session.execute(counting).one()]


def _reader(kind: Any, dialect: Any) -> Callable[[Any], Any]:
    """How a value of that type comes back from JSON."""
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, (Boolean, Numeric)):
        return bool if isinstance(kind, Boolean) else int
    return kind.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
