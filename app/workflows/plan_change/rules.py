"""When a change of the plan may be filed and take effect, and what of the plan stays as it is. Amounts are fen."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import ApplicationKind, ProjectState
from app.domain.enums import ApplicationState as A
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Application, PayoutPhase, PlanChange, Project
from app.queries.project_page import PAGE
from app.queries.projects import merged_totals
from app.workflows.engine import Context
from app.workflows.payouts.rules import counted
from app.workflows.plan_change import plans
from app.workflows.projects.kinds import KINDS

FILED = (A.SUBMITTED, A.IN_REVIEW)
UNFINISHED = (A.DRAFT, A.RETURNED)


def no_open_plan_change(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 拨付计划变更: one at a time; a draft or returned one is the very one that the company goes on with."""
    facts = ctx.data.get(PAGE)
    if facts:
        found = (r.number for r in facts.applications if r.kind is ApplicationKind.PLAN_CHANGE and r.state in FILED)
        return _open(next(found, None))
    return _open(_filed(ctx.session, project))


def unfinished_plan_change(session: Session, project: Project) -> Application | None:
    """The draft or returned one."""
    return session.scalars(_changes(project, UNFINISHED, Application)).first()


def may_be_submitted(application: Application, ctx: Context) -> Sentence | None:
    """Everything about it, checked anew at every submission with the project's row locked."""
    change = application.plan_change
    return (
        _project_runs(application.project)
        or _open(_filed(ctx.session, application.project))
        or (None if change.reason.strip() else say("请填写变更原因"))
        or wrong_plan(change, ctx)
        or _unchanged(change)
    )


def may_take_effect(application: Application, ctx: Context) -> Sentence | None:
    """Final approval: a payout may have been filed in a changed phase meanwhile."""
    return _project_runs(application.project) or wrong_plan(application.plan_change, ctx)


def wrong_plan(change: PlanChange, ctx: Context) -> Sentence | None:
    """Dates in order, phases complete, what is applied for untouched, and the sum still Σf."""
    project = change.application.project
    return (
        _wrong_dates(change)
        or _wrong_phases(change, project)
        or _touches_frozen(change, project, ctx)
        or _wrong_sum(change, project, ctx)
    )


def frozen_phases(project: Project, ctx: Context) -> dict[int, int]:
    """{sequence: fen applied for} of the phases with counted applications: they can't be changed."""
    found = {phase.sequence: counted(ctx.session, project.id, phase_id=phase.id) for phase in project.phases}
    return {sequence: amount for sequence, amount in found.items() if amount}


def why_frozen(sequence: int, amount: int) -> Sentence:
    """What the form says beside such a phase."""
    return say("第 %(sequence)s 期已申请 ¥%(amount)s，不能变更", sequence=sequence, amount=format_yuan(amount))


def _project_runs(project: Project) -> Sentence | None:
    if project.state is ProjectState.RUNNING:
        return None
    return say("项目当前状态为“%(state)s”，不能变更拨付计划", state=project.state.label)


def _wrong_dates(change: PlanChange) -> Sentence | None:
    start, end = change.planned_start, change.planned_end
    if start is None or end is None:
        return say("请填写计划开工日期和计划完工日期")
    return say("计划完工日期不能早于计划开工日期") if end < start else None


def _wrong_phases(change: PlanChange, project: Project) -> Sentence | None:
    kind = KINDS[project.kind]
    if len(change.phases) < kind.min_phases:
        return say(
            "拨付计划只有 %(count)s 期，%(kind)s项目至少 %(least)s 期",
            count=len(change.phases), kind=kind.kind.label, least=kind.min_phases,
        )  # fmt: skip
    for phase in change.phases:
        if not phase.condition.strip():
            return say("拨付计划第 %(phase)s 期还没有填写拨付条件", phase=phase.sequence)
        if not phase.amount:
            return say("拨付计划第 %(phase)s 期金额为零", phase=phase.sequence)
    return None


def _touches_frozen(change: PlanChange, project: Project, ctx: Context) -> Sentence | None:
    asked = {phase.sequence: (phase.condition, phase.amount) for phase in change.phases}
    frozen = frozen_phases(project, ctx)
    for phase in project.phases:
        wanted = asked.get(phase.sequence)
        if phase.sequence in frozen and wanted != (phase.condition, phase.amount):
            return why_frozen(phase.sequence, frozen[phase.sequence])
        if wanted is None and (other := _any_application(phase, ctx)):
            return say("第 %(sequence)s 期有%(matter)s，不能取消，只能修改", sequence=phase.sequence, matter=other)
    return None


def _any_application(phase: PayoutPhase, ctx: Context) -> str | None:
    """A draft or ended payout that names the phase: its paper must still say which phase that was."""
    query = select(Application).where(Application.phase_id == phase.id).order_by(Application.id).limit(1)
    found = ctx.session.scalar(query)
    return f"“{found}（{found.state.label}）”" if found else None


def _wrong_sum(change: PlanChange, project: Project, ctx: Context) -> Sentence | None:
    planned, fund = sum(phase.amount for phase in change.phases), merged_totals(ctx.session, project).fund
    if planned == fund:
        return None
    return say(
        "变更后拨付计划合计 ¥%(planned)s，须等于预算应拨付金额 ¥%(fund)s，差 ¥%(gap)s",
        planned=format_yuan(planned), fund=format_yuan(fund), gap=format_yuan(abs(fund - planned)),
    )  # fmt: skip


def _unchanged(change: PlanChange) -> Sentence | None:
    if plans.asked_plan(change) != plans.present_plan(change.application.project):
        return None
    return say("申请内容与现行计划相同，没有变更")


def _filed(session: Session, project: Project) -> str | None:
    return session.scalar(_changes(project, FILED, Application.number))


def _changes(project: Project, states: tuple[A, ...], what):
    of_project = Application.project_id == project.id, Application.kind == ApplicationKind.PLAN_CHANGE
    return select(what).where(*of_project, Application.state.in_(states)).order_by(Application.id.desc()).limit(1)


def _open(number: str | None) -> Sentence | None:
    return say("拨付计划变更 %(number)s 正在办理，办完后才能再次申请", number=number) if number else None
