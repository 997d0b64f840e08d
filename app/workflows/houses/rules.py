"""What keeps a house from being split, merged or rewritten: money, running projects, votes, openings, dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import HouseUse, ProjectState, VoteState
from app.domain.errors import N_, Refusal, Sentence, say
from app.ledger.premises import waiting_openings
from app.models import (
    Acceptance,
    Ballot,
    House,
    HouseChange,
    HouseSuccession,
    ItemShare,
    Ownership,
    Posting,
    Project,
    Vote,
)
from app.workflows.engine import Context

_FROZEN = (ProjectState.UNDER_REVIEW, ProjectState.RUNNING)
_NAMED = 10
_RESTED_ON = {"floor_area": N_("建筑面积"), "use": N_("用途"), "unit_id": N_("单元")}
BEARS_NONE = (HouseUse.PARKING, HouseUse.SERVICE_ROOM)


def busy(session: Session, house_ids: Sequence[int]) -> list[Sentence]:
    """Why these houses must stay as they are, each with the number of the project; empty when nothing does."""
    return [
        *_in_projects(session, house_ids),
        *_in_open_votes(session, house_ids),
        *(say("期初余额（%(file)s）尚未由财务确认", file=name) for name in waiting_openings(session, house_ids)),
    ]


def refuse_rewrite(session: Session, house: House, changed: set[str]) -> None:
    """Before a house's own form is stored: what shares and votes rest on stays while they stand.

    A draft whose houses have another floor area is marked 分摊待重算 by itself; here are those that can't be.
    Refusal at the field, with the project's number.
    """
    refuse_ended([house])
    for name, label in _RESTED_ON.items():
        if name not in changed:
            continue
        if reasons := [*_in_projects(session, [house.id]), *_in_open_votes(session, [house.id])]:
            told = say("现在不能改%(what)s：%(reason)s", what=label, reason=reasons[0])
            raise Refusal(told, field=name, details=tuple(reasons[1:_NAMED]))
    bears_none = house.use in BEARS_NONE and not house.area.parking_bears
    if "use" in changed and bears_none and (drafts := drafts_with(session, [house.id])):
        number = session.scalar(select(Project.number).where(Project.id == drafts[0]))
        told = say("房屋在编制中的项目 %(number)s 的分摊范围内，该用途不参与分摊，须由企业先移出", number=number)
        raise Refusal(told, field="use")


def refuse_busy(session: Session, house_ids: Sequence[int], act: str) -> None:
    """Refusal with every reason; `act` is 分户 or 合户."""
    if reasons := busy(session, house_ids):
        raise Refusal(
            say("现在不能%(act)s：%(reason)s", act=act, reason=reasons[0]), details=tuple(reasons[1:_NAMED])
        )


def refuse_ended(houses: Sequence[House]) -> None:
    for house in houses:
        if house.ended_on is not None:
            raise Refusal(
                say("%(house)s 已于 %(day)s 注销，不能再变更", house=house.label, day=house.ended_on.isoformat())
            )


def refuse_day(session: Session, day: date | None, house_ids: Sequence[int], ctx: Context) -> None:
    """The day by the deed: not to come, and not before the house's last change or its owners' own beginning."""
    if day is None:
        raise Refusal(say("请填写生效日期"), field="takes_effect_on")
    if day > ctx.today:
        raise Refusal(say("生效日期不能晚于今天"), field="takes_effect_on")
    earliest = last_change_on(session, house_ids)
    if earliest and day < earliest:
        told = say("生效日期不能早于 %(day)s：该日是上次变更或现业主取得产权之日", day=earliest.isoformat())
        raise Refusal(told, field="takes_effect_on")


def last_change_on(session: Session, house_ids: Sequence[int]) -> date | None:
    """The latest day on which one of these houses changed or one of its present owners began."""
    changed = (
        select(func.max(HouseChange.takes_effect_on))
        .join(HouseSuccession, HouseSuccession.change_id == HouseChange.id)
        .where(or_(HouseSuccession.before_id.in_(house_ids), HouseSuccession.after_id.in_(house_ids)))
    )
    owned = select(func.max(Ownership.since)).where(Ownership.house_id.in_(house_ids), Ownership.until.is_(None))
    found = [day for day in (session.scalar(changed), session.scalar(owned)) if day]
    return max(found, default=None)


def has_money(session: Session, house_id: int) -> bool:
    """Has money ever moved on its account, or does any project share on it?"""
    moved, shared = exists().where(Posting.house_id == house_id), exists().where(ItemShare.house_id == house_id)
    return bool(session.scalar(select(or_(moved, shared))))


def drafts_with(session: Session, house_ids: Sequence[int]) -> list[int]:
    """Ids of the drafts that share on one of these houses, in lock order."""
    query = (
        select(Project.id)
        .join(ItemShare, ItemShare.project_id == Project.id)
        .where(ItemShare.house_id.in_(house_ids), Project.state == ProjectState.DRAFT)
        .distinct()
        .order_by(Project.id)
    )
    return list(session.scalars(query))


def _in_projects(session: Session, house_ids: Sequence[int]) -> list[Sentence]:
    """Projects under review or running, and drafts whose works are accepted already (简单拨付)."""
    accepted = select(Acceptance.id).where(Acceptance.project_id == Project.id).exists()
    query = (
        select(House.label, Project.number, Project.state)
        .join(ItemShare, ItemShare.house_id == House.id)
        .join(Project, Project.id == ItemShare.project_id)
        .where(House.id.in_(house_ids))
        .where(or_(Project.state.in_(_FROZEN), (Project.state == ProjectState.DRAFT) & accepted))
        .distinct()
        .order_by(Project.number, House.label)
        .limit(_NAMED)
    )
    return [
        say("%(house)s 在项目 %(number)s（%(state)s）的分摊范围内", house=label, number=number, state=state.label)
        if state is not ProjectState.DRAFT
        else say("%(house)s 在项目 %(number)s 的分摊范围内，该项目已提交验收", house=label, number=number)
        for label, number, state in session.execute(query)
    ]


def _in_open_votes(session: Session, house_ids: Sequence[int]) -> list[Sentence]:
    query = (
        select(House.label, Project.number, Vote.number)
        .join(Ballot, Ballot.house_id == House.id)
        .join(Vote, Vote.id == Ballot.vote_id)
        .join(Project, Project.id == Vote.project_id)
        .where(House.id.in_(house_ids), Vote.state == VoteState.OPEN)
        .order_by(Vote.id, House.label)
        .limit(_NAMED)
    )
    return [
        say("%(house)s 在项目 %(number)s 正在进行的表决 %(vote)s 中", house=label, number=number, vote=vote)
        for label, number, vote in session.execute(query)
    ]
