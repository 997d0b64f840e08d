"""收益交款 for who files it, the bank and finance. Read only; amounts are fen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.enums import RevenueState
from app.models import (
    Area,
    Distribution,
    DistributionLine,
    House,
    Organisation,
    Owner,
    RevenueNotice,
    RevenueRange,
    Unit,
)
from app.permissions import Actor
from app.queries.equipment_trees import Place
from app.queries.gather import counts
from app.queries.sharing_range import places


@dataclass(frozen=True)
class RevenueFilter:
    """What the list shows; `since` and `until` are days of filing."""

    state: RevenueState
    search: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Overview:
    """How many stand in each state under the other filters; how many and how much (fen) the chosen state has."""

    counts: dict[RevenueState, int]
    amount: int
    left: int


_WITH = (
    joinedload(RevenueNotice.area),
    joinedload(RevenueNotice.organisation),
    joinedload(RevenueNotice.escrow_account),
)


def notices(session: Session, actor: Actor, chosen: RevenueFilter, *, limit: int, offset: int) -> list[RevenueNotice]:
    """One page, the oldest that waits first, of what is over the newest."""
    waits = chosen.state in (RevenueState.ISSUED, RevenueState.PAID)
    order = RevenueNotice.id.asc() if waits else RevenueNotice.id.desc()
    query = _chosen(_scope(select(RevenueNotice), actor), chosen).order_by(order).limit(limit).offset(offset)
    return list(session.scalars(query.options(*_WITH)))


def all_notices(session: Session, actor: Actor, chosen: RevenueFilter, *, limit: int) -> Iterator[RevenueNotice]:
    """Everything that the filters let through, for the export."""
    query = _chosen(_scope(select(RevenueNotice), actor), chosen).order_by(RevenueNotice.id.desc()).limit(limit)
    yield from session.scalars(query.options(*_WITH))


def overview(session: Session, actor: Actor, chosen: RevenueFilter) -> Overview:
    """By one statement."""

    def of(column, state: RevenueState) -> Select:
        return _chosen(_scope(select(column), actor), RevenueFilter(state, chosen.search, chosen.since, chosen.until))

    every = [of(func.count(RevenueNotice.id), state) for state in RevenueState]
    amount = of(func.sum(RevenueNotice.amount), chosen.state)
    left = of(func.sum(RevenueNotice.amount - RevenueNotice.distributed), chosen.state)
    numbers = counts(session, *every, amount, left)
    return Overview(dict(zip(RevenueState, numbers[:-2], strict=True)), *numbers[-2:])


def waiting(actor: Actor) -> Select:
    """The number beside the menu's entry: for a bank what waits to be paid in, for finance what waits to be spread."""
    state = RevenueState.ISSUED if actor.is_bank else RevenueState.PAID
    return _scope(select(func.count(RevenueNotice.id)), actor).where(RevenueNotice.state == state)


def notice_with_range(session: Session, key: int) -> RevenueNotice | None:
    """The notice with what its page names, its range included."""
    query = select(RevenueNotice).where(RevenueNotice.id == key).options(
        *_WITH, joinedload(RevenueNotice.filed_by),
        selectinload(RevenueNotice.ranges).options(
            joinedload(RevenueRange.building), joinedload(RevenueRange.house),
            joinedload(RevenueRange.unit).joinedload(Unit.building),
        ),
    )  # fmt: skip
    return session.scalar(query)


def distributions(session: Session, notice_id: int) -> list[Distribution]:
    """What has been spread of one payment, in order."""
    query = select(Distribution).where(Distribution.notice_id == notice_id).order_by(Distribution.id)
    return list(session.scalars(query.options(joinedload(Distribution.made_by))))


def lines(session: Session, distribution_id: int) -> list[tuple[str, str, int, int]]:
    """(house, owner, floor area, part) of a distribution, in list order."""
    query = (
        select(House.label, Owner.name, DistributionLine.floor_area, DistributionLine.amount)
        .join(House, House.id == DistributionLine.house_id)
        .outerjoin(Owner, Owner.id == House.owner_id)
        .where(DistributionLine.distribution_id == distribution_id)
        .order_by(DistributionLine.sort_key, House.id)
    )
    return [(label, owner or "", floor_area, amount) for label, owner, floor_area, amount in session.execute(query)]


def places_of_area(session: Session, area_id: int) -> list[Place]:
    """楼幢 → 单元 of the area with the number of living houses in each."""
    return places(session, select(House).where(House.area_id == area_id, House.ended_on.is_(None)))


def _scope(query: Select, actor: Actor) -> Select:
    """A bank sees those of its own escrow accounts, a tenant its own and those of its areas, as the session's guard."""
    if actor.is_bank and actor.escrow_ids is not None:
        return query.where(RevenueNotice.escrow_account_id.in_(actor.escrow_ids))
    if actor.is_tenant:
        own = RevenueNotice.organisation_id == actor.organisation_id
        return query.where(or_(own, RevenueNotice.area_id.in_(actor.area_ids or ())))
    return query


def _chosen(query: Select, chosen: RevenueFilter) -> Select:
    query = query.where(RevenueNotice.state == chosen.state)
    if chosen.since:
        query = query.where(RevenueNotice.filed_at >= datetime.combine(chosen.since, datetime.min.time()))
    if chosen.until:
        query = query.where(RevenueNotice.filed_at <= datetime.combine(chosen.until, datetime.max.time()))
    for word in chosen.search.split()[:4]:
        query = query.where(
            or_(
                RevenueNotice.number.contains(word, autoescape=True),
                RevenueNotice.area.has(Area.name.contains(word, autoescape=True)),
                RevenueNotice.organisation.has(Organisation.name.contains(word, autoescape=True)),
            )
        )
    return query
