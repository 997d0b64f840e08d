"""Deposits (首交、补交、续交): the bank's money becomes the principal of houses. Amounts are fen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.ledger import chain, journal
from app.ledger.accounts import open_house_accounts, pool
from app.ledger.premises import refuse_ended
from app.models import Area, JournalEntry
from app.permissions import Actor


def post_deposits(
    session: Session,
    area: Area,
    amounts: Mapping[int, int],
    *,
    business_key: str,
    booked_on: date,
    now: datetime,
    actor: Actor,
    summary: str = "",
) -> JournalEntry:
    """Post {house: fen} as one deposit entry; opens accounts that are missing.

    Errors as `journal.post_entry`, and Refusal when a house has ended.
    """
    if any(amount <= 0 for amount in amounts.values()):
        raise ValueError("a deposit is above zero")
    chain.lock_head(session)
    refuse_ended(session, amounts)
    open_house_accounts(session, area, amounts)
    lines = [journal.pooled(pool(session, AccountKind.BANK, area.escrow_account_id), sum(amounts.values()))]
    lines += [journal.principal(house_id, -amount) for house_id, amount in sorted(amounts.items())]
    return journal.post_entry(
        session, EntryKind.DEPOSIT, f"deposit:{business_key}", lines,
        booked_on=booked_on, now=now, actor=actor, summary=summary,
    )  # fmt: skip
