"""What a change of the plan does: it remembers what stood there when it is submitted, and puts itself in force."""

from __future__ import annotations

from app.domain.errors import say
from app.models import Application, PayoutPhase, PlanChange, Project
from app.workflows.engine import Context
from app.workflows.plan_change import plans
from app.workflows.projects.editing import saved


def note_before(application: Application, ctx: Context) -> None:
    """At every submission: the paper and the reviewers compare with what stood there then."""
    application.plan_change.before = plans.stored(plans.present_plan(application.project))


def put_in_force(application: Application, ctx: Context) -> None:
    """Final approval: dates, contractors and phases are those asked for; the plan is in amounts from now on."""
    project, change = application.project, application.plan_change
    project.planned_start, project.planned_end = change.planned_start, change.planned_end
    contractors = {row.item_id: row.contractor for row in change.items}
    for item in project.items:
        item.contractor = contractors.get(item.id, item.contractor)
    _put_phases(project, change, ctx)
    changed = {str(row.what): [row.before, row.after] for row in plans.differences(change) if row.is_change}
    summary = say("拨付计划变更 %(number)s 生效", number=application.number)
    saved(project, ctx, "plan_changed", summary, changed)


def close_if_done(application: Application, ctx: Context) -> None:
    """When the change is over, however it ended: the project may have waited for nothing else."""
    from app.workflows.payouts.transfers import close_project  # it acts on applications, whose table names this module

    close_project(application.project, ctx)


def _put_phases(project: Project, change: PlanChange, ctx: Context) -> None:
    """Phases keep their number: those that are applied for are found by it."""
    for phase in project.phases[len(change.phases) :]:
        project.phases.remove(phase)
    ctx.session.flush()
    known = {phase.sequence: phase for phase in project.phases}
    for asked in change.phases:
        phase = known.get(asked.sequence)
        if phase is None:
            project.phases.append(phase := PayoutPhase(sequence=asked.sequence, condition="", amount=0))
        phase.condition, phase.amount, phase.percent = asked.condition, asked.amount, None
    ctx.session.flush()
