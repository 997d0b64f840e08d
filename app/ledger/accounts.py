"""Ledger accounts: opened here, and found by their owner. All amounts are fen."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from app.bulk import insert_rows, is_postgresql
from app.domain.enums import AccountKind
from app.domain.errors import Refusal, say
from app.ledger.chain import lock_head
from app.models import Area, House, HouseAccount, PoolAccount, Posting

_CHUNK = 10_000
_AREA_POOLS = (AccountKind.REVENUE,)
_HOUSE_KINDS = (AccountKind.PRINCIPAL, AccountKind.INTEREST)


def open_house_accounts(session: Session, area: Area, house_ids: Iterable[int] | None = None) -> None:
    """Open an empty account for each of these houses of the area (None: all its living ones) that has none yet.

    The accounts belong to the area's escrow bank account. Houses of another area are left alone.
    """
    session.flush()
    chosen = None if house_ids is None else sorted(set(house_ids))
    chunks = [None] if chosen is None else [chosen[i : i + _CHUNK] for i in range(0, len(chosen), _CHUNK)]
    columns = ["house_id", "area_id", "escrow_account_id", "principal", "interest", "held"]
    for chunk in chunks:
        houses = select(
            House.id, House.area_id, literal(area.escrow_account_id), literal(0), literal(0), literal(0)
        ).where(
            House.area_id == area.id, ~select(HouseAccount.house_id).where(HouseAccount.house_id == House.id).exists()
        )
        houses = houses.where(House.ended_on.is_(None) if chunk is None else House.id.in_(chunk))
        session.execute(insert(HouseAccount.__table__).from_select(columns, houses))


def open_accounts_of_new(session: Session, area: Area, house_ids: Iterable[int]) -> None:
    """Open an empty account for each of these houses of the area, which were added in this unit of work.

    Nothing is looked up: right after many houses came, PostgreSQL's statistics don't know them, and its plan for
    finding those without an account took minutes for 100,000.
    """
    columns = ("house_id", "area_id", "escrow_account_id", "principal", "interest", "held")
    rows = ((house_id, area.id, area.escrow_account_id, 0, 0, 0) for house_id in house_ids)
    insert_rows(session, HouseAccount.__table__, columns, rows)


def pool(session: Session, kind: AccountKind, escrow_account_id: int, area_id: int = 0) -> PoolAccount:
    """The account of that kind which belongs to no house; opened when it is not there.

    `bank`, `undistributed` and `suspense` belong to an escrow account (area_id 0), `revenue` to an area.
    ValueError: a house's kind, an area where none belongs, or none where one does.
    """
    if kind in _HOUSE_KINDS or (kind in _AREA_POOLS) != bool(area_id):
        raise ValueError(f"no pool account {kind.value} of area {area_id}")
    query = select(PoolAccount).filter_by(kind=kind, escrow_account_id=escrow_account_id, area_id=area_id)
    found = session.scalar(query)
    if found is None:
        values = {"kind": kind, "escrow_account_id": escrow_account_id, "area_id": area_id, "balance": 0}
        session.execute(_insert(session)(PoolAccount).values(**values).on_conflict_do_nothing())
        found = session.scalars(query).one()
    return found


def rebind_area(session: Session, area: Area, escrow_account_id: int) -> None:
    """Empty accounts of the area go to another escrow account, with the area; the caller changes the area's own row.

    Refusal once any money has moved in the area: then it moves by an entry (转移专户).
    """
    lock_head(session)
    moved = select(Posting.entry_id).join(HouseAccount, HouseAccount.house_id == Posting.house_id)
    pooled = select(PoolAccount.id).where(PoolAccount.area_id == area.id)
    if session.scalar(moved.where(HouseAccount.area_id == area.id).limit(1)) or session.scalar(pooled.limit(1)):
        raise Refusal(say("该区域已有账目，专户不能在此更换；换专户须办理转移"), field="escrow_account_id")
    accounts = HouseAccount.__table__
    session.execute(
        update(accounts).where(accounts.c.area_id == area.id).values(escrow_account_id=escrow_account_id)
    )


def _insert(session: Session):
    """INSERT with ON CONFLICT, which each database spells in its own dialect."""
    if is_postgresql(session.connection()):
        from sqlalchemy.dialects import postgresql as dialect
    else:
        from sqlalchemy.dialects import sqlite as dialect
    return dialect.insert
