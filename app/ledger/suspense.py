"""Money of no known matter (待查款项): taken in by itself, later cleared to its matter or sent back. In fen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import chain, journal
from app.ledger.accounts import pool
from app.ledger.booking import Booking
from app.ledger.journal import Line
from app.models import JournalEntry


def take_unidentified(
    session: Session, escrow_account_id: int, amount: int, *, key: str, booking: Booking
) -> JournalEntry:
    """待查款项入账: the bank has `amount` fen and nobody knows yet what for. Errors: Conflict for a posted `key`."""
    if amount <= 0:
        raise ValueError("what came in is above zero")
    chain.lock_head(session)
    lines = [
        journal.pooled(pool(session, AccountKind.BANK, escrow_account_id), amount),
        journal.pooled(pool(session, AccountKind.SUSPENSE, escrow_account_id), -amount),
    ]
    return journal.post_entry(session, EntryKind.UNIDENTIFIED, f"unidentified:{key}", lines, **booking.arguments)


def clear(
    session: Session, escrow_account_id: int, credits: Sequence[Line], *, key: str, booking: Booking
) -> JournalEntry:
    """待查款项转出: to the accounts of its matter (`credits`, negative lines), or from the bank back to the payer.

    Errors: Conflict for a posted `key`; Refusal when less stands in suspense (both amounts named).
    """
    amount = -sum(line.amount for line in credits)
    chain.lock_head(session)
    journal.refuse_repetition(session, business_key := f"clear:{key}")
    suspense = pool(session, AccountKind.SUSPENSE, escrow_account_id)
    if not 0 < amount <= suspense.balance:
        raise Refusal(
            say("转出金额 %(amount)s 须大于零且不超过待查款项 %(balance)s", amount=format_yuan(amount),
                balance=format_yuan(suspense.balance)),
            field="amount",
        )  # fmt: skip
    lines = [journal.pooled(suspense, amount), *credits]
    return journal.post_entry(session, EntryKind.CLEAR, business_key, lines, **booking.arguments)


def send_back(session: Session, escrow_account_id: int, amount: int, *, key: str, booking: Booking) -> JournalEntry:
    """What belongs to no matter of ours goes back to its payer."""
    bank = pool(session, AccountKind.BANK, escrow_account_id)
    return clear(session, escrow_account_id, [journal.pooled(bank, -amount)], key=key, booking=booking)
