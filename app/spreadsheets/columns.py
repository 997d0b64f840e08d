"""A list's columns: header, field, how a cell is read and written, and what the template says about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.domain import identifiers, money
from app.domain.enums import Labelled
from app.domain.errors import Refusal, say

Parse = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """One column. `parse` takes a cell's value (never blank) and returns what is stored, or raises Refusal.

    `default` stands for a blank cell of a column that is not required. `number` says how a written cell looks:
    "yuan" and "area" take fen and 0.01 m², "day" a date, "" plain text.
    """

    header: str
    field: str
    parse: Parse
    required: bool = False
    help: str = ""
    default: Any = None
    number: str = ""
    locked: bool = False
    width: int = 14
    choices: tuple[str, ...] = ()


_BAD_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]")
_YUAN_SIGN = re.compile(r"[¥￥元]|\d\s+\d")
_DAY = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?")
_EXCEL_EPOCH = date(1899, 12, 30)
_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９．－／", "0123456789.-/")


def cell_text(value: Any) -> str:
    """A cell as the text that a person sees: 101.0 → "101", dates in ISO, spaces trimmed (full-width ones too)."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, datetime):
        value = value.date()
    return str(value).replace("\u3000", " ").strip()


def text(limit: int = 200) -> Parse:
    """Text of at most `limit` characters, composed (NFC), without control, zero-width or direction characters."""

    def parse(value: Any) -> str:
        if isinstance(value, bool):
            raise Refusal(say("应为文字"))
        shown = unicodedata.normalize("NFC", cell_text(value))
        if _BAD_CHARACTERS.search(shown):
            raise Refusal(say("含有不可见字符或控制字符"))
        if len(shown) > limit:
            raise Refusal(say("不能超过 %(limit)s 个字", limit=limit))
        return shown

    return parse


def yuan(maximum: int = money.MAX_HOUSE_FEN, *, allow_zero: bool = True) -> Parse:
    """An amount in yuan → fen; stricter than a form: no currency signs and no blanks inside."""

    def parse(value: Any) -> int:
        if isinstance(value, str) and _YUAN_SIGN.search(value.strip()):
            raise Refusal(say("金额不是有效的数字：%(value)s", value=value.strip()[:20]))
        return money.parse_yuan(value, maximum=maximum, allow_zero=allow_zero)

    return parse


def area() -> Parse:
    """A floor area in m² above zero → 0.01 m²."""
    return money.parse_area


def choice(kind: type[Labelled]) -> Parse:
    """One of an enum's Chinese labels → the member."""
    by_label = {member.label: member for member in kind}

    def parse(value: Any) -> Labelled:
        found = by_label.get(cell_text(value))
        if found is None:
            raise Refusal(say("应为 %(choices)s 之一：%(value)s", choices="、".join(by_label), value=str(value)[:20]))
        return found

    return parse


def day(today: date | None = None, *, earliest: date = date(1949, 10, 1)) -> Parse:
    """A date cell, an Excel serial or typed (2026-1-5, 2026/1/5, 2026年1月5日, 20260105); not after `today`."""

    def parse(value: Any) -> date:
        found = _read_day(value)
        if found < earliest:
            raise Refusal(say("日期过早：%(value)s", value=found.isoformat()))
        if today and found > today:
            raise Refusal(say("日期不能晚于今天：%(value)s", value=found.isoformat()))
        return found

    return parse


def _read_day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    is_number = isinstance(value, float | int) and not isinstance(value, bool)
    if is_number and 366 <= value < 100_000 and value == int(value):
        return _EXCEL_EPOCH + timedelta(days=int(value))
    shown = cell_text(value).translate(_FULL_WIDTH_DIGITS)
    match = _DAY.fullmatch(shown) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", shown if isinstance(value, str) else "")
    if match:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            raise Refusal(say("没有这一天：%(value)s", value=shown[:20])) from None
    raise Refusal(say("不是有效的日期：%(value)s", value=shown[:20]))


def identity_number(value: Any) -> str:
    """An 18-digit identity number as text; one typed as a number has lost its last digits and is refused."""
    if isinstance(value, float | int):
        raise Refusal(say("证件号码被存为数字，末尾数位已丢失，请把单元格设为文本后重新填写"))
    return identifiers.parse_identity_number(cell_text(value))


def mobile(value: Any) -> str:
    """A mobile number, typed as text or as a number."""
    return identifiers.parse_mobile(cell_text(value))
