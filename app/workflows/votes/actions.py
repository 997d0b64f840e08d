"""What is done with a vote: open, enter answers, end, void. Each function is one act inside a unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select, update

from app import audit, tenancy
from app.domain.enums import Answer, BallotSource, VoteRule, VoteState
from app.domain.errors import Refusal, say
from app.models import Ballot, Project, Vote
from app.queries import votes as queries
from app.workflows import engine, numbers, policy
from app.workflows.engine import Context
from app.workflows.projects import fingerprint
from app.workflows.projects.flow import PROJECT
from app.workflows.votes import ballots
from app.workflows.votes.flow import VOTE

NUMBER_LENGTH = 40


def open_vote(project: Project, ctx: Context, *, ends_on: date | None = None, version: int | None = None) -> Vote:
    """发起表决: fix houses, areas, owners, shares and the day's rule, propose a number, give each house its code.

    Refused by the guards of the project's row `open_vote`, and when no house has a share or the end is past.
    """
    project = engine.apply(PROJECT, project.id, "open_vote", ctx, version=version)
    if ends_on and ends_on < ctx.today:
        raise Refusal(say("表决截止日期不能早于今天"), field="ends_on")
    vote = Vote(
        project_id=project.id,
        area_id=project.area_id,
        number=propose_number(ctx, project.area_id),
        rule=rule_of(ctx),
        opened_at=ctx.now,
        opened_by_id=ctx.actor.user_id,
        starts_on=ctx.today,
        ends_on=ends_on,
        budget=sum(item.budget for item in project.items),
        fingerprint=fingerprint.vote_fingerprint(ctx.session, project),
    )
    ctx.session.add(vote)
    ctx.session.flush()
    if not ballots.snapshot(ctx.session, vote, project):
        raise Refusal(say("没有承担分摊的房屋，不能发起表决"))
    audit.record(ctx.session, ctx.actor, "open_vote", vote, now=ctx.now, summary=f"发起表决 {vote.number}")
    return vote


def rule_of(ctx: Context) -> VoteRule:
    """The rule that a vote opened now is counted by: the day's policy."""
    return VoteRule(policy.value(ctx.session, "vote_rule", ctx.today))


def propose_number(ctx: Context, area_id: int) -> str:
    """JX, year, three digits, per area; numbers that somebody has typed are stepped over."""
    while True:
        number = numbers.next_number(ctx.session, numbers.VOTE, ctx.today, scope=area_id, digits=3)
        if not _taken(ctx, area_id, number):
            return number


def enter_answers(
    vote: Vote,
    ctx: Context,
    answers: Mapping[int, Answer],
    *,
    number: str | None = None,
    source: BallotSource = BallotSource.ENTERED,
    version: int | None = None,
) -> int:
    """录入: store the answers of these houses (id → answer) and the 表决编号; returns how many houses changed.

    Refused: a house that is none of the vote's, one that its owner has answered online, a number used in the area.
    """
    vote = engine.apply(VOTE, vote.id, "enter", ctx, version=version)
    if number is not None:
        _set_number(vote, number, ctx)
    stored = {row.house_id: row for row in ctx.session.execute(_stored(vote, answers))}
    if set(answers) - set(stored):
        raise Refusal(say("有 %(count)s 户不在本次表决范围内", count=len(set(answers) - set(stored))))
    changed = {house: answer for house, answer in answers.items() if _differs(stored[house], answer)}
    online = [stored[house].house_label for house in changed if stored[house].source == BallotSource.ONLINE]
    if online:
        raise Refusal(say("%(house)s 的业主已在网上表决，不能代为录入", house=online[0]))
    _store(vote, changed, source, ctx)
    if changed:
        audit.record(
            ctx.session, ctx.actor, "enter_answers", vote, now=ctx.now,
            summary=f"表决 {vote.number}：录入 {len(changed)} 户",
            changes={stored[house].house_label: [stored[house].answer.value, answer.value]
                     for house, answer in changed.items()},
        )  # fmt: skip
    return len(changed)


def close_vote(vote: Vote, ctx: Context, *, version: int | None = None) -> Vote:
    """结束表决: passed or failed as the exact count says."""
    vote = engine.lock(ctx.session, Vote, vote.id)
    name = "fail" if queries.count(ctx.session, vote).result.unmet else "pass"
    vote = engine.apply(VOTE, vote.id, name, ctx, version=version)
    vote.closed_at = ctx.now
    return vote


def void_vote(vote: Vote, ctx: Context, *, reason: str, version: int | None = None) -> Vote:
    """作废, with a reason; refused once an initiation that rests on it is submitted.

    The project's row is locked first, as the submission does: else either would pass its guard before the other lands.
    """
    engine.lock(ctx.session, Project, vote.project_id)
    vote = engine.apply(VOTE, vote.id, "void", replace(ctx, data={**ctx.data, "reason": reason}), version=version)
    vote.void_reason = reason.strip()
    return vote


def vote_at_stake(project: Project, ctx: Context) -> Vote | None:
    """The open or passed vote that a change of houses, shares, items or works voids; pages warn with it."""
    return queries.latest_vote(ctx.session, project.id, VoteState.OPEN, VoteState.PASSED)


def void_if_changed(project: Project, ctx: Context) -> Vote | None:
    """To be called after items, works, houses or shares were saved: void the vote if what it rests on has changed."""
    vote = vote_at_stake(project, ctx)
    if vote is None:
        return None
    ctx.session.flush()
    if vote.fingerprint == fingerprint.vote_fingerprint(ctx.session, project):
        return None
    vote = engine.lock(ctx.session, Vote, vote.id)
    engine.carry(VOTE, vote, "void", ctx)
    vote.void_reason = "维修设施设备、维修内容、分摊房屋或分摊金额已改动"
    return vote


def _differs(row, answer: Answer) -> bool:
    """A house whose paper came back empty is entered as 未投票 too: its source tells it from one not entered yet."""
    return row.answer != answer or row.source is None


def _stored(vote: Vote, answers: Mapping[int, Answer]):
    columns = (Ballot.house_id, Ballot.house_label, Ballot.answer, Ballot.source)
    query = select(*columns).where(Ballot.vote_id == vote.id)
    # few rows by their keys; many by the whole vote, which is shorter than a list of thousands of keys
    return query.where(Ballot.house_id.in_(answers)) if len(answers) <= 200 else query


def _store(vote: Vote, changed: Mapping[int, Answer], source: BallotSource, ctx: Context) -> None:
    rows = [
        {
            "vote_id": vote.id,
            "house_id": house,
            "answer": answer,
            "source": source,
            "answered_at": ctx.now,
            "entered_by_id": ctx.actor.user_id,
        }
        for house, answer in changed.items()
    ]
    if rows:
        ctx.session.execute(update(Ballot), rows)


def _set_number(vote: Vote, number: str, ctx: Context) -> None:
    number = " ".join(number.split())
    if not number:
        raise Refusal(say("请填写表决编号"), field="number")
    if len(number) > NUMBER_LENGTH or not number.isprintable():
        raise Refusal(say("表决编号不能超过 %(count)s 个字", count=NUMBER_LENGTH), field="number")
    if number != vote.number and _taken(ctx, vote.area_id, number):
        raise Refusal(say("编号 %(number)s 已被使用，请换一个", number=number), field="number")
    if number != vote.number:
        audit.record(
            ctx.session, ctx.actor, "number", vote, now=ctx.now, summary=f"表决编号改为 {number}",
            changes={"number": [vote.number, number]},
        )  # fmt: skip
        vote.number = number


def _taken(ctx: Context, area_id: int, number: str) -> bool:
    """Also by a vote of the area's former company, which the present one does not see."""
    with tenancy.unguarded(ctx.session):
        return ctx.session.scalar(select(Vote.id).where(Vote.area_id == area_id, Vote.number == number)) is not None
