"""Income from common parts: into an area's revenue account, from there to its houses (manual 1.4). Amounts are fen."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import chain, journal
from app.ledger.accounts import open_house_accounts, pool
from app.ledger.booking import Booking
from app.ledger.premises import refuse_ended
from app.models import Area, House, JournalEntry


def take_revenue(session: Session, area: Area, amount: int, *, notice: str, booking: Booking) -> JournalEntry:
    """收益交款: the bank has `amount` fen of the notice with this number; it stands on the area's 收益户.

    Errors: Conflict when the notice is posted already; Refusal as `journal.post_entry`; ValueError for no amount.
    """
    if amount <= 0:
        raise ValueError("a revenue payment is above zero")
    chain.lock_head(session)
    lines = [
        journal.pooled(pool(session, AccountKind.BANK, area.escrow_account_id), amount),
        journal.pooled(pool(session, AccountKind.REVENUE, area.escrow_account_id, area.id), -amount),
    ]
    return journal.post_entry(session, EntryKind.REVENUE, f"revenue:{notice}", lines, **booking.arguments)


def distribute(session: Session, area: Area, parts: Mapping[int, int], *, key: str, booking: Booking) -> JournalEntry:
    """收益分摊: {house: fen} out of the area's 收益户 into the houses' 利息及收益; zero parts are left out.

    Errors: Conflict when `key` is posted already; Refusal when the revenue account holds less (both amounts named), a
    house is not of the area or has ended; ValueError for a negative part or nothing at all.
    """
    given = {house_id: part for house_id, part in parts.items() if part}
    if not given or min(given.values()) < 0:
        raise ValueError("parts of a distribution are not negative, and one is above zero")
    chain.lock_head(session)
    journal.refuse_repetition(session, business_key := f"distribution:{key}")
    _refuse_strangers(session, area, given)
    refuse_ended(session, given)
    revenue, total = pool(session, AccountKind.REVENUE, area.escrow_account_id, area.id), sum(given.values())
    if revenue.balance < total:
        raise Refusal(
            say("收益户余额 %(balance)s 不足以分摊 %(total)s", balance=format_yuan(revenue.balance),
                total=format_yuan(total)),
            field="amount",
        )  # fmt: skip
    open_house_accounts(session, area, given)
    lines = [journal.pooled(revenue, total)]
    lines += [journal.interest(house_id, -part) for house_id, part in given.items()]
    return journal.post_entry(session, EntryKind.DISTRIBUTION, business_key, lines, **booking.arguments)


def _refuse_strangers(session: Session, area: Area, parts: Mapping[int, int]) -> None:
    known = set(session.scalars(select(House.id).where(House.area_id == area.id)))
    if strangers := len(parts.keys() - known):
        raise Refusal(say("%(count)s 户不属于该物业区域", count=strangers))
