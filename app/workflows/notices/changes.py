"""What has changed since a notice was published, for the prompt before 项目立项 and for the next edition."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from app.domain.enums import NoticeKind, ProjectKind, VoteState
from app.domain.errors import N_, Sentence, say
from app.domain.money import format_yuan
from app.models import Notice, Project
from app.queries import project_page as page
from app.queries import projects
from app.queries.project_page import PAGE
from app.workflows.engine import Context
from app.workflows.notices.rules import unchanged, vote_of
from app.workflows.projects import fingerprint


@dataclass(frozen=True)
class Prompt:
    """The question before 项目立项; `changes` empty: 无变化.

    确定 publishes anew; 取消 goes on, unless `refusal` says why that can't be.
    """

    notice: Notice
    changes: tuple[Sentence, ...]
    refusal: Sentence | None


def before_initiation(project: Project, ctx: Context) -> Prompt | None:
    """What the prompt shows; None while no initiation notice stands."""
    notice = page.standing_notice(ctx, project.id, NoticeKind.INITIATION)
    if notice is None:
        return None
    return Prompt(notice, tuple(since(project, notice, ctx)), unchanged(project, notice, ctx))


def between(project: Project, latest: Notice, said: dict[str, Any], ctx: Context) -> list[Sentence]:
    """What a new edition that says `said` changes of the latest one, withdrawn ones included."""
    if latest.kind == NoticeKind.INITIATION:
        return since(project, latest, ctx)
    told = json.loads(latest.content)
    if latest.kind == NoticeKind.CANCELLATION:
        return [] if told["cancellation"]["reason"] == said["cancellation"]["reason"] else [say("撤销原因已改动")]
    return _settlement(told, said) + [
        say("%(what)s由“%(old)s”改为“%(new)s”", what=what, old=told["acceptance"][name] or "—",
            new=said["acceptance"][name] or "—")
        for name, what in ACCEPTANCE_WORDS.items()
        if told["acceptance"][name] != said["acceptance"][name]
    ]  # fmt: skip


ACCEPTANCE_WORDS = {
    "completed_on": N_("验收日期"), "works_from": N_("施工开始日期"), "works_to": N_("施工结束日期"),
    "works_content": N_("验收内容"), "members": N_("验收人员"), "opinion": N_("验收意见"),
}  # fmt: skip


def _settlement(told: dict[str, Any], said: dict[str, Any]) -> list[Sentence]:
    """Items can't change after the initiation, what they settle at can."""
    before = {(item["location"], item["equipment"]): item["settled"] for item in told["items"]}
    return [
        say("“%(name)s”结算金额由 %(old)s 元改为 %(new)s 元", name=item["equipment"], old=format_yuan(old),
            new=format_yuan(item["settled"]))
        for item in said["items"]
        if (old := before.get((item["location"], item["equipment"]))) is not None and old != item["settled"]
    ]  # fmt: skip


def _is_lone(told: dict[str, Any]) -> bool:
    """Everybody reads these sentences: what the fund pays of a range of one house may be that house's balance."""
    return told["totals"]["houses"] == 1


def _fund_change(told: dict[str, Any], fund: int) -> Sentence:
    if _is_lone(told):
        return say("预算应拨付金额有变动（分户账户余额有变动）")
    return say(
        "预算应拨付金额由 %(old)s 元变为 %(new)s 元（分户账户余额有变动）", old=format_yuan(told["totals"]["fund"]),
        new=format_yuan(fund),
    )  # fmt: skip


def _plan_of(told: dict[str, Any]) -> list[tuple[int, str, int]]:
    return [(row["sequence"], row["condition"], row["amount"]) for row in told["phases"]]


def _plan_change(told: dict[str, Any], plan: list[tuple[int, str, int]]) -> Sentence:
    if _is_lone(told):
        return say("拨付计划已改动")
    old, new = _plan_in_words(_plan_of(told)), _plan_in_words(plan)
    return say("拨付计划由“%(old)s”改为“%(new)s”", old=old, new=new)


def _plan_in_words(phases: list[tuple[int, str, int]]) -> str:
    told = [f"第 {number} 期 {condition} {format_yuan(amount)} 元" for number, condition, amount in phases]
    return "；".join(told) or "—"


def since(project: Project, notice: Notice, ctx: Context) -> list[Sentence]:
    """All that differs, in sentences: what binds (items, contractors, shares, vote) first, then name, plan and fund."""
    told = json.loads(notice.content)
    found = list(fingerprint.changes_since(project, notice, ctx))
    if project.kind != ProjectKind.EMERGENCY:
        vote = page.latest_vote(ctx, project.id, VoteState.PASSED)
        if vote is None or vote.id != vote_of(notice):
            found.append(say("业主表决已变更"))
    if told["project"]["name"] != project.name:
        found.append(say("项目名称由“%(old)s”改为“%(new)s”", old=told["project"]["name"], new=project.name))
    fund = (ctx.data[PAGE].totals if PAGE in ctx.data else projects.merged_totals(ctx.session, project)).fund
    if notice.kind == NoticeKind.INITIATION and told["totals"]["fund"] != fund:
        found.append(_fund_change(told, fund))
    plan = [(phase.sequence, phase.condition, phase.amount) for phase in project.phases]
    if plan != _plan_of(told):
        found.append(_plan_change(told, plan))
    return found
