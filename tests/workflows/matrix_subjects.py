"""One subject for every state that the matrix asks about, each brought there by the real acts.

`stages()` gives (table's name of the subject, flow, subject); what a person calls the stage stands in the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.domain.enums import NoticeKind, ProjectKind
from app.models import Acceptance, Application, Notice, Objection, Project, Transfer, Vote
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.acceptance.flow import ACCEPTANCE
from app.workflows.applications.flow import APPLICATION
from app.workflows.engine import Flow, apply
from app.workflows.notices.actions import end_notices, publish_notice, withdraw_notice
from app.workflows.notices.flow import NOTICE
from app.workflows.objections.actions import Typed, answer_objection, close_objection, record_objection
from app.workflows.objections.flow import OBJECTION
from app.workflows.payouts.flow import TRANSFER
from app.workflows.plan_change.filing import Asked, open_plan_change, save_plan_change
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.plan import PhaseEdit
from app.workflows.refunds.flow import REFUND
from app.workflows.votes import actions as votes
from app.workflows.votes.flow import VOTE
from tests.factories.repairs import Repairs

Stage = tuple[str, Flow, Any]
PHASES = [30_000, 45_000, 25_000]


class Desk(Repairs):
    """As Repairs, but the ledger is verified once at the end instead of after each of hundreds of acts."""

    def do(self, who, what, **data):
        with unit_of_work() as session:
            self.session = session
            return what(self.context(who, **data))

    def draft(self, kind: ProjectKind = ProjectKind.NORMAL) -> Project:
        """Budget 1,000.00 over two houses that have it."""
        a, b = self.houses([100_000, 100_000])
        phases = [] if kind is ProjectKind.SIMPLE else PHASES
        return self.project([{a: 50_000, b: 50_000}], phases, kind=kind)

    def ready(self, project: Project) -> Project:
        """Voted, published, for 简单拨付 accepted as well; the notice's days are over."""
        if project.kind is not ProjectKind.EMERGENCY:
            self.voted(project)
        self.published(project)
        if project.kind is ProjectKind.SIMPLE:
            self.accept_works(project, 100_000)
            self.published(project, NoticeKind.ACCEPTANCE)
        self.pass_days(8)
        return project

    def running(self, project: Project | None = None) -> Project:
        """Of a kind without a vote where it is all the same: it is there sooner."""
        project = self.ready(project or self.draft(ProjectKind.EMERGENCY))
        self.approve(self.submit(self.open_initiation(project)))
        return project


def stages(desk: Desk) -> Iterator[Stage]:
    """All of them, subject by subject."""
    for make in (
        _projects, _votes, _notices, _acceptances, _initiations, _payouts, _plan_changes, _transfers, _refunds,
        _objections,
    ):  # fmt: skip
        yield from make(desk)


def _projects(desk: Desk) -> Iterator[Stage]:
    yield "项目：编制中，已填完整", PROJECT, desk.draft()
    yield "项目：编制中，表决中", PROJECT, _opened(desk).project
    voted = desk.draft()
    desk.voted(voted)
    yield "项目：编制中，表决通过", PROJECT, voted
    for kind in ProjectKind:
        yield f"项目：编制中，{kind.label}，可以立项", PROJECT, desk.ready(desk.draft(kind))
    filed = desk.ready(desk.draft())
    desk.submit(desk.open_initiation(filed))
    yield "项目：立项审核中", PROJECT, filed
    yield "项目：实施中，尚未拨付", PROJECT, desk.running(desk.draft())
    yield "项目：实施中，已拨付一期", PROJECT, _paid(desk).project
    accepted = desk.running()
    desk.accept_works(accepted, 90_000)
    yield "项目：实施中，待验收公示", PROJECT, accepted
    yield "项目：实施中，验收已生效", PROJECT, _accepted(desk, 90_000)
    ending = desk.running()
    _announce(desk, ending)
    yield "项目：实施中，撤销公示中", PROJECT, ending
    closed = _accepted(desk, 30_000)
    desk.paid_out(closed, 1, 30_000)
    yield "项目：已办结", PROJECT, closed
    cancelled = desk.running()
    _announce(desk, cancelled)
    desk.pass_days(8)
    desk.do("agent", lambda ctx: apply(PROJECT, cancelled.id, "cancel", ctx))
    yield "项目：已撤销", PROJECT, cancelled


def _votes(desk: Desk) -> Iterator[Stage]:
    yield "表决：表决中，尚无答复", VOTE, _opened(desk)
    yield "表决：通过", VOTE, desk.voted(desk.draft())
    failed = _opened(desk)
    yield "表决：未通过", VOTE, desk.do("agent", lambda ctx: votes.close_vote(_again(ctx, failed), ctx))
    void = _opened(desk)
    yield "表决：作废", VOTE, desk.do("agent", lambda ctx: votes.void_vote(_again(ctx, void), ctx, reason="有误"))
    used = desk.ready(desk.draft())
    desk.submit(desk.open_initiation(used))
    yield "表决：通过，立项已提交", VOTE, _only(desk, Vote, used)


def _notices(desk: Desk) -> Iterator[Stage]:
    project = desk.draft()
    desk.voted(project)
    yield "公示：立项，公示中", NOTICE, desk.published(project)
    old = desk.draft()
    desk.voted(old)
    first = desk.published(old)
    desk.published(old)
    yield "公示：立项，已重新发布", NOTICE, first
    gone = desk.draft()
    desk.voted(gone)
    withdrawn = desk.published(gone)
    desk.do("supervisor", lambda ctx: withdraw_notice(_again(ctx, withdrawn), ctx, reason="内容有误"))
    yield "公示：立项，已撤回", NOTICE, withdrawn
    over = _only(desk, Notice, desk.ready(desk.draft()))
    desk.do(SYSTEM, end_notices)
    yield "公示：立项，已结束", NOTICE, over
    yield "公示：验收，公示中", NOTICE, _only(desk, Notice, _accepted(desk, 90_000))
    yield "公示：撤销，公示中", NOTICE, _announce(desk, desk.running())


def _acceptances(desk: Desk) -> Iterator[Stage]:
    project = desk.running()
    yield "验收：待公示", ACCEPTANCE, desk.accept_works(project, 90_000)
    yield "验收：已生效", ACCEPTANCE, _only(desk, Acceptance, _accepted(desk, 90_000))


def _initiations(desk: Desk) -> Iterator[Stage]:
    for kind in (ProjectKind.NORMAL, ProjectKind.SIMPLE):
        name = "立项" if kind is ProjectKind.NORMAL else "立项并拨付"
        yield from _courses(desk, name, lambda kind=kind: _initiation(desk, desk.ready(desk.draft(kind))))


def _payouts(desk: Desk) -> Iterator[Stage]:
    project = desk.running()
    yield from _courses(desk, "拨付", lambda: desk.open_payout(project, 1, 1_000))
    yield "业务单：拨付，已划转", APPLICATION, _paid(desk)


def _plan_changes(desk: Desk) -> Iterator[Stage]:
    yield from _courses(desk, "拨付计划变更", lambda: _plan_change(desk, desk.running()))


def _courses(desk: Desk, name: str, make) -> Iterator[Stage]:
    """An application of a kind in every state that the window and the reviewers bring it to."""
    yield f"业务单：{name}，草稿", APPLICATION, make()
    yield f"业务单：{name}，待受理", APPLICATION, desk.submit(make())
    accepted = desk.accept(desk.submit(make()))
    yield f"业务单：{name}，待初审", APPLICATION, accepted
    first = desk.accept(desk.submit(make()))
    yield f"业务单：{name}，待复审", APPLICATION, desk.act("reviewer", first, "approve_first")
    yield f"业务单：{name}，已通过", APPLICATION, desk.approve(desk.submit(make()))
    ends = (("已退回", "clerk", "return"), ("不予通过", "reviewer", "reject"), ("已撤回", "agent", "withdraw"))
    for label, who, act in ends:
        yield f"业务单：{name}，{label}", APPLICATION, desk.act(who, desk.submit(make()), act, opinion="理由")


def _transfers(desk: Desk) -> Iterator[Stage]:
    project = desk.running()

    def line() -> Transfer:
        return desk.lines(desk.approved_payout(project, 1, 1_000))[0]

    def prepared() -> Transfer:
        return desk.move("finance", line(), "prepare")

    def refused() -> Transfer:
        return desk.move("bank", prepared(), "refuse", reason="户名不符")

    yield "划转：待划转", TRANSFER, line()
    yield "划转：待银行确认", TRANSFER, prepared()
    yield "划转：已划转", TRANSFER, desk.confirm(prepared())
    yield "划转：银行退回", TRANSFER, refused()
    other = {"account_name": "云溪电梯工程有限公司", "bank_name": "云溪银行", "account_no": "6222000000000123"}
    yield "划转：待复核", TRANSFER, desk.move("agent", refused(), "correct", **other)
    yield "划转：已终止", TRANSFER, desk.move("finance", line(), "end", reason="不再支付")


def _refunds(desk: Desk) -> Iterator[Stage]:
    def issued():
        payout = _paid(desk)
        return desk.refund(payout.project, desk.lines(payout)[0], 1_000)

    yield "清退：待退回", REFUND, issued()
    yield "清退：已退回", REFUND, desk.confirm_refund(issued())
    yield "清退：作废", REFUND, desk.move_refund("agent", issued(), "void", reason="开错")
    expired = issued()
    with desk.later(31):
        desk.expire()
    yield "清退：已失效", REFUND, expired


def _objections(desk: Desk) -> Iterator[Stage]:
    def filed() -> Objection:
        project = desk.draft()
        desk.voted(project)
        notice = desk.published(project)
        letter = Typed("张先生", "13800000009", "价格偏高")
        return desk.do("clerk", lambda ctx: record_objection(_again(ctx, notice), letter, ctx))

    yield "异议：待答复", OBJECTION, filed()
    answered = filed()
    desk.do("agent", lambda ctx: answer_objection(_again(ctx, answered), ctx, text="已附询价记录"))
    yield "异议：已答复", OBJECTION, answered
    closed = filed()
    desk.do("supervisor", lambda ctx: close_objection(_again(ctx, closed), ctx, text="与本项目无关"))
    yield "异议：已关闭", OBJECTION, closed


# --- the way there ---------------------------------------------------------------------------------------------


def _opened(desk: Desk) -> Vote:
    project = desk.draft()
    return desk.do("agent", lambda ctx: votes.open_vote(project, ctx))


def _paid(desk: Desk) -> Application:
    """A payout of the first phase that the bank has paid."""
    return desk.fresh(desk.paid_out(desk.running(), 1, 30_000))


def _accepted(desk: Desk, settled: int) -> Project:
    project = desk.running()
    desk.accept_works(project, settled)
    desk.published(project, NoticeKind.ACCEPTANCE)
    return project


def _announce(desk: Desk, project: Project) -> Notice:
    closes_on = desk.now.date() + timedelta(days=7)

    def publish(ctx):
        return publish_notice(desk.fresh(project), NoticeKind.CANCELLATION, closes_on, ctx, reason="业主不再维修")

    return desk.do("agent", publish)


def _initiation(desk: Desk, project: Project) -> Application:
    """Its draft; one that pays at once with its payee."""
    return desk.open_initiation(project)


def _plan_change(desk: Desk, project: Project) -> Application:
    application = desk.do("agent", lambda ctx: open_plan_change(project.id, ctx))
    project = desk.fresh(project)
    phases = [PhaseEdit("甲", 30_000), PhaseEdit("乙", 70_000)]
    asked = Asked("补充协议", project.planned_start, project.planned_end, {}, phases)
    desk.do("agent", lambda ctx: save_plan_change(application.id, asked, ctx))
    return application


def _again(ctx, row):
    return ctx.session.get(type(row), row.id)


def _only(desk: Desk, model: type, project: Project) -> Any:
    """The newest row of that class of the project."""
    desk.session.rollback()
    return desk.session.scalars(select(model).where(model.project_id == project.id).order_by(model.id.desc())).first()
