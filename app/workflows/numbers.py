"""Gapless numbers (`workflows.md` 1): kind, year, six digits; a vote's proposal is JX, year, three digits, per area."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.domain.enums import ApplicationKind
from app.models import NumberSequence

PREFIX = {
    ApplicationKind.AREA_CHANGE: "BG",
    ApplicationKind.INITIATION: "LX",
    ApplicationKind.INITIATION_WITH_PAYOUT: "LB",
    ApplicationKind.PAYOUT: "BF",
    ApplicationKind.PLAN_CHANGE: "JH",
}
PROJECT, NOTICE, CANCELLATION, VOTE, REFUND, REVENUE = "WX", "GS", "CX", "JX", "QT", "JK"


def next_number(session: Session, prefix: str, today: date, *, scope: int = 0, digits: int = 6) -> str:
    """Take the next number; the row lock keeps the sequence gapless, a rollback gives the number back."""
    key = {"kind": prefix, "year": today.year, "scope": scope}
    sequence = session.get(NumberSequence, key, with_for_update=True, populate_existing=True)
    if sequence is None:
        _start_sequence(session, key)
        sequence = session.get(NumberSequence, key, with_for_update=True, populate_existing=True)
    sequence.last += 1
    session.flush()
    return f"{prefix}{today.year}{sequence.last:0{digits}d}"


def _start_sequence(session: Session, key: dict) -> None:
    """The year's first: two at once must not both insert it (both databases know ON CONFLICT DO NOTHING)."""
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    session.execute(insert(NumberSequence).values(**key, last=0).on_conflict_do_nothing())
