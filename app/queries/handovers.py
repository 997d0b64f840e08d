"""历史项目: what a company handed over, as it stood on that day. Scoped by the session's guard."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.models import Handover


def handovers(
    session: Session, *, area_id: int | None, application_id: int | None, words: str, limit: int, offset: int
) -> tuple[list[tuple[Handover, dict[str, Any]]], int]:
    """One page of (record, what it says), the latest first, and how many there are."""
    query = _filtered(select(Handover), area_id, application_id, words)
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Handover.id).subquery())) or 0
    rows = session.scalars(query.order_by(Handover.at.desc(), Handover.id.desc()).limit(limit).offset(offset))
    return [(row, json.loads(row.content)) for row in rows], total


def _filtered(query: Select, area_id: int | None, application_id: int | None, words: str) -> Select:
    if area_id is not None:
        query = query.where(Handover.area_id == area_id)
    if application_id is not None:
        query = query.where(Handover.application_id == application_id)
    for word in words.split()[:4]:
        query = query.where(
            or_(Handover.number.contains(word, autoescape=True), Handover.title.contains(word, autoescape=True))
        )
    return query
