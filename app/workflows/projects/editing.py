"""Taking a draft for editing, and what every edit does: the version grows, an audit event stands, a vote may fall."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app import audit
from app.domain.enums import ProjectState
from app.domain.errors import Forbidden, NotYours, Refusal, Sentence, say
from app.models import Project, ProjectItem, Vote
from app.permissions import Permission
from app.workflows import engine
from app.workflows.engine import Context
from app.workflows.projects.clashes import Overtaken
from app.workflows.projects.fingerprint import vote_fingerprint
from app.workflows.projects.flow import in_scope
from app.workflows.votes.actions import void_if_changed, vote_at_stake


class VoteAtStake(Refusal):
    """The edit would void a vote: asked once, done when the form comes back with `void_vote` set to its number."""

    def __init__(self, vote: Vote):
        self.vote_number = vote.number
        super().__init__(
            say(
                "表决 %(number)s（%(state)s）以现在的维修内容、预算、房屋和分摊为准，修改后该表决作废，须重新表决",
                number=vote.number,
                state=vote.state.label,
            )
        )


def take(key: int, ctx: Context, version: int | None = None) -> Project:
    """The project, locked for an edit. Errors: NotYours, Forbidden, Conflict (stale page, with what changed), Refusal
    when it is frozen (from the submission of the initiation on)."""
    project = take_own(key, ctx, version)
    if project.state is not ProjectState.DRAFT:
        raise Refusal(say("项目%(state)s，维修设施设备、分摊和拨付计划不能再改", state=project.state.label))
    return project


def take_own(key: int, ctx: Context, version: int | None = None) -> Project:
    """The company's own project in whatever state, locked. Errors: NotYours, Forbidden, Conflict (stale page)."""
    project = engine.lock(ctx.session, Project, key)
    if not in_scope(project, ctx.actor):
        raise NotYours(f"Project {key}")
    if not ctx.actor.can(Permission.PROJECT_EDIT):
        raise Forbidden(Permission.PROJECT_EDIT.value)
    if version is not None and project.version != version:
        raise stale(project, version, ctx)
    return project


def stale(project: Project, version: int, ctx: Context) -> Overtaken:
    """The page as a whole is out of date: who did what since it was drawn."""
    return Overtaken(say("您打开页面之后，项目已被修改，请核对后再保存"), project, ctx, seen=version)


def take_item(key: int, item_id: int, ctx: Context, version: int | None = None) -> tuple[Project, ProjectItem]:
    """The project and one of its items; an item of another project is NotYours."""
    project = take(key, ctx, version)
    item = next((item for item in project.items if item.id == item_id), None)
    if item is None:
        raise NotYours(f"ProjectItem {item_id}")
    return project, item


def saved(project: Project, ctx: Context, action: str, summary: Sentence, changes: dict[str, list[Any]] | None) -> None:
    """The edit is done: earlier drawn pages are stale, and the trail says what it was."""
    engine.touch(project)
    audit.record(
        ctx.session, ctx.actor, action, project, now=ctx.now, summary=f"{project.number} {summary}", changes=changes
    )


@contextmanager
def vote_watched(project: Project, ctx: Context) -> Iterator[None]:
    """Around an edit: if what the vote rests on has changed, warn (VoteAtStake), or void the vote when told to."""
    vote = vote_at_stake(project, ctx)
    yield
    if vote is None:
        return
    ctx.session.flush()
    if vote_fingerprint(ctx.session, project) == vote.fingerprint:
        return
    if ctx.data.get("void_vote") != vote.number:
        raise VoteAtStake(vote)
    void_if_changed(project, ctx)
