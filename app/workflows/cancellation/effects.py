"""What 撤销 of a project ends with it, in the same act (`workflows.md` 5.5). The project's row is locked."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from app.domain.enums import AcceptanceState, ApplicationState, TransferState, VoteState
from app.models import Acceptance, Application, Project, Vote
from app.workflows import engine
from app.workflows.engine import Context

WHY = "项目已撤销"
UNDECIDED = (
    ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW, ApplicationState.RETURNED,
)  # fmt: skip
UNPAID = (TransferState.PENDING, TransferState.REFUSED, TransferState.CORRECTED)


def end_everything(project: Project, ctx: Context) -> None:
    """Open applications are withdrawn, lines not paid end, votes and notices no longer stand, warranties go back."""
    from app.workflows.notices.actions import end_with_project  # the project's table names this function

    told = replace(ctx, data={**ctx.data, "opinion": WHY, "reason": WHY})
    ctx.session.flush()
    keys = ctx.session.scalars(
        select(Application.id).where(
            Application.project_id == project.id, Application.state.in_((*UNDECIDED, ApplicationState.APPROVED))
        ).order_by(Application.id)
    ).all()  # fmt: skip
    for key in keys:
        _end_application(engine.lock(ctx.session, Application, key), told)
    _void_votes(project, told)
    end_with_project(project, told)
    _give_warranties_back(project, told)


def _end_application(application: Application, ctx: Context) -> None:
    """What is not approved is withdrawn; of an approved payout the lines not paid end, and it is settled where any was.

    An approved application without payee lines (立项, 拨付计划变更) stays as the record that it is.
    """
    from app.workflows.applications.flow import APPLICATION
    from app.workflows.payouts.flow import TRANSFER

    if application.state in UNDECIDED:
        engine.carry(APPLICATION, application, "end_with_project", ctx)
    elif application.kind.pays:
        for line in application.transfers:
            if line.state in UNPAID:
                line.end_reason = WHY
                engine.carry(TRANSFER, line, "end_with_project", ctx)
        paid = any(line.state is TransferState.PAID for line in application.transfers)
        engine.carry(APPLICATION, application, "settle" if paid else "end_with_project", ctx)


def _void_votes(project: Project, ctx: Context) -> None:
    """The one that runs or has passed; one that failed has no effect that could end."""
    from app.workflows.votes.flow import VOTE

    standing = select(Vote).where(Vote.project_id == project.id, Vote.state.in_((VoteState.OPEN, VoteState.PASSED)))
    for vote in ctx.session.scalars(standing.order_by(Vote.id)).all():
        engine.carry(VOTE, engine.lock(ctx.session, Vote, vote.id), "void", ctx)
        vote.void_reason = WHY


def _give_warranties_back(project: Project, ctx: Context) -> None:
    """Works that were not done, or not as they should be, give no 质保期. The acceptance stays as a record."""
    from app.workflows.acceptance.actions import take_warranties_back

    in_force = (Acceptance.project_id == project.id, Acceptance.state == AcceptanceState.IN_FORCE)
    for acceptance in ctx.session.scalars(select(Acceptance).where(*in_force)).all():
        take_warranties_back(acceptance, ctx)
