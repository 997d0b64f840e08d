"""Which attachments a matter needs (要件清单, `documents.md`), and which are missing."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import AcceptanceState, ApplicationKind, AttachmentCondition, Business, ProjectKind
from app.models import Acceptance, AcceptanceItem, Application, Attachment, Project, RequiredAttachment
from app.workflows import policy
from app.workflows.engine import Context

BUSINESSES: dict[ApplicationKind, tuple[Business, ...]] = {
    ApplicationKind.AREA_CHANGE: (Business.AREA_CHANGE,),
    ApplicationKind.INITIATION: (Business.INITIATION,),
    ApplicationKind.PAYOUT: (Business.PAYOUT,),
    ApplicationKind.INITIATION_WITH_PAYOUT: (Business.INITIATION_WITH_PAYOUT,),
    ApplicationKind.PLAN_CHANGE: (),
}


def requirements_of(session: Session, application: Application) -> list[RequiredAttachment]:
    """The rows of the list that hold for this application now, in the list's order."""
    rows = session.scalars(
        select(RequiredAttachment)
        .where(RequiredAttachment.business.in_(BUSINESSES[application.kind]), RequiredAttachment.active)
        .order_by(RequiredAttachment.business, RequiredAttachment.position, RequiredAttachment.id)
    )
    true = _conditions(session, application)
    return [row for row in rows if row.condition in true]


def registration_requirements(session: Session) -> list[RequiredAttachment]:
    """The department's list of what a registration needs (manual 1.1)."""
    query = select(RequiredAttachment).where(
        RequiredAttachment.business == Business.REGISTRATION,
        RequiredAttachment.condition == AttachmentCondition.ALWAYS,
        RequiredAttachment.active,
    )
    return list(session.scalars(query.order_by(RequiredAttachment.position, RequiredAttachment.id)))


def needed(application: Application, ctx: Context) -> list[RequiredAttachment]:
    """`requirements_of()`, once a page."""
    return ctx.once(("needed", application.id), lambda: requirements_of(ctx.session, application))


def files_of(application: Application, ctx: Context) -> list[Attachment]:
    """Its files in the order of upload, once a page."""
    query = select(Attachment).where(
        Attachment.subject == Application.__tablename__, Attachment.subject_id == application.id
    )
    return ctx.once(("files", application.id), lambda: list(ctx.session.scalars(query.order_by(Attachment.id))))


def missing_attachments(application: Application, ctx: Context) -> list[RequiredAttachment]:
    """The required ones without a file."""
    there = {file.requirement_id for file in files_of(application, ctx)}
    return [row for row in needed(application, ctx) if row.required and row.id not in there]


def _conditions(session: Session, application: Application) -> set[AttachmentCondition]:
    true = {AttachmentCondition.ALWAYS}
    project = application.project
    if project is None:
        return true
    emergency = project.kind is ProjectKind.EMERGENCY
    true.add(AttachmentCondition.EMERGENCY if emergency else AttachmentCondition.NOT_EMERGENCY)
    settled = settled_total(session, project)
    if settled is not None:
        true.add(AttachmentCondition.AFTER_ACCEPTANCE)
        day = (application.submitted_at or application.created_at).date()
        if settled > policy.number(session, "audit_report_above_fen", day):
            true.add(AttachmentCondition.LARGE_SETTLEMENT)
    return true


def settled_total(session: Session, project: Project) -> int | None:
    """Fen settled by the acceptance in force; None before."""
    total = session.scalar(
        select(func.sum(AcceptanceItem.settled))
        .join(Acceptance, Acceptance.id == AcceptanceItem.acceptance_id)
        .where(Acceptance.project_id == project.id, Acceptance.state == AcceptanceState.IN_FORCE)
    )
    return None if total is None else int(total)
