"""What an initiation adds to an application: it carries its project along (`workflows.md` 5.1 states)."""

from __future__ import annotations

from app.domain.enums import NoticeKind, ProjectState
from app.domain.errors import Sentence
from app.ledger import project_money
from app.models import Application
from app.queries.notices import standing_notice
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.projects.flow import PROJECT


def project_may_be_submitted(application: Application, ctx: Context) -> Sentence | None:
    """Complete, voted, published, unchanged since: checked anew at every submission."""
    return _reason("submit_initiation", application, ctx)


def project_may_start(application: Application, ctx: Context) -> Sentence | None:
    """The notice is over, and every fᵢ is still available: else how many houses lack how much."""
    return _reason("start", application, ctx)


def submit_project(application: Application, ctx: Context) -> None:
    """Under review: the fund is fixed, items, shares and plan are frozen; remember the notice it rests on."""
    notice = standing_notice(ctx.session, application.project_id, NoticeKind.INITIATION)
    application.notice_id = notice.id if notice else None
    engine.carry(PROJECT, application.project, "submit_initiation", ctx)
    application.amount = project_money.fund_total(ctx.session, application.project)


def reopen_project(application: Application, ctx: Context) -> None:
    """Returned, rejected or withdrawn: the project is a draft again, open for editing. A returned one is so already."""
    if application.project.state is ProjectState.UNDER_REVIEW:
        engine.carry(PROJECT, application.project, "reopen", ctx)


def start_project(application: Application, ctx: Context) -> None:
    """Final approval: what the fund pays is held, payouts may be applied for."""
    engine.carry(PROJECT, application.project, "start", ctx)


def _reason(name: str, application: Application, ctx: Context) -> Sentence | None:
    project = application.project
    return engine.reason_against(PROJECT, PROJECT.find(name, project.state), project, ctx)
