"""What a reviewer sees of an area change before deciding: the areas, who serves them now, what moves, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.domain.errors import Sentence, say
from app.models import Application, Project
from app.queries import area_change as queries
from app.queries.gather import gather
from app.workflows.area_change import passing, rules
from app.workflows.engine import Context

GOOD, NOTE, FAILED = "", "is-missing", "is-failed"  # as in `applications/findings.py`


@dataclass(frozen=True)
class Moving:
    """Of one area, for the department: who serves it until when, and how much would pass today."""

    contract: Any = None  # with `ends_on`
    projects: int = 0
    applications: int = 0


def facts(application: Application, ctx: Context) -> dict[str, Any]:
    """What the page of the application shows; `moving` for the department only."""
    return {
        "change": rules.change_of(application, ctx),
        "areas": rules.areas_of(application, ctx),
        "moving": moving(application, ctx) if ctx.actor.is_department else {},
        "submitted": application.submitted_at is not None,
    }


def findings(application: Application, ctx: Context) -> list[tuple[str, Sentence]]:
    """(mark, sentence) for the check list."""
    change, found = rules.change_of(application, ctx), []
    areas = rules.areas_of(application, ctx)
    if reason := rules.may_take_hold(application, ctx):
        found.append((FAILED, reason))
    else:
        found.append((GOOD, say("%(count)s 个物业区域均可变更", count=len(areas))))
    projects, applications = _sums(application, ctx)
    if projects or applications:
        text = say(
            "将移交未办结项目 %(projects)s 个、未办结业务单 %(applications)s 个",
            projects=projects, applications=applications,
        )  # fmt: skip
        found.append((NOTE, text))
    else:
        found.append((GOOD, say("没有需要移交的项目")))
    if change.starts_on and change.starts_on > ctx.today:
        found.append((NOTE, say("合同自 %(day)s 起，届时自动生效", day=change.starts_on.isoformat())))
    return found


def consequence(application: Application, ctx: Context) -> Sentence:
    """What the final approval will do."""
    change = rules.change_of(application, ctx)
    projects, applications = _sums(application, ctx)
    return say(
        "通过后自 %(day)s 起由“%(company)s”服务 %(areas)s 个物业区域，移交未办结项目 %(projects)s 个、未办结业务单 "
        "%(applications)s 个。",
        day=max(ctx.today, change.starts_on).isoformat(), company=application.organisation.name,
        areas=len(rules.areas_of(application, ctx)), projects=projects, applications=applications,
    )  # fmt: skip


def moving(application: Application, ctx: Context) -> dict[int, Moving]:
    """{area: what would pass today}; nothing any more once it has taken hold."""
    return ctx.once(("moving", application.id), lambda: _moving(application, ctx))


def _moving(application: Application, ctx: Context) -> dict[int, Moving]:
    ids = rules.area_ids(application, ctx)
    others = (
        Project.area_id.in_(ids),
        Project.organisation_id != application.organisation_id,
        Project.state.not_in(passing.ENDED),
    )
    found = gather(
        ctx.session,
        contracts=queries.contract_ends(ids, application.organisation_id, ctx.today),
        projects=select(Project.area_id, func.count()).where(*others).group_by(Project.area_id),
        applications=select(Project.area_id, func.count())
        .join(Application, Application.project_id == Project.id)
        .where(*others, passing.still_open())
        .group_by(Project.area_id),
    )
    contracts = {row.area_id: row for row in found["contracts"]}
    projects, applications = dict(found["projects"]), dict(found["applications"])
    return {area: Moving(contracts.get(area), projects.get(area, 0), applications.get(area, 0)) for area in ids}


def _sums(application: Application, ctx: Context) -> tuple[int, int]:
    rows = moving(application, ctx).values()
    return sum(row.projects for row in rows), sum(row.applications for row in rows)
