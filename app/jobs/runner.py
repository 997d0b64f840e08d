"""The worker: takes jobs from the queue, puts the day's scheduled ones in. Runs in its own process or inside `serve`.

Any number of runners may run: a job is claimed by one conditional update, a scheduled one has a unique key per day.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from datetime import datetime, time

from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app import clock, tenancy
from app.domain.enums import JobState
from app.domain.errors import Refusal
from app.extensions import db
from app.jobs import queue
from app.jobs.lease import LeaseLost, lease
from app.jobs.registry import JOBS
from app.jobs.run import Cancelled, Run
from app.models import Job
from app.permissions import SYSTEM, Actor
from app.transaction import forget_changes, unit_of_work

log = logging.getLogger("app.jobs")
POLL_SECONDS = 1


def run_worker(app: Flask) -> None:
    """Work until the process is stopped (`python run.py worker`; `serve` does it in a thread)."""
    _fill(BlockingScheduler(timezone=clock.CITY), app).start()


def _fill(scheduler, app: Flask):
    name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
    options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler.add_job(work_off, "interval", seconds=POLL_SECONDS, args=[app, name], id="queue", **options)
    at_once = datetime.now(clock.CITY)
    scheduler.add_job(enqueue_due, "interval", seconds=60, args=[app], id="schedule", next_run_time=at_once, **options)
    return scheduler


def enqueue_due(app: Flask) -> list[str]:
    """Queue today's scheduled jobs whose time has come and that nobody has queued yet; their names."""
    queued = []
    with app.app_context():
        now = clock.now()
        for name, spec in JOBS.items():
            if spec.daily_at and now.time() >= time.fromisoformat(spec.daily_at):
                queued += [name] if _enqueue_once(name, now) else []
    return queued


def _enqueue_once(name: str, now: datetime) -> bool:
    key = f"{name}:{now.date().isoformat()}"
    if db.session().query(Job.id).filter(Job.schedule_key == key).first():
        return False
    try:
        with unit_of_work() as session:
            queue.enqueue(session, name, {}, actor=SYSTEM, now=now, schedule_key=key)
    except IntegrityError:  # another runner was faster
        return False
    return True


def work_off(app: Flask, worker: str) -> int:
    """Run waiting jobs until there are none; how many were run."""
    count = 0
    with app.app_context():
        while (job_id := queue.claim(worker, clock.now())) is not None:
            _run_one(app, job_id, worker)
            db.session.remove()
            count += 1
    return count


def _run_one(app: Flask, job_id: int, worker: str) -> None:
    job = db.session().get(Job, job_id)
    name, arguments, actor = job.name, json.loads(job.arguments), _actor_of(job)
    tenancy.enter(db.session(), actor)
    run, state, error = Run(job_id, actor), JobState.DONE, ""
    try:
        with lease(app, job_id, worker):
            JOBS[name].function(run, **arguments)
    except LeaseLost:
        log.warning("job %s (%s) was taken over", job_id, name)
        return
    except Cancelled:
        state = JobState.CANCELLED
    except Refusal as refusal:
        state, error = JobState.FAILED, str(refusal)
    except Exception as fault:  # a job's failure must not stop the worker; it is logged and shown
        log.exception("job %s (%s) failed", job_id, name)
        forget_changes()
        state, error = JobState.FAILED, f"{type(fault).__name__}: {fault}"
    result = "{}" if state is JobState.CANCELLED else run.outcome_json()
    queue.end(job_id, worker, state, clock.now(), result=result, error=error)


def _actor_of(job: Job) -> Actor:
    """The person who asked, with the rights of today; the system for scheduled jobs."""
    return tenancy.actor_of_user(db.session(), job.created_by_id) if job.created_by_id else SYSTEM
