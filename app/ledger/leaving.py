"""Money that leaves without a project: to the owners of a house that is gone, or with an area to another bank."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import balances, chain, journal
from app.ledger.accounts import pool
from app.ledger.booking import Booking
from app.models import Area, HouseAccount, JournalEntry, PoolAccount


def withdraw(session: Session, house_id: int, amount: int, *, key: str, booking: Booking) -> JournalEntry:
    """退款: `amount` fen of a house that was destroyed or taken over (灭失), interest first, then principal.

    Errors: Conflict when `key` is posted already; Refusal when less is available (both amounts named).
    """
    chain.lock_head(session)
    journal.refuse_repetition(session, business_key := f"withdrawal:{key}")
    fund = balances.lock_accounts(session, [house_id]).get(house_id)
    available = fund.available if fund else 0
    if not 0 < amount <= available:
        raise Refusal(
            say("退款金额 %(amount)s 须大于零且不超过可用金额 %(available)s", amount=format_yuan(amount),
                available=format_yuan(available)),
            field="amount",
        )  # fmt: skip
    interest = min(amount, fund.interest)
    lines = [
        journal.interest(house_id, interest), journal.principal(house_id, amount - interest),
        journal.pooled(pool(session, AccountKind.BANK, fund.escrow_account_id), -amount),
    ]  # fmt: skip
    return journal.post_entry(session, EntryKind.WITHDRAWAL, business_key, lines, **booking.arguments)


def area_total(session: Session, area: Area) -> int:
    """What the houses and the revenue account of the area have in the bank."""
    houses = select(func.coalesce(func.sum(HouseAccount.principal + HouseAccount.interest), 0))
    revenue = select(func.coalesce(func.sum(PoolAccount.balance), 0)).where(PoolAccount.area_id == area.id)
    return int(session.scalar(houses.where(HouseAccount.area_id == area.id)) + session.scalar(revenue))


def move_area(session: Session, area: Area, to_escrow_id: int, *, key: str, booking: Booking) -> JournalEntry | None:
    """转移专户: bank and revenue account of the area pass to another escrow account, and all its houses' accounts.

    The houses' balances stay; no entry where the area has no money. The area's own row follows here, as ledger and area
    must never differ. Errors: Conflict when `key` is posted already; Refusal when it is at that escrow account already.
    """
    if area.escrow_account_id == to_escrow_id:
        raise Refusal(say("该区域已属于所选专户"), field="escrow_account_id")
    chain.lock_head(session)
    journal.refuse_repetition(session, business_key := f"move:{key}")
    accounts = HouseAccount.__table__
    balances.lock_accounts(session, select(accounts.c.house_id).where(accounts.c.area_id == area.id))
    total = area_total(session, area)
    entry = _post_move(session, area, to_escrow_id, total, business_key, booking) if total else None
    session.execute(update(accounts).where(accounts.c.area_id == area.id).values(escrow_account_id=to_escrow_id))
    balances.forget_loaded(session, HouseAccount)
    area.escrow_account_id = to_escrow_id
    session.flush()
    return entry


def _post_move(session: Session, area: Area, to_escrow_id: int, total: int, key: str, booking: Booking) -> JournalEntry:
    old = area.escrow_account_id
    earned = pool(session, AccountKind.REVENUE, old, area.id)
    lines = [
        journal.pooled(pool(session, AccountKind.BANK, to_escrow_id), total),
        journal.pooled(pool(session, AccountKind.BANK, old), -total),
    ]
    if earned.balance:
        there = pool(session, AccountKind.REVENUE, to_escrow_id, area.id)
        lines += [journal.pooled(earned, earned.balance), journal.pooled(there, -earned.balance)]
    return journal.post_entry(session, EntryKind.MOVE, key, lines, **booking.arguments)
