"""Each act of an application: what it needs, what it does, whom it tells."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from app.domain.enums import ApplicationState, ProjectState, ReviewAct
from app.domain.errors import Conflict, Refusal
from app.extensions import db
from app.models import AuditEvent, HouseAccount, NumberSequence, PolicyValue, ReceivedPaper, Review
from app.transaction import unit_of_work
from app.workflows.applications import filing
from app.workflows.applications.flow import act
from app.workflows.attachments.rules import requirements_of
from app.workflows.engine import FOUR_EYES, TAKEN
from tests.factories import people

pytestmark = pytest.mark.workflow


@pytest.fixture
def project(repairs):
    a, b = repairs.houses([100_000, 4_000])
    return repairs.ready([{a: 10_000, b: 10_000}], [10_000, 4_000])


@pytest.fixture
def application(repairs, project):
    return repairs.open_initiation(project)


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def test_submission_takes_a_number_fixes_the_fund_and_freezes_the_project(repairs, project, application):
    repairs.submit(application)
    application = repairs.fresh(application)
    assert application.number == "LX2026000001"
    assert application.amount == 14_000
    assert application.levels_needed == 2
    assert repairs.fresh(project).state is ProjectState.UNDER_REVIEW
    assert repairs.column(project, "fund") == [10_000, 4_000]
    assert repairs.column(project, "held") == [0, 0]


def test_submission_without_attachments_names_them(repairs, application):
    text = refused(lambda: repairs.act("agent", application, "submit"))
    assert text == "缺少要件：投票表决签字表、立项公示照片、施工合同、工程预算书"
    assert repairs.session.scalar(select(NumberSequence.last).where(NumberSequence.kind == "LX")) is None


def test_numbers_have_no_gap_after_a_refusal(repairs, application):
    refused(lambda: repairs.act("agent", application, "submit"))
    repairs.submit(application)
    assert repairs.fresh(application).number == "LX2026000001"


def test_a_returned_initiation_comes_back_under_its_number_with_the_fund_fixed_anew(repairs, project, application):
    repairs.submit(application)
    repairs.act("clerk", application, "return", opinion="公示照片缺 2 号楼")
    assert repairs.fresh(project).state is ProjectState.DRAFT
    assert repairs.column(project, "fund") == []
    assert repairs.messages() == {
        "org_admin": ["维修项目立项 LX2026000001 被退回补正：公示照片缺 2 号楼"],
        "agent": ["维修项目立项 LX2026000001 被退回补正：公示照片缺 2 号楼"],
    }
    assert repairs.open_initiation(project).id == application.id  # 项目立项 goes on with the returned one
    repairs.submit(application)
    again = repairs.fresh(application)
    assert (again.number, again.state) == ("LX2026000001", ApplicationState.SUBMITTED)
    assert repairs.column(project, "fund") == [10_000, 4_000]
    assert [row.act for row in again.reviews] == [ReviewAct.SUBMIT, ReviewAct.RETURN, ReviewAct.SUBMIT]


def test_a_rejected_initiation_is_final_and_a_new_one_gets_a_new_number(repairs, project, application):
    repairs.submit(application)
    repairs.act("reviewer", application, "reject", opinion="不属于共用部位")
    assert repairs.fresh(project).state is ProjectState.DRAFT
    second = repairs.open_initiation(project)
    assert second.id != application.id
    repairs.submit(second)
    assert repairs.fresh(second).number == "LX2026000002"


def test_a_withdrawn_initiation_tells_nobody(repairs, project, application):
    repairs.submit(application)
    repairs.act("agent", application, "withdraw")
    assert repairs.fresh(application).state is ApplicationState.WITHDRAWN
    assert repairs.fresh(project).state is ProjectState.DRAFT
    assert repairs.messages() == {}


@pytest.mark.parametrize("name", ["return", "reject"])
def test_a_reason_is_required(repairs, application, name):
    repairs.submit(application)
    assert refused(lambda: repairs.act("reviewer", application, name, opinion="  ")) == "请填写原因"
    assert repairs.fresh(application).state is ApplicationState.SUBMITTED


def test_the_clerk_ticks_papers_with_copies(repairs, application):
    repairs.submit(application)
    first, second, *_ = requirements_of(repairs.session, repairs.fresh(application))
    keys = (first.id, second.id)
    repairs.act("clerk", application, "accept", papers={keys[0]: 2, keys[1]: 1, 999_999: 1})
    rows = repairs.session.execute(select(ReceivedPaper.requirement_id, ReceivedPaper.copies)).all()
    assert sorted(map(tuple, rows)) == [(keys[0], 2), (keys[1], 1)]


def test_acceptance_is_undone_by_the_same_clerk_the_same_day_before_a_review(repairs, application):
    repairs.submit(application)
    repairs.act("clerk", application, "accept")
    with unit_of_work() as session:
        other = people.add_user(session, "clerk2", "另一位窗口", ("Clerk",), repairs.cast.organisations.department)
    assert refused(lambda: repairs.act(other, application, "undo_accept")) == "只有受理人本人可以撤销受理"
    repairs.act("clerk", application, "undo_accept")
    assert repairs.fresh(application).state is ApplicationState.SUBMITTED
    repairs.act("clerk", application, "accept")
    repairs.pass_days(1)
    assert refused(lambda: repairs.act("clerk", application, "undo_accept")) == "只能在受理当日撤销受理"
    repairs.pass_days(-1)
    repairs.act("reviewer", application, "approve_first")
    assert refused(lambda: repairs.act("clerk", application, "undo_accept")) == "已有审核意见，不能撤销受理"


def test_levels_come_in_order(repairs, application):
    repairs.submit(application)
    repairs.act("clerk", application, "accept")
    assert refused(lambda: repairs.act("supervisor", application, "approve_final")) == "尚未通过初审"
    repairs.act("reviewer", application, "approve_first")
    assert refused(lambda: repairs.act("second_reviewer", application, "approve_first")) == "初审已通过"
    repairs.act("supervisor", application, "approve_final", opinion="同意")
    rows = repairs.session.execute(select(Review.act, Review.level, Review.opinion).order_by(Review.id)).all()
    assert [tuple(row) for row in rows][-2:] == [(ReviewAct.APPROVE, 1, ""), (ReviewAct.APPROVE, 2, "同意")]


def test_one_level_is_the_supervisor_only(repairs, application):
    with unit_of_work() as session:
        session.add(PolicyValue(name="review_levels", value="1", valid_from=repairs.now.date(), changed_at=repairs.now))
    repairs.submit(application)
    repairs.act("clerk", application, "accept")
    assert refused(lambda: repairs.act("reviewer", application, "approve_first")) == "本业务单只需复审"
    repairs.act("supervisor", application, "approve_final")
    assert repairs.fresh(application).state is ApplicationState.APPROVED


def test_nobody_reviews_what_they_accepted_or_reviewed_before(repairs, application):
    with unit_of_work() as session:
        department = repairs.cast.organisations.department
        everything = people.add_user(session, "all", "一人多岗", ("Clerk", "Reviewer", "Supervisor"), department)
        two = people.add_user(session, "two", "两级", ("Reviewer", "Supervisor"), department)
    repairs.submit(application)
    repairs.act(everything, application, "accept")
    assert refused(lambda: repairs.act(everything, application, "approve_first")) == str(FOUR_EYES)
    repairs.act(two, application, "approve_first")
    assert refused(lambda: repairs.act(two, application, "approve_final")) == str(FOUR_EYES)
    assert refused(lambda: repairs.act(everything, application, "approve_final")) == str(FOUR_EYES)
    # in a second round the same persons stay apart
    repairs.act(two, application, "return", opinion="补正")
    repairs.submit(application)
    repairs.act("clerk", application, "accept")
    assert refused(lambda: repairs.act(everything, application, "approve_first")) == str(FOUR_EYES)
    repairs.act("reviewer", application, "approve_first")
    assert refused(lambda: repairs.act(two, application, "approve_final")) == str(FOUR_EYES)


def test_final_approval_holds_the_fund_and_tells_the_company(repairs, project, application):
    repairs.approve(repairs.submit(application))
    assert repairs.fresh(project).state is ProjectState.RUNNING
    assert repairs.column(project, "held") == [10_000, 4_000]
    assert repairs.messages() == {
        "org_admin": ["维修项目立项 LX2026000001 已审核通过"],
        "agent": ["维修项目立项 LX2026000001 已审核通过"],
    }


def test_final_approval_waits_for_the_notice(repairs):
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.project([{a: 10_000, b: 10_000}], [15_000, 5_000])
    repairs.voted(project)
    notice = repairs.published(project)
    application = repairs.open_initiation(project)
    repairs.accept(repairs.submit(application))
    repairs.act("reviewer", application, "approve_first")
    text = refused(lambda: repairs.act("supervisor", application, "approve_final"))
    assert text == f"立项公示 {notice.number} 尚未结束（2026-03-09 24 时截止）"
    repairs.pass_days(8)
    repairs.act("supervisor", application, "approve_final")
    assert repairs.fresh(project).state is ProjectState.RUNNING


def test_a_shortage_since_submission_closes_the_approval_with_count_and_amount(repairs):
    a, b = repairs.houses([10_000, 10_000])
    first = repairs.open_initiation(repairs.ready([{a: 10_000}], [6_000, 4_000]))
    second = repairs.open_initiation(repairs.ready([{a: 7_000, b: 7_000}], [10_000, 4_000]))
    repairs.submit(first)
    repairs.submit(second)  # both find the same money available
    repairs.approve(first)
    repairs.accept(second)
    repairs.act("reviewer", second, "approve_first")
    text = refused(lambda: repairs.act("supervisor", second, "approve_final"))
    assert text.startswith("1 户可用余额已不足，共差 70.00 元")
    repairs.act("supervisor", second, "return", opinion="余额不足，请重新计算")
    assert repairs.fresh(second).state is ApplicationState.RETURNED
    assert repairs.column(second.project, "held") == []


def test_a_second_initiation_is_refused_with_the_number_of_the_first(repairs, project, application):
    repairs.submit(application)
    with pytest.raises(Refusal):
        repairs.open_initiation(project)


def test_a_stale_page_is_told_so(repairs, application):
    version = application.version
    repairs.submit(application)
    with pytest.raises(Conflict) as caught:
        repairs.act("clerk", application, "accept", version=version)
    assert caught.value.sentence == TAKEN


def test_the_second_of_two_presses_is_told_that_it_is_done(repairs, application):
    repairs.submit(application)
    version = repairs.fresh(application).version
    repairs.act("clerk", application, "accept", version=version)
    with pytest.raises(Conflict) as caught:
        repairs.act("clerk", application, "accept", version=version)
    assert caught.value.sentence == TAKEN


def test_two_people_at_once_get_one_success_and_one_conflict(app, repairs, application):
    repairs.submit(application)
    repairs.accept(application)
    key, version = application.id, repairs.fresh(application).version
    repairs.session.rollback()
    gate, outcomes = threading.Barrier(2), []

    def press(username: str) -> None:
        with app.app_context():
            try:
                gate.wait(10)
                with unit_of_work() as session:
                    user = session.get(type(repairs.cast.reviewer), ids[username])
                    ctx = type(base)(session, people.actor(session, user, repairs.now.date()), repairs.now, {})
                    act(key, "approve_first", ctx, version=version)
                outcomes.append("success")
            except Conflict as conflict:
                outcomes.append(str(conflict.sentence))
            finally:
                db.session.remove()

    ids = {name: getattr(repairs.cast, name).id for name in ("reviewer", "second_reviewer")}
    base = repairs.context("reviewer")
    repairs.session.rollback()
    threads = [threading.Thread(target=press, args=(name,)) for name in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == sorted(["success", "已被他人处理，请刷新后再看"])
    assert repairs.fresh(application).levels_approved == 1


def test_every_act_leaves_an_audit_event(repairs, application):
    repairs.approve(repairs.submit(application))
    found = repairs.session.scalars(
        select(AuditEvent.action).where(AuditEvent.subject == "applications").order_by(AuditEvent.id)
    ).all()
    assert found == ["submit", "accept", "approve_first", "approve_final"]


def test_a_refused_act_changes_nothing(repairs, project, application):
    refused(lambda: repairs.act("agent", application, "submit"))
    assert repairs.fresh(application).state is ApplicationState.DRAFT
    assert repairs.fresh(project).state is ProjectState.DRAFT
    assert repairs.session.scalars(select(HouseAccount.held).where(HouseAccount.held > 0)).all() == []


def test_a_draft_is_thrown_away_and_a_submitted_one_is_not(repairs, project, application):
    repairs.do("agent", lambda ctx: filing.discard_draft(application.id, ctx))
    assert repairs.session.get(type(application), application.id) is None
    second = repairs.open_initiation(project)
    repairs.submit(second)
    text = refused(lambda: repairs.do("agent", lambda ctx: filing.discard_draft(second.id, ctx)))
    assert text == "当前状态为“待受理”，不能删除"
