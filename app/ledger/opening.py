"""Opening balances (期初): one imported roster becomes one entry, once finance has confirmed count and total."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, EntryKind
from app.domain.errors import Refusal, say
from app.ledger import chain, journal
from app.ledger.accounts import open_house_accounts, pool
from app.models import Area, House, JournalEntry, OpeningBatch, OpeningLine, Posting
from app.permissions import Actor

_NAMED = 20  # houses named in a refusal


def confirm_opening(
    session: Session, batch: OpeningBatch, *, booked_on: date, now: datetime, actor: Actor
) -> JournalEntry | None:
    """Post the batch: bank debit, principal and interest credit of every house. Opens accounts that are missing.

    Gives the entry and sets `batch.entry_id`; None when every balance is zero. The batch's state is the caller's.
    Errors: Conflict when it has been posted; Refusal when count or totals are not those of its lines, a house is not of
    its area, or a house has any posting already (named): an opening is for houses without a movement.
    """
    chain.lock_head(session)
    journal.refuse_repetition(session, key := f"opening:{batch.id}")
    lines = session.execute(
        select(OpeningLine.house_id, OpeningLine.principal, OpeningLine.interest)
        .join(House, House.id == OpeningLine.house_id)
        .where(OpeningLine.batch_id == batch.id)
        .order_by(House.sort_key, House.id)
    ).all()
    _check_totals(batch, lines)
    _refuse_strangers(session, batch)
    _refuse_moved(session, batch)
    area = session.get_one(Area, batch.area_id)
    open_house_accounts(session, area, [line.house_id for line in lines])
    total = batch.principal_total + batch.interest_total
    if not total:
        return None
    postings = [journal.pooled(pool(session, AccountKind.BANK, area.escrow_account_id), total)]
    for house_id, principal, interest in lines:
        postings += (journal.principal(house_id, -principal), journal.interest(house_id, -interest))
    entry = journal.post_entry(
        session, EntryKind.OPENING, key, postings, booked_on=booked_on, now=now, actor=actor, summary=batch.file_name
    )
    batch.entry_id = entry.id
    return entry


def _check_totals(batch: OpeningBatch, lines) -> None:
    found = (len(lines), sum(line.principal for line in lines), sum(line.interest for line in lines))
    if found != (batch.house_count, batch.principal_total, batch.interest_total):
        raise Refusal(say("期初余额的户数或合计与明细不符，请重新导入"))


def _refuse_strangers(session: Session, batch: OpeningBatch) -> None:
    strangers = session.scalar(
        select(func.count())
        .select_from(OpeningLine)
        .join(House, House.id == OpeningLine.house_id)
        .where(OpeningLine.batch_id == batch.id, House.area_id != batch.area_id)
    )
    if strangers:
        raise Refusal(say("%(count)s 户不属于该物业区域", count=strangers))


def _refuse_moved(session: Session, batch: OpeningBatch) -> None:
    """Once per house: a house with any posting keeps what it has."""
    moved = (
        select(House.label)
        .join(OpeningLine, OpeningLine.house_id == House.id)
        .where(OpeningLine.batch_id == batch.id)
        .where(select(Posting.line).where(Posting.house_id == House.id).exists())
    )
    count = session.scalar(select(func.count()).select_from(moved.subquery()))
    if count:
        labels = session.scalars(moved.order_by(House.sort_key, House.id).limit(_NAMED))
        raise Refusal(
            say("%(count)s 户已有资金往来，不能再录入期初余额", count=count),
            details=tuple(say("%(house)s", house=label) for label in labels),
        )
