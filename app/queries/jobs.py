"""Background work as the desk of jobs lists it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import JobState
from app.models import Job

WAITING = (JobState.QUEUED, JobState.RUNNING)


def last_runs(session: Session, names: Collection[str]) -> dict[str, Job]:
    """{name: the youngest run of that job}."""
    youngest = select(func.max(Job.id)).where(Job.name.in_(names)).group_by(Job.name)
    return {job.name: job for job in session.scalars(select(Job).where(Job.id.in_(youngest)))}


def is_waiting(session: Session, name: str) -> bool:
    """One of that name is queued or at work."""
    return session.scalar(select(Job.id).where(Job.name == name, Job.state.in_(WAITING)).limit(1)) is not None


def history(session: Session, *, name: str, state: JobState | None, limit: int, offset: int) -> tuple[list[Job], int]:
    """One page of the runs, the youngest first, and how many there are."""
    query = select(Job)
    if name:
        query = query.where(Job.name == name)
    if state is not None:
        query = query.where(Job.state == state)
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Job.id).subquery())) or 0
    return list(session.scalars(query.order_by(Job.id.desc()).limit(limit).offset(offset))), total
