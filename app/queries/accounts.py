"""Household accounts (分户账): the list, one account's entries with running balance, the balance on a day. Read only.

Core statements are outside of the tenancy guard, so every function takes its scope: `area_ids` are the areas the actor
may see, None means all. Amounts are fen, areas 0.01 m².
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.models import Area, Building, House, HouseAccount, JournalEntry, Owner, Posting, Project, ProjectHouse, Unit
from app.queries.containing import starting
from app.queries.listing import counted, paged

Areas = frozenset[int] | None
_BALANCE = HouseAccount.principal + HouseAccount.interest


@dataclass(frozen=True)
class AccountFilter:
    """What the list is narrowed to; `low` and `high` bound the balance, `renewal_percent` asks for 续交 due."""

    area_id: int | None = None
    building_id: int | None = None
    unit_id: int | None = None
    room: str = ""
    owner: str = ""
    low: int | None = None
    high: int | None = None
    renewal_percent: int | None = None
    ended: bool | None = False  # of living houses, of ended ones (已注销), None: of all


class Balance:
    """What rows of accounts and their totals share, fen."""

    principal: int
    interest: int
    held: int

    @property
    def balance(self) -> int:
        return self.principal + self.interest

    @property
    def available(self) -> int:
        return self.balance - self.held


@dataclass(frozen=True)
class AccountRow(Balance):
    """One house's account."""

    house_id: int
    area: str
    building: str
    unit: str
    room: str
    label: str
    owner: str
    floor_area: int
    first_deposit: int
    principal: int
    interest: int
    held: int

    def top_up(self, percent: int) -> int:
        """What is missing to the renewal threshold (law.md 3), rounded up to the fen; 0 when nothing is."""
        return max(-(-self.first_deposit * percent // 100) - self.balance, 0)


@dataclass(frozen=True)
class AccountTotals(Balance):
    """Over all pages of the list."""

    houses: int
    principal: int
    interest: int
    held: int


@dataclass(frozen=True)
class AccountEntry:
    """One journal entry as it moved one account; `change` is what came in (positive) or went out."""

    entry_id: int
    booked_on: date
    kind: EntryKind
    summary: str
    business_key: str
    project_id: int | None
    project_number: str | None
    principal: int
    interest: int
    principal_after: int
    interest_after: int

    @property
    def change(self) -> int:
        return self.principal + self.interest

    @property
    def balance(self) -> int:
        return self.principal_after + self.interest_after


@dataclass(frozen=True)
class Hold:
    """What a project holds of an account."""

    project_id: int
    number: str
    name: str
    held: int


def account_rows(
    session: Session, chosen: AccountFilter, *, area_ids: Areas, limit: int | None = 50, offset: int = 0,
    from_end: bool = False, streamed: bool = False,
) -> Iterator[AccountRow]:  # fmt: skip
    """The accounts in list order (area, building, unit, floor, room), or turned round.

    `streamed` reads them while they are written, for exports; `limit` None gives all.
    """
    order = (House.area_id, House.sort_key, House.id)
    query = _narrow(_listing(), chosen, area_ids).order_by(*(column.desc() if from_end else column for column in order))
    query = paged(query, limit, offset)
    if streamed:
        return map(_account_row, session.execute(query.execution_options(yield_per=1000)))
    return map(_account_row, session.execute(query).all())


def _account_row(row: Any) -> AccountRow:
    return AccountRow(*row)


def account_totals(
    session: Session, chosen: AccountFilter, *, area_ids: Areas, most: int | None = None
) -> AccountTotals:
    """Count and sums of the list over all its pages; counting stops at `most` rows."""
    columns = (HouseAccount.principal, HouseAccount.interest, HouseAccount.held)
    query = select(*columns).select_from(HouseAccount).join(House, House.id == HouseAccount.house_id)
    # the ended ones, which the plain list leaves out, are few
    whole = HouseAccount.__table__ if chosen == AccountFilter() and area_ids is None else None
    names = [column.key for column in columns]
    houses, sums = counted(session, _narrow(query, chosen, area_ids), names, most=most, whole=whole)
    return AccountTotals(houses, *map(int, sums))


def account_of(session: Session, house_id: int, *, area_ids: Areas) -> AccountRow | None:
    """The account of one house; None when there is none in scope."""
    query = _narrow(_listing(), AccountFilter(ended=None), area_ids).where(House.id == house_id)
    row = session.execute(query).first()
    return AccountRow(*row) if row else None


def account_entries(
    session: Session,
    house_id: int,
    *,
    area_ids: Areas,
    since: date | None = None,
    until: date | None = None,
    newest_first: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[AccountEntry]:
    """The account's entries by day and number, each with the balance after it, counted from the very first one."""
    every = _entries(house_id, area_ids).subquery()
    query = select(every).order_by(
        *((every.c.booked_on.desc(), every.c.id.desc()) if newest_first else (every.c.booked_on, every.c.id))
    )
    if since:
        query = query.where(every.c.booked_on >= since)
    if until:
        query = query.where(every.c.booked_on <= until)
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return [AccountEntry(*row[:7], *map(int, row[7:])) for row in session.execute(query)]


def entry_count(session: Session, house_id: int, *, area_ids: Areas) -> int:
    """How many entries have moved the account."""
    return session.scalar(select(func.count()).select_from(_entries(house_id, area_ids).subquery())) or 0


def balance_at(session: Session, house_id: int, day: date, *, area_ids: Areas) -> tuple[int, int]:
    """(principal, interest) at the end of that day, by the entries booked up to it."""
    principal, interest = _credits(AccountKind.PRINCIPAL), _credits(AccountKind.INTEREST)
    query = (
        select(func.coalesce(principal, 0), func.coalesce(interest, 0))
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(HouseAccount, HouseAccount.house_id == Posting.house_id)
        .where(Posting.house_id == house_id, JournalEntry.booked_on <= day, *_in_scope(area_ids))
    )
    row = session.execute(query).one()
    return int(row[0]), int(row[1])


def holds_on(session: Session, house_id: int, *, area_ids: Areas) -> list[Hold]:
    """The projects that hold money of the account, with what they hold."""
    query = (
        select(Project.id, Project.number, Project.name, ProjectHouse.held)
        .join(ProjectHouse, ProjectHouse.project_id == Project.id)
        .join(HouseAccount, HouseAccount.house_id == ProjectHouse.house_id)
        .where(ProjectHouse.house_id == house_id, ProjectHouse.held > 0, *_in_scope(area_ids))
        .order_by(Project.id)
    )
    return [Hold(*row) for row in session.execute(query)]


def _listing() -> Select:
    return (
        select(
            HouseAccount.house_id, Area.name, Building.name, func.coalesce(Unit.name, ""), House.room, House.label,
            func.coalesce(Owner.name, ""), House.floor_area, House.first_deposit,
            HouseAccount.principal, HouseAccount.interest, HouseAccount.held,
        )
        .select_from(HouseAccount)
        .join(House, House.id == HouseAccount.house_id)
        .join(Area, Area.id == House.area_id)
        .join(Building, Building.id == House.building_id)
        .outerjoin(Unit, Unit.id == House.unit_id)
        .outerjoin(Owner, Owner.id == House.owner_id)
    )  # fmt: skip


def _narrow(query: Select, chosen: AccountFilter, area_ids: Areas) -> Select:
    conditions = _in_scope(area_ids)
    for column, value in (
        (House.area_id, chosen.area_id),
        (House.building_id, chosen.building_id),
        (House.unit_id, chosen.unit_id),
    ):
        if value is not None:
            conditions.append(column == value)
    if chosen.room:
        conditions.append(starting(House.room, chosen.room, indexed=House.label))
    if chosen.owner:
        owners = select(Owner.id).where(starting(Owner.name, chosen.owner, indexed=Owner.name))
        conditions.append(House.owner_id.in_(owners))
    if chosen.ended is not None:
        conditions.append(House.ended_on.is_not(None) if chosen.ended else House.ended_on.is_(None))
    if chosen.low is not None:
        conditions.append(chosen.low <= _BALANCE)
    if chosen.high is not None:
        conditions.append(chosen.high >= _BALANCE)
    if chosen.renewal_percent is not None:
        conditions.append(House.first_deposit * chosen.renewal_percent > _BALANCE * 100)
    return query.where(and_(True, *conditions))


def _in_scope(area_ids: Areas) -> list[Any]:
    return [] if area_ids is None else [HouseAccount.area_id.in_(sorted(area_ids))]


def _credits(kind: AccountKind) -> Any:
    """What came into the account of that kind: credits positive."""
    return -func.sum(case((Posting.kind == kind, Posting.amount), else_=0))


def _entries(house_id: int, area_ids: Areas) -> Select:
    """The account's entries with their two changes and the running sums of both."""
    principal, interest = _credits(AccountKind.PRINCIPAL), _credits(AccountKind.INTEREST)
    order = (JournalEntry.booked_on, JournalEntry.id)
    return (
        select(
            JournalEntry.id, JournalEntry.booked_on, JournalEntry.kind, JournalEntry.summary,
            JournalEntry.business_key, JournalEntry.project_id, Project.number,
            principal.label("principal"), interest.label("interest"),
            func.sum(principal).over(order_by=order).label("principal_after"),
            func.sum(interest).over(order_by=order).label("interest_after"),
        )
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(HouseAccount, HouseAccount.house_id == Posting.house_id)
        .outerjoin(Project, Project.id == JournalEntry.project_id)
        .where(Posting.house_id == house_id, *_in_scope(area_ids))
        .group_by(
            JournalEntry.id, JournalEntry.booked_on, JournalEntry.kind, JournalEntry.summary,
            JournalEntry.business_key, JournalEntry.project_id, Project.number,
        )
    )  # fmt: skip
