"""The route of the papers: who gets which, in which states, what is kept and what is audited."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app import clock
from app.documents.registry import PAPERS, paper_url
from app.domain.enums import NoticeState
from app.models import ArchivedPaper, AuditEvent
from app.permissions import ROLES, Permission
from app.workflows.notices.actions import withdraw_notice
from tests.conftest import sign_in
from tests.documents.conftest import pdf_text
from tests.test_routes_access import USER_OF

pytestmark = pytest.mark.isolation
# Which company takes over an area is its administrator's business (manual 1.3): its agents don't find the application.
ITS_ADMINISTRATORS = {"area_change_application": {"ProjectAgent"}}


def address(story, key: str) -> str:
    return paper_url(key, story.subject(key).id)


@pytest.fixture
def browse(story, app):
    """`browse("agent")`: a signed-in browser; the story is told."""

    def make(username: str):
        client = app.test_client()
        sign_in(client, username)
        return client

    return make


def test_every_paper_is_given_to_each_role_that_has_its_right_and_to_no_other(story, browse):
    """Rows of 安居物业: its people and the department by right, the bank by right; the public gets the public one."""
    wrong = []
    for role, username in USER_OF.items():
        client = browse(username)
        for key, paper in PAPERS.items():
            status = client.get(address(story, key)).status_code
            allowed = paper.permission is Permission.PUBLIC or paper.permission in ROLES[role]
            found = 404 if role in ITS_ADMINISTRATORS.get(key, ()) else 200
            if status != (found if allowed else 403):
                wrong.append((role, key, status))
    assert wrong == []


def test_other_company_finds_none_of_them(story, browse):
    client = browse("other_agent")
    answers = {key: client.get(address(story, key)).status_code for key in PAPERS}
    assert answers == {**dict.fromkeys(PAPERS, 404), "public_notice": 200}


def test_without_sign_in_only_the_public_notice(story, client):
    answers = {key: client.get(address(story, key)) for key in PAPERS}
    assert {key for key, answer in answers.items() if answer.status_code == 200} == {"public_notice"}
    assert all(answer.location.startswith("/login") for key, answer in answers.items() if key != "public_notice")


@pytest.mark.parametrize("path", ["nothing/1.pdf", "voting_sheet/999999.pdf", "voting_sheet/x.pdf"])
def test_no_such_paper_or_row_is_not_found(browse, path):
    assert browse("agent").get(f"/papers/{path}").status_code == 404


def test_notice_of_the_other_kind_is_not_found(story, browse):
    client = browse("agent")
    assert client.get(paper_url("final_list", story.notice.id)).status_code == 404
    assert client.get(paper_url("initiation_notice", story.acceptance.id)).status_code == 404
    assert client.get(paper_url("payout_application", story.initiation.id)).status_code == 404


def test_state_that_allows_no_print_answers_with_the_reason(story, browse):
    answer = browse("agent").get(paper_url("vote_result", story.open_vote.id))
    assert answer.status_code == 422
    assert "当前状态为“表决中”，不能打印表决结果统计表" in answer.get_data(as_text=True)


def test_pdf_is_shown_in_the_browser_under_its_chinese_name_and_not_stored(story, browse):
    answer = browse("agent").get(address(story, "voting_sheet"))
    assert answer.mimetype == "application/pdf"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("inline;")
    assert f"filename*=UTF-8''{quote('投票表决签字表')}-JX2026002.pdf" in disposition
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def prints(session) -> list[tuple[str, str]]:
    session.rollback()
    query = select(AuditEvent.actor_name, AuditEvent.summary).where(AuditEvent.action == "print")
    return [tuple(row) for row in session.execute(query.order_by(AuditEvent.id))]


def test_prints_of_personal_data_are_audited_each_time_and_others_not(story, session, browse):
    client = browse("agent")
    for key in ("voting_sheet", "voting_sheet", "vote_result", "initiation_notice", "budget_list", "budget_list"):
        assert client.get(address(story, key)).status_code == 200
    assert prints(session) == [("李维", "打印投票表决签字表")] * 2 + [("李维", "打印预算清册")] * 2


def test_notice_is_kept_as_first_printed_and_given_again(story, session, browse):
    first = browse("agent").get(address(story, "initiation_notice")).get_data()
    again = browse("clerk").get(address(story, "initiation_notice")).get_data()
    assert first == again
    session.rollback()
    kept = session.scalars(select(ArchivedPaper)).all()
    assert [(row.paper, row.subject_id, row.pdf) for row in kept] == [("initiation_notice", story.notice.id, first)]
    assert kept[0].sha256 == hashlib.sha256(first).hexdigest()


def running(repairs):
    """A project whose payouts are open: the story's own is about to be cancelled."""
    return repairs.running([{repairs.city.houses[8]: 50_000}], [20_000, 30_000])


def test_application_is_drawn_anew_after_the_next_act_and_both_copies_are_kept(story, session, browse):
    repairs = story.repairs
    other = repairs.submit(repairs.open_payout(running(repairs), 1, 10_000))
    client, path = browse("agent"), paper_url("payout_application", other.id)
    filed = client.get(path).get_data()
    assert client.get(path).get_data() == filed
    repairs.now = clock.now()  # the browser prints by the clock
    repairs.accept(other)
    accepted = client.get(path).get_data()
    assert "同意受理" not in pdf_text(filed)
    assert "同意受理" in pdf_text(accepted)
    session.rollback()
    query = select(ArchivedPaper.pdf).where(ArchivedPaper.paper == "payout_application")
    assert session.scalars(query.order_by(ArchivedPaper.id)).all() == [filed, accepted]


def test_kept_paper_that_was_changed_behind_our_back_is_not_given(story, session, browse):
    client = browse("agent")
    client.get(address(story, "acceptance_notice"))
    session.rollback()
    session.scalars(select(ArchivedPaper)).one().pdf = b"%PDF-1.4 forged"
    session.commit()
    assert client.get(address(story, "acceptance_notice")).status_code == 500


def test_withdrawn_notice_is_gone_for_the_public(story, client, browse):
    repairs = story.repairs
    path = paper_url("public_notice", story.acceptance.id)
    assert client.get(path).status_code == 200
    repairs.do("supervisor", lambda ctx: withdraw_notice(story.acceptance, ctx, reason="面积有误"))
    assert repairs.fresh(story.acceptance).state is NoticeState.WITHDRAWN
    assert client.get(path).status_code == 410
    assert browse("agent").get(paper_url("acceptance_notice", story.acceptance.id)).status_code == 422


def test_public_paper_is_the_same_for_all_and_names_nobody(story, client, browse):
    public = client.get(address(story, "public_notice")).get_data()
    assert browse("agent").get(address(story, "public_notice")).get_data() == public
    assert "张一" not in pdf_text(public)


def test_account_slip_of_a_period(story, browse):
    client = browse("agent")
    path = address(story, "account_slip")
    assert "期初" not in pdf_text(client.get(f"{path}?from=2026-03-01&to=2026-03-31").get_data())
    assert client.get(f"{path}?from=yesterday").status_code == 422


def test_draft_application_is_not_printed(story, browse):
    draft = story.repairs.open_payout(running(story.repairs), 1, 10_000)
    assert browse("agent").get(paper_url("payout_application", draft.id)).status_code == 422


def test_paper_is_drawn_before_the_database_is_locked(story, session, monkeypatch):
    """A list of thousands of rows takes seconds: nobody else's act may wait for it."""
    from app.documents import archive
    from app.transaction import unit_of_work

    drawn_in = []

    def render(paper, subject, ctx):
        drawn_in.append(ctx.session.info.get("unit_of_work", 0))
        return b"%PDF-1.4"

    monkeypatch.setattr(archive, "render", render)
    archive.print_paper(PAPERS["voting_sheet"], story.open_vote, story.repairs.context("agent"), unit_of_work)
    assert drawn_in == [0]
