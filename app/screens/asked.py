"""What a list's address asks for: a member of a vocabulary, a row's number, words. Nonsense answers 400."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from flask import abort, request

from app.domain.enums import Labelled
from app.extensions import db
from app.models import Area

Member = TypeVar("Member", bound=Labelled)


def asked_member(name: str, kind: type[Member]) -> Member | None:
    """The vocabulary's member named in the address; None when nothing is."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        abort(400)


def asked_number(name: str) -> int | None:
    """A row's number in the address; None when nothing is."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        abort(400)
    return int(text)


def asked_day(name: str) -> date | None:
    """A day in the address; None when nothing is."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(400)


def asked_area(name: str = "area") -> Area | None:
    """The area in the address, for the filter that shows its name; None when nothing is, or it is not theirs."""
    key = asked_number(name)
    return db.session.get(Area, key) if key else None


def asked_words() -> str:
    """What was typed into the search field, at most 60 characters."""
    return request.args.get("search", "").strip()[:60]
