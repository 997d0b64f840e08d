"""When an acceptance may be filed, redone and put in force (`workflows.md` 5.3 rule 5). Amounts are fen."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import AcceptanceState
from app.domain.errors import Sentence, say
from app.models import Acceptance, Project
from app.workflows.engine import Context


def current(session: Session, project: Project) -> Acceptance | None:
    """The project's acceptance: there is one row, redone until its notice is published."""
    return session.scalar(
        select(Acceptance).where(Acceptance.project_id == project.id).order_by(Acceptance.id.desc()).limit(1)
    )


def may_submit_acceptance(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 项目验收: not after its notice is out; then the department withdraws the notice first."""
    acceptance = current(ctx.session, project)
    if acceptance is not None and acceptance.state is AcceptanceState.IN_FORCE:
        return say("验收公示已发布，验收已生效，不能重新提交")
    return None


def acceptance_waits_for_notice(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 项目验收公示: an acceptance is filed and not in force yet."""
    acceptance = current(ctx.session, project)
    if acceptance is None:
        return say("尚未提交项目验收")
    if acceptance.state is AcceptanceState.IN_FORCE:
        return say("验收公示已发布，验收已生效")
    return None
