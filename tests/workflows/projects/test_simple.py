"""简单拨付 (manual 1.5.3): accepted first, then one application for initiation and payout. Amounts are fen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import (
    AcceptanceState,
    ApplicationState,
    NoticeKind,
    NoticeState,
    ProjectKind,
    ProjectState,
    TransferState,
)
from app.domain.errors import Refusal
from app.ledger import project_money
from app.models import Acceptance, Application, HouseAccount, ItemShare, Notice, Vote
from app.workflows.applications import filing
from app.workflows.notices.actions import withdraw_notice
from app.workflows.projects.items import ItemEdit, remove_item, save_items
from app.workflows.projects.menu import offers
from app.workflows.projects.shares import split_budget

pytestmark = [pytest.mark.money, pytest.mark.workflow]
SIMPLE = {"kind": ProjectKind.SIMPLE}


@pytest.fixture
def houses(repairs):
    """House b has 50.00, the others plenty."""
    return repairs.houses([100_000, 5_000, 100_000])


@pytest.fixture
def ready(repairs, houses):
    """Two contractors: 300.00 and 100.00; b owes 150.00 of them and has 50.00, so 300.00 come from the fund."""
    a, b, _ = houses
    other = repairs.contractor("鑫盛防水工程有限公司", "9000000000000000002")
    shares = [{a: 15_000, b: 15_000}, {a: 10_000}]
    return repairs.ready(shares, [], contractors=[repairs.city.contractor, other], **SIMPLE)


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def pay(repairs, application, *amounts):
    """Save these amounts on the lines that are there."""
    lines = [
        filing.Line(row.account_name, row.bank_name, row.account_no, amount)
        for row, amount in zip(repairs.lines(application), amounts, strict=True)
    ]
    return repairs.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=lines))


def test_one_application_is_prefilled_with_what_each_contractor_costs(repairs, ready):
    application = repairs.open_initiation(ready)
    assert application.kind.value == "initiation_with_payout"
    # 300.00 of 400.00: 300.00 × 3/4 and 100.00 × 3/4
    assert [(row.account_name, row.amount) for row in repairs.lines(application)] == [
        (repairs.city.account.account_name, 22_500), ("鑫盛防水工程有限公司", 7_500),
    ]  # fmt: skip
    assert repairs.open_initiation(ready).id == application.id


@pytest.mark.parametrize(("amounts", "gap"), [((20_000, 9_999), "0.01"), ((20_000, 10_001), "0.01")])
def test_payees_get_all_that_the_fund_pays_and_not_a_fen_else(repairs, ready, amounts, gap):
    application = repairs.open_initiation(ready)
    pay(repairs, application, *amounts)
    asked = "299.99" if sum(amounts) < 30_000 else "300.01"
    assert refused(lambda: repairs.submit(application)) == (
        f"收款金额合计 ¥{asked}，须等于预算应拨付金额 ¥300.00"
        f"（预算 ¥400.00 = 维修资金 ¥300.00 + 业主自筹 ¥100.00），相差 ¥{gap}"
    )
    pay(repairs, application, 20_000, 10_000)
    submitted = repairs.submit(application)
    assert (submitted.number, submitted.amount) == ("LB2026000001", 30_000)


def test_where_no_house_is_short_the_sum_is_the_budget(repairs, houses):
    a, _, c = houses
    project = repairs.ready([{a: 7_000, c: 3_001}], [], **SIMPLE)
    application = repairs.open_initiation(project)
    pay(repairs, application, 10_000)
    assert refused(lambda: repairs.submit(application)) == "收款金额合计 ¥100.00，须等于预算总额 ¥100.01，相差 ¥0.01"


def test_one_review_of_both_then_the_project_closes_by_itself(repairs, ready, houses):
    application = repairs.submit(repairs.open_initiation(ready))
    assert repairs.fresh(ready).state is ProjectState.UNDER_REVIEW
    assert [phase.amount for phase in repairs.fresh(ready).phases] == [30_000]
    assert repairs.column(ready, "held") == [0, 0]
    assert repairs.column(ready, "settled") == [25_000, 15_000]
    repairs.approve(application)
    assert repairs.fresh(ready).state is ProjectState.RUNNING
    for name in ("fund", "fund_limit", "held"):
        assert repairs.column(ready, name) == [25_000, 5_000], name
    first, second = repairs.lines(application)
    repairs.move("finance", first, "prepare")
    repairs.confirm(first)
    assert repairs.fresh(ready).state is ProjectState.RUNNING
    repairs.move("finance", second, "prepare")
    repairs.confirm(second)
    assert repairs.fresh(ready).state is ProjectState.CLOSED
    assert repairs.fresh(application).state is ApplicationState.SETTLED
    assert repairs.paid(ready) == [25_000, 5_000]
    left = repairs.session.scalars(
        select(HouseAccount.principal).where(HouseAccount.house_id.in_([house.id for house in houses]))
    )
    assert sorted(left) == [0, 75_000, 100_000]


def test_acceptance_comes_before_the_initiation_and_after_the_notice(repairs, houses):
    a, _, c = houses
    project = repairs.project([{a: 7_000, c: 3_000}], [], **SIMPLE)
    budget = 10_000
    assert refused(lambda: repairs.accept_works(project, budget)) == "尚未通过业主表决"
    repairs.voted(project)
    assert refused(lambda: repairs.accept_works(project, budget)) == "立项公示尚未发布"
    repairs.published(project)
    assert refused(lambda: repairs.open_initiation(project)) == (
        "简单拨付项目须先完成项目验收并发布验收公示，再申请立项"
    )
    assert refused(lambda: repairs.published(project, NoticeKind.ACCEPTANCE)) == "尚未提交项目验收"
    repairs.accept_works(project, budget)
    assert refused(lambda: repairs.open_initiation(project)) == "项目验收公示尚未发布"
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.open_initiation(project).state is ApplicationState.DRAFT


@pytest.mark.parametrize(("settled", "said"), [(9_999, "99.99"), (10_001, "100.01")])
def test_every_item_settles_at_its_budget(repairs, houses, settled, said):
    a, _, c = houses
    project = repairs.project([{a: 7_000, c: 3_000}], [], **SIMPLE)
    repairs.voted(project)
    repairs.published(project)
    item = repairs.fresh(project).items[0]
    assert refused(lambda: repairs.accept_works(project, settled)) == (
        f"“{item.equipment}”结算金额 ¥{said}，预算 ¥100.00：简单拨付项目的结算须等于预算"
    )
    assert repairs.accept_works(project, 10_000).state is AcceptanceState.SUBMITTED


def test_final_approval_waits_for_the_end_of_the_initiation_notice(repairs, houses):
    a, _, c = houses
    project = repairs.project([{a: 7_000, c: 3_000}], [], **SIMPLE)
    repairs.voted(project)
    notice = repairs.published(project)
    repairs.accept_works(project, 10_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    application = repairs.submit(repairs.open_initiation(project))
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first")
    repairs.pass_days(7)
    assert refused(lambda: repairs.act("supervisor", application, "approve_final")) == (
        f"立项公示 {notice.number} 尚未结束（2026-03-09 24 时截止）"
    )
    repairs.pass_days(1)
    assert repairs.act("supervisor", application, "approve_final").state is ApplicationState.APPROVED


@pytest.mark.parametrize("act", ["return", "reject", "withdraw"])
def test_given_up_it_is_a_draft_again_with_acceptance_and_notices_kept(repairs, ready, act):
    application = repairs.submit(repairs.open_initiation(ready))
    who = "agent" if act == "withdraw" else "reviewer"
    repairs.act(who, application, act, opinion="合同缺页")
    project = repairs.fresh(ready)
    assert (project.state, project.fund_fixed) == (ProjectState.DRAFT, False)
    assert repairs.column(ready, "fund") == []
    settled = select(ItemShare.settled).where(ItemShare.project_id == ready.id)
    assert set(repairs.session.scalars(settled)) == {None}
    assert repairs.session.scalars(select(Acceptance.state)).one() is AcceptanceState.IN_FORCE
    again = repairs.open_initiation(ready)
    assert (again.id == application.id) is (act == "return")
    assert repairs.submit(again).number == ("LB2026000001" if act == "return" else "LB2026000002")
    repairs.approve(again)
    repairs.pay(again)
    assert repairs.fresh(ready).state is ProjectState.CLOSED


def test_balance_gone_before_approval_closes_it_with_figures(repairs, ready, houses):
    application = repairs.submit(repairs.open_initiation(ready))
    other = repairs.running([{houses[0]: 90_000}], [40_000, 50_000])
    assert project_money.limit_total(repairs.session, other) == 90_000
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first")
    assert refused(lambda: repairs.act("supervisor", application, "approve_final")) == (
        f"1 户可用余额已不足，共差 150.00 元（{houses[0].label} 差 150.00 元），须退回企业重新确认"
    )


def test_an_ended_line_is_free_again_and_is_applied_for_once_more(repairs, ready):
    application = repairs.approve(repairs.submit(repairs.open_initiation(ready)))
    first, second = repairs.lines(application)
    repairs.move("finance", second, "end", reason="账号有误")
    repairs.move("finance", first, "prepare")
    repairs.confirm(first)
    assert repairs.fresh(application).state is ApplicationState.SETTLED
    assert repairs.fresh(ready).state is ProjectState.RUNNING
    rest = repairs.open_payout(ready, 1, 7_500)
    repairs.pay(repairs.approve(repairs.submit(rest)))
    assert repairs.fresh(ready).state is ProjectState.CLOSED
    assert repairs.session.scalar(select(Application.number).where(Application.id == rest.id)) == "BF2026000001"


def test_the_bank_refuses_a_line_and_it_is_corrected(repairs, ready):
    application = repairs.approve(repairs.submit(repairs.open_initiation(ready)))
    first, second = repairs.lines(application)
    for line in (first, second):
        repairs.move("finance", line, "prepare")
    repairs.confirm(first)
    repairs.move("bank", second, "refuse", reason="户名不符")
    account = {"account_name": second.account_name, "bank_name": "新银行", "account_no": second.account_no}
    repairs.move("agent", second, "correct", **account)
    repairs.move("reviewer", second, "recheck")
    repairs.move("finance", repairs.fresh(second), "prepare")
    assert repairs.confirm(second).state is TransferState.PAID
    assert repairs.fresh(ready).state is ProjectState.CLOSED


# --- what was accepted, and a draft that leaves it behind ------------------------------------------------


def change_contractor(repairs, project):
    other = repairs.contractor("新施工单位", "98765432100")
    edit = ItemEdit(repairs.fresh(project).items[0].id, contractor_id=other.id)
    return repairs.do("agent", lambda ctx: save_items(project.id, [edit], ctx))


def test_a_draft_that_leaves_its_acceptance_behind_is_accepted_and_announced_anew(repairs, ready):
    change_contractor(repairs, ready)
    first = repairs.published(ready)
    assert refused(lambda: repairs.open_initiation(ready)) == (
        "验收公示 GS2026000002 发布后项目已改动，须重新提交项目验收并发布验收公示"
    )
    assert first.number == "GS2026000003"
    before = repairs.session.scalars(select(Acceptance)).one()
    again = repairs.accept_works(ready, 30_000, 10_000)
    assert (again.id == before.id, repairs.fresh(before).state) == (False, AcceptanceState.SUBMITTED)
    notice = repairs.published(ready, NoticeKind.ACCEPTANCE)
    assert (notice.edition, repairs.session.get(Notice, notice.supersedes_id).state) == (2, NoticeState.SUPERSEDED)
    assert repairs.submit(repairs.open_initiation(ready)).number == "LB2026000001"


def test_what_stands_is_not_accepted_twice(repairs, ready):
    assert refused(lambda: repairs.accept_works(ready, 30_000, 10_000)) == "验收公示已发布，验收已生效，不能重新提交"


def test_an_item_that_leaves_the_draft_leaves_its_acceptance_and_its_warranty(repairs, ready):
    gone, kept = repairs.fresh(ready).items
    equipment, vote = gone.equipment, repairs.session.scalars(select(Vote.number)).one()
    assert repairs.fresh(equipment).warranty_until is not None
    repairs.do("agent", lambda ctx: remove_item(ready.id, gone.id, ctx), void_vote=vote)
    assert repairs.fresh(equipment).warranty_until is None
    assert repairs.session.scalars(select(Acceptance)).one().settlements == {kept.id: 10_000}


def test_a_budget_changed_before_the_acceptance_notice_is_accepted_anew(repairs, houses):
    a, _, c = houses
    project = repairs.project([{a: 7_000, c: 3_000}], [], **SIMPLE)
    vote = repairs.voted(project)
    repairs.published(project)
    repairs.accept_works(project, 10_000)
    item = repairs.fresh(project).items[0]
    edit = ItemEdit(item.id, budget=12_000)
    repairs.do("agent", lambda ctx: save_items(project.id, [edit], ctx), void_vote=vote.number)
    repairs.do("agent", lambda ctx: split_budget(project.id, item.id, ctx))
    repairs.voted(project)
    repairs.published(project)
    name = repairs.fresh(item).equipment
    assert refused(lambda: repairs.published(project, NoticeKind.ACCEPTANCE)) == (
        f"“{name}”结算金额 ¥100.00，预算 ¥120.00：简单拨付项目的结算须等于预算"
    )
    repairs.accept_works(project, 12_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.open_initiation(project).amount == 12_000


@pytest.mark.parametrize("kind", [NoticeKind.INITIATION, NoticeKind.ACCEPTANCE])
def test_a_withdrawn_notice_takes_the_application_back_with_it(repairs, ready, kind):
    application = repairs.submit(repairs.open_initiation(ready))
    notice = repairs.session.scalars(select(Notice).where(Notice.kind == kind)).one()
    repairs.do("supervisor", lambda ctx: withdraw_notice(repairs.fresh(notice), ctx, reason="内容有误"))
    assert repairs.fresh(application).state is ApplicationState.RETURNED
    assert repairs.fresh(ready).state is ProjectState.DRAFT
    in_force = kind is NoticeKind.INITIATION
    state = AcceptanceState.IN_FORCE if in_force else AcceptanceState.SUBMITTED
    assert repairs.session.scalars(select(Acceptance.state)).one() is state
    if not in_force:
        assert refused(lambda: repairs.open_initiation(ready)) == "项目验收公示尚未发布"
        repairs.accept_works(ready, 30_000, 10_000)
    repairs.published(ready, kind)
    assert repairs.submit(application).state is ApplicationState.SUBMITTED


def test_after_the_approval_the_acceptance_notice_stays(repairs, ready):
    repairs.approve(repairs.submit(repairs.open_initiation(ready)))
    notice = repairs.session.scalars(select(Notice).where(Notice.kind == NoticeKind.ACCEPTANCE)).one()
    withdraw = lambda ctx: withdraw_notice(repairs.fresh(notice), ctx, reason="内容有误")  # noqa: E731
    assert refused(lambda: repairs.do("supervisor", withdraw)) == (
        "验收生效后已提交资金拨付申请 LB2026000001，不能撤回验收公示"
    )


def test_the_menu_names_what_each_step_waits_for(repairs, houses):
    a, _, c = houses
    project = repairs.project([{a: 7_000, c: 3_000}], [], **SIMPLE)
    names = ("publish_initiation", "submit_acceptance", "publish_acceptance", "file_initiation", "file_payout")

    def told() -> list[str | None]:
        found = offers(repairs.fresh(project), repairs.context("agent"))
        return [None if found[name].is_open else str(found[name].reason) for name in names]

    at_once = "简单拨付项目在项目立项时一并申请拨付"
    assert told() == [*["尚未通过业主表决"] * 4, at_once]
    repairs.voted(project)
    assert told() == [None, *["立项公示尚未发布"] * 3, at_once]
    repairs.published(project)
    first = "简单拨付项目须先完成项目验收并发布验收公示，再申请立项"
    assert told() == [None, None, "尚未提交项目验收", first, at_once]
    repairs.accept_works(project, 10_000)
    assert told() == [None, None, None, "项目验收公示尚未发布", at_once]
    repairs.published(project, NoticeKind.ACCEPTANCE)
    accepted, published = "验收公示已发布，验收已生效，不能重新提交", "验收公示已发布，验收已生效"
    assert told() == [None, accepted, published, None, at_once]
    repairs.submit(repairs.open_initiation(project))
    assert told() == [*["立项申请已提交，审核期间不能改动"] * 4, at_once]
