"""Projects that pass to the new company of their area, and what the old one keeps to read (`workflows.md` 3)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import and_, or_, select, update

from app import audit
from app.domain.enums import PAYOUTS, OrganisationKind, ProjectState
from app.domain.enums import ApplicationState as A
from app.models import Acceptance, Application, Area, Attachment, Handover, Organisation, Project, Vote
from app.workflows import engine
from app.workflows.area_change.handover import frozen
from app.workflows.engine import Context

ENDED = (ProjectState.CLOSED, ProjectState.CANCELLED)


def is_unfinished(project: Project) -> bool:
    """Drafts too: the new company goes on with them."""
    return project.state not in ENDED


def still_open(kind=Application.kind, state=Application.state):
    """Drafts, what waits or was returned, and approved payouts whose money is still on its way."""
    return or_(state.in_((A.DRAFT, A.SUBMITTED, A.IN_REVIEW, A.RETURNED)), and_(state == A.APPROVED, kind.in_(PAYOUTS)))


def projects_of_others(area: Area, application: Application, ctx: Context) -> Sequence[Project]:
    """All projects of the area that a property company other than the new one filed, ended ones too; locked."""
    query = (
        select(Project)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .where(
            Project.area_id == area.id,
            Project.organisation_id != application.organisation_id,
            Organisation.kind == OrganisationKind.PROPERTY_COMPANY,
        )
        .order_by(Project.id)
    )
    return ctx.session.scalars(query.with_for_update(of=Project).execution_options(populate_existing=True)).all()


def keep_handover(project: Project, application: Application, ctx: Context) -> bool:
    """The project as its company leaves it; False when it had ended before an earlier hand-over and stands there."""
    known = select(Handover.id).where(
        Handover.project_id == project.id,
        Handover.organisation_id == project.organisation_id,
        Handover.at >= project.state_since,
    )
    if not is_unfinished(project) and ctx.session.scalar(known.limit(1)) is not None:
        return False
    ctx.session.add(
        Handover(
            organisation_id=project.organisation_id, successor_id=application.organisation_id,
            area_id=project.area_id, project_id=project.id, application_id=application.id, at=ctx.now,
            number=project.number, title=project.name,
            content=json.dumps(frozen(project, application.organisation.name, ctx), ensure_ascii=False, sort_keys=True),
        )
    )  # fmt: skip
    return True


def pass_on(project: Project, application: Application, ctx: Context) -> list[str]:
    """The new company is its filer from now on, and that of its open applications; gives their numbers.

    Votes and notices hang on the project. What is settled, rejected or withdrawn keeps the name of who filed it.
    """
    former, successor = project.organisation_id, application.organisation_id
    project.organisation_id = successor
    engine.touch(project)
    numbers = []
    for row in _open_applications(project, ctx):
        row.organisation_id = successor
        engine.touch(row)
        numbers += [row.number] if row.number else []
    _pass_files(project, successor, ctx)
    audit.record(
        ctx.session, ctx.actor, "hand_over", project, now=ctx.now, summary=f"{project}：移交{application.organisation}",
        changes={"organisation_id": [former, successor], "applications": [[], numbers]},
    )  # fmt: skip
    return numbers


def _open_applications(project: Project, ctx: Context) -> Sequence[Application]:
    query = select(Application).where(Application.project_id == project.id, still_open()).order_by(Application.id)
    return ctx.session.scalars(query.with_for_update(of=Application).execution_options(populate_existing=True)).all()


def _pass_files(project: Project, successor: int, ctx: Context) -> None:
    """Whoever has the project reads its files, those of its ended applications too."""

    def of(subject: str, keys) -> object:
        return and_(Attachment.subject == subject, Attachment.subject_id.in_(keys))

    found = or_(
        of("projects", [project.id]),
        *(
            of(model.__tablename__, select(model.id).where(model.project_id == project.id))
            for model in (Application, Vote, Acceptance)
        ),
    )
    ctx.session.execute(
        update(Attachment).where(found).values(organisation_id=successor).execution_options(synchronize_session=False)
    )
