"""Money of houses that are split or merged (分户, 合户), and of refunds that come back to houses that have ended.

Principal and interest pass by floor area, each with its sum kept (`money.md` 3). Amounts are fen, areas 0.01 m².
The houses' rows are locked by the caller; the chain's head and the accounts are locked here, in this order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.apportion import apportion
from app.domain.enums import EntryKind, HouseChangeKind, OpeningState
from app.domain.errors import Conflict, Refusal, say
from app.domain.money import format_yuan
from app.ledger import balances, chain, journal
from app.ledger.accounts import open_house_accounts
from app.models import (
    House,
    HouseAccount,
    HouseChange,
    HouseSuccession,
    JournalEntry,
    OpeningBatch,
    OpeningLine,
    Project,
    ProjectHouse,
)

ENTRY_KINDS = {HouseChangeKind.SPLIT: EntryKind.SPLIT, HouseChangeKind.MERGE: EntryKind.MERGE}
_ENDING = tuple(ENTRY_KINDS)


@dataclass(frozen=True)
class Money:
    """What an account holds or a part gets, fen."""

    principal: int = 0
    interest: int = 0
    held: int = 0

    @property
    def balance(self) -> int:
        return self.principal + self.interest


def money_of(session: Session, house_ids: Sequence[int]) -> dict[int, Money]:
    """What the accounts of these houses hold now; a house without an account holds nothing."""
    query = select(HouseAccount.house_id, HouseAccount.principal, HouseAccount.interest, HouseAccount.held)
    found = {row[0]: Money(*row[1:]) for row in session.execute(query.where(HouseAccount.house_id.in_(house_ids)))}
    return {house_id: found.get(house_id, Money()) for house_id in house_ids}


def split_money(money: Money, areas: Sequence[int]) -> list[Money]:
    """Principal and interest each by floor area; parts in the order of `areas` (rooms in list order: ties go first)."""
    principal, interest = apportion(money.principal, areas), apportion(money.interest, areas)
    return [Money(*part) for part in zip(principal, interest, strict=True)]


def waiting_openings(session: Session, house_ids: Sequence[int]) -> list[str]:
    """File names of rosters whose opening balances wait for finance and name one of these houses."""
    query = (
        select(OpeningBatch.file_name)
        .join(OpeningLine, OpeningLine.batch_id == OpeningBatch.id)
        .where(
            OpeningBatch.state == OpeningState.WAITING,
            OpeningBatch.entry_id.is_(None),
            OpeningLine.house_id.in_(house_ids),
        )
        .distinct()
        .order_by(OpeningBatch.file_name)
    )
    return list(session.scalars(query))


def post_split(session: Session, change: HouseChange, before: House, after: Sequence[House], **posting: Any):
    """Move the whole balance of `before` to the houses `after`, by their floor areas; gives the entry.

    `after` in list order, of the same area. `posting`: booked_on, now, actor. None when the balance is zero.
    Errors: Refusal when money of the house is held or an opening balance waits; Conflict when posted already.
    """
    money = _take_all(session, change, [before])[before.id]
    open_house_accounts(session, before.area, [house.id for house in after])
    parts = split_money(money, [house.floor_area for house in after])
    gains = {house.id: part for house, part in zip(after, parts, strict=True)}
    return _post(session, change, {before.id: money}, gains, before.label, **posting)


def post_merge(session: Session, change: HouseChange, before: Sequence[House], after: House, **posting: Any):
    """Move the whole balances of the houses `before` to `after`, of the same area; as `post_split`."""
    money = _take_all(session, change, before)
    open_house_accounts(session, after.area, [after.id])
    total = Money(sum(m.principal for m in money.values()), sum(m.interest for m in money.values()))
    return _post(session, change, money, {after.id: total}, after.label, **posting)


def pass_on(
    session: Session, refund: JournalEntry, gains: Mapping[int, Money], *, booked_on: date, now: datetime, actor: Any
) -> JournalEntry | None:
    """What a refund gave back to houses that have ended passes on to their successors, by the areas of the split.

    `gains` is what the refund gave to each house, fen. One entry of its own beside the refund's, so that the project
    keeps the houses it was shared by; None when none of them has ended. Source: `money.md` 2, last point.
    """
    shared = select(ProjectHouse.house_id).where(ProjectHouse.project_id == refund.project_id)
    ended = session.scalars(
        select(House.id).where(House.id.in_(shared), House.ended_on.is_not(None)).order_by(House.id)
    )
    taken = {house: gains[house] for house in ended if gains[house].balance}
    if not taken:
        return None
    given: dict[int, Money] = {}
    for house, money in taken.items():
        for heir, part in _heirs(session, house, money):
            held = given.get(heir, Money())
            given[heir] = Money(held.principal + part.principal, held.interest + part.interest)
    balances.lock_accounts(session, sorted({*taken, *given}))
    lines = [*_lines(taken, 1), *_lines(dict(sorted(given.items())), -1)]
    return journal.post_entry(
        session, EntryKind.SPLIT, f"split:{refund.business_key}", lines, booked_on=booked_on, now=now, actor=actor,
        summary=f"{refund.summary} 退回款转入承继房屋",
    )  # fmt: skip


def refuse_ended(session: Session, house_ids: Iterable[int]) -> None:
    """Refusal when one of these houses has ended: no new money comes to it."""
    query = select(House.label).where(House.id.in_(list(house_ids)), House.ended_on.is_not(None)).order_by(House.id)
    if label := session.scalars(query.limit(1)).first():
        raise Refusal(say("房屋 %(house)s 已注销，不能再入账", house=label))


def _take_all(session: Session, change: HouseChange, before: Sequence[House]) -> dict[int, Money]:
    """Under the chain's lock: the accounts, opened where missing, locked, free of holds and of waiting openings."""
    chain.lock_head(session)
    journal.refuse_repetition(session, business_key(change))
    ids = [house.id for house in before]
    open_house_accounts(session, before[0].area, ids)
    if files := waiting_openings(session, ids):
        raise Refusal(say("期初余额（%(file)s）尚未由财务确认，请先确认或退回", file=files[0]))
    funds = balances.lock_accounts(session, ids)
    for house in before:
        if funds[house.id].held:
            raise Refusal(
                say("%(house)s 有 %(held)s 元被项目 %(number)s 锁定，不能分户或合户", house=house.label,
                    held=format_yuan(funds[house.id].held), number=_holder(session, house))
            )  # fmt: skip
    return {house.id: Money(funds[house.id].principal, funds[house.id].interest) for house in before}


def business_key(change: HouseChange) -> str:
    """`split:7`: one change of houses posts once."""
    return f"{change.kind.value}:{change.id}"


def _post(
    session: Session, change: HouseChange, taken: Mapping[int, Money], gains: Mapping[int, Money], name: str, **posting
) -> JournalEntry | None:
    if not any(money.balance for money in taken.values()):
        return None
    lines = [*_lines(taken, 1), *_lines(gains, -1)]
    entry = journal.post_entry(
        session, ENTRY_KINDS[change.kind], business_key(change), lines, summary=f"{change.kind.label} {name}", **posting
    )
    change.entry_id = entry.id
    return entry


def _lines(moneys: Mapping[int, Money], sign: int) -> list[journal.Line]:
    """Postings of what houses give (1: debit) or get (-1: credit)."""
    lines = []
    for house_id, money in moneys.items():
        lines += (
            journal.principal(house_id, sign * money.principal),
            journal.interest(house_id, sign * money.interest),
        )
    return lines


def _holder(session: Session, house: House) -> str:
    query = (
        select(Project.number)
        .join(ProjectHouse, ProjectHouse.project_id == Project.id)
        .where(ProjectHouse.house_id == house.id, ProjectHouse.held > 0)
        .order_by(Project.id)
    )
    return session.scalars(query.limit(1)).first() or ""


def _heirs(session: Session, house_id: int, money: Money) -> list[tuple[int, Money]]:
    """(living house, its part of the money), through as many splits and merges as there were."""
    query = (
        select(HouseSuccession.after_id, HouseSuccession.floor_area, House.ended_on)
        .join(HouseChange, HouseChange.id == HouseSuccession.change_id)
        .join(House, House.id == HouseSuccession.after_id)
        .where(HouseSuccession.before_id == house_id, HouseChange.kind.in_(_ENDING))
        .order_by(House.sort_key, House.id)
    )
    rows = session.execute(query).all()
    if not rows:
        raise Conflict(say("已注销的房屋没有承继房屋，请联系系统管理员"))
    found: list[tuple[int, Money]] = []
    for row, part in zip(rows, split_money(money, [row.floor_area for row in rows]), strict=True):
        found += _heirs(session, row.after_id, part) if row.ended_on else [(row.after_id, part)]
    return found
