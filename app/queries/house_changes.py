"""Changes of houses for their pages: a house's own, and the money that one moved. Amounts are fen."""

from __future__ import annotations

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.enums import AccountKind
from app.models import HouseChange, HouseSuccession, Posting

LISTED = 100


def changes_of(session: Session, house_id: int) -> list[HouseChange]:
    """Splits, merges and sales in which the house stood before or after, the newest first."""
    met = select(HouseSuccession.change_id).where(
        or_(HouseSuccession.before_id == house_id, HouseSuccession.after_id == house_id)
    )
    houses = selectinload(HouseChange.successions)
    query = (
        select(HouseChange)
        .options(houses.joinedload(HouseSuccession.before), houses.joinedload(HouseSuccession.after))
        .options(joinedload(HouseChange.area))
        .where(HouseChange.id.in_(met))
        .order_by(HouseChange.id.desc())
        .limit(LISTED)
    )
    return list(session.scalars(query))


def money_moved(session: Session, change: HouseChange) -> dict[int, tuple[int, int]]:
    """{house: (principal, interest)} that came in (positive) or went out by the change's own entry."""
    if change.entry_id is None:
        return {}
    principal, interest = (
        -func.sum(case((Posting.kind == kind, Posting.amount), else_=0))
        for kind in (AccountKind.PRINCIPAL, AccountKind.INTEREST)
    )
    query = (
        select(Posting.house_id, principal, interest)
        .where(Posting.entry_id == change.entry_id, Posting.house_id.is_not(None))
        .group_by(Posting.house_id)
    )
    return {house_id: (int(p), int(i)) for house_id, p, i in session.execute(query)}
