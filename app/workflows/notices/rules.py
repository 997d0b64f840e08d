"""What other steps ask of a project's notices (`workflows.md` 5.3, 2)."""

from __future__ import annotations

import json
from datetime import date

from app.domain import calendar
from app.domain.enums import AcceptanceState, NoticeKind, ProjectKind, ProjectState, VoteState
from app.domain.errors import Sentence, say
from app.models import Acceptance, Notice, Project
from app.queries import project_page as page
from app.workflows import policy
from app.workflows.acceptance.rules import current as current_acceptance
from app.workflows.acceptance.rules import no_payout_since
from app.workflows.engine import Context

ENDED_PROJECTS = (ProjectState.CLOSED, ProjectState.CANCELLED)


def initiation_notice_published(project: Project, ctx: Context) -> Sentence | None:
    """The initiation may be filed: its notice is published or over, and still says what the project is."""
    notice = page.standing_notice(ctx, project.id, NoticeKind.INITIATION)
    if notice is None:
        return say("立项公示尚未发布")
    return unchanged(project, notice, ctx)


def unchanged(project: Project, notice: Notice, ctx: Context) -> Sentence | None:
    """Share, house, budget, contractor and vote are those of the notice; else it must be published anew."""
    from app.workflows.projects import fingerprint  # the project's flow imports this module

    if notice.fingerprint != fingerprint.present(project, ctx):
        return say("立项公示 %(number)s 发布后项目已改动，须重新发布公示", number=notice.number)
    if project.kind == ProjectKind.EMERGENCY:
        return None
    vote = page.latest_vote(ctx, project.id, VoteState.PASSED)
    if vote is None or vote_of(notice) != vote.id:
        return say("立项公示 %(number)s 所依据的业主表决已变更，须重新发布公示", number=notice.number)
    return None


def vote_of(notice: Notice) -> int | None:
    """Which vote the notice rests on."""
    return (json.loads(notice.content).get("vote") or {}).get("id")


def initiation_notice_over(project: Project, ctx: Context) -> Sentence | None:
    """Final approval waits for the end of the initiation notice where the policy of its publishing day says so."""
    notice = page.standing_notice(ctx, project.id, NoticeKind.INITIATION)
    if notice is None:
        return say("立项公示尚未发布")
    if not approval_waits(project, notice.published_at.date(), ctx):
        return None
    if calendar.is_notice_over(notice.closes_on, ctx.today):
        return None
    return say(
        "立项公示 %(number)s 尚未结束（%(date)s 24 时截止）", number=notice.number, date=notice.closes_on.isoformat()
    )


def approval_waits(project: Project, published_on: date, ctx: Context) -> bool:
    """Whether the final approval of that kind of project waits for a notice published that day."""
    waits = policy.value(ctx.session, "approval_waits_for_notice", published_on)
    return waits == "all" or project.kind.value in waits.split(",")


def acceptance_notice_published(project: Project, ctx: Context) -> Sentence | None:
    """The acceptance is in force: its notice is published or over."""
    if page.standing_notice(ctx, project.id, NoticeKind.ACCEPTANCE):
        return None
    return say("项目验收公示尚未发布")


def days_over(notice: Notice, ctx: Context) -> Sentence | None:
    """A notice ends at 24:00 of its closing date."""
    if calendar.is_notice_over(notice.closes_on, ctx.today):
        return None
    return say("公示 %(number)s 至 %(date)s 24 时止", number=notice.number, date=notice.closes_on.isoformat())


def may_be_superseded(notice: Notice, ctx: Context) -> Sentence | None:
    """An initiation notice while its project is a draft; never one whose acceptance is in force."""
    if notice.kind == NoticeKind.ACCEPTANCE:
        acceptance = ctx.session.get(Acceptance, notice.acceptance_id)
        if acceptance is None or acceptance.state is AcceptanceState.IN_FORCE:
            return say("验收公示已发布，验收已生效；如需更改，须先由管理部门撤回公示")
        return None  # 简单拨付: accepted anew, as the draft had left behind what this one said
    if notice.kind == NoticeKind.INITIATION and notice.project.state != ProjectState.DRAFT:
        return say("项目%(state)s，不能重新发布立项公示", state=notice.project.state.label)
    return None


def may_be_withdrawn(notice: Notice, ctx: Context) -> Sentence | None:
    """An initiation notice until the initiation is approved; an acceptance notice until a payout rests on it."""
    project = notice.project
    if notice.kind == NoticeKind.INITIATION:
        if project.state in (ProjectState.DRAFT, ProjectState.UNDER_REVIEW):
            return None
        return say("立项已审核通过，立项公示不能撤回")
    if project.state in ENDED_PROJECTS:
        return say("项目%(state)s，公示不能撤回", state=project.state.label)
    if notice.kind == NoticeKind.CANCELLATION:
        return None
    acceptance = current_acceptance(ctx.session, project)
    return no_payout_since(acceptance, ctx) if acceptance and acceptance.in_force_at else None


def may_be_taken_back(notice: Notice, _ctx: Context) -> Sentence | None:
    """The company withdraws its own cancellation notice while the project has not been cancelled."""
    if notice.kind != NoticeKind.CANCELLATION:
        return say("只有撤销公示可由发布单位撤回，其他公示由管理部门撤回")
    if notice.project.state in ENDED_PROJECTS:
        return say("项目%(state)s，公示不能撤回", state=notice.project.state.label)
    return None


def reason_given(_notice: Notice, ctx: Context) -> Sentence | None:
    """撤回 asks for a reason; offered without data the button is open."""
    if "reason" in ctx.data and not str(ctx.data["reason"]).strip():
        return say("请填写撤回原因")
    return None
