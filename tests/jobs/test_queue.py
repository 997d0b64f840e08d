"""Work in the background: each job once, whoever asks for it and whatever dies meanwhile."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from threading import Thread
from time import sleep
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app import clock
from app.domain.enums import JobState
from app.domain.errors import Refusal
from app.extensions import db
from app.jobs import lease, queue, registry, runner
from app.models import Holiday, Job
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from tests.support.threads import together

pytestmark = pytest.mark.workflow
NOON = datetime(2026, 3, 2, 12, 0)


@pytest.fixture
def jobs(monkeypatch):
    """Puts jobs of a test's own into the registry."""
    return partial(monkeypatch.setitem, registry.JOBS)


def put(name: str, **arguments) -> int:
    with unit_of_work() as session:
        return queue.enqueue(session, name, arguments, actor=SYSTEM, now=NOON).id


def state_of(session, job_id: int) -> tuple[JobState, str]:
    session.rollback()
    job = session.get(Job, job_id, populate_existing=True)
    return job.state, job.error


def test_job_is_claimed_by_one_of_eight(app, session):
    job_id, claimed = put("tidy"), []

    def claim(number: int) -> None:
        with app.app_context():
            claimed.append(queue.claim(f"worker {number}", NOON))
            db.session.remove()

    together([partial(claim, number) for number in range(8)])
    assert sorted(claimed, key=str) == sorted([job_id, *[None] * 7], key=str)


def test_job_of_a_dead_worker_runs_again(session):
    job_id = put("tidy")
    assert queue.claim("dies", NOON) == job_id
    assert queue.claim("next", NOON + timedelta(minutes=10)) is None
    assert queue.claim("next", NOON + timedelta(minutes=10, seconds=1)) == job_id


def test_scheduled_jobs_are_queued_once_a_day_by_two_schedulers(app, session, monkeypatch):
    late = datetime.combine(NOON, time(23, 0))
    monkeypatch.setattr(clock, "now", lambda: late)
    together([partial(runner.enqueue_due, app)] * 4)
    runner.enqueue_due(app)
    daily = sum(bool(spec.daily_at) for spec in registry.JOBS.values())
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Job)) == daily
    monkeypatch.setattr(clock, "now", lambda: late + timedelta(days=1))
    assert len(runner.enqueue_due(app)) == daily


def test_nothing_is_queued_before_its_time(app, session, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime.combine(NOON, time(0, 4, 59)))
    assert runner.enqueue_due(app) == []


def test_failure_is_shown_and_the_next_job_runs(app, session, jobs):
    ran = []
    jobs("breaks", registry.JobSpec(lambda run: 1 / 0, "坏"))
    jobs("refuses", registry.JobSpec(lambda run: (_ for _ in ()).throw(Refusal("不行")), "拒"))
    jobs("works", registry.JobSpec(lambda run, number: ran.append(number), "好"))
    broken, refused, good = put("breaks"), put("refuses"), put("works", number=7)
    assert runner.work_off(app, "worker") == 3
    assert state_of(session, broken) == (JobState.FAILED, "ZeroDivisionError: division by zero")
    assert state_of(session, refused) == (JobState.FAILED, "不行")
    assert (state_of(session, good), ran) == ((JobState.DONE, ""), [7])


def test_cancelled_before_it_starts_and_while_it_runs(app, session, jobs):
    def long(run):
        with unit_of_work() as work:
            queue.ask_to_cancel(work, work.get(Job, run.job_id))
        run.progress(1, 2)
        pytest.fail("it went on")

    jobs("long", registry.JobSpec(long, "长"))
    waiting = put("long")
    with unit_of_work() as work:
        queue.ask_to_cancel(work, work.get(Job, waiting))
    running = put("long")
    assert runner.work_off(app, "worker") == 1
    assert [state_of(session, key)[0] for key in (waiting, running)] == [JobState.CANCELLED] * 2


@pytest.fixture
def watch(monkeypatch):
    """`watch.moment` is the time; `watch.put_forward()` is longer than a dead worker is waited for."""
    watch = SimpleNamespace(moment=NOON)
    watch.put_forward = lambda: setattr(watch, "moment", watch.moment + queue.STALE_AFTER + timedelta(seconds=1))
    monkeypatch.setattr(clock, "now", lambda: watch.moment)
    return watch


def test_living_job_is_not_taken_over_while_it_stores(app, session, jobs, watch, monkeypatch):
    """A storing transaction of over ten minutes: no other worker gets the job, neither during it nor right after."""
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.02)
    others, ran = [], []

    def claim() -> None:
        with app.app_context():
            others.append(queue.claim("other", watch.moment))

    def stores(run):
        ran.append(run.job_id)
        with unit_of_work() as work:
            work.add(Holiday(day=NOON.date()))
            work.flush()
            watch.put_forward()
            if work.get_bind().dialect.name == "postgresql":  # on SQLite the other waits for the lock instead
                until(lambda: heartbeat(run.job_id) == watch.moment)
            other = Thread(target=claim)
            other.start()
            other.join(0.2)
        other.join()

    jobs("stores", registry.JobSpec(stores, "存"))
    job_id = put("stores")
    assert runner.work_off(app, "worker") == 1
    assert (others, ran) == ([None], [job_id])
    assert state_of(session, job_id) == (JobState.DONE, "")


def test_worker_that_stood_still_stores_nothing(app, session, jobs, watch):
    def stood_still(run):
        watch.put_forward()
        assert queue.claim("other", watch.moment) == run.job_id
        with unit_of_work() as work:
            work.add(Holiday(day=NOON.date()))

    jobs("slow", registry.JobSpec(stood_still, "慢"))
    job_id = put("slow")
    assert runner.work_off(app, "worker") == 1
    assert state_of(session, job_id) == (JobState.RUNNING, "")
    assert (session.get(Job, job_id).worker, session.scalar(select(func.count()).select_from(Holiday))) == ("other", 0)


def heartbeat(job_id: int):
    with db.engine.connect() as connection:
        return connection.scalar(select(Job.heartbeat_at).where(Job.id == job_id))


def until(is_so) -> None:
    for _ in range(500):
        if is_so():
            return
        sleep(0.02)
    pytest.fail("it did not come about")
