"""How much may be applied for: to the fen, with the figures in the sentence (workflows.md 5.3 rules 3 and 4)."""

from __future__ import annotations

import pytest

from app.domain.enums import NoticeKind
from app.domain.errors import Refusal
from app.workflows.applications import filing
from app.workflows.payouts import rules

pytestmark = [pytest.mark.money, pytest.mark.workflow]


@pytest.fixture
def project(repairs):
    """Budget 1,000.00, all of it from the fund; phases 300.00, 450.00, 250.00."""
    a, b = repairs.houses([100_000, 100_000])
    return repairs.running([{a: 50_000, b: 50_000}], [30_000, 45_000, 25_000])


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


def test_the_form_is_prefilled_with_what_the_phase_has_left(repairs, project):
    assert [line.amount for line in repairs.lines(repairs.open_payout(project, 1))] == [30_000]
    repairs.submit(repairs.open_payout(project, 1, 12_345))
    assert [line.amount for line in repairs.lines(repairs.open_payout(project, 1))] == [17_655]


def test_two_contractors_share_a_phase_and_a_third_application_is_refused_with_the_figures(repairs, project):
    repairs.submit(repairs.open_payout(project, 1, 20_000))
    third = repairs.open_payout(project, 1, 1)  # opened while something was left
    repairs.submit(repairs.open_payout(project, 1, 10_000))
    text = refused(lambda: repairs.submit(third))
    assert text == "第 1 期计划 ¥300.00，已申请 ¥300.00，本次 ¥0.01，超出 ¥0.01"
    assert refused(lambda: repairs.open_payout(project, 1)) == "第 1 期已全部申请，请选择其他期次"


def test_a_phase_is_full_to_the_fen(repairs, project):
    assert refused(lambda: repairs.submit(repairs.open_payout(project, 1, 30_001))) == (
        "第 1 期计划 ¥300.00，已申请 ¥0.00，本次 ¥300.01，超出 ¥0.01"
    )
    repairs.submit(repairs.open_payout(project, 1, 30_000))


def test_exactly_seventy_percent_needs_no_acceptance_and_one_fen_more_does(repairs, project):
    repairs.submit(repairs.open_payout(project, 1, 30_000))
    over = repairs.open_payout(project, 2, 40_001)
    assert refused(lambda: repairs.submit(over)) == (
        "本次申请后累计 ¥700.01，超过预算 ¥1,000.00 的 70%，须先完成项目验收并发布验收公示"
    )
    repairs.do("agent", lambda ctx: filing.save_application(over.id, ctx, lines=[repairs.line(40_000)]))
    repairs.submit(over)
    assert rules.counted(repairs.session, project.id) == 70_000


def test_the_last_phase_needs_acceptance_whatever_its_amount(repairs, project):
    text = refused(lambda: repairs.submit(repairs.open_payout(project, 3, 1)))
    assert text == "第 3 期是最后一期，须先完成项目验收并发布验收公示"


def test_after_acceptance_the_limit_is_what_the_fund_still_pays(repairs, project):
    repairs.accept_works(project, 80_000)
    assert refused(lambda: repairs.submit(repairs.open_payout(project, 3, 1))).startswith("第 3 期是最后一期")
    repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.submit(repairs.open_payout(project, 1, 30_000))
    repairs.submit(repairs.open_payout(project, 2, 45_000))
    last = repairs.open_payout(project, 3)
    assert [line.amount for line in repairs.lines(last)] == [5_000]
    repairs.do("agent", lambda ctx: filing.save_application(last.id, ctx, lines=[repairs.line(5_001)]))
    assert refused(lambda: repairs.submit(last)) == "项目可拨付 ¥800.00，已申请 ¥750.00，本次 ¥50.01，超出 ¥0.01"


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ((), 25_000),  # a draft does not count
        (("submit",), 15_000),
        (("submit", "return"), 15_000),
        (("submit", "reject"), 25_000),
        (("submit", "withdraw"), 25_000),
    ],
)
def test_what_counts_against_a_phase(repairs, project, steps, left):
    repairs.submit(repairs.open_payout(project, 1, 5_000))
    application = repairs.open_payout(project, 1, 10_000)
    for step in steps:
        if step == "submit":
            repairs.submit(application)
        else:
            who = {"return": "clerk", "reject": "reviewer", "withdraw": "agent"}[step]
            repairs.act(who, application, step, opinion="原因")
    phase = repairs.fresh(project).phases[0]
    assert rules.left_of_phase(repairs.session, phase) == left


def test_a_returned_payout_keeps_its_place_when_it_comes_back(repairs, project):
    application = repairs.submit(repairs.open_payout(project, 1, 30_000))
    repairs.act("clerk", application, "return", opinion="发票不清")
    repairs.submit(application)
    assert rules.counted(repairs.session, project.id) == 30_000


def test_another_name_needs_a_reason_and_keeps_it(repairs, project):
    application = repairs.open_payout(project, 1)
    foreign = repairs.line(1_000, account_name="个人张三")
    with pytest.raises(Refusal) as caught:
        repairs.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=[foreign]))
    assert caught.value.field == "lines-0-foreign_reason"
    assert str(caught.value.sentence) == "“个人张三”不是本项目的施工单位，请核对；确需拨付的请写明原因"
    told = repairs.line(1_000, account_name="个人张三", foreign_reason="施工单位委托收款")
    repairs.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=[told]))
    line = repairs.lines(application)[0]
    assert (line.foreign_reason, line.contractor_id) == ("施工单位委托收款", None)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"account_name": " "}, "lines-0-account_name", "请填写户名"),
        ({"bank_name": ""}, "lines-0-bank_name", "请填写开户行"),
        ({"account_no": ""}, "lines-0-account_no", "请填写账号"),
        ({"account_no": "1" * 65}, "lines-0-account_no", "不能超过 64 个字"),
    ],
)
def test_a_payee_line_is_complete(repairs, project, changes, field, sentence):
    application = repairs.open_payout(project, 1)
    with pytest.raises(Refusal) as caught:
        repairs.do(
            "agent", lambda ctx: filing.save_application(application.id, ctx, lines=[repairs.line(1, **changes)])
        )
    assert (caught.value.field, str(caught.value.sentence)) == (field, sentence)


def test_a_draft_keeps_payees_half_written_and_its_submission_asks_for_the_rest(repairs, project):
    application = repairs.open_payout(project, 1)
    half = repairs.line(1_000, account_name="", bank_name="", account_no="")
    repairs.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=[half], complete=False))
    assert [(line.account_name, line.amount) for line in repairs.lines(application)] == [("", 1_000)]
    assert refused(lambda: repairs.submit(application)) == "第 1 个收款账户尚未填写完整"
    foreign = repairs.line(1_000, account_name="个人张三")
    repairs.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=[foreign], complete=False))
    assert refused(lambda: repairs.submit(application)) == "第 1 个收款账户尚未填写完整"


def test_a_payout_without_payees_is_not_submitted(repairs, project):
    application = repairs.open_payout(project, 1)
    repairs.do("agent", lambda ctx: filing.save_application(application.id, ctx, lines=[]))
    assert refused(lambda: repairs.submit(application)) == "请添加收款账户并填写拨付金额"


def test_limits_are_checked_again_at_final_approval(repairs, project):
    first = repairs.submit(repairs.open_payout(project, 1, 30_000))
    second = repairs.submit(repairs.open_payout(project, 2, 40_000))
    repairs.accept(second)
    repairs.act("reviewer", second, "approve_first")
    from sqlalchemy import update

    from app.models import PayoutPhase
    from app.transaction import unit_of_work

    with unit_of_work() as session:  # a change of the plan meanwhile (its own business, a later one)
        session.execute(update(PayoutPhase).where(PayoutPhase.id == second.phase_id).values(amount=39_999))
    text = refused(lambda: repairs.act("supervisor", second, "approve_final"))
    assert text == "第 2 期计划 ¥399.99，已申请 ¥0.00，本次 ¥400.00，超出 ¥0.01"
    assert first.id != second.id


def test_no_payout_before_the_initiation_is_approved(repairs):
    a, b = repairs.houses([100_000, 100_000])
    project = repairs.ready([{a: 50_000, b: 50_000}], [30_000, 70_000])
    with pytest.raises(Refusal):
        repairs.open_payout(project, 1)


def test_everything_applied_for_closes_the_act(repairs, project):
    repairs.accept_works(project, 30_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.submit(repairs.open_payout(project, 1, 30_000))
    assert refused(lambda: repairs.open_payout(project, 2)) == "可拨付金额 ¥300.00 已全部申请"
