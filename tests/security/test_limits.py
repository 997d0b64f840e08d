"""Rate limits count in the database: all processes together, addresses not to be read there, nobody waits for it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app import clock
from app.extensions import db
from app.jobs.daily import tidy
from app.jobs.run import Run
from app.models import RateCount
from app.permissions import SYSTEM
from app.screens.limits import DatabaseCounters

pytestmark = pytest.mark.isolation
KEY = "LIMITS:LIMITER/203.0.113.7/Public.index/120/1/minute"


@pytest.fixture
def counters(app, session):
    return DatabaseCounters("database://")


def test_processes_count_together(counters):
    other = DatabaseCounters("database://")
    assert [counters.incr(KEY, 60), other.incr(KEY, 60), counters.incr(KEY, 60, 3), other.get(KEY)] == [1, 2, 5, 5]


def test_twenty_at_once_are_twenty(app, counters, monkeypatch):
    monkeypatch.setattr("app.transaction.BRIEFLY", 30_000)
    found, barrier = [], threading.Barrier(20)

    def come():
        with app.app_context():
            barrier.wait(10)
            found.append(counters.incr(KEY, 60))

    threads = [threading.Thread(target=come) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == list(range(1, 21))


def test_window_that_is_over_starts_anew(counters, monkeypatch):
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    assert [counters.incr(KEY, 60), counters.incr(KEY, 60)] == [1, 2]
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=59))
    assert counters.incr(KEY, 60) == 3
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(seconds=60))
    assert (counters.get(KEY), counters.incr(KEY, 60)) == (0, 1)


def test_clock_put_back_locks_nobody_out_for_an_hour(counters, monkeypatch):
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start)
    counters.incr(KEY, 60, 100)
    monkeypatch.setattr(clock, "now", lambda: start - timedelta(hours=1))
    assert counters.incr(KEY, 60) == 1


def test_table_does_not_tell_who_came(counters, session):
    counters.incr(KEY, 60)
    row = session.scalars(select(RateCount)).one()
    assert (len(row.key), row.count, "203.0" in row.key) == (64, 1, False)


def test_counters_that_are_over_are_tidied_away(counters, session, monkeypatch):
    counters.incr(KEY, 60)
    counters.incr(KEY + "/hour", 3600)
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    tidy(Run(0, SYSTEM))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(RateCount)) == 1


def test_while_the_table_can_not_be_written_a_process_counts_by_itself(app, counters, session):
    """A long act on SQLite, a lock on PostgreSQL, a table that isn't there: people read on, and still are counted."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect().execution_options(sqlite_begin="IMMEDIATE") as writer, writer.begin():
            assert [counters.incr(KEY, 60), counters.incr(KEY, 60)] == [1, 2]
    else:
        session.execute(text("ALTER TABLE rate_counts RENAME TO rate_counts_away"))
        session.commit()
        assert [counters.incr(KEY, 60), counters.incr(KEY, 60)] == [1, 2]
        session.execute(text("ALTER TABLE rate_counts_away RENAME TO rate_counts"))
        session.commit()
    assert counters.incr(KEY, 60) == 1
