"""Where a project stands: its step bar, and for the list its step in words, since when, and what comes next.

Pure: reads the project's columns and its Progress, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.enums import AcceptanceState, NoticeState, ProjectState, VoteState
from app.domain.enums import ApplicationState as A
from app.domain.errors import N_, Sentence, say
from app.models import Project
from app.queries.project_progress import Progress
from app.workflows.projects.kinds import KINDS, Step

DONE, CURRENT, STOPPED, AHEAD = "is-done", "is-current", "is-stopped", ""


@dataclass(frozen=True)
class DrawnStep:
    """One step of the bar: its css class (empty while ahead), and what stands under its name."""

    step: Step
    mark: str
    note: Sentence | str


@dataclass(frozen=True)
class Standing:
    """The step in words with its badge's colour, since when, and the next act: its label and the tab it is on."""

    label: str
    colour: str
    since: datetime
    next_label: str
    next_tab: str


def step_bar(project: Project, progress: Progress, *, is_complete: bool) -> list[DrawnStep]:
    """The kind's steps, done, current (or stopped) and ahead; the first that is not done is the current one."""
    drawn: list[DrawnStep] = []
    is_current = True
    for step in KINDS[project.kind].steps:
        if project.state is ProjectState.CLOSED or is_done(step.key, project, progress, is_complete):
            drawn.append(DrawnStep(step, DONE, _done_note(step.key, progress)))
            continue
        mark = AHEAD
        if is_current:
            mark = STOPPED if _is_stopped(step.key, project, progress) else CURRENT
        drawn.append(
            DrawnStep(step, mark, _note(step, project, progress) if is_current else _plan_note(step, progress))
        )
        is_current = False
    return drawn


def is_done(key: str, project: Project, progress: Progress, is_complete: bool) -> bool:
    """Has this step been taken? (`workflows.md` 5.2)"""
    started = project.state in (ProjectState.RUNNING, ProjectState.CLOSED) or _was_approved(project, progress)
    return {
        "new": is_complete or project.state is not ProjectState.DRAFT,
        "vote": progress.vote is VoteState.PASSED or started,
        "notice": progress.notice is not None or started,
        "initiation": started,
        "payout": progress.acceptance is not None and started,
        "acceptance": progress.acceptance is not None,
        "acceptance_notice": progress.acceptance is AcceptanceState.IN_FORCE,
        "last_payout": project.state is ProjectState.CLOSED,
        "transfer": project.state is ProjectState.CLOSED,
    }[key]


def _was_approved(project: Project, progress: Progress) -> bool:
    """It ended by 撤销 after its approval: vote and notice stand no longer, but those steps had been taken."""
    return project.state is ProjectState.CANCELLED and progress.initiation in (A.APPROVED, A.SETTLED)


def standing(project: Project, progress: Progress) -> Standing:
    """The list's row: what the project waits for."""
    if project.state is ProjectState.CLOSED:
        return Standing(project.state.label, project.state.colour, project.state_since, N_("查看"), "basics")
    if project.state is ProjectState.CANCELLED:
        return Standing(project.state.label, project.state.colour, project.state_since, N_("查看"), "basics")
    if progress.cancellation is not None:
        act, tab = (N_("项目清退"), "applications") if progress.paid else (N_("撤销"), "notices")
        return Standing(N_("拟撤销"), "returned", progress.cancellation_at, act, tab)
    if project.state is ProjectState.DRAFT:
        return _standing_of_draft(project, progress)
    if project.state is ProjectState.UNDER_REVIEW:
        state = progress.initiation or A.SUBMITTED
        label = N_("立项待受理") if state is A.SUBMITTED else N_("立项审核中")
        return Standing(label, state.colour, project.state_since, N_("查看业务单"), "applications")
    return _standing_of_running(project, progress)


def _standing_of_draft(project: Project, progress: Progress) -> Standing:
    since = project.state_since
    if progress.initiation is A.RETURNED:
        return Standing(N_("立项退回补正"), "returned", progress.initiation_at or since, N_("去补正"), "applications")
    needs_vote = KINDS[project.kind].votes
    if needs_vote and progress.vote is VoteState.OPEN:
        return Standing(N_("业主表决"), "running", progress.vote_at, N_("录入表决结果"), "votes")
    if needs_vote and progress.vote is VoteState.FAILED:
        return Standing(N_("表决未通过"), "failed", progress.vote_at, N_("重新表决"), "votes")
    if needs_vote and progress.vote is not VoteState.PASSED:
        return Standing(N_("编制中"), "draft", since, N_("继续填写"), "basics")
    if progress.notice is None:
        if not needs_vote:
            return Standing(N_("编制中"), "draft", since, N_("继续填写"), "basics")
        return Standing(N_("待立项公示"), "waiting", progress.vote_at, N_("发布立项公示"), "notices")
    if KINDS[project.kind].pays_at_once:
        return _standing_ahead(progress)
    colour = "public" if progress.notice is NoticeState.PUBLISHED else "waiting"
    label = N_("立项公示中") if progress.notice is NoticeState.PUBLISHED else N_("待立项申请")
    return Standing(label, colour, progress.notice_at, N_("项目立项"), "applications")


def _standing_ahead(progress: Progress) -> Standing:
    """A draft of 简单拨付 whose initiation notice is out: accepted and announced before it is filed."""
    if progress.acceptance is None:
        return Standing(N_("待项目验收"), "waiting", progress.notice_at, N_("项目验收"), "acceptance")
    if progress.acceptance is AcceptanceState.SUBMITTED:
        return Standing(N_("待验收公示"), "waiting", progress.acceptance_at, N_("发布验收公示"), "notices")
    at = progress.acceptance_notice_at or progress.acceptance_at
    return Standing(N_("待立项申请"), "waiting", at, N_("项目立项"), "applications")


def _standing_of_running(project: Project, progress: Progress) -> Standing:
    since = project.state_since
    if progress.payout_state is A.RETURNED:
        return Standing(N_("拨付退回补正"), "returned", progress.payout_at or since, N_("去补正"), "applications")
    if progress.acceptance is AcceptanceState.SUBMITTED:
        return Standing(N_("待验收公示"), "waiting", progress.acceptance_at, N_("发布验收公示"), "notices")
    if progress.payouts:
        waits = progress.payout_state is A.DRAFT
        label = N_("拨付申请草稿") if waits else N_("拨付办理中")
        return Standing(
            label, progress.payout_state.colour, progress.payout_at or since, N_("查看业务单"), "applications"
        )
    if progress.acceptance is AcceptanceState.IN_FORCE:
        at = progress.acceptance_notice_at or progress.acceptance_at
        if KINDS[project.kind].pays_at_once:  # a line was ended: its amount is free again
            return Standing(N_("余款待拨付"), "waiting", since, N_("资金拨付"), "applications")
        return Standing(N_("待末期拨付"), "waiting", at, N_("资金拨付"), "applications")
    if progress.paid:
        return Standing(N_("实施中"), "running", since, N_("资金拨付"), "applications")
    return Standing(N_("待首期拨付"), "running", since, N_("资金拨付"), "applications")


def _is_stopped(key: str, project: Project, progress: Progress) -> bool:
    if project.state is ProjectState.CANCELLED:
        return True
    if key == "vote":
        return progress.vote is VoteState.FAILED
    return key == "initiation" and progress.initiation in (A.RETURNED, A.REJECTED)


def _note(step: Step, project: Project, progress: Progress) -> Sentence | str:
    """What the current step is doing."""
    if project.state is ProjectState.CANCELLED:
        return N_("已撤销")
    if step.key == "vote" and progress.vote in (VoteState.OPEN, VoteState.FAILED, VoteState.VOID):
        return progress.vote.label
    if step.key == "initiation" and progress.initiation is not None:
        return progress.initiation.label
    if step.key in ("payout", "last_payout", "transfer") and progress.payouts:
        return say("%(count)s 单办理中", count=progress.payouts)
    return _plan_note(step, progress)


def _plan_note(step: Step, progress: Progress) -> Sentence | str:
    if step.key == "payout" and progress.phases:
        return say("%(count)s 期", count=progress.phases)
    return step.note


def _done_note(key: str, progress: Progress) -> Sentence | str:
    day = {
        "vote": progress.vote_at, "notice": progress.notice_at, "initiation": progress.initiation_at,
        "acceptance": progress.acceptance_at, "acceptance_notice": progress.acceptance_notice_at,
    }.get(key)  # fmt: skip
    return day.strftime("%Y-%m-%d") if day else N_("已完成")
