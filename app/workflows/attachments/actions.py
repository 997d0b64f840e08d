"""Adding, reading and deleting attachments of a project, an application, a vote or an acceptance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from app import audit
from app.domain.enums import ApplicationState, ProjectState, VoteState
from app.domain.errors import Forbidden, NotYours, Refusal, say
from app.models import (
    Acceptance,
    Application,
    Attachment,
    Organisation,
    OrganisationChange,
    Project,
    RequiredAttachment,
    Vote,
)
from app.permissions import Actor, Permission
from app.workflows import engine
from app.workflows.applications.rules import in_scope as application_in_scope
from app.workflows.attachments import scanner
from app.workflows.attachments.content import check_file
from app.workflows.attachments.rules import registration_requirements, requirements_of
from app.workflows.attachments.storage import store, sweep
from app.workflows.engine import Context
from app.workflows.projects.flow import in_scope as project_in_scope

MAX_FILES = 100
ORGANISATIONS = "organisations"  # what was uploaded with a registration


@dataclass(frozen=True)
class Subject:
    """What can carry files: its model, its project or itself for the scope, the right, and while it is editable."""

    model: type
    permission: Permission
    in_scope: Callable[[Any, Actor], bool]
    is_editable: Callable[[Any], bool]
    owner: Callable[[Any], Any]  # the row with organisation_id and area_id


def _own_organisation(organisation: Organisation, actor: Actor) -> bool:
    """The department's, and the administrator's of the organisation itself: there are identity cards among them."""
    if actor.is_system or actor.is_department:
        return True
    return organisation.id == actor.organisation_id and actor.can(Permission.ORG_PROFILE)


def _project_open(project: Project) -> bool:
    return project.state not in (ProjectState.CLOSED, ProjectState.CANCELLED)


SUBJECTS: dict[str, Subject] = {
    "projects": Subject(Project, Permission.PROJECT_EDIT, project_in_scope, _project_open, lambda row: row),
    "applications": Subject(
        Application, Permission.APPLICATION_FILE, application_in_scope,
        lambda row: row.state in (ApplicationState.DRAFT, ApplicationState.RETURNED), lambda row: row,
    ),
    "votes": Subject(
        Vote, Permission.VOTE_EDIT, lambda row, actor: project_in_scope(row.project, actor),
        lambda row: row.state is not VoteState.VOID, lambda row: row.project,
    ),
    "acceptances": Subject(
        Acceptance, Permission.ACCEPTANCE_FILE, lambda row, actor: project_in_scope(row.project, actor),
        lambda row: row.in_force_at is None, lambda row: row.project,
    ),
    # What came with a registration may be added to until the clerk has confirmed it.
    ORGANISATIONS: Subject(
        Organisation, Permission.ORG_PROFILE, _own_organisation, lambda row: row.active and not row.papers_confirmed,
        lambda row: SimpleNamespace(organisation_id=row.id, area_id=None),
    ),
    # The licence of a 信息变更 comes with its form and stays as it is.
    "organisation_changes": Subject(
        OrganisationChange, Permission.ORG_PROFILE,
        lambda row, actor: actor.is_department or row.organisation_id == actor.organisation_id,
        lambda row: False, lambda row: row,
    ),
}  # fmt: skip


def add_attachment(
    subject: str, key: int, file_name: str, data: bytes, ctx: Context, *, requirement_id: int | None = None
) -> Attachment:
    """Check an upload by its content and keep it, in a unit of work. Errors: NotYours, Forbidden, Refusal at `file`."""
    row = _editable(subject, key, ctx)
    checked = check_file(file_name, data)
    scanner.scan(data)
    _check_requirement(row, requirement_id, ctx)
    _check_count(subject, key, ctx)
    owner = SUBJECTS[subject].owner(row)
    attachment = Attachment(
        subject=subject, subject_id=key, organisation_id=owner.organisation_id, area_id=owner.area_id,
        requirement_id=requirement_id, file_name=checked.file_name, stored_name=store().put(checked.data),
        media_type=checked.media_type, size=len(checked.data), sha256=hashlib.sha256(checked.data).hexdigest(),
        uploaded_at=ctx.now, uploaded_by_id=ctx.actor.user_id,
    )  # fmt: skip
    ctx.session.add(attachment)
    ctx.session.flush()
    audit.record(
        ctx.session, ctx.actor, "attach", attachment, now=ctx.now, summary=f"上传 {checked.file_name}",
        changes={"subject": ["", f"{subject} {key}"], "sha256": ["", attachment.sha256]},
    )  # fmt: skip
    return attachment


def delete_attachment(attachment_id: int, ctx: Context) -> Attachment:
    """While its subject is editable. Errors: NotYours, Forbidden, Refusal. In a unit of work."""
    attachment = ctx.session.get(Attachment, attachment_id)
    if attachment is None or attachment.subject not in SUBJECTS:
        raise NotYours(f"Attachment {attachment_id}")
    _editable(attachment.subject, attachment.subject_id, ctx)
    audit.record(
        ctx.session, ctx.actor, "detach", attachment, now=ctx.now, summary=f"删除 {attachment.file_name}",
        changes={"sha256": [attachment.sha256, ""]},
    )  # fmt: skip
    ctx.session.delete(attachment)
    return attachment


def readable(attachment: Attachment | None, ctx: Context) -> Attachment:
    """The row when its subject is in the actor's scope; NotYours otherwise, also for subjects of other parts."""
    if attachment is None or attachment.subject not in SUBJECTS:
        raise NotYours("Attachment")
    subject = SUBJECTS[attachment.subject]
    row = ctx.session.get(subject.model, attachment.subject_id)
    if row is None or not subject.in_scope(row, ctx.actor):
        raise NotYours(f"Attachment {attachment.id}")
    return attachment


def attachments_of(session, subject: str, key: int) -> list[Attachment]:
    """In the order of upload."""
    return list(
        session.scalars(
            select(Attachment)
            .where(Attachment.subject == subject, Attachment.subject_id == key)
            .order_by(Attachment.id)
        )
    )


def sweep_files(session) -> int:
    """The daily job: files that no row names are removed; gives how many."""
    return sweep(set(session.scalars(select(Attachment.stored_name))))


def _editable(subject: str, key: int, ctx: Context) -> Any:
    if subject not in SUBJECTS:
        raise NotYours(subject)
    spec = SUBJECTS[subject]
    row = engine.lock(ctx.session, spec.model, key)
    if not spec.in_scope(row, ctx.actor):
        raise NotYours(f"{subject} {key}")
    if not ctx.actor.can(spec.permission):
        raise Forbidden(spec.permission.value)
    if not spec.is_editable(row):
        raise Refusal(say("当前状态不能增删附件"), field="file")
    return row


def _check_requirement(row: Any, requirement_id: int | None, ctx: Context) -> None:
    if requirement_id is None:
        return
    if requirement_id not in {r.id for r in _asked_of(row, ctx)}:
        raise Refusal(say("请从列表中选择要件"), field="requirement_id")


def _asked_of(row: Any, ctx: Context) -> list[RequiredAttachment]:
    if isinstance(row, Organisation):
        return registration_requirements(ctx.session)
    return requirements_of(ctx.session, row) if isinstance(row, Application) else []


def _check_count(subject: str, key: int, ctx: Context) -> None:
    count = ctx.session.scalar(
        select(func.count()).select_from(Attachment).where(Attachment.subject == subject, Attachment.subject_id == key)
    )
    if count >= MAX_FILES:
        raise Refusal(say("附件不能超过 %(limit)s 个，请合并后上传", limit=MAX_FILES), field="file")
