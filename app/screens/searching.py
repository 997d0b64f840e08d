"""Filters of generated lists: what may be searched, how it is asked for in the address, and how it reads in SQL.

FAB keeps search filters on the shared view object, so with threads another user's search would show (fence 5): here
they are read from each request's own address, in FAB's form `_flt_<operator>_<column>=<value>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, Select, select
from werkzeug.datastructures import MultiDict

from app.domain.enums import Labelled
from app.domain.errors import N_, Refusal, Sentence, say
from app.domain.money import parse_area, parse_yuan
from app.queries.containing import containing, escaped

NAME = re.compile(r"_flt_([0-9])_([a-z_]{1,40})")
LONGEST = 100
MOST = 12


@dataclass(frozen=True)
class Operator:
    """包含, 等于 …: its label and its condition."""

    label: str
    build: Callable[[Any, Any], ColumnElement[bool]]


CONTAINS = Operator(N_("包含"), containing)
STARTS = Operator(N_("开头是"), lambda column, value: column.ilike(escaped(value)[1:], escape="/"))
EQUALS = Operator(N_("等于"), lambda column, value: column == value)
DIFFERS = Operator(N_("不等于"), lambda column, value: column != value)
AT_LEAST = Operator(N_("不少于"), lambda column, value: column >= value)
AT_MOST = Operator(N_("不多于"), lambda column, value: column <= value)
FROM = Operator(N_("不早于"), lambda column, value: column >= value)
UNTIL = Operator(N_("不晚于"), lambda column, value: column <= value)


@dataclass(frozen=True)
class Text:
    """A column of text."""

    column: Any
    operators: tuple[Operator, ...] = (CONTAINS, STARTS, EQUALS)
    indexed: Any = None  # for 包含: the column, or one that holds its text, whose pairs of letters are indexed
    control = "text"

    def read(self, text: str) -> Any:
        return text

    def where(self, operator: Operator, value: Any) -> ColumnElement[bool]:
        return self.build(operator, self.column, value)

    def build(self, operator: Operator, column: Any, value: Any) -> ColumnElement[bool]:
        """The operator's condition; 包含 by the index where there is one."""
        if operator is CONTAINS:
            return containing(column, value, indexed=self.indexed)
        return operator.build(column, value)


@dataclass(frozen=True)
class Related(Text):
    """Text of a row that this one points to, without a list of all of them: `Related(House.area, Area.name)`."""

    name: Any = None

    def where(self, operator: Operator, value: Any) -> ColumnElement[bool]:
        key = self.column.property.local_remote_pairs[0][0]
        return key.in_(select(self.name.class_.id).where(self.build(operator, self.name, value)))


@dataclass(frozen=True)
class Choice(Text):
    """A vocabulary's member."""

    operators: tuple[Operator, ...] = (EQUALS, DIFFERS)
    kind: type[Labelled] | None = None
    control = "choice"

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in self.kind]

    def read(self, text: str) -> Any:
        return self.kind(text)


@dataclass(frozen=True)
class YesNo(Text):
    """是 or 否."""

    operators: tuple[Operator, ...] = (EQUALS,)
    control = "choice"
    choices = (("1", N_("是")), ("0", N_("否")))

    def read(self, text: str) -> Any:
        return {"1": True, "0": False}[text]


@dataclass(frozen=True)
class Named(Text):
    """One of a few texts with labels, e.g. the names of policy values."""

    operators: tuple[Operator, ...] = (EQUALS,)
    choices: tuple[tuple[str, str], ...] = ()
    control = "choice"

    def read(self, text: str) -> Any:
        return {value: value for value, _ in self.choices}[text]


@dataclass(frozen=True)
class Day(Text):
    """A date."""

    operators: tuple[Operator, ...] = (FROM, UNTIL, EQUALS)
    control = "date"

    def read(self, text: str) -> Any:
        return date.fromisoformat(text)


@dataclass(frozen=True)
class MomentDay(Text):
    """A moment, asked for by its day."""

    operators: tuple[Operator, ...] = (FROM, UNTIL)
    control = "date"

    def read(self, text: str) -> Any:
        return date.fromisoformat(text)

    def where(self, operator: Operator, value: Any) -> ColumnElement[bool]:
        start = datetime.combine(value, time.min)
        return self.column >= start if operator is FROM else self.column < start + timedelta(days=1)


@dataclass(frozen=True)
class Number(Text):
    """A whole number."""

    operators: tuple[Operator, ...] = (EQUALS, AT_LEAST, AT_MOST)
    control = "number"

    def read(self, text: str) -> Any:
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ValueError(text)
        return int(text)


@dataclass(frozen=True)
class Yuan(Text):
    """An amount typed in yuan, stored in fen."""

    operators: tuple[Operator, ...] = (AT_LEAST, AT_MOST, EQUALS)
    control = "number"

    def read(self, text: str) -> Any:
        return parse_yuan(text, allow_negative=True)


@dataclass(frozen=True)
class Metres(Yuan):
    """A floor area typed in m², stored in 0.01 m²."""

    def read(self, text: str) -> Any:
        return parse_area(text, allow_zero=True)


@dataclass(frozen=True)
class Active:
    """One filter that the address asks for."""

    name: str
    search: Text
    index: int
    text: str

    @property
    def words(self) -> str:
        """The value as people read it: a choice by its label."""
        return dict(getattr(self.search, "choices", ())).get(self.text, self.text)


def active_filters(searches: dict[str, Text], arguments: MultiDict) -> list[Active]:
    """The filters in the address, in its order. Unknown columns and operators answer 400; empty ones are left out."""
    found = []
    for key, text in arguments.items(multi=True):
        if not key.startswith("_flt_"):
            continue
        match = NAME.fullmatch(key)
        search = searches.get(match[2]) if match else None
        if search is None or int(match[1]) >= len(search.operators) or "\0" in text:
            abort(400)
        found.append(Active(match[2], search, int(match[1]), text.strip()[:LONGEST]))
    return found[:MOST]


def apply_filters(query: Select, filters: list[Active], labels: dict[str, str]) -> tuple[Select, list[Sentence]]:
    """The query narrowed, and one sentence for each value that cannot be read (that filter is left out)."""
    faults = []
    for item in filters:
        if not item.text:
            continue
        try:
            value = item.search.read(item.text)
        except (ValueError, KeyError, Refusal):
            faults.append(say("“%(column)s”的过滤值无效：%(value)s", column=labels[item.name], value=item.text[:20]))
            continue
        query = query.where(item.search.where(item.search.operators[item.index], value))
    return query, faults
