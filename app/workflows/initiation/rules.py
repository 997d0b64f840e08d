"""When an initiation may be filed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import INITIATIONS, ApplicationState
from app.domain.errors import Sentence, say
from app.models import Application, Project
from app.queries.project_page import PAGE
from app.workflows.engine import Context

# Filed and not come back: a draft or returned one is the very application that the company goes on with.
STANDING = (
    ApplicationState.SUBMITTED,
    ApplicationState.IN_REVIEW,
    ApplicationState.APPROVED,
    ApplicationState.SETTLED,
)


def no_open_initiation(project: Project, ctx: Context) -> Sentence | None:
    """One initiation at a time; after a rejection or a withdrawal a new one may be filed."""
    facts = ctx.data.get(PAGE)
    if facts:
        number = next((r.number for r in facts.applications if r.kind in INITIATIONS and r.state in STANDING), None)
    else:
        number = ctx.session.scalar(_initiations(project).where(Application.state.in_(STANDING)).limit(1))
    return say("立项申请 %(number)s 已提交，不能重复申请", number=number) if number else None


def unfinished_initiation(session: Session, project: Project) -> Application | None:
    """The draft or returned initiation that the company goes on with."""
    return session.scalar(
        select(Application)
        .where(
            Application.project_id == project.id,
            Application.kind.in_(INITIATIONS),
            Application.state.in_((ApplicationState.DRAFT, ApplicationState.RETURNED)),
        )
        .order_by(Application.id.desc())
        .limit(1)
    )


def _initiations(project: Project):
    return select(Application.number).where(Application.project_id == project.id, Application.kind.in_(INITIATIONS))
