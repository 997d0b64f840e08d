"""清退: how much may come back, to which accounts, in which states (workflows.md 5.4, money.md 2 Refund)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.enums import NoticeKind, ProjectState, RefundReason, RefundState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import HouseAccount, JournalEntry, Posting, Refund
from app.permissions import ROLES, SYSTEM
from app.workflows.engine import Context, apply
from app.workflows.payouts import rules as payouts
from app.workflows.projects.flow import PROJECT
from app.workflows.refunds import actions
from app.workflows.refunds.flow import REFUND
from app.workflows.refunds.rules import refundable

pytestmark = [pytest.mark.money, pytest.mark.workflow]

ROWS = {("issued", "confirm", "paid"), ("issued", "void", "voided"), ("issued", "expire", "expired")}
WHO = {"confirm": {"Bank"}, "void": {"OrgAdmin", "ProjectAgent"}, "expire": {"OrgAdmin", "ProjectAgent"}}
PEOPLE = ("org_admin", "agent", "revenue", "clerk", "reviewer", "supervisor", "finance", "bank", "auditor", "security")
ROLE_OF = {
    "org_admin": "OrgAdmin", "agent": "ProjectAgent", "revenue": "RevenueAgent", "clerk": "Clerk",
    "reviewer": "Reviewer", "supervisor": "Supervisor", "finance": "Finance", "bank": "Bank", "auditor": "Auditor",
    "security": "SecurityAdmin",
}  # fmt: skip


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


@pytest.fixture
def project(repairs):
    """Three houses bear 100.00, 200.00 and 300.00; phases 240.00, 120.00, 240.00."""
    a, b, c = repairs.houses([100_000, 100_000, 100_000])
    return repairs.running([{a: 10_000, b: 20_000, c: 30_000}], [24_000, 12_000, 24_000])


@pytest.fixture
def line(repairs, project):
    """240.00 paid: 40.00 + 80.00 + 120.00."""
    return repairs.lines(repairs.paid_out(project, 1, 24_000))[0]


def test_the_table_is_this():
    assert {(source.value, row.name, row.target.value) for row in REFUND.transitions for source in row.sources} == ROWS
    assert {state.value for state in REFUND.terminal} == {"paid", "voided", "expired"}
    found = {row.name: {role for role, may in ROLES.items() if row.permission in may} for row in REFUND.transitions}
    assert found == WHO


def test_state_by_act_by_role(repairs, project, line):
    """Whoever may not is refused, whatever is not in the table is refused, and nothing has moved."""
    refunds = {state: repairs.refund(project, line, 1_000) for state in ("issued", "paid", "voided", "expired")}
    repairs.confirm_refund(refunds["paid"])
    repairs.move_refund("agent", refunds["voided"], "void", reason="填错金额")
    with repairs.later(31):
        repairs.move_refund(SYSTEM, refunds["expired"], "expire")
    paid = repairs.paid(project)
    for state, refund in refunds.items():
        for name in WHO:
            for who in PEOPLE:
                if state == "issued" and ROLE_OF[who] in WHO[name] and name != "expire":
                    continue
                with pytest.raises((Forbidden, NotYours, Conflict, Refusal)):
                    repairs.move_refund(
                        who, refund, name, reason="原因", bank_serial="SN9", booked_on=repairs.now.date()
                    )
        assert repairs.fresh(refund).state.value == state
    assert repairs.paid(project) == paid


def test_worked_by_hand_over_three_houses(repairs, project, line):
    """240.00 was paid 40/80/120. 100.01 comes back: 10,001 × 4,000/24,000 = 1,666 5/6, × 8,000 = 3,333 4/6, × 12,000 =
    5,000 3/6. Floors 1,666 + 3,333 + 5,000 = 9,999; the two fen left go to the largest remainders, houses 1 and 2:
    16.67 + 33.34 + 50.00. Then the other 139.99: over 23.33, 46.66, 70.00, all of it."""
    assert repairs.paid(project) == [4_000, 8_000, 12_000]
    first = repairs.confirm_refund(repairs.refund(project, line, 10_001))
    assert repairs.paid(project) == [2_333, 4_666, 7_000]
    assert repairs.column(project, "held") == [7_667, 15_334, 23_000]  # u − p of 10,000, 20,000, 30,000
    entry = repairs.session.get(JournalEntry, repairs.fresh(first).entry_id)
    assert (entry.business_key, entry.amount, entry.kind.value) == ("refund:QT2026000001", 10_001, "refund")
    credited = repairs.session.scalars(
        select(Posting.amount).where(Posting.entry_id == entry.id, Posting.house_id.is_not(None)).order_by(Posting.line)
    )
    assert list(credited) == [-1_667, -3_334, -5_000]
    repairs.confirm_refund(repairs.refund(project, line, 13_999))
    assert repairs.paid(project) == [0, 0, 0]
    assert repairs.column(project, "held") == [10_000, 20_000, 30_000]
    assert repairs.fresh(line).refunded == 24_000
    accounts = repairs.session.scalars(select(HouseAccount.principal).where(HouseAccount.held > 0))
    assert list(accounts) == [100_000, 100_000, 100_000]


def test_again_and_again_up_to_what_was_paid_and_issued_ones_count(repairs, project, line):
    """Of 240.00: 100.00 back, 90.00 issued, so 50.00 may be filed and one fen more may not."""
    repairs.confirm_refund(repairs.refund(project, line, 10_000))
    issued = repairs.refund(project, line, 9_000)
    assert refundable(repairs.session, repairs.fresh(line)) == 5_000
    assert refused(lambda: repairs.refund(project, line, 5_001)) == (
        "清退金额 ¥50.01 须大于零且不超过可清退金额 ¥50.00"
    )
    assert refused(lambda: repairs.refund(project, line, 0)) == "清退金额 ¥0.00 须大于零且不超过可清退金额 ¥50.00"
    repairs.refund(project, line, 5_000)
    assert refused(lambda: repairs.refund(project, line, 1)) == "已拨付的款项都已清退或已开出清退通知单"
    repairs.move_refund("agent", issued, "void", reason="施工单位暂不能退")
    assert refundable(repairs.session, repairs.fresh(line)) == 9_000


def test_a_part_back_is_free_in_its_phase_and_the_70_percent_again(repairs, project, line):
    phase = repairs.fresh(project).phases[0]
    assert (payouts.left_of_phase(repairs.session, phase), payouts.counted(repairs.session, project.id)) == (0, 24_000)
    repairs.confirm_refund(repairs.refund(project, line, 4_000))
    phase = repairs.fresh(project).phases[0]
    assert (payouts.left_of_phase(repairs.session, phase), payouts.counted(repairs.session, project.id)) == (
        4_000, 20_000,
    )  # fmt: skip
    repairs.paid_out(project, 1, 4_000)
    assert repairs.paid(project) == [4_000, 8_000, 12_000]


def test_each_line_gives_back_its_own_money_only(repairs, project):
    first, second = repairs.lines(repairs.paid_out(project, 1, 14_000, 10_000))
    assert refused(lambda: repairs.refund(project, second, 10_001)) == (
        "清退金额 ¥100.01 须大于零且不超过可清退金额 ¥100.00"
    )
    repairs.confirm_refund(repairs.refund(project, second, 10_000))
    assert (repairs.fresh(first).refunded, repairs.fresh(second).refunded) == (0, 10_000)


def test_a_line_not_paid_yet_has_nothing_to_give_back(repairs, project, line):
    waiting = repairs.lines(repairs.approved_payout(project, 2, 5_000))[0]
    assert refused(lambda: repairs.refund(project, waiting, 1_000)) == f"{waiting} 尚未划转，没有可清退的款项"


def test_before_anything_is_paid_there_is_nothing_to_refund(repairs, project):
    repairs.approved_payout(project, 1, 24_000)
    pending = repairs.lines(repairs.open_payout(project, 2, 1_000))[0]
    assert refused(lambda: repairs.refund(project, pending, 1)) == "没有已拨付的款项，无须清退"


@pytest.mark.parametrize(
    ("reason", "text", "field", "sentence"),
    [
        (None, "", "reason", "请选择清退原因"),
        (RefundReason.SENT_BACK, "", "reason", "请选择清退原因"),
        (RefundReason.OTHER, "  ", "reason_text", "请写明清退原因"),
        (RefundReason.QUALITY, "长" * 401, "reason_text", "不能超过 400 个字"),
    ],
)
def test_a_notice_says_why(repairs, project, line, reason, text, field, sentence):
    with pytest.raises(Refusal) as caught:
        repairs.refund(project, line, 1_000, reason=reason, text=text)
    assert (caught.value.field, str(caught.value.sentence)) == (field, sentence)


def test_a_closed_project_gives_money_back_that_is_not_held(repairs, project, line):
    """Settled at 240.00 = paid: the project has closed by itself. 60.00 back: 10.00 + 20.00 + 30.00, free at once."""
    repairs.accept_works(project, 24_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.fresh(project).state is ProjectState.CLOSED
    repairs.confirm_refund(repairs.refund(project, line, 6_000))
    assert repairs.paid(project) == [3_000, 6_000, 9_000]
    assert repairs.column(project, "held") == [0, 0, 0]
    assert repairs.fresh(project).state is ProjectState.CLOSED


def test_a_project_does_not_end_while_a_notice_waits_and_ends_with_it(repairs, project, line):
    """All is paid and settled, but 10.00 are on their way back: the project waits; voided, it closes by itself."""
    refund = repairs.refund(project, line, 1_000)
    repairs.accept_works(project, 24_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.fresh(project).state is ProjectState.RUNNING
    close = refused(lambda: repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "close", ctx)))
    assert close == "清退通知单 QT2026000001 尚待银行确认，请先办完或作废"
    repairs.move_refund("agent", refund, "void", reason="不退了")
    assert repairs.fresh(project).state is ProjectState.CLOSED


def test_the_notice_is_valid_to_its_last_day_and_then_refused_with_a_sentence(repairs, project, line):
    """Filed on a day, valid for 30 more (policy); on the 31st the bank is told, before and after the nightly job."""
    filed = repairs.now.date()
    first, second = repairs.refund(project, line, 1_000), repairs.refund(project, line, 2_000)
    assert repairs.fresh(first).valid_until == filed + timedelta(days=30)
    repairs.pass_days(30)
    assert repairs.expire() == 0
    repairs.confirm_refund(first)
    repairs.pass_days(1)
    last = filed + timedelta(days=30)
    late = f"清退通知单 QT2026000002 有效期至 {last}，已失效，不能确认；请企业重新打印清退通知单后再办理"
    assert refused(lambda: repairs.confirm_refund(second)) == late
    assert repairs.expire() == 1
    assert refused(lambda: repairs.confirm_refund(second)) == late
    assert repairs.fresh(second).state is RefundState.EXPIRED
    assert repairs.messages()["agent"][-1] == "清退通知单 QT2026000002 已过有效期，如需清退请重新打印"
    assert refundable(repairs.session, repairs.fresh(line)) == 23_000
    assert repairs.expire() == 0


def test_a_serial_of_the_bank_is_one_movement(repairs, project, line):
    """What a transfer or another refund has used is refused, and the other way round."""
    used, day = repairs.fresh(line).bank_serial, repairs.now.date()
    first, second = repairs.refund(project, line, 1_000), repairs.refund(project, line, 2_000)
    confirm = {"booked_on": day, "bank_serial": used}
    assert refused(lambda: repairs.move_refund("bank", first, "confirm", **confirm)) == (
        f"银行流水号 {used} 已用于另一笔划转，请核对"
    )
    repairs.move_refund("bank", first, "confirm", bank_serial="IN1", booked_on=day)
    text = "银行流水号 IN1 已用于另一笔清退，请核对"
    assert refused(lambda: repairs.move_refund("bank", second, "confirm", bank_serial="IN1", booked_on=day)) == text
    other = repairs.lines(repairs.approved_payout(project, 2, 5_000))[0]
    repairs.move("finance", other, "prepare")
    assert refused(lambda: repairs.move("bank", other, "confirm", bank_serial="IN1", booked_on=day)) == text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bank_serial": " "}, "请填写银行流水号"),
        ({"booked_on": None}, "请填写入账日期"),
        ({"booked_on": 1}, "入账日期不能晚于今天"),
        ({"booked_on": -1}, "入账日期不能早于 {day}"),
    ],
)
def test_a_confirmation_names_serial_and_day(repairs, project, line, changes, sentence):
    refund, day = repairs.refund(project, line, 1_000), repairs.now.date()
    if isinstance(changes.get("booked_on"), int):
        changes = {"booked_on": day + timedelta(days=changes["booked_on"])}
    values = {"bank_serial": "IN1", "booked_on": day, **changes}
    said = refused(lambda: repairs.move_refund("bank", refund, "confirm", **values))
    assert said == sentence.format(day=day)
    assert repairs.fresh(refund).state is RefundState.ISSUED


def test_money_sent_back_is_booked_by_bank_or_finance_and_by_nobody_else(repairs, project, line):
    """退汇 of 40.00 by the bank, of 200.00 by finance; what a notice waits for can't be booked beside it."""
    day = repairs.now.date()
    booked = repairs.do("bank", lambda ctx: actions.book_return(line.id, 4_000, ctx), bank_serial="TH1", booked_on=day)
    assert (repairs.fresh(booked).state, booked.reason, booked.number) == (
        RefundState.PAID, RefundReason.SENT_BACK, "QT2026000001",
    )  # fmt: skip
    assert repairs.paid(project) == [3_333, 6_667, 10_000]
    notice = repairs.refund(project, line, 1)
    said = refused(
        lambda: repairs.do("finance", lambda ctx: actions.book_return(line.id, 20_000, ctx), bank_serial="TH2",
                           booked_on=day)
    )  # fmt: skip
    assert said == "清退金额 ¥200.00 须大于零且不超过可清退金额 ¥199.99"
    repairs.move_refund("agent", notice, "void", reason="已退汇")
    repairs.do("finance", lambda ctx: actions.book_return(line.id, 20_000, ctx), bank_serial="TH2", booked_on=day)
    assert repairs.paid(project) == [0, 0, 0]
    for who in ("agent", "clerk", "reviewer", "supervisor", "other_agent"):
        with pytest.raises((Forbidden, NotYours)):
            repairs.do(who, lambda ctx: actions.book_return(line.id, 1, ctx), bank_serial="TH3", booked_on=day)


def test_another_company_and_another_bank_find_nothing(repairs, project, line):
    refund = repairs.refund(project, line, 1_000)
    with pytest.raises(NotYours):
        repairs.move_refund("other_agent", refund, "void", reason="原因")
    with pytest.raises(NotYours):
        repairs.do(
            "other_agent", lambda ctx: actions.file_refund(project.id, line.id, 1, RefundReason.QUALITY, "", ctx)
        )
    stranger = repairs.context("bank")
    abroad = Context(repairs.session, stranger.actor.__class__(
        user_id=stranger.actor.user_id, name="他行", roles=stranger.actor.roles, area_ids=frozenset(),
        escrow_ids=frozenset({refund.escrow_account_id + 1}),
    ), repairs.now)  # fmt: skip
    assert not REFUND.in_scope(repairs.fresh(refund), abroad.actor)


def test_a_line_of_another_project_is_not_found(repairs, project, line):
    (house,) = repairs.houses([100_000])
    other = repairs.running([{house: 10_000}], [6_000, 4_000])
    repairs.paid_out(other, 1, 6_000)
    with pytest.raises(NotYours):
        repairs.do("agent", lambda ctx: actions.file_refund(other.id, line.id, 1, RefundReason.QUALITY, "", ctx))
    assert repairs.session.scalar(select(Refund.id)) is None


def test_a_stale_dialog_files_nothing(repairs, project, line):
    version = repairs.fresh(project).version
    repairs.refund(project, line, 1_000)
    with pytest.raises(Conflict):
        repairs.refund(project, line, 1_000, version=version)
