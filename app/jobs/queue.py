"""The queue in the database: put in, claim, end, cancel. Claiming is one conditional update, so each job runs once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain.enums import JobState
from app.extensions import db
from app.models import Job
from app.permissions import Actor
from app.transaction import write_beside

STALE_AFTER = timedelta(minutes=10)


def enqueue(
    session: Session,
    name: str,
    arguments: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    schedule_key: str | None = None,
) -> Job:
    """Queue a job in the caller's unit of work: it starts only if the act that asked for it is committed."""
    job = Job(
        name=name,
        arguments=json.dumps(arguments, ensure_ascii=False),
        created_at=now,
        created_by_id=actor.user_id,
        organisation_id=actor.organisation_id,
        schedule_key=schedule_key,
    )
    session.add(job)
    session.flush()
    return job


def claim(worker: str, now: datetime) -> int | None:
    """Take the oldest waiting job, or one whose worker died; its id, None when there is nothing to do.

    A job that died midway has stored nothing (its function stores in one unit of work), so it simply runs again. One
    that lives renews its heartbeat (`lease.py`).
    """
    waiting = or_(
        Job.state == JobState.QUEUED,
        (Job.state == JobState.RUNNING) & (Job.heartbeat_at < now - STALE_AFTER),
    )
    with db.engine.connect() as connection:
        candidates = connection.scalars(select(Job.id).where(waiting).order_by(Job.id).limit(5)).all()
    for job_id in candidates:
        taken = write_beside(
            update(Job)
            .where(Job.id == job_id, waiting)
            .values(state=JobState.RUNNING, worker=worker, started_at=now, heartbeat_at=now)
        )
        if taken:
            return job_id
    return None


def end(job_id: int, worker: str, state: JobState, now: datetime, *, result: str = "{}", error: str = "") -> None:
    """Write down how a job ended; nothing when another worker has it by now."""
    mine = (Job.id == job_id) & (Job.worker == worker)
    write_beside(
        update(Job).where(mine).values(state=state, ended_at=now, heartbeat_at=now, result=result, error=error)
    )


def ask_to_cancel(session: Session, job: Job) -> None:
    """Mark a job to be stopped; one that still waits is cancelled at once."""
    session.execute(update(Job).where(Job.id == job.id, Job.state == JobState.QUEUED).values(state=JobState.CANCELLED))
    session.execute(update(Job).where(Job.id == job.id).values(cancel_asked=True))
