"""A running job is its worker's own: a thread renews the heartbeat, and every commit of the job proves the ownership.

Both are needed. The thread keeps a long storing transaction from being taken for a dead worker's. On SQLite it waits
behind that very transaction, but so does whoever would claim the job, and the commit brings a fresh heartbeat along.
A worker that stood still itself (a paused machine) finds its job taken when it commits, and stores nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Update, event, update
from sqlalchemy.exc import DBAPIError

from app import clock
from app.domain.enums import JobState
from app.extensions import db
from app.models import Job
from app.transaction import write_beside

log = logging.getLogger("app.jobs")
RENEW_SECONDS = 60  # a tenth of what makes a job stale


class LeaseLost(Exception):
    """Another worker has the job now; nothing of this one's unit of work is stored."""


@contextmanager
def lease(app: Flask, job_id: int, worker: str) -> Iterator[None]:
    """Keep the job this worker's while the block runs. LeaseLost comes out of the commit that came too late."""
    session, is_over = db.session(), threading.Event()

    def prove(_session) -> None:
        if not session.execute(_renewal(job_id, worker)).rowcount:
            raise LeaseLost(f"job {job_id} is no longer {worker}'s")

    event.listen(session, "before_commit", prove)
    # Not waited for at the end: on SQLite it may stand in the queue of writers, and a late renewal meets no row.
    threading.Thread(target=_renew, args=[app, job_id, worker, is_over], daemon=True, name=f"lease {job_id}").start()
    try:
        yield
    finally:
        is_over.set()
        event.remove(session, "before_commit", prove)


def _renew(app: Flask, job_id: int, worker: str, is_over: threading.Event) -> None:
    while not is_over.wait(RENEW_SECONDS):
        try:
            with app.app_context():
                write_beside(_renewal(job_id, worker))
        except DBAPIError as error:  # the database is busy or away for a moment: the next turn tries again
            log.warning("heartbeat of job %s failed: %s", job_id, error)


def _renewal(job_id: int, worker: str) -> Update:
    """On the table itself: the job may run as a company's user, and the guard is about what it reads."""
    jobs = Job.__table__
    mine = (jobs.c.id == job_id) & (jobs.c.worker == worker) & (jobs.c.state == JobState.RUNNING)
    return update(jobs).where(mine).values(heartbeat_at=clock.now())
