"""任务: what runs when, how it ended, run now; who may."""

from __future__ import annotations

from sqlalchemy import select

from app import clock
from app.domain.enums import JobState
from app.jobs import queue, runner
from app.models import AuditEvent, Job
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from tests.conftest import post


def run_now(client, name: str):
    return post(client, f"/job-desk/{name}/run")


def work_off(app, session) -> Job:
    session.rollback()
    runner.work_off(app, "test")
    session.expire_all()
    return session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()


def test_system_administrator_runs_the_verification(app, session, city, signed_in):
    client = signed_in("system")
    answer = run_now(client, "verify_ledger")
    job = work_off(app, session)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/jobs/{job.id}")
    assert (job.state, job.error) == (JobState.DONE, "")
    page = client.get(f"/jobs/{job.id}").text
    assert "核对无误" in page and "凭证链末端" in page
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "run_job")).one()
    assert (event.subject, event.subject_id, event.summary) == ("jobs", str(job.id), "夜间账务核验")


def test_a_job_that_waits_is_not_queued_again(session, city, signed_in):
    client = signed_in("system")
    run_now(client, "tidy")
    answer = run_now(client, "tidy")
    assert (answer.status_code, "该任务正在排队或执行，请等它结束" in answer.text) == (409, True)
    session.rollback()
    assert len(session.scalars(select(Job).where(Job.name == "tidy")).all()) == 1


def test_auditor_runs_the_verifications_only(session, city, signed_in):
    client = signed_in("auditor")
    assert run_now(client, "verify_audit").status_code == 302
    assert [run_now(client, name).status_code for name in ("tidy", "export_list", "nothing")] == [404, 404, 404]


def test_what_was_found_is_shown_line_by_line(session, cast, signed_in):
    found = '{"faults": ["凭证 3 缺失", "借贷不平"], "heads": {"ledger": [4, "ab"]}}'
    with unit_of_work():
        job = queue.enqueue(session, "verify_ledger", {}, actor=SYSTEM, now=clock.now())
        job.state, job.result, job.error = JobState.FAILED, found, "凭证 3 缺失；借贷不平"
        key = job.id
    page = signed_in("auditor").get(f"/jobs/{key}").text
    assert [page.count(word) for word in ("<li>凭证 3 缺失</li>", "<li>借贷不平</li>", "核对无误")] == [1, 1, 0]
