"""Read-only rows of the roster's screens: opening batches with area and people."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import JobState, OpeningState
from app.models import Area, Job, OpeningBatch


def recent_batches(session: Session, *, limit: int = 50) -> list[OpeningBatch]:
    """The waiting ones first, then the newest."""
    waiting_first = (OpeningBatch.state != OpeningState.WAITING, OpeningBatch.id.desc())
    return list(
        session.scalars(select(OpeningBatch).options(joinedload(OpeningBatch.area)).order_by(*waiting_first).limit(limit))
    )


def waiting_batches(_session: Session, _actor) -> Select:
    """How many wait for finance, for the menu."""
    return select(func.count(OpeningBatch.id)).where(OpeningBatch.state == OpeningState.WAITING)


def areas_to_choose(session: Session, *, limit: int = 3000) -> list[tuple[int, str]]:
    """(id, name) of the areas, by name."""
    return [tuple(row) for row in session.execute(select(Area.id, Area.name).order_by(Area.name).limit(limit))]


def last_check(session: Session, attachment_id: int) -> Job | None:
    """The finished background check of an uploaded roster."""
    return session.scalars(
        select(Job)
        .where(
            Job.name == "check_roster",
            Job.state == JobState.DONE,
            Job.arguments == f'{{"attachment_id": {attachment_id}}}',
        )
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
