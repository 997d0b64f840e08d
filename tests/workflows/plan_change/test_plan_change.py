"""拨付计划变更: what may be changed, what stays, one at a time, and its effect at final approval."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, select

from app.domain.enums import NoticeKind
from app.domain.errors import Conflict, NotYours, Refusal
from app.extensions import db
from app.models import Application, PlanChange, PlanChangePhase
from app.transaction import unit_of_work
from app.workflows.applications.filing import discard_draft
from app.workflows.applications.flow import act
from app.workflows.engine import Context
from app.workflows.plan_change import plans
from app.workflows.plan_change.filing import Asked, open_plan_change, save_plan_change
from app.workflows.plan_change.rules import frozen_phases
from app.workflows.projects.menu import why_closed
from app.workflows.projects.plan import PhaseEdit
from tests.factories import people
from tests.factories.areas import Changes
from tests.support.threads import together

START, END = date(2026, 4, 1), date(2026, 6, 30)


@pytest.fixture
def project(repairs):
    """Budget 1,000.00, all of it from the fund; phases 300.00, 450.00, 250.00; the first one is applied for."""
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.running([{a: 50_000, b: 50_000}], [30_000, 45_000, 25_000])
    repairs.submit(repairs.open_payout(project, 1, 10_000))
    return project


def phases(*amounts: int, names: str = "条件 %s") -> tuple[PhaseEdit, ...]:
    return tuple(PhaseEdit(names % place, amount) for place, amount in enumerate(amounts, 1))


def asked(*amounts: int, **changes) -> Asked:
    """As the project stands, with these phases."""
    values = {"reason": "合同补充协议", "planned_start": START, "planned_end": END, **changes}
    return Asked(phases=phases(*(amounts or (30_000, 45_000, 25_000))), **values)


def draft(repairs, project, wanted: Asked | None = None):
    application = repairs.do("agent", lambda ctx: open_plan_change(project.id, ctx))
    if wanted is not None:
        repairs.do("agent", lambda ctx: save_plan_change(application.id, wanted, ctx))
    return application


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def plan_of(repairs, project) -> list[tuple[int, str, int]]:
    return [(row.sequence, row.condition, row.amount) for row in repairs.fresh(project).phases]


def test_a_draft_begins_with_what_stands_there(repairs, project):
    change = repairs.fresh(draft(repairs, project)).plan_change
    assert plans.asked_plan(change) == plans.present_plan(repairs.fresh(project))
    assert [row.is_change for row in plans.differences(change)] == [False] * 5


def test_at_final_approval_dates_contractor_and_free_phases_are_those_asked_for(repairs, project):
    other = repairs.contractor("宏图机电安装有限公司", "6222000000000077")
    item = repairs.fresh(project).items[0].id
    wanted = asked(30_000, 20_000, 30_000, 20_000, contractors={item: other.id}, planned_end=date(2026, 8, 31))
    application = repairs.submit(draft(repairs, project, wanted))
    assert repairs.fresh(application).number == "JH2026000001"
    assert [row[2] for row in plan_of(repairs, project)] == [30_000, 45_000, 25_000]
    repairs.approve(application)
    project = repairs.fresh(project)
    assert (project.planned_start, project.planned_end) == (START, date(2026, 8, 31))
    assert project.items[0].contractor.name == "宏图机电安装有限公司"
    assert [row[2] for row in plan_of(repairs, project)] == [30_000, 20_000, 30_000, 20_000]
    payee = repairs.line(20_001, account_name="宏图机电安装有限公司")
    assert refused(lambda: repairs.submit(repairs.open_payout(project, 2, payee))) == (
        "第 2 期计划 ¥200.00，已申请 ¥0.00，本次 ¥200.01，超出 ¥0.01"
    )


def test_what_is_shown_after_approval_is_what_stood_there_at_the_submission(repairs, project):
    application = repairs.approve(repairs.submit(draft(repairs, project, asked(30_000, 70_000))))
    rows = plans.differences(repairs.fresh(application).plan_change)
    assert [(str(row.what), row.before, row.after) for row in rows if row.is_change] == [
        ("拨付计划第 2 期", "450.00　条件 2", "700.00　条件 2"),
        ("拨付计划第 3 期", "250.00　条件 3", "—"),
    ]
    assert [row[2] for row in plan_of(repairs, project)] == [30_000, 70_000]


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ((30_000, 45_000, 25_001), "变更后拨付计划合计 ¥1,000.01，须等于预算应拨付金额 ¥1,000.00，差 ¥0.01"),
        ((30_000, 45_000, 24_999), "变更后拨付计划合计 ¥999.99，须等于预算应拨付金额 ¥1,000.00，差 ¥0.01"),
        ((30_000, 70_000, 0), "拨付计划第 3 期金额为零"),
        ((30_000, 45_000, 25_000), "申请内容与现行计划相同，没有变更"),
    ],
)
def test_the_sum_stays_and_something_changes(repairs, project, amounts, sentence):
    application = draft(repairs, project, asked(*amounts))
    assert refused(lambda: repairs.submit(application)) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": " "}, "请填写变更原因"),
        ({"planned_end": None}, "请填写计划开工日期和计划完工日期"),
    ],
)
def test_what_a_submission_asks_for(repairs, project, changes, sentence):
    application = draft(repairs, project, asked(30_000, 44_000, 26_000, **changes))
    assert refused(lambda: repairs.submit(application)) == sentence


def test_a_phase_applied_for_is_frozen_to_the_fen_and_in_its_words(repairs, project):
    application = draft(repairs, project)
    words = Asked("原因", START, END, {}, phases(30_000, 45_000, 25_000, names="另一条件 %s"))
    for wanted in (asked(30_001, 44_999, 25_000), asked(29_999, 45_001, 25_000), words):
        with pytest.raises(Refusal) as caught:
            repairs.do("agent", lambda ctx, wanted=wanted: save_plan_change(application.id, wanted, ctx))
        assert str(caught.value.sentence) == "第 1 期已申请 ¥100.00，不能变更"


def test_a_withdrawn_payout_frees_its_phase_but_the_phase_stays(repairs, project):
    payout = repairs.submit(repairs.open_payout(project, 2, 5_000))
    assert frozen_phases(repairs.fresh(project), repairs.context("agent")) == {1: 10_000, 2: 5_000}
    repairs.act("agent", payout, "withdraw")
    assert frozen_phases(repairs.fresh(project), repairs.context("agent")) == {1: 10_000}
    application = draft(repairs, project, asked(30_000, 44_000, 26_000))
    repairs.submit(application)
    repairs.act("clerk", application, "return", opinion="请补充协议")
    repairs.submit(repairs.open_payout(project, 2, 5_000))
    assert refused(lambda: repairs.submit(application)) == "第 2 期已申请 ¥50.00，不能变更"


def test_a_phase_with_an_ended_application_is_changed_but_not_taken_out(repairs, project):
    payout = repairs.open_payout(project, 2, 5_000)
    application = draft(repairs, project, Asked("原因", START, END, {}, phases(30_000)))
    assert refused(lambda: repairs.submit(application)) == "拨付计划只有 1 期，正常项目至少 2 期"
    repairs.submit(payout)
    repairs.act("agent", payout, "withdraw")
    two = Asked("原因", START, END, {}, (*phases(30_000), PhaseEdit("余款", 70_000)))
    repairs.do("agent", lambda ctx: save_plan_change(application.id, two, ctx))
    repairs.approve(repairs.submit(application))
    assert plan_of(repairs, project) == [(1, "条件 1", 30_000), (2, "余款", 70_000)]


def test_a_phase_that_a_draft_names_is_not_taken_out(repairs, project):
    repairs.accept_works(project, 100_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.open_payout(project, 3, 5_000)
    application = draft(repairs, project, asked(30_000, 70_000))
    assert refused(lambda: repairs.submit(application)) == "第 3 期有“维修资金拨付（草稿）”，不能取消，只能修改"
    repairs.do("agent", lambda ctx: save_plan_change(application.id, asked(30_000, 69_000, 1_000), ctx))
    repairs.submit(application)


def test_one_is_open_at_a_time(repairs, project):
    application = draft(repairs, project, asked(30_000, 44_000, 26_000))
    assert draft(repairs, project).id == application.id
    repairs.submit(application)
    sentence = "拨付计划变更 JH2026000001 正在办理，办完后才能再次申请"
    assert refused(lambda: draft(repairs, project)) == sentence
    assert str(why_closed(repairs.fresh(project), "change_plan", repairs.context("agent"))) == sentence
    repairs.act("reviewer", repairs.accept(application), "reject", opinion="不同意")
    assert draft(repairs, project).id != application.id


def test_a_payout_filed_meanwhile_closes_the_final_approval(repairs, project):
    application = repairs.submit(draft(repairs, project, asked(30_000, 44_000, 26_000)))
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first", opinion="同意")
    payout = repairs.submit(repairs.open_payout(project, 2, 45_000))
    text = refused(lambda: repairs.act("supervisor", application, "approve_final", opinion="同意"))
    assert text == "第 2 期已申请 ¥450.00，不能变更"
    repairs.act("clerk", payout, "return", opinion="发票不清")  # a returned one still counts
    assert refused(lambda: repairs.act("supervisor", application, "approve_final", opinion="同意")) == text
    repairs.act("agent", payout, "withdraw")
    repairs.act("supervisor", application, "approve_final", opinion="同意")
    assert [row[2] for row in plan_of(repairs, project)] == [30_000, 44_000, 26_000]


def test_a_payout_filed_before_the_plan_grew_smaller_can_not_pass(repairs, project):
    """The draft of a payout holds nothing: the change takes effect, and the payout is then judged by the new plan."""
    payout = repairs.open_payout(project, 2, 45_000)
    repairs.approve(repairs.submit(draft(repairs, project, asked(30_000, 44_999, 25_001))))
    assert refused(lambda: repairs.submit(payout)) == "第 2 期计划 ¥449.99，已申请 ¥0.00，本次 ¥450.00，超出 ¥0.01"


def test_not_before_the_initiation_is_approved(repairs):
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.ready([{a: 50_000, b: 50_000}], [30_000, 70_000])
    assert str(why_closed(repairs.fresh(project), "change_plan", repairs.context("agent"))) == "立项申请尚未审核通过"
    with pytest.raises(Conflict):
        draft(repairs, project)


def test_an_open_change_keeps_the_project_open_and_its_end_closes_it(repairs, project):
    repairs.act("agent", first_payout(repairs, project), "withdraw")
    repairs.accept_works(project, 30_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    change = repairs.submit(draft(repairs, project, asked(30_000, 45_000, 25_000, planned_end=date(2026, 7, 31))))
    repairs.paid_out(project, 1, 30_000)
    assert repairs.fresh(project).state.value == "running"
    assert str(why_closed(repairs.fresh(project), "close", repairs.context("agent"))) == (
        "还有 1 个业务单未办完：JH2026000001"
    )
    repairs.act("agent", change, "withdraw")
    assert repairs.fresh(project).state.value == "closed"


def first_payout(repairs, project):
    return repairs.session.scalars(
        select(Application).where(Application.project_id == project.id, Application.phase_id.is_not(None))
    ).one()


def test_another_companys_contractor_is_refused(repairs, project):
    foreign = repairs.city.other.contractor
    item = repairs.fresh(project).items[0].id
    application = draft(repairs, project)
    wanted = asked(contractors={item: foreign.id})
    with pytest.raises(Refusal) as caught:
        repairs.do("agent", lambda ctx: save_plan_change(application.id, wanted, ctx))
    assert caught.value.field == f"contractor-{item}"


def test_a_draft_is_thrown_away_with_all_that_hangs_on_it(repairs, project):
    application = draft(repairs, project, asked(30_000, 44_000, 26_000))
    repairs.do("agent", lambda ctx: discard_draft(application.id, ctx))
    left = [repairs.session.scalar(select(func.count()).select_from(model)) for model in (PlanChange, PlanChangePhase)]
    assert left == [0, 0]


def test_the_company_that_takes_over_goes_on_with_it(repairs, project):
    """With the session's guard on: a contractor of the new register takes the former one's place."""
    draft(repairs, project, asked(30_000, 44_000, 26_000))
    changes = Changes(repairs)
    changes.job(changes.approved(repairs.city.area))
    new, item = repairs.city.other.contractor, repairs.fresh(project).items[0].id
    application = changes.do("other_admin", lambda ctx: open_plan_change(project.id, ctx))
    assert repairs.fresh(application).plan_change.phases[1].amount == 44_000  # the draft has passed with the project
    wanted = asked(30_000, 44_000, 26_000, contractors={item: new.id})
    changes.do("other_admin", lambda ctx: save_plan_change(application.id, wanted, ctx))
    changes.do("other_admin", lambda ctx: act(application.id, "submit", ctx))
    with pytest.raises(NotYours):
        changes.do("agent", lambda ctx: act(application.id, "withdraw", ctx))
    repairs.approve(application)
    assert repairs.fresh(project).items[0].contractor.name == new.name


def test_two_agents_begin_one_at_the_same_moment(app, repairs, project):
    key, told = project.id, []

    def begin(username: str) -> None:
        with app.app_context():
            with unit_of_work() as session:
                actor = people.actor(session, people.load_cast(session).__dict__[username], repairs.now.date())
                told.append(open_plan_change(key, Context(session, actor, repairs.now)).id)
            db.session.remove()

    repairs.session.rollback()
    together([partial(begin, "agent"), partial(begin, "org_admin")])
    assert len(set(told)) == 1
