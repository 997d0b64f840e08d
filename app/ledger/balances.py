"""Balances of the accounts: locked in account order, changed with one statement however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.bulk import update_numbers
from app.domain.errors import Refusal, say
from app.models import HouseAccount, PoolAccount, ProjectHouse


class Change(NamedTuple):
    """What an act adds to a house's account; all fen, negative takes away."""

    house_id: int
    principal: int = 0
    interest: int = 0
    held: int = 0


class Funds(NamedTuple):
    """What a locked account holds, fen."""

    house_id: int
    principal: int
    interest: int
    held: int
    escrow_account_id: int
    area_id: int

    @property
    def available(self) -> int:
        return self.principal + self.interest - self.held


def lock_accounts(session: Session, houses: Select | Sequence[int]) -> dict[int, Funds]:
    """Lock the accounts of these houses in house order (a subquery or ids) and give what they hold.

    Two acts over the same houses thus wait for each other instead of deadlocking. On SQLite the transaction itself is
    the lock.
    """
    table = HouseAccount.__table__
    query = (
        select(*(table.c[name] for name in Funds._fields))
        .where(table.c.house_id.in_(houses))
        .order_by(table.c.house_id)
        .with_for_update()
    )
    session.flush()
    return {row[0]: Funds._make(row) for row in session.execute(query).all()}


def change_house_accounts(session: Session, changes: Iterable[Change]) -> None:
    """Add to principal, interest and held of many accounts at once.

    To be called under the chain's lock (`chain.lock_head`). Refusal when a balance or what is available would be
    negative: the database's own constraints say so.
    """
    rows = [tuple(change) for change in changes if change[1] or change[2] or change[3]]
    try:
        update_numbers(session, HouseAccount.__table__, "house_id", rows, add=("principal", "interest", "held"))
    except IntegrityError as error:
        raise Refusal(say("分户账余额或可用金额不足，未入账")) from error
    forget_loaded(session, HouseAccount, ProjectHouse)


def change_pools(session: Session, changes: dict[int, int]) -> None:
    """Add to pool accounts' balances, each on its normal side, in account order."""
    table = PoolAccount.__table__
    session.execute(select(table.c.id).where(table.c.id.in_(changes)).order_by(table.c.id).with_for_update()).all()
    try:
        update_numbers(session, table, "id", sorted(changes.items()), add=("balance",))
    except IntegrityError as error:
        raise Refusal(say("专户存款或其他账户余额不足，未入账")) from error
    forget_loaded(session, PoolAccount)


def forget_loaded(session: Session, *models: type) -> None:
    """Rows of these classes that the session has loaded are read again when next asked: SQL changed them underneath."""
    for row in list(session.identity_map.values()):
        if isinstance(row, models):
            session.expire(row)
