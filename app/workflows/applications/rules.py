"""When an application moves, and who may not move it (`workflows.md` 1)."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.enums import ApplicationKind, ReviewAct, TransferState
from app.domain.errors import Sentence, say
from app.models import Application
from app.permissions import Actor, Permission
from app.workflows.attachments.rules import missing_attachments
from app.workflows.engine import Context

LINE_OVER = (TransferState.PAID, TransferState.ENDED)


def in_scope(application: Application, actor: Actor) -> bool:
    """A company's: those of its projects in its areas, and what its administrator filed for areas it may not see yet.

    The department's and the system's: all; the bank's: none.
    """
    if actor.is_system or actor.is_department:
        return True
    project = application.project
    filer = application.organisation_id if project is None else project.organisation_id
    if not actor.is_tenant or filer != actor.organisation_id:
        return False
    if application.kind is ApplicationKind.AREA_CHANGE:
        return actor.can(Permission.AREA_CHANGE_FILE)
    return actor.area_ids is None or application.area_id in actor.area_ids


def attachments_complete(application: Application, ctx: Context) -> Sentence | None:
    """Every required attachment is there."""
    missing = missing_attachments(application, ctx)
    return say("缺少要件：%(names)s", names="、".join(row.name for row in missing)) if missing else None


def registration_confirmed(application: Application, ctx: Context) -> Sentence | None:
    """The papers of the organisation's registration come at the latest with its first application (manual 1.1)."""
    if application.organisation.papers_confirmed:
        return None
    return say("申请单位的注册资料尚未核对，请先在“机构注册待核”中核收纸质要件并确认")


def accepted_today_by_actor(application: Application, ctx: Context) -> Sentence | None:
    """受理 is undone by the clerk who did it, on the same day, before any review."""
    if application.levels_approved:
        return say("已有审核意见，不能撤销受理")
    if application.accepted_by_id != ctx.actor.user_id:
        return say("只有受理人本人可以撤销受理")
    if application.accepted_at.date() != ctx.today:
        return say("只能在受理当日撤销受理")
    return None


def first_level_due(application: Application, ctx: Context) -> Sentence | None:
    """初审 comes while more than the last level is missing."""
    if application.levels_needed == 1:
        return say("本业务单只需复审")
    if application.levels_approved:
        return say("初审已通过")
    return None


def final_level_due(application: Application, ctx: Context) -> Sentence | None:
    """复审 is the last level."""
    if application.levels_approved < application.levels_needed - 1:
        return say("尚未通过初审")
    return None


def lines_over(application: Application, ctx: Context) -> Sentence | None:
    """Every payee line is paid or ended."""
    waiting = [line for line in application.transfers if line.state not in LINE_OVER]
    return say("还有 %(count)s 笔收款未划转", count=len(waiting)) if waiting else None


def filers(application: Application) -> set[int | None]:
    """Who filed it, in whatever round."""
    return _by(application, ReviewAct.SUBMIT) | {application.created_by_id}


def hands_before_first(application: Application) -> Iterable[int | None]:
    """Who may not give the first review: filers, acceptors, and whoever approved the other level."""
    return _touched(application) | _by(application, ReviewAct.APPROVE, other_than=1)


def hands_before_final(application: Application) -> Iterable[int | None]:
    """Who may not give the last review: filers, acceptors, and whoever approved the other level."""
    return _touched(application) | _by(application, ReviewAct.APPROVE, other_than=application.levels_needed)


def reviewers(application: Application) -> set[int | None]:
    """Whoever approved it, at any level, in whatever round."""
    return _by(application, ReviewAct.APPROVE)


def _touched(application: Application) -> set[int | None]:
    return filers(application) | _by(application, ReviewAct.ACCEPT) | {application.accepted_by_id}


def _by(application: Application, act: ReviewAct, *, other_than: int = -1) -> set[int | None]:
    return {row.actor_id for row in application.reviews if row.act is act and row.level != other_than}
