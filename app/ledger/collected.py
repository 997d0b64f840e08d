"""业主自筹 ticked as collected (`money.md` 2): what an owner paid the company, outside of the fund and of the journal.

A tick is stored with the amount it was set for and holds while bᵢ − fᵢ is that amount: it outlives a returned
initiation, whose `project_houses` go, and falls by itself where the next submission fixes another amount. Amounts are
fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.domain.errors import NotYours
from app.ledger import balances
from app.models import CollectedShare, Project, ProjectHouse

_HOUSES, _TICKS = ProjectHouse.__table__, CollectedShare.__table__


class Change(NamedTuple):
    """A house whose tick was set or taken away, and its 业主自筹 in fen."""

    house_id: int
    amount: int
    is_collected: bool


def put_collected(session: Session, project: Project, ticks: Mapping[int, bool]) -> list[Change]:
    """Store {house: ticked}; gives what has changed, by house. The caller has locked the project's row.

    NotYours for a house that bears no 业主自筹 in this project.
    """
    session.flush()
    own = _HOUSES.c.budget - _HOUSES.c.fund
    bearing = (_HOUSES.c.project_id == project.id, _HOUSES.c.house_id.in_(ticks), own > 0)
    amounts = {house: int(fen) for house, fen in session.execute(select(_HOUSES.c.house_id, own).where(*bearing))}
    if unknown := set(ticks) - set(amounts):
        raise NotYours(f"ProjectHouse {min(unknown)}")
    there = (_TICKS.c.project_id == project.id, _TICKS.c.house_id.in_(ticks))
    stored = dict(session.execute(select(_TICKS.c.house_id, _TICKS.c.amount).where(*there)).all())
    changes = [
        Change(house, amounts[house], ticks[house])
        for house in sorted(ticks)
        if ticks[house] != (stored.get(house) == amounts[house])
    ]
    if changes:
        touched = [change.house_id for change in changes]
        session.execute(delete(_TICKS).where(_TICKS.c.project_id == project.id, _TICKS.c.house_id.in_(touched)))
    rows = [
        {"project_id": project.id, "house_id": change.house_id, "amount": change.amount}
        for change in changes
        if change.is_collected
    ]
    if rows:
        session.execute(insert(_TICKS), rows)
    balances.forget_loaded(session, CollectedShare)
    return changes
