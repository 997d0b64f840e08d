"""What becomes of a running project's plan: 拨付计划变更 at the window, and a 补充项目 for what costs more."""

from __future__ import annotations

from datetime import timedelta

from app.demo.desk import Desk
from app.domain.enums import ProjectKind
from app.models import Application, Project
from app.workflows.plan_change.filing import Asked, open_plan_change, save_plan_change
from app.workflows.projects.plan import PhaseEdit
from app.workflows.projects.supplements import create_supplement


def change_plan(desk: Desk, project: Project, reason: str) -> Application:
    """The last phase in two halves and a month more time; submitted."""
    application = desk.do(desk.agent, lambda ctx: open_plan_change(project.id, ctx))
    project = desk.fresh(project)
    *kept, last = [PhaseEdit(phase.condition, phase.amount) for phase in project.phases]
    halves = [PhaseEdit("竣工验收合格", last.amount - last.amount // 2), PhaseEdit("质保期满三个月", last.amount // 2)]
    asked = Asked(reason, project.planned_start, project.planned_end + timedelta(days=30), {}, [*kept, *halves])
    desk.do(desk.agent, lambda ctx: save_plan_change(application.id, asked, ctx))
    return desk.submit(application)


def supplement(desk: Desk, project: Project, name: str, reason: str) -> Project:
    """A draft linked to the running project."""
    first = desk.fresh(project)
    start = desk.now.date() + timedelta(days=30)
    values = {
        "name": name, "reason": reason, "contact": first.contact, "phone": first.phone, "planned_start": start,
        "planned_end": start + timedelta(days=40),
    }  # fmt: skip
    return desk.do(desk.agent, lambda ctx: create_supplement(project.id, ProjectKind.NORMAL, values, ctx))
