"""Rules of workflows.md 5.3 and money.md 2, for each kind they hold for: the case just inside, and just outside with
its figures in the sentence. What has a file of its own (70 %, last phase, refunds, 撤销, overdue …) is tried there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.enums import NoticeKind, ProjectKind
from app.domain.errors import Refusal
from app.models import Equipment, HouseAccount, ItemShare, PayoutPhase, PolicyValue
from app.transaction import unit_of_work
from app.workflows.projects import items, shares
from app.workflows.projects.menu import why_closed
from app.workflows.projects.rules import missing

pytestmark = [pytest.mark.money, pytest.mark.workflow]
NORMAL, EMERGENCY, SIMPLE = ProjectKind
KINDS = pytest.mark.parametrize("kind", ProjectKind)
SHORT = "1 户可用余额已不足，共差 0.01 元（{house} 差 0.01 元），须退回企业重新确认"


def phases(kind: ProjectKind, *amounts: int) -> list[int]:
    return [] if kind is SIMPLE else list(amounts)


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def in_last_review(repairs, project):
    application = repairs.submit(repairs.open_initiation(project))
    repairs.accept(application)
    repairs.act("reviewer", application, "approve_first", opinion="同意")
    return application


@pytest.mark.parametrize("kind", [NORMAL, EMERGENCY])
def test_the_plan_is_what_the_fund_pays_to_the_fen(repairs, kind):
    """Budget 1,000.00, of which one house can't pay 100.00: the plan is 900.00, not the budget."""
    a, b = repairs.houses([50_000, 40_000])
    project = repairs.project([{a: 50_000, b: 50_000}], [60_000, 30_000], kind=kind)
    told = {}
    for last in (29_999, 30_000, 30_001, 40_000):
        with unit_of_work() as session:
            second = PayoutPhase.project_id == project.id, PayoutPhase.sequence == 2
            session.execute(update(PayoutPhase).where(*second).values(amount=last))
        told[last] = [str(text) for text in missing(repairs.fresh(project), repairs.context("agent"))]
    gap = "拨付计划合计 {} 元，须等于预算应拨付金额 900.00 元，差 {} 元"
    assert told == {
        29_999: [gap.format("899.99", "0.01")], 30_000: [], 30_001: [gap.format("900.01", "0.01")],
        40_000: [gap.format("1,000.00", "100.00")],
    }  # fmt: skip


@KINDS
def test_a_share_changed_after_the_notice_asks_for_a_new_one(repairs, kind):
    """One fen between two houses is enough; put back, the old notice stands again."""
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.ready([{a: 50_000, b: 50_000}], phases(kind, 60_000, 40_000), kind=kind)
    assert why_closed(repairs.fresh(project), "file_initiation", repairs.context("agent")) is None
    if kind is EMERGENCY:  # no vote falls: the act itself
        item = repairs.fresh(project).items[0].id
        edits = [shares.CellEdit(a.id, 50_000, 50_001), shares.CellEdit(b.id, 50_000, 49_999)]
        repairs.do("agent", lambda ctx: shares.save_cells(project.id, item, edits, ctx))
    else:  # as if nobody had voided the vote: the notice does not trust it
        _move_a_fen(project, a, b)
    number = repairs.session.scalar(select(ItemShare.amount).where(ItemShare.house_id == a.id))
    assert number == 50_001
    sentence = str(why_closed(repairs.fresh(project), "file_initiation", repairs.context("agent")))
    assert sentence.startswith("立项公示 GS2026") and sentence.endswith(" 发布后项目已改动，须重新发布公示")
    _move_a_fen(project, b, a)
    assert why_closed(repairs.fresh(project), "file_initiation", repairs.context("agent")) is None


def _move_a_fen(project, to, taken_from) -> None:
    with unit_of_work() as session:
        for house, fen in ((to, 1), (taken_from, -1)):
            of_house = ItemShare.project_id == project.id, ItemShare.house_id == house.id
            session.execute(update(ItemShare).where(*of_house).values(amount=ItemShare.amount + fen))


@KINDS
def test_a_contractor_changed_after_the_notice_asks_for_a_new_one(repairs, kind):
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.ready([{a: 50_000, b: 50_000}], phases(kind, 60_000, 40_000), kind=kind)
    other = repairs.contractor("宏图机电安装有限公司", "6222000000000077")
    edit = items.ItemEdit(repairs.fresh(project).items[0].id, contractor_id=other.id)
    repairs.do("agent", lambda ctx: items.save_items(project.id, [edit], ctx))
    sentence = str(why_closed(repairs.fresh(project), "file_initiation", repairs.context("agent")))
    assert sentence.endswith(" 发布后项目已改动，须重新发布公示")
    repairs.published(project)
    if kind is not SIMPLE:
        assert why_closed(repairs.fresh(project), "file_initiation", repairs.context("agent")) is None


@KINDS
def test_the_last_day_of_the_notice_still_waits_and_the_next_does_not(repairs, kind):
    """Over at 24:00 of the closing date; the emergency does not wait."""
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.project([{a: 50_000, b: 50_000}], phases(kind, 60_000, 40_000), kind=kind)
    if kind is not EMERGENCY:
        repairs.voted(project)
    notice = repairs.published(project)
    if kind is SIMPLE:
        repairs.accept_works(project, 100_000)
        repairs.published(project, NoticeKind.ACCEPTANCE)
    application = in_last_review(repairs, project)
    repairs.now = repairs.now.replace(hour=23, minute=59) + timedelta(days=7)
    assert repairs.now.date() == notice.closes_on
    if kind is not EMERGENCY:
        text = refused(lambda: repairs.act("supervisor", application, "approve_final", opinion="同意"))
        assert text == f"立项公示 {notice.number} 尚未结束（{notice.closes_on} 24 时截止）"
        repairs.now += timedelta(minutes=1)
    repairs.act("supervisor", application, "approve_final", opinion="同意")
    assert repairs.fresh(project).state.value == "running"


@KINDS
def test_a_balance_short_by_a_fen_closes_the_final_approval(repairs, kind):
    """Another project has taken a fen too much of the first house meanwhile; given back, approval is open."""
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.ready([{a: 50_000, b: 50_000}], phases(kind, 60_000, 40_000), kind=kind)
    application = in_last_review(repairs, project)

    def lock(fen: int) -> None:  # what another project's hold leaves; put back before the ledger is looked at
        with unit_of_work() as session:
            session.execute(update(HouseAccount).where(HouseAccount.house_id == a.id).values(held=fen))

    lock(10_001)
    text = refused(lambda: repairs.act("supervisor", application, "approve_final", opinion="同意"))
    assert text == SHORT.format(house=a.label)
    lock(10_000)
    sentence = str(why_closed(repairs.fresh(project), "start", repairs.context("supervisor")) or "")
    assert sentence == ""
    lock(0)
    repairs.act("supervisor", application, "approve_final", opinion="同意")


@pytest.mark.parametrize("kind", [NORMAL, EMERGENCY])
def test_a_settlement_covers_what_is_paid_and_asked_for_to_the_fen(repairs, kind):
    """Paid 300.00 and asked for 50.00: 350.00 is the least; below it the sentence names what to refund and withdraw."""
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000], kind=kind)
    repairs.paid_out(project, 1, 30_000)
    waiting = repairs.submit(repairs.open_payout(project, 1, 5_000))
    told = {}
    for settled in (29_999, 30_000, 34_999, 35_000):
        repairs.accept_works(project, settled)
        if settled < 35_000:
            told[settled] = refused(lambda: repairs.published(project, NoticeKind.ACCEPTANCE)).partition("：")[2]
    assert told == {
        29_999: "须先清退 ¥0.01、撤回或终止申请 ¥50.00",
        30_000: "须先清退 ¥0.00、撤回或终止申请 ¥50.00",
        34_999: "须先清退 ¥0.00、撤回或终止申请 ¥0.01",
    }
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert sum(repairs.column(project, "fund_limit")) == 35_000
    assert repairs.fresh(waiting).state.value == "submitted"


def test_a_warranty_that_ends_today_still_warns(repairs):
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.project([{a: 50_000, b: 50_000}], [60_000, 40_000])
    piece = repairs.city.equipment[0].id
    asked = []
    for days in (0, -1):
        with unit_of_work() as session:
            day = repairs.now.date() + timedelta(days=days)
            session.execute(update(Equipment).where(Equipment.id == piece).values(warranty_until=day))
        chosen = repairs.fresh(repairs.session.get(Equipment, piece))
        asked.append([str(text) for text in items.warnings(repairs.fresh(project), [chosen], repairs.context("agent"))])
        repairs.session.rollback()
    assert asked == [["“1号电梯”尚在保修期（至 2026-03-02）"], []]


def test_the_share_that_needs_acceptance_first_is_that_of_the_day(repairs):
    """Policy 50 % from today: half is inside, a fen more is not."""
    a, b = repairs.houses([60_000, 60_000])
    project = repairs.running([{a: 50_000, b: 50_000}], [60_000, 40_000])
    with unit_of_work() as session:
        session.add(PolicyValue(
            name="acceptance_threshold_percent", value="50", valid_from=repairs.now.date(), changed_at=repairs.now,
            changed_by_id=repairs.cast.supervisor.id,
        ))  # fmt: skip
    text = refused(lambda: repairs.submit(repairs.open_payout(project, 1, 50_001)))
    assert text == "本次申请后累计 ¥500.01，超过预算 ¥1,000.00 的 50%，须先完成项目验收并发布验收公示"
    repairs.submit(repairs.open_payout(project, 1, 50_000))
