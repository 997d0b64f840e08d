"""业主自筹: the company ticks the houses whose own part it has collected (`money.md` 2). No approval waits for it."""

from __future__ import annotations

from collections.abc import Mapping

from app import audit
from app.domain.enums import ProjectState as S
from app.domain.errors import Refusal, Sentence, say
from app.domain.money import format_yuan
from app.ledger.collected import Change, put_collected
from app.models import Project
from app.permissions import Actor, Permission
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.projects.editing import take_own

TICKED_IN = (S.UNDER_REVIEW, S.RUNNING)


def may_tick(project: Project, actor: Actor) -> bool:
    """Whether this person's page has the ticks open: the company's own people, from the submission to the end."""
    return actor.can(Permission.PROJECT_EDIT) and project.state in TICKED_IN


def why_no_ticks(project: Project) -> Sentence | None:
    """Why nothing can be ticked now; None when it can."""
    if project.state in TICKED_IN:
        return None
    return say("项目%(state)s，不能登记业主自筹收款", state=project.state.label)


def save_collected(key: int, ticks: Mapping[int, bool], ctx: Context, version: int | None = None) -> list[Change]:
    """Store {house: ticked} of one page, all or nothing; gives what has changed (fen).

    Errors: NotYours (project, house without 业主自筹), Forbidden, Conflict (stale page), Refusal (state).
    """
    project = take_own(key, ctx, version)
    if reason := why_no_ticks(project):
        raise Refusal(reason)
    changes = put_collected(ctx.session, project, ticks)
    if changes:
        engine.touch(project)
        audit.record(
            ctx.session, ctx.actor, "save_collected", project, now=ctx.now, summary=_summary(project, changes),
            changes={f"house {row.house_id}": [not row.is_collected, row.is_collected] for row in changes},
        )  # fmt: skip
    return changes


def _summary(project: Project, changes: list[Change]) -> str:
    ticked = [row.amount for row in changes if row.is_collected]
    undone = [row.amount for row in changes if not row.is_collected]
    parts = [f"已收 {len(ticked)} 户 {format_yuan(sum(ticked))} 元"] if ticked else []
    parts += [f"取消已收 {len(undone)} 户 {format_yuan(sum(undone))} 元"] if undone else []
    return f"{project.number} 业主自筹登记：{'，'.join(parts)}"
