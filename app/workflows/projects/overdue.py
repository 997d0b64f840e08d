"""超期: why a project is overdue, since when, and the reminder to its filer (`workflows.md` 5.3 rule 9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select

from app.domain.enums import ApplicationState, ProjectState, VoteState
from app.domain.errors import Sentence, say
from app.models import Project
from app.queries.overdue import OPEN, Terms, is_overdue
from app.queries.project_progress import Progress, progress_of
from app.workflows import messages, policy
from app.workflows.engine import Context


class Late(NamedTuple):
    """The last day in time, which has passed, and what was to be done by then."""

    last_day: date
    why: Sentence


def terms_of(ctx: Context) -> Terms:
    """The days by the policy of today."""
    days = policy.values(ctx.session, ("overdue_days_completion", "overdue_days_vote"), ctx.today)
    return Terms(ctx.today, int(days["overdue_days_completion"]), int(days["overdue_days_vote"]))


def may_be_late(project: Project, progress: Progress, today: date) -> bool:
    """Cheap, without the policy: is there a day from which on it could be overdue at all?"""
    planned_over = project.planned_end is not None and project.planned_end < today
    return project.state in OPEN and (planned_over or progress.vote is VoteState.PASSED)


def late(project: Project, progress: Progress, terms: Terms) -> Late | None:
    """Why it is overdue; None when it is not."""
    return _late_works(project, progress, terms) or _late_initiation(project, progress, terms)


def _late_works(project: Project, progress: Progress, terms: Terms) -> Late | None:
    if project.state not in OPEN or project.planned_end is None or progress.acceptance is not None:
        return None
    last_day = project.planned_end + timedelta(days=terms.completion_days)
    if terms.today <= last_day:
        return None
    return Late(
        last_day,
        say("计划 %(planned)s 完工，过 %(days)s 天仍未提交项目验收", planned=project.planned_end.isoformat(),
            days=terms.completion_days),
    )  # fmt: skip


def _late_initiation(project: Project, progress: Progress, terms: Terms) -> Late | None:
    passed = project.state is ProjectState.DRAFT and progress.vote is VoteState.PASSED
    if not passed or progress.initiation is ApplicationState.RETURNED:
        return None
    last_day = progress.vote_at.date() + timedelta(days=terms.vote_days)
    if terms.today <= last_day:
        return None
    return Late(
        last_day,
        say("业主表决 %(passed)s 通过，过 %(days)s 天仍未提交立项申请", passed=progress.vote_at.date().isoformat(),
            days=terms.vote_days),
    )  # fmt: skip


def remind(ctx: Context) -> int:
    """The daily job: the filer of each overdue project is told once of each last day; how many were told now."""
    terms = terms_of(ctx)
    projects = list(ctx.session.scalars(select(Project).where(is_overdue(terms)).order_by(Project.id)))
    progress = progress_of(ctx.session, [project.id for project in projects])
    return sum(_remind(project, late(project, progress[project.id], terms), ctx) for project in projects)


def _remind(project: Project, found: Late | None, ctx: Context) -> bool:
    if found is None or project.overdue_told_for == found.last_day:
        return False
    project.overdue_told_for = found.last_day
    messages.tell_organisation(
        ctx.session, project.organisation_id, project.area_id,
        say("项目 %(project)s 已超期：%(why)s。请尽快办理；不再实施的，请办理撤销", project=project, why=found.why),
        now=ctx.now, link=f"/projects/{project.id}/",
    )  # fmt: skip
    return True
