"""Long lists are written by a job: the same rows as at once, for whoever asked and nobody else."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from sqlalchemy import select

from app.domain.enums import JobState
from app.jobs import runner
from app.models import AuditEvent, Job, Message
from app.screens import exporting
from app.workflows.attachments.storage import store
from tests.conftest import post

ADDRESS = "/houses/export?_flt_0_use=residential"
LISTS = (
    "/houses/export", "/owners/export?_flt_0_name=%E5%BC%A0", "/accounts/export", "/equipment/export",
    "/projects/export.xlsx", "/notices/export.xlsx",
)  # fmt: skip


@pytest.fixture
def at_most(monkeypatch):
    """`at_most(rows)` are written at once."""
    return lambda rows: monkeypatch.setattr(exporting, "AT_ONCE", rows)


def sheet_of(data: bytes) -> list[list]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).active]


def in_background(app, client, address: str) -> int:
    """The job's number, when it has been worked off."""
    answer = post(client, "/jobs/export", {"address": address})
    assert runner.work_off(app, "worker") >= 1  # the factory has jobs of its own
    return int(answer.location.rsplit("/", 1)[-1])


def test_every_list_is_the_same_at_once_and_in_the_background(app, session, businesses, signed_in, at_most):
    client = signed_in("agent")
    at_once = {address: sheet_of(client.get(address).data) for address in LISTS}
    assert all(len(rows) > 1 for rows in at_once.values())
    at_most(0)
    later = {}
    for address in LISTS:
        key = in_background(app, client, address)
        later[address] = sheet_of(client.get(f"/jobs/{key}/file").data)
    assert later == at_once


def test_inbox_in_the_background(app, session, businesses, signed_in, at_most):
    client = signed_in("clerk")
    at_once = sheet_of(client.get("/inbox/export.xlsx?box=open").data)
    at_most(0)
    key = in_background(app, client, "/inbox/export.xlsx?box=open")
    assert sheet_of(client.get(f"/jobs/{key}/file").data) == at_once


def test_long_list_asks_before_it_begins(app, session, city, signed_in, at_most):
    at_most(5)
    page = signed_in("agent").get(ADDRESS).text
    assert 'name="address" value="/houses/export?_flt_0_use=residential"' in page
    assert "共 10 行，将在后台写入文件" in page
    assert session.scalar(select(Job.id)) is None  # asking begins nothing


def test_export_in_the_background_is_told_and_recorded(app, session, cast, city, signed_in, at_most):
    at_most(5)
    client = signed_in("agent")
    key = in_background(app, client, ADDRESS)
    session.rollback()
    job = session.get(Job, key)
    assert (job.state, job.error, json.loads(job.result)["rows"]) == (JobState.DONE, "", 10)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "export")).one()
    assert (event.actor_id, event.subject, event.summary) == (cast.agent.id, "houses", "导出房屋 10 行（用途：住宅）")
    message = session.scalars(select(Message).where(Message.link == f"/jobs/{key}")).one()
    assert message.user_id == cast.agent.id
    assert message.text.endswith(".xlsx”已备好，请在一天内下载")
    assert "下载文件" in client.get(f"/jobs/{key}").text


def test_file_is_only_for_who_asked_and_only_while_it_is_kept(app, session, city, signed_in, at_most):
    at_most(5)
    client = signed_in("agent")
    key = in_background(app, client, ADDRESS)
    seen = {who: signed_in(who).get(f"/jobs/{key}/file").status_code for who in ("org_admin", "other_agent", "auditor")}
    assert seen == {"org_admin": 404, "other_agent": 404, "auditor": 404}
    session.rollback()
    store().remove(json.loads(session.get(Job, key).result)["file"]["stored_name"])
    answer = client.get(f"/jobs/{key}/file", follow_redirects=True)
    assert "文件只保留一天，已经删除；请重新导出" in answer.text


def test_second_press_waits_for_the_same_job(app, session, city, signed_in, at_most):
    at_most(5)
    client = signed_in("agent")
    first, second = (post(client, "/jobs/export", {"address": ADDRESS}).location for _ in range(2))
    assert first == second
    other = post(signed_in("org_admin"), "/jobs/export", {"address": ADDRESS}).location
    assert other != first


def test_address_that_is_no_list_is_refused(signed_in, city):
    client = signed_in("agent")
    others = ("", "/houses/list/", "//evil.example/houses/export", "/nowhere", "/accounts/1/export", "/logout")
    answered = {address: post(client, "/jobs/export", {"address": address}).status_code for address in others}
    assert answered == dict.fromkeys(others, 400)


def test_list_of_others_is_forbidden(signed_in, city):
    assert post(signed_in("agent"), "/jobs/export", {"address": "/audit/export"}).status_code == 403


def test_list_that_no_file_holds_says_so(signed_in, city, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 3)
    monkeypatch.setattr(exporting, "MOST", 5)
    page = signed_in("agent").get(ADDRESS).text
    assert "结果超过 5 行，一个文件装不下" in page
    assert "开始导出" not in page
