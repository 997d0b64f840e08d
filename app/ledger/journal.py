"""Journal entries: one movement of money, written once, together with the balances it changes (`money.md` 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bulk import insert_rows
from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Conflict, Refusal, say
from app.ledger import balances, chain
from app.ledger.balances import Change
from app.models import ClosedMonth, JournalEntry, PoolAccount, Posting
from app.permissions import Actor

_BANK, _PRINCIPAL, _INTEREST = AccountKind.BANK.value, AccountKind.PRINCIPAL.value, AccountKind.INTEREST.value
_POSTING_COLUMNS = ("entry_id", "line", "kind", "house_id", "pool_account_id", "amount")


class Line(NamedTuple):
    """One posting: the account (kind and owner) and fen, debit positive, credit negative."""

    kind: str
    house_id: int | None
    pool_account_id: int | None
    amount: int


def principal(house_id: int, amount: int) -> Line:
    """A posting to a house's 本金; debit positive."""
    return Line(_PRINCIPAL, house_id, None, amount)


def interest(house_id: int, amount: int) -> Line:
    """A posting to a house's 利息及收益; debit positive."""
    return Line(_INTEREST, house_id, None, amount)


def pooled(account: PoolAccount, amount: int) -> Line:
    """A posting to an account that belongs to no house; debit positive."""
    return Line(account.kind.value, None, account.id, amount)


def post_entry(
    session: Session,
    kind: EntryKind,
    business_key: str,
    lines: Iterable[Line],
    *,
    booked_on: date,
    now: datetime,
    actor: Actor,
    project_id: int | None = None,
    reverses_id: int | None = None,
    summary: str = "",
    holds: dict[int, int] | None = None,
) -> JournalEntry:
    """Write one entry with its postings and add them to the balances; `holds` {house: fen} goes to held likewise.

    Lines of zero are left out; the rest must sum to zero. Errors: Conflict when the business key has been posted
    already (one business event posts once), Refusal for a closed month, a day to come, or a house or pool whose balance
    would be negative; ValueError for lines that do not balance. Takes the chain's lock.
    """
    written = [line for line in lines if line.amount]
    _check_lines(written)
    last_id, previous = chain.lock_head(session)
    refuse_repetition(session, business_key)
    refuse_day(session, booked_on, now)
    entry = {
        "id": last_id + 1,
        "kind": kind,
        "business_key": business_key,
        "booked_on": booked_on,
        "created_at": now,
        "actor_id": actor.user_id,
        "project_id": project_id,
        "reverses_id": reverses_id,
        "summary": summary[:400],
        "posting_count": len(written),
        "amount": sum(line.amount for line in written if line.amount > 0),
        "previous_hash": previous,
    }
    entry["hash"] = chain.entry_hash(entry, previous, digest_of(written))
    row = JournalEntry(**entry)
    session.add(row)
    session.flush()
    _store_lines(session, entry["id"], written)
    _change_balances(session, written, holds or {})
    chain.move_head(session, entry["id"], entry["hash"])
    return row


def find_entry(session: Session, business_key: str) -> JournalEntry | None:
    """The entry of that business event, if it has been posted."""
    return session.scalar(select(JournalEntry).where(JournalEntry.business_key == business_key))


def refuse_repetition(session: Session, business_key: str) -> None:
    """Conflict when this business event has been posted already. To be asked under the chain's lock."""
    posted = session.scalar(select(JournalEntry.id).where(JournalEntry.business_key == business_key))
    if posted is not None:
        raise Conflict(say("该笔业务已入账，凭证号 %(number)s，不能重复入账", number=posted))


def refuse_day(session: Session, booked_on: date, now: datetime) -> None:
    """Refusal for a day to come and for a day of a closed month."""
    if booked_on > now.date():
        raise Refusal(say("记账日期 %(day)s 晚于今天", day=booked_on.isoformat()), field="booked_on")
    month = f"{booked_on:%Y-%m}"
    if session.scalar(select(ClosedMonth.month).where(ClosedMonth.month == month)):
        raise Refusal(say("%(month)s 已结账，不能再记账", month=month), field="booked_on")


def digest_of(lines: Sequence[Line]) -> str:
    """The digest of an entry's postings as `chain` defines it."""
    return chain.postings_digest(
        f"{number}:{kind}:{house or 0}:{pool or 0}:{amount}"
        for number, (kind, house, pool, amount) in enumerate(lines, start=1)
    )


def _check_lines(lines: list[Line]) -> None:
    if len(lines) < 2:
        raise ValueError("an entry needs at least two postings")
    if total := sum(line.amount for line in lines):
        raise ValueError(f"postings do not balance: {total} fen left over")


def _store_lines(session: Session, entry_id: int, lines: list[Line]) -> None:
    rows = [(entry_id, number, *line) for number, line in enumerate(lines, start=1)]
    insert_rows(session, Posting.__table__, _POSTING_COLUMNS, rows)


def _change_balances(session: Session, lines: list[Line], holds: dict[int, int]) -> None:
    """Add the postings to the stored balances: a bank account's in debit, all others in credit."""
    principals: dict[int, int] = {}
    interests: dict[int, int] = {}
    pools: dict[int, int] = {}
    for kind, house_id, pool_id, amount in lines:
        if kind == _PRINCIPAL:
            principals[house_id] = principals.get(house_id, 0) - amount
        elif kind == _INTEREST:
            interests[house_id] = interests.get(house_id, 0) - amount
        else:
            pools[pool_id] = pools.get(pool_id, 0) + (amount if kind == _BANK else -amount)
    houses = sorted({*principals, *interests, *holds})
    balances.change_house_accounts(
        session, [Change(h, principals.get(h, 0), interests.get(h, 0), holds.get(h, 0)) for h in houses]
    )
    if pools:
        balances.change_pools(session, pools)
