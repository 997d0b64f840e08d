"""撤销: the notice stops all but refunds; the act ends what is open, at every stage (workflows.md 5.5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.enums import ApplicationState as A
from app.domain.enums import NoticeKind, NoticeState, ProjectState, TransferState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import HouseAccount, Notice, PolicyValue, Project, Transfer, Vote
from app.transaction import unit_of_work
from app.workflows.acceptance.actions import submit_acceptance
from app.workflows.applications import filing
from app.workflows.applications.flow import APPLICATION
from app.workflows.cancellation.rules import GOES_ON
from app.workflows.engine import apply
from app.workflows.notices import actions as notices
from app.workflows.payouts.flow import TRANSFER
from app.workflows.projects.flow import PROJECT
from app.workflows.votes import actions as votes

pytestmark = [pytest.mark.money, pytest.mark.workflow]


def refused(do) -> str:
    with pytest.raises(Refusal) as caught:
        do()
    return str(caught.value.sentence)


@pytest.fixture
def houses(repairs):
    return repairs.houses([100_000, 100_000])


@pytest.fixture
def terms(houses):
    """Budget 1,000.00 over two houses; phases 600.00 and 400.00."""
    a, b = houses
    return [{a: 50_000, b: 50_000}], [60_000, 40_000]


def announce(repairs, project, days: int = 7) -> Notice:
    closes_on = repairs.now.date() + timedelta(days=days)
    return repairs.do(
        "agent",
        lambda ctx: notices.publish_notice(
            repairs.fresh(project), NoticeKind.CANCELLATION, closes_on, ctx, reason="施工单位退出"
        ),
    )


def cancel(repairs, project, who: str = "agent") -> Project:
    return repairs.do(who, lambda ctx: apply(PROJECT, project.id, "cancel", ctx))


def holds(repairs) -> list[int]:
    return list(repairs.session.scalars(select(HouseAccount.held).where(HouseAccount.held > 0)))


def states(repairs, project) -> dict[str, list[str]]:
    """What hangs on the project, by its state."""

    def of(model):
        return [row.state.value for row in repairs.session.scalars(
            select(model).where(model.project_id == project.id).order_by(model.id)
        )]  # fmt: skip

    from app.models import Application

    return {"votes": of(Vote), "notices": of(Notice), "applications": of(Application), "lines": of(Transfer)}


# --- what the notice stops --------------------------------------------------------------------------------------


def test_every_row_but_the_ways_out_is_stopped_by_the_notice(repairs, terms):
    """A row added later is stopped too, unless it is named among those that go on."""
    open_now = {row.name for row in PROJECT.transitions if not stops(row)}
    assert open_now == GOES_ON
    assert {row.name for row in APPLICATION.transitions if not stops(row)} == {
        "undo_accept", "return", "reject", "withdraw", "settle", "end_with_project",
    }  # fmt: skip
    assert {row.name for row in TRANSFER.transitions if not stops(row)} == {
        "confirm", "refuse", "decline", "end", "end_with_project",
    }  # fmt: skip


def stops(row) -> bool:
    return bool(row.guards) and "stopped_by_notice" in row.guards[0].__qualname__


def test_nothing_is_filed_approved_or_prepared_after_the_notice(repairs, terms):
    """Each act of a running project is refused with the notice's number; refunds and ways out stay open."""
    project = repairs.running(*terms)
    paid = repairs.lines(repairs.paid_out(project, 1, 20_000))[0]
    draft = repairs.open_payout(project, 1, 5_000)
    repairs.attach_all(draft)
    submitted = repairs.submit(repairs.open_payout(project, 1, 6_000))
    in_review = repairs.accept(repairs.submit(repairs.open_payout(project, 1, 7_000)))
    first, second = repairs.lines(repairs.approved_payout(project, 1, 8_000, 9_000))
    repairs.move("finance", second, "prepare")
    repairs.move("bank", second, "refuse", reason="户名不符")
    notice = announce(repairs, project)
    said = f"撤销公示 {notice.number} 已发布，只能办理清退和撤销；如需继续，须先撤回撤销公示"
    correction = {"account_name": "云溪电梯工程有限公司", "bank_name": "城中商业银行", "account_no": "62229999"}
    for do in (
        lambda: repairs.do("agent", lambda ctx: filing.open_payout(project.id, project.phases[0].id, ctx)),
        lambda: repairs.act("agent", draft, "submit"),
        lambda: repairs.act("clerk", submitted, "accept"),
        lambda: repairs.act("reviewer", in_review, "approve_first", opinion="同意"),
        lambda: repairs.move("finance", first, "prepare"),
        lambda: repairs.move("agent", second, "correct", **correction),
        lambda: repairs.do("agent", lambda ctx: submit_acceptance(project.id, ctx), completed_on=repairs.now.date()),
        lambda: repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "close", ctx)),
    ):
        assert refused(do) == said
    repairs.act("clerk", submitted, "return", opinion="项目拟撤销")
    assert refused(lambda: repairs.act("agent", submitted, "resubmit")) == said
    repairs.confirm_refund(repairs.refund(project, paid, 20_000))
    repairs.do("agent", lambda ctx: notices.take_back(notice, ctx))
    repairs.move("finance", first, "prepare")  # the company has taken its word back: all goes on
    assert repairs.fresh(first).state is TransferState.PREPARED


def test_a_project_under_review_is_not_approved_after_the_notice(repairs, terms):
    project = repairs.ready(*terms)
    initiation = repairs.accept(repairs.submit(repairs.open_initiation(project)))
    repairs.act("reviewer", initiation, "approve_first", opinion="同意")
    notice = announce(repairs, project)
    said = refused(lambda: repairs.act("supervisor", initiation, "approve_final", opinion="同意"))
    assert said == f"撤销公示 {notice.number} 已发布，只能办理清退和撤销；如需继续，须先撤回撤销公示"
    assert repairs.fresh(project).state is ProjectState.UNDER_REVIEW
    repairs.do("agent", lambda ctx: notices.take_back(notice, ctx))
    repairs.act("supervisor", initiation, "approve_final", opinion="同意")
    assert repairs.fresh(project).state is ProjectState.RUNNING


# --- 撤销, stage by stage ----------------------------------------------------------------------------------------


def test_without_its_notice_it_stays_shut(repairs, terms):
    project = repairs.running(*terms)
    assert refused(lambda: cancel(repairs, project)) == "尚未发布撤销公示"
    notice = announce(repairs, project)
    repairs.do("agent", lambda ctx: notices.take_back(notice, ctx))
    assert refused(lambda: cancel(repairs, project)) == "尚未发布撤销公示"


def test_where_the_policy_says_so_it_waits_for_the_notice_s_end(repairs, terms, cast):
    with unit_of_work() as session:
        session.add(
            PolicyValue(name="cancellation_waits_for_notice", value="yes", valid_from=date(2026, 1, 1),
                        changed_at=repairs.now, changed_by_id=cast.supervisor.id)
        )  # fmt: skip
    project = repairs.project(*terms)
    notice = announce(repairs, project)
    repairs.pass_days(7)
    assert refused(lambda: cancel(repairs, project)) == (
        f"撤销公示 {notice.number} 尚未结束（{notice.closes_on} 24 时截止）"
    )
    repairs.pass_days(1)
    assert cancel(repairs, project).state is ProjectState.CANCELLED


@pytest.mark.parametrize("who", ["clerk", "reviewer", "supervisor", "finance", "bank", "other_agent"])
def test_only_its_company_cancels(repairs, terms, who):
    project = repairs.project(*terms)
    announce(repairs, project)
    with pytest.raises((Forbidden, NotYours)):
        cancel(repairs, project, who)


def test_a_draft_with_an_open_vote(repairs, terms):
    project = repairs.project(*terms)
    repairs.do("agent", lambda ctx: votes.open_vote(project, ctx))
    announce(repairs, project)
    assert cancel(repairs, project).state is ProjectState.CANCELLED
    assert states(repairs, project) == {
        "votes": ["void"], "notices": ["published"], "applications": [], "lines": [],
    }  # fmt: skip
    with pytest.raises(Conflict):
        cancel(repairs, project)


def test_a_draft_with_notice_and_a_draft_of_its_initiation(repairs, terms):
    """The initiation notice is over by its date; it stands no longer. A vote that failed stays what it was."""
    project = repairs.project(*terms)
    vote = repairs.do("agent", lambda ctx: votes.open_vote(project, ctx))
    repairs.do("agent", lambda ctx: votes.close_vote(vote, ctx))
    repairs.voted(project)
    repairs.published(project)
    repairs.pass_days(8)
    repairs.do("agent", notices.end_notices)
    repairs.open_initiation(project)
    announce(repairs, project)
    cancel(repairs, project)
    assert states(repairs, project) == {
        "votes": ["failed", "void"], "notices": ["withdrawn", "published"], "applications": ["withdrawn"], "lines": [],
    }  # fmt: skip
    initiation = repairs.session.scalars(select(Notice).where(Notice.kind == NoticeKind.INITIATION)).one()
    assert (initiation.state, initiation.withdrawn_reason) == (NoticeState.WITHDRAWN, "项目已撤销")


@pytest.mark.parametrize("steps", [(), ("accept",), ("accept", "approve_first"), ("return",)])
def test_an_initiation_submitted_in_review_half_approved_or_returned(repairs, terms, steps):
    project = repairs.ready(*terms)
    initiation = repairs.submit(repairs.open_initiation(project))
    for step in steps:
        repairs.act({"accept": "clerk", "return": "clerk"}.get(step, "reviewer"), initiation, step, opinion="原因")
    announce(repairs, project)
    cancel(repairs, project)
    assert (repairs.fresh(project).state, repairs.fresh(initiation).state) == (ProjectState.CANCELLED, A.WITHDRAWN)
    assert repairs.fresh(initiation).waiting_since is None
    assert states(repairs, project)["votes"] == ["void"]
    assert holds(repairs) == []


def test_a_running_project_gives_its_holds_free(repairs, terms):
    project = repairs.running(*terms)
    assert holds(repairs) == [50_000, 50_000]
    announce(repairs, project)
    cancel(repairs, project)
    assert holds(repairs) == []
    assert states(repairs, project)["applications"] == ["approved"]  # the initiation stays the record that it is


def test_an_approved_payout_that_nobody_has_paid_is_withdrawn_with_all_its_lines(repairs, terms):
    """Pending, refused by the bank, corrected: whatever is not paid ends."""
    project = repairs.running(*terms)
    payout = repairs.approved_payout(project, 1, 10_000, 11_000, 12_000)
    _pending, refused_line, corrected = repairs.lines(payout)
    for line in (refused_line, corrected):
        repairs.move("finance", line, "prepare")
        repairs.move("bank", line, "refuse", reason="户名不符")
    repairs.move(
        "agent", corrected, "correct", account_name="云溪电梯工程有限公司", bank_name="行", account_no="62229999"
    )
    announce(repairs, project)
    cancel(repairs, project)
    assert repairs.fresh(payout).state is A.WITHDRAWN
    assert states(repairs, project)["lines"] == ["ended", "ended", "ended"]
    assert holds(repairs) == []


def test_a_payout_paid_in_part_is_settled_once_all_has_come_back(repairs, terms):
    """100.00 of 210.00 paid: refused with the amount until the last fen is back; the other line ends."""
    project = repairs.running(*terms)
    payout = repairs.approved_payout(project, 1, 10_000, 11_000)
    paid, _pending = repairs.lines(payout)
    repairs.move("finance", paid, "prepare")
    repairs.confirm(paid)
    announce(repairs, project)
    assert refused(lambda: cancel(repairs, project)) == "已拨付 100.00 元尚未退回，须先办理项目清退"
    repairs.confirm_refund(repairs.refund(project, paid, 9_999))
    assert refused(lambda: cancel(repairs, project)) == "已拨付 0.01 元尚未退回，须先办理项目清退"
    last = repairs.refund(project, paid, 1)
    assert refused(lambda: cancel(repairs, project)) == "已拨付 0.01 元尚未退回，须先办理项目清退"
    repairs.confirm_refund(last)
    cancel(repairs, project)
    assert repairs.fresh(payout).state is A.SETTLED
    assert states(repairs, project)["lines"] == ["paid", "ended"]
    balances = repairs.session.scalars(select(HouseAccount.principal).order_by(HouseAccount.house_id.desc()).limit(2))
    assert (list(balances), holds(repairs)) == ([100_000, 100_000], [])


def test_a_line_at_the_bank_must_come_to_its_end_first(repairs, terms):
    project = repairs.running(*terms)
    line = repairs.lines(repairs.approved_payout(project, 1, 10_000))[0]
    repairs.move("finance", line, "prepare")
    announce(repairs, project)
    assert refused(lambda: cancel(repairs, project)) == f"{line}（100.00 元）已送银行，须等银行确认或退回"
    repairs.move("bank", line, "refuse", reason="账号不存在")
    assert cancel(repairs, project).state is ProjectState.CANCELLED
    assert repairs.fresh(line).state is TransferState.ENDED


def test_after_acceptance_the_warranty_is_what_it_was(repairs, terms):
    """Settled at 600.00 and accepted; all comes back; the works that were no good give no 质保期."""
    project = repairs.running(*terms)
    paid = repairs.lines(repairs.paid_out(project, 1, 20_000))[0]
    repairs.accept_works(project, 60_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    equipment = repairs.fresh(project).items[0].equipment
    assert equipment.warranty_until is not None
    announce(repairs, project)
    repairs.confirm_refund(repairs.refund(project, paid, 20_000))
    assert repairs.column(project, "held") == [30_000, 30_000]
    cancel(repairs, project)
    assert repairs.fresh(equipment).warranty_until is None
    assert states(repairs, project)["notices"] == ["withdrawn", "withdrawn", "published"]
    assert holds(repairs) == []


def test_a_closed_project_is_not_cancelled(repairs, terms):
    project = repairs.running(*terms)
    repairs.accept_works(project, 60_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "close", ctx))
    with pytest.raises(Conflict):
        announce(repairs, project)
    with pytest.raises(Conflict):
        cancel(repairs, project)
