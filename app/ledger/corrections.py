"""冲正: the mirror of an entry that was wrong. Nothing is ever changed or removed; both stay, linked both ways."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Conflict, Refusal, Sentence, say
from app.ledger import balances, chain, journal
from app.ledger.booking import Booking
from app.ledger.journal import Line
from app.models import House, JournalEntry, Posting

CORRECTABLE = frozenset({
    EntryKind.DEPOSIT, EntryKind.REVENUE, EntryKind.DISTRIBUTION, EntryKind.INTEREST_IN, EntryKind.INTEREST,
    EntryKind.UNIDENTIFIED, EntryKind.CLEAR, EntryKind.WITHDRAWAL,
})  # fmt: skip
_NAMED = 20  # houses named in a refusal


def why_not(session: Session, entry: JournalEntry) -> Sentence | None:
    """Why this entry can't be corrected at all; None when it can."""
    if entry.kind is EntryKind.PAYOUT:
        return say("拨付不能冲正，退回的款项请办理清退")
    if entry.kind not in CORRECTABLE:
        return say("%(kind)s凭证不能冲正", kind=entry.kind.label)
    if (number := correction_of(session, entry.id)) is not None:
        return say("凭证 %(number)s 已由凭证 %(by)s 冲正", number=entry.id, by=number)
    return None


def correction_of(session: Session, entry_id: int) -> int | None:
    """The number of the entry that reversed this one; None while there is none."""
    return session.scalar(select(JournalEntry.id).where(JournalEntry.reverses_id == entry_id))


def correct(session: Session, entry: JournalEntry, *, booking: Booking) -> JournalEntry:
    """Post the mirror of `entry`. Errors: Conflict when it has been corrected in the same moment; Refusal when it can't
    be (`why_not`), or houses or pools have spent the money (the houses named).
    """
    chain.lock_head(session)
    if reason := why_not(session, entry):
        raise (Conflict if entry.kind in CORRECTABLE else Refusal)(reason)
    mirror = [
        Line(kind.value, house_id, pool_id, -amount)
        for kind, house_id, pool_id, amount in session.execute(
            select(Posting.kind, Posting.house_id, Posting.pool_account_id, Posting.amount)
            .where(Posting.entry_id == entry.id).order_by(Posting.line)
        )
    ]  # fmt: skip
    _refuse_spent(session, mirror)
    return journal.post_entry(
        session, EntryKind.CORRECTION, f"correction:{entry.id}", mirror, reverses_id=entry.id, **booking.arguments
    )


def _refuse_spent(session: Session, mirror: Sequence[Line]) -> None:
    """Every house must still have what the mirror takes away; the pools' own constraints refuse for them."""
    taken: dict[int, list[int]] = {}
    for kind, house_id, _, amount in mirror:
        if house_id is not None and amount > 0:
            place = taken.setdefault(house_id, [0, 0])
            place[kind == AccountKind.INTEREST.value] += amount
    funds = balances.lock_accounts(session, sorted(taken))
    short = [
        house_id for house_id, (principal, interest) in taken.items()
        if (fund := funds[house_id]).principal < principal or fund.interest < interest
        or fund.available < principal + interest
    ]  # fmt: skip
    if short:
        labels = session.scalars(select(House.label).where(House.id.in_(short[:_NAMED])).order_by(House.sort_key))
        raise Refusal(
            say("%(count)s 户的款项已经支出或被项目锁定，不能冲正", count=len(short)),
            details=tuple(say("%(house)s", house=label) for label in labels),
        )
