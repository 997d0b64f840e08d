"""Text that contains some words, found by an index on PostgreSQL where there is one (migration 0005)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SHORTEST = 2  # the index knows pairs of letters


def escaped(text: str) -> str:
    """The text as a LIKE pattern that stands anywhere; % and _ are themselves. Use with escape="/"."""
    return "%" + text.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"


class HoldsPairs(FunctionElement):
    """Every pair of letters of the words stands in the column; true where the database has no such index."""

    type = Boolean()
    inherit_cache = True
    name = "holds_pairs"


@compiles(HoldsPairs)
def _anywhere(_element, _compiler, **_options) -> str:
    return "1 = 1"


@compiles(HoldsPairs, "postgresql")
def _on_postgresql(element, compiler, **options) -> str:
    column, words = (compiler.process(clause, **options) for clause in element.clauses)
    return f"fund_pairs({column}) @> fund_pairs({words})"


def containing(column: Any, words: str, *, indexed: Any = None) -> ColumnElement[bool]:
    """The column holds the words, whatever their case; `indexed`: the column, or one that always holds its text."""
    return _by_pairs(column.ilike(escaped(words), escape="/"), indexed, words)


def starting(column: Any, words: str, *, indexed: Any = None) -> ColumnElement[bool]:
    """The column begins with the words; `indexed` as above."""
    return _by_pairs(column.like(escaped(words)[1:], escape="/"), indexed, words)


def _by_pairs(like: ColumnElement[bool], indexed: Any, words: str) -> ColumnElement[bool]:
    return like if indexed is None or len(words) < SHORTEST else and_(HoldsPairs(indexed, words), like)
