"""Publishing through the browser's eyes: preview, publish once, list, withdraw; strangers find nothing."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest

from app import clock
from app.documents import contexts_notices
from app.domain.enums import NoticeKind, NoticeState
from app.models import Notice
from tests.conftest import post
from tests.factories.repairs import Repairs


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """The desk, on the clock of the application."""
    return Repairs(session, city, cast, now=clock.now().replace(microsecond=0))


@pytest.fixture
def project(repairs):
    """Passed vote, no notice yet."""
    project = repairs.project([dict.fromkeys(repairs.houses([10_000] * 3), 3000)], [4500, 4500])
    repairs.voted(project)
    return repairs.fresh(project)


def words(days: int = 7, **changes: str) -> dict[str, str]:
    return {"closes_on": (clock.today() + timedelta(days=days)).isoformat(), "phone": "0000-8866321", **changes}


def test_page_is_prefilled_with_the_earliest_closing_date(signed_in, project):
    page = signed_in("agent").get(f"/notices/project/{project.id}/initiation").get_data(as_text=True)
    assert f'value="{clock.today() + timedelta(days=7)}"' in page


def test_preview_shows_the_sheet_and_stores_nothing(signed_in, repairs, project):
    address = f"/notices/project/{project.id}/initiation/preview"
    answer = post(signed_in("agent"), address, {**words(), "version": project.version})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, repairs.session.query(Notice).count()) == (200, 0)
    assert f"/notices/project/{project.id}/initiation/publish" in page
    assert "业主1-1" not in page  # the preview is what hangs on the wall: masked


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"closes_on": ""}, "请选择公示截止日"),
        ({"closes_on": "2026-13-40"}, "日期无效，格式为 2026-01-31"),
        ({"closes_on": "2020-01-01"}, "公示不得少于 7 天"),
        ({"phone": "1" * 41}, "最多 40 个字"),
    ],
)
def test_wrong_words_are_told_at_the_field_and_kept(signed_in, repairs, project, changed, sentence):
    for act in ("preview", "publish"):
        data = {**words(), **changed, "version": project.version}
        answer = post(signed_in("agent"), f"/notices/project/{project.id}/initiation/{act}", data)
        page = answer.get_data(as_text=True)
        assert (act, answer.status_code, sentence in page) == (act, 422, True)
        assert 'value="0000-8866321"' in page or "phone" in changed
    assert repairs.session.query(Notice).count() == 0


def test_publishing_twice_with_one_key_publishes_once(signed_in, repairs, project):
    client, data = signed_in("agent"), {**words(), "version": project.version, "form_key": "once" * 6}
    first = post(client, f"/notices/project/{project.id}/initiation/publish", data)
    again = post(client, f"/notices/project/{project.id}/initiation/publish", data)
    assert (first.status_code, first.location) == (302, again.location)
    repairs.session.rollback()
    assert repairs.session.query(Notice).count() == 1
    assert client.get(first.location).status_code == 200


def test_stale_page_publishes_nothing(signed_in, repairs, project):
    data = {**words(), "version": project.version + 1}
    answer = post(signed_in("agent"), f"/notices/project/{project.id}/initiation/publish", data)
    assert (answer.status_code, repairs.session.query(Notice).count()) == (409, 0)


def test_project_without_a_vote_says_why_not(signed_in, repairs):
    project = repairs.project([dict.fromkeys(repairs.houses([10_000]), 3000)], [1500, 1500])
    page = signed_in("agent").get(f"/notices/project/{project.id}/initiation").get_data(as_text=True)
    assert "现在不能发布立项公示：尚未通过业主表决" in page


@pytest.mark.parametrize("kind", ["cancellations", "x"])
def test_unknown_kind_is_not_found(signed_in, project, kind):
    assert signed_in("agent").get(f"/notices/project/{project.id}/{kind}").status_code == 404


def test_cancellation_before_a_reason_is_typed_shows_a_place_for_it(signed_in, project):
    page = signed_in("agent").get(f"/notices/project/{project.id}/cancellation").get_data(as_text=True)
    sheet = page[page.index("print-sheet") :]
    assert "（尚未填写）" in sheet
    assert "已拨付未退回 0.00 元" in page
    assert "Project-Id" not in page


def test_acceptance_notice_before_an_acceptance_says_why_not(signed_in, project):
    answer = signed_in("agent").get(f"/notices/project/{project.id}/acceptance")
    assert answer.status_code == 200


def test_list_filters_by_search_kind_and_state(signed_in, repairs, project):
    notice = repairs.published(project)
    client = signed_in("clerk")
    for query, found in (
        ("", True), ("?search=" + notice.number, True), ("?search=没有", False), ("?kind=acceptance", False),
        ("?state=published", True), ("?state=withdrawn", False), ("?kind=nonsense", True),
    ):  # fmt: skip
        page = client.get("/notices/" + query).get_data(as_text=True)
        assert (query, f'href="/notices/{notice.id}/"' in page) == (query, found)


def test_list_remembers_its_filters_until_they_are_cleared(signed_in, repairs, project):
    repairs.published(project)
    client = signed_in("clerk")
    client.get("/notices/?state=withdrawn")
    assert client.get("/notices/").headers["Location"] == "/notices/?state=withdrawn"
    assert client.get("/notices/?clear=1").headers["Location"] == "/notices/"
    assert client.get("/notices/").status_code == 200


def test_a_notice_of_one_short_house_tells_no_sum_of_the_fund(signed_in, repairs, client):
    short = repairs.houses([5_000])[0]
    lone = repairs.project([{short: 15_100}], [3_000, 2_000])
    repairs.voted(lone)
    notice = repairs.published(lone)
    for reader, address in ((client, f"/public/notices/{notice.id}/"), (signed_in("agent"), f"/notices/{notice.id}/")):
        page = reader.get(address).get_data(as_text=True)
        assert "分户账户余额不足的部分由业主自筹" in page
        assert "151.00" in page
        assert [sum for sum in ("50.00", "101.00", "30.00", "20.00") if f">{sum}" in page or f" {sum} " in page] == []
    printed = contexts_notices.notice(repairs.fresh(notice), repairs.context("agent"))
    assert printed["sections"][3]["lines"] == ["第 1 期：条件 1。", "第 2 期：条件 2。"]


def test_another_company_finds_no_notice(signed_in, repairs, project):
    notice = repairs.published(project)
    client = signed_in("other_agent")
    assert client.get(f"/notices/{notice.id}/").status_code == 404
    assert notice.title not in client.get("/notices/").get_data(as_text=True)
    assert client.get(f"/notices/project/{project.id}/initiation").status_code == 404
    data = {**words(), "version": project.version}
    assert post(client, f"/notices/project/{project.id}/initiation/publish", data).status_code == 404


def test_supervisor_withdraws_with_a_reason(signed_in, repairs, project):
    notice = repairs.published(project)
    client = signed_in("supervisor")
    refused = post(client, f"/notices/{notice.id}/withdraw", {"version": 1, "reason": " "})
    assert (refused.status_code, "请填写撤回原因" in refused.get_data(as_text=True)) == (422, True)
    assert post(client, f"/notices/{notice.id}/withdraw", {"version": 1, "reason": "清册有误"}).status_code == 302
    assert repairs.fresh(notice).state == NoticeState.WITHDRAWN
    stale = post(client, f"/notices/{notice.id}/withdraw", {"version": 1, "reason": "清册有误"})
    assert stale.status_code == 409


def test_company_and_clerk_may_not_withdraw(signed_in, repairs, project):
    notice = repairs.published(project)
    for who in ("agent", "clerk"):
        assert post(signed_in(who), f"/notices/{notice.id}/withdraw", {"version": 1, "reason": "x"}).status_code == 403


def test_tabs_of_the_workbench_show_vote_and_notices(signed_in, repairs, project):
    notice = repairs.published(project, NoticeKind.INITIATION)
    client = signed_in("agent")
    votes = client.get(f"/projects/{project.id}/votes").get_data(as_text=True)
    notices = client.get(f"/projects/{project.id}/notices").get_data(as_text=True)
    assert "100.00%" in votes
    assert notice.number in notices
    assert "无变化" in notices


def test_list_goes_out_as_excel(signed_in, repairs, project):
    notice = repairs.published(project)
    book = openpyxl.load_workbook(io.BytesIO(signed_in("agent").get("/notices/export.xlsx?kind=initiation").data))
    rows = [[cell.value for cell in row] for row in book.active]
    assert [rows[1][0], rows[1][5], rows[1][9]] == [notice.number, 90, "公示中"]
    other = openpyxl.load_workbook(io.BytesIO(signed_in("other_agent").get("/notices/export.xlsx").data))
    assert len(list(other.active)) == 1
