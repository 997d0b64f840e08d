"""Template filters: every number, date and label is written the same way on every screen and paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, current_app
from flask_babel import get_locale, gettext

from app.domain.enums import Labelled
from app.domain.errors import Sentence
from app.domain.identifiers import mask_account_number, mask_identity_number, mask_name, mask_phone
from app.domain.money import capitals, format_area, format_yuan
from app.screens.request import translated

NOTHING = "—"


def yuan(fen: int | Decimal | None) -> str:
    """Fen as yuan: 123450 → 1,234.50; a dash for none. Sums come from the database as Decimal."""
    return NOTHING if fen is None else format_yuan(int(fen))


def square_metres(area: int | Decimal | None) -> str:
    """0.01 m² as m²: 8946 → 89.46; a dash for none."""
    return NOTHING if area is None else format_area(int(area))


def thousands(number: int | None) -> str:
    """A count with separators: 3418 → 3,418."""
    return NOTHING if number is None else f"{number:,}"


def percent(part: int, whole: int, places: int = 1) -> str:
    """`part` of `whole` as a percentage without the sign; a dash where there is no whole."""
    if not whole:
        return NOTHING
    return f"{Decimal(part) * 100 / Decimal(whole):.{places}f}"


def day(value: date | datetime | None) -> str:
    """2026-11-23."""
    return value.strftime("%Y-%m-%d") if value else NOTHING


def moment(value: datetime | None) -> str:
    """2026-11-23 14:05."""
    return value.strftime("%Y-%m-%d %H:%M") if value else NOTHING


def short_day(value: date | datetime | None) -> str:
    """11-23, where the year is plain."""
    return value.strftime("%m-%d") if value else NOTHING


def long_day(value: date | datetime | None) -> str:
    """2026年11月23日, as papers write it; to an English reader as everywhere else."""
    if value is None or get_locale().language == "en":
        return day(value)
    return f"{value.year}年{value.month}月{value.day}日"


def label(member: Labelled | None) -> str:
    """The Chinese (or translated) name of an enum member."""
    return gettext(member.label) if member is not None else NOTHING


def tell(sentence: Sentence | str | None) -> str:
    """A Sentence, or a plain msgid, in the reader's language."""
    return "" if sentence is None else translated(sentence if isinstance(sentence, Sentence) else str(sentence))


def plain(value: Any) -> str:
    """Any value as a cell of a generated screen shows it: none → —, true/false → 是/否, members by label."""
    if value is None or value == "":
        return NOTHING
    if value is True or value is False:
        return gettext("是") if value else gettext("否")
    if isinstance(value, Labelled):
        return label(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return str(value)


FILTERS = {
    "yuan": yuan,
    "square_metres": square_metres,
    "thousands": thousands,
    "day": day,
    "moment": moment,
    "short_day": short_day,
    "long_day": long_day,
    "capitals": lambda fen: NOTHING if fen is None else capitals(int(fen)),
    "label": label,
    "tell": tell,
    "plain": plain,
    "mask_name": mask_name,
    "mask_phone": mask_phone,
    "mask_identity_number": mask_identity_number,
    "mask_account_number": mask_account_number,
}


def register(app: Flask) -> None:
    """Make the filters and the little functions known to the templates."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["percent"] = percent
    app.jinja_env.globals["has_endpoint"] = lambda endpoint: endpoint in current_app.view_functions
