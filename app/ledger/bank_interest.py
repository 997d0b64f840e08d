"""What the bank credits as interest, spread exactly by balance × days (`money.md` 3, `interest`). Amounts are fen.

A day counts with the balance at its end, the first day of a period in, the day after its last out: who had 100.00 on
deposit from the 1st to the end of the 30th has 30 days. 待查款项 gets none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Date, Integer, cast, func, literal, select
from sqlalchemy.orm import Session

from app.bulk import is_postgresql
from app.domain.apportion import apportion
from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import chain, journal
from app.ledger.accounts import pool
from app.ledger.booking import Booking
from app.models import HouseAccount, JournalEntry, PoolAccount, Posting


@dataclass(frozen=True)
class Weights:
    """Who shares and by how much: (account, fen × days), in the order of houses, then of areas' revenue accounts."""

    houses: list[tuple[int, int]]
    revenue: list[tuple[int, int]]

    @property
    def all(self) -> list[int]:
        return [weight for _, weight in [*self.houses, *self.revenue]]


def credit_interest(
    session: Session, escrow_account_id: int, amount: int, *, key: str, booking: Booking
) -> JournalEntry:
    """银行结息: what the bank added to the escrow account waits in 待分配利息.

    Errors: Conflict when `key` is posted already; ValueError for no amount.
    """
    if amount <= 0:
        raise ValueError("credited interest is above zero")
    chain.lock_head(session)
    lines = [
        journal.pooled(pool(session, AccountKind.BANK, escrow_account_id), amount),
        journal.pooled(pool(session, AccountKind.UNDISTRIBUTED, escrow_account_id), -amount),
    ]
    return journal.post_entry(session, EntryKind.INTEREST_IN, f"interest_in:{key}", lines, **booking.arguments)


def weigh(session: Session, escrow_account_id: int, first: date, last: date) -> Weights:
    """Sum of day-end balances of each house and revenue account, days from `first` to `last`, both counted.

    One statement for the houses, one for the revenue accounts, whatever the size. An account whose sum is zero is left
    out. ValueError when the period is empty.
    """
    if last < first:
        raise ValueError("a period ends after its beginning")
    days = _days_standing(session, first, last)
    entries, postings = JournalEntry.__table__, Posting.__table__
    moved = cast(func.sum(-postings.c.amount * days), BigInteger)
    base = select(moved).join(entries, entries.c.id == postings.c.entry_id).where(entries.c.booked_on <= last)
    accounts, pools = HouseAccount.__table__, PoolAccount.__table__
    of_houses = (
        base.add_columns(postings.c.house_id)
        .join(accounts, accounts.c.house_id == postings.c.house_id)
        .where(accounts.c.escrow_account_id == escrow_account_id)
        .group_by(postings.c.house_id).having(moved != 0).order_by(postings.c.house_id)
    )  # fmt: skip
    of_areas = (
        base.add_columns(postings.c.pool_account_id)
        .join(pools, pools.c.id == postings.c.pool_account_id)
        .where(pools.c.escrow_account_id == escrow_account_id, pools.c.kind == AccountKind.REVENUE)
        .group_by(postings.c.pool_account_id).having(moved != 0).order_by(postings.c.pool_account_id)
    )  # fmt: skip
    return Weights(*([(key, int(weight)) for weight, key in session.execute(query)] for query in (of_houses, of_areas)))


def share_out(amount: int, weights: Weights) -> tuple[dict[int, int], dict[int, int]]:
    """({house: fen}, {revenue account: fen}) of `amount`; Refusal when nobody had anything on deposit."""
    if not any(weights.all):
        raise Refusal(say("所选期间没有计息余额"))
    parts = apportion(amount, weights.all)
    count = len(weights.houses)
    houses = {house: part for (house, _), part in zip(weights.houses, parts[:count], strict=True)}
    revenue = {account: part for (account, _), part in zip(weights.revenue, parts[count:], strict=True)}
    return houses, revenue


def spread_interest(
    session: Session, escrow_account_id: int, amount: int, first: date, last: date, *, key: str, booking: Booking
) -> JournalEntry:
    """计息: `amount` of 待分配利息 goes to the houses' 利息及收益 and the areas' 收益户, exactly, in one entry.

    Errors: Conflict when `key` is posted already; Refusal when less waits to be spread (both amounts named) or nobody
    had anything on deposit.
    """
    chain.lock_head(session)
    journal.refuse_repetition(session, business_key := f"interest:{key}")
    waiting = pool(session, AccountKind.UNDISTRIBUTED, escrow_account_id)
    if not 0 < amount <= waiting.balance:
        raise Refusal(
            say("分配金额 %(amount)s 须大于零且不超过待分配利息 %(waiting)s", amount=format_yuan(amount),
                waiting=format_yuan(waiting.balance)),
            field="amount",
        )  # fmt: skip
    houses, revenue = share_out(amount, weigh(session, escrow_account_id, first, last))
    lines = [journal.pooled(waiting, amount)]
    lines += [journal.interest(house_id, -part) for house_id, part in houses.items()]
    lines += [journal.Line(AccountKind.REVENUE.value, None, account, -part) for account, part in revenue.items()]
    return journal.post_entry(session, EntryKind.INTEREST, business_key, lines, **booking.arguments)


def _days_standing(session: Session, first: date, last: date) -> ColumnElement[int]:
    """For how many of the period's days what was booked on `booked_on` has stood at the day's end."""
    booked_on = JournalEntry.__table__.c.booked_on
    if is_postgresql(session.connection()):
        return literal(last, Date) - func.greatest(booked_on, literal(first, Date)) + 1
    from_day = func.max(booked_on, literal(first.isoformat()))
    return cast(func.julianday(literal(last.isoformat())) - func.julianday(from_day) + 1, Integer)
