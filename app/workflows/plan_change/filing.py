"""The draft of 拨付计划变更: made from a project's 操作 menu with what stands there now, saved as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.enums import ApplicationKind
from app.domain.errors import Conflict, NotYours, Refusal, say
from app.models import Application, Contractor, PlanChange, PlanChangeItem, PlanChangePhase, Project
from app.workflows import engine
from app.workflows.applications.filing import lock_own, new_draft
from app.workflows.applications.flow import APPLICATION
from app.workflows.engine import TAKEN, Context
from app.workflows.plan_change.rules import frozen_phases, unfinished_plan_change, why_frozen
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.plan import MAX_PHASES, PhaseEdit

LONGEST_REASON = 1000


@dataclass(frozen=True)
class Asked:
    """The form as typed: dates, {item id: contractor id}, all phases in their order (fen), and why."""

    reason: str = ""
    planned_start: date | None = None
    planned_end: date | None = None
    contractors: Mapping[int, int] = field(default_factory=dict)
    phases: Sequence[PhaseEdit] = ()


def open_plan_change(project_id: int, ctx: Context) -> Application:
    """拨付计划变更: the draft or returned one that is there, else a new one that asks for what stands there now.

    Errors: those of `engine.apply`.
    """
    project = engine.apply(PROJECT, project_id, "change_plan", ctx)
    found = unfinished_plan_change(ctx.session, project)
    if found is not None:
        return found
    application = new_draft(ApplicationKind.PLAN_CHANGE, project, ctx)
    change = PlanChange(
        application_id=application.id, reason="", planned_start=project.planned_start, planned_end=project.planned_end
    )
    ctx.session.add(change)
    ctx.session.flush()  # the guard looks the row up before its phases may point to it
    _put_phases(change, [PhaseEdit(phase.condition, phase.amount) for phase in project.phases], ctx)
    return application


def save_plan_change(key: int, asked: Asked, ctx: Context, *, version: int | None = None) -> Application:
    """保存 while it is a draft or returned; incomplete is allowed. Errors: NotYours, Forbidden, Conflict, Refusal."""
    application = lock_own(key, ctx)
    if application.kind is not ApplicationKind.PLAN_CHANGE:
        raise NotYours(f"Application {key}")
    if version is not None and application.version != version:
        raise Conflict(TAKEN)
    if "lines" not in APPLICATION.editable.get(application.state, ()):
        raise Refusal(say("当前状态为“%(state)s”，不能修改", state=application.state.label))
    change = application.plan_change
    _check(asked, application.project, ctx)
    change.reason = asked.reason.strip()
    change.planned_start, change.planned_end = asked.planned_start, asked.planned_end
    _put_contractors(change, asked.contractors, ctx)
    _put_phases(change, asked.phases, ctx)
    engine.touch(application)
    ctx.session.flush()
    return application


def _check(asked: Asked, project: Project, ctx: Context) -> None:
    if len(asked.reason.strip()) > LONGEST_REASON:
        raise Refusal(say("不能超过 %(count)s 个字", count=LONGEST_REASON), field="reason")
    if asked.planned_start and asked.planned_end and asked.planned_end < asked.planned_start:
        raise Refusal(say("计划完工日期不能早于计划开工日期"), field="planned_end")
    if len(asked.phases) > MAX_PHASES:
        raise Refusal(say("拨付计划最多 %(most)s 期", most=MAX_PHASES), field="phases")
    frozen = frozen_phases(project, ctx)
    for phase in project.phases:
        if phase.sequence not in frozen:
            continue
        wanted = asked.phases[phase.sequence - 1] if phase.sequence <= len(asked.phases) else None
        if wanted is None or (wanted.condition.strip(), wanted.amount) != (phase.condition, phase.amount):
            raise Refusal(why_frozen(phase.sequence, frozen[phase.sequence]), field=f"phase-{phase.sequence}")


def _put_contractors(change: PlanChange, asked: Mapping[int, int], ctx: Context) -> None:
    """Rows only for items whose contractor shall be another; of the company's own register only."""
    project, wanted = change.application.project, {}
    for item in project.items:
        chosen = asked.get(item.id)
        if chosen and chosen != item.contractor_id:
            contractor = ctx.session.get(Contractor, chosen)
            if contractor is None or contractor.organisation_id != project.organisation_id:
                raise Refusal(say("没有这个施工单位，请从列表中选择"), field=f"contractor-{item.id}")
            wanted[item.id] = contractor
    change.items.clear()
    ctx.session.flush()
    change.items.extend(PlanChangeItem(item_id=item, contractor=contractor) for item, contractor in wanted.items())
    ctx.session.flush()


def _put_phases(change: PlanChange, rows: Sequence[PhaseEdit], ctx: Context) -> None:
    change.phases.clear()
    ctx.session.flush()
    change.phases.extend(
        PlanChangePhase(sequence=sequence, condition=row.condition.strip(), amount=row.amount)
        for sequence, row in enumerate(rows, 1)
    )
    ctx.session.flush()
