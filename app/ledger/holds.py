"""What a project may draw on: fᵢ fixed at submission, held at final approval, released at its end (`money.md` 2).

All amounts are fen. The project's row is locked by the caller (the workflow engine does).
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import case, delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import balances, chain
from app.ledger.project_houses import HouseMoney, house_ids, read_houses
from app.models import House, HouseAccount, ItemShare, Project, ProjectHouse, ProjectItem

_HOUSES = ProjectHouse.__table__
_ACCOUNTS = HouseAccount.__table__


class Shortage(NamedTuple):
    """A house whose fᵢ is no longer available, and the fen it lacks."""

    house_id: int
    label: str
    lack: int


def fix_fund(session: Session, project: Project) -> int:
    """Fix fᵢ = min(bᵢ, available) and make it the limit uᵢ, at the submission of the initiation; gives Σfᵢ in fen.

    One row a house of the project's shares; a house without an account has nothing available. Replaces rows fixed
    before. Where the shares are settled already (`settle_ahead`), uᵢ is min(fᵢ, tᵢ) from the start.
    Refusal when the project already holds or has paid money.
    """
    _drop_rows(session, project)
    shares = ItemShare.__table__
    budget = func.sum(shares.c.amount)
    free = func.coalesce(func.max(_ACCOUNTS.c.principal + _ACCOUNTS.c.interest - _ACCOUNTS.c.held), 0)
    fund = case((budget < free, budget), else_=free)
    settled = func.sum(shares.c.settled)
    limit = case((settled < fund, settled), else_=fund)
    rows = (
        select(
            literal(project.id), shares.c.house_id, func.min(shares.c.sort_key), budget, fund, settled, limit,
            literal(0), literal(0), literal(0),
        )
        .select_from(shares.outerjoin(_ACCOUNTS, _ACCOUNTS.c.house_id == shares.c.house_id))
        .where(shares.c.project_id == project.id)
        .group_by(shares.c.house_id)
    )  # fmt: skip
    columns = [
        "project_id", "house_id", "sort_key", "budget", "fund", "settled", "fund_limit",
        "drawn_interest", "drawn_principal", "held",
    ]  # fmt: skip
    session.execute(insert(_HOUSES).from_select(columns, rows))
    project.fund_fixed = True
    session.flush()
    return fund_total(session, project)


def drop_fund(session: Session, project: Project) -> None:
    """Forget what was fixed (returned, rejected, withdrawn): fᵢ is live again, and so are items settled ahead.

    Refusal once money is held or paid.
    """
    _drop_rows(session, project)
    forget_settled(session, project)


def forget_settled(session: Session, project: Project) -> None:
    """No item and no share of the project is settled any more."""
    for model in (ItemShare, ProjectItem):
        table = model.__table__
        mine = (table.c.project_id == project.id, table.c.settled.is_not(None))
        session.execute(update(table).where(*mine).values(settled=None))
    balances.forget_loaded(session, ItemShare, ProjectItem)


def _drop_rows(session: Session, project: Project) -> None:
    session.flush()
    busy = _HOUSES.c.drawn_interest + _HOUSES.c.drawn_principal + _HOUSES.c.held > 0
    if session.scalar(select(func.count()).where(_HOUSES.c.project_id == project.id, busy)):
        raise Refusal(say("项目已锁定或拨付资金，不能取消应拨付金额"))
    session.execute(delete(_HOUSES).where(_HOUSES.c.project_id == project.id))
    balances.forget_loaded(session, ProjectHouse)
    project.fund_fixed = False


def shortages(session: Session, project: Project) -> list[Shortage]:
    """Houses whose fᵢ is no longer available (what this project itself holds counts as available), in list order."""
    session.flush()
    free = func.coalesce(_ACCOUNTS.c.principal + _ACCOUNTS.c.interest - _ACCOUNTS.c.held, 0) + _HOUSES.c.held
    open_fund = _HOUSES.c.fund - _HOUSES.c.drawn_interest - _HOUSES.c.drawn_principal
    houses = House.__table__
    query = (
        select(_HOUSES.c.house_id, houses.c.label, open_fund - free)
        .join(houses, houses.c.id == _HOUSES.c.house_id)
        .join(_ACCOUNTS, _ACCOUNTS.c.house_id == _HOUSES.c.house_id, isouter=True)
        .where(_HOUSES.c.project_id == project.id, open_fund > free)
        .order_by(_HOUSES.c.sort_key, _HOUSES.c.house_id)
    )
    return [Shortage(*row) for row in session.execute(query)]


def refuse_shortages(lacking: list[Shortage]) -> None:
    """Refusal that says how many houses lack how much, each house on a line, when there are any."""
    if lacking:
        total = format_yuan(sum(house.lack for house in lacking))
        raise Refusal(
            say("%(count)s 户可用余额不足，共缺 %(total)s", count=len(lacking), total=total),
            details=tuple(say("%(house)s 缺 %(lack)s", house=h.label, lack=format_yuan(h.lack)) for h in lacking),
        )


def hold_fund(session: Session, project: Project) -> None:
    """Hold uᵢ − pᵢ of every house, at final approval. Refusal naming the houses where fᵢ is no longer available."""
    chain.lock_head(session)
    balances.lock_accounts(session, house_ids(project))
    refuse_shortages(shortages(session, project))
    rows = read_houses(session, project)
    change = {row.house_id: row.fund_limit - row.paid - row.held for row in rows}
    _put_held(session, project, rows, hold=True)
    balances.change_house_accounts(session, (balances.Change(house, held=fen) for house, fen in change.items()))


def release(session: Session, project: Project) -> None:
    """Give free what the project still holds (closed, cancelled)."""
    chain.lock_head(session)
    balances.lock_accounts(session, house_ids(project))
    rows = read_houses(session, project)
    _put_held(session, project, rows, hold=False)
    balances.change_house_accounts(session, (balances.Change(row.house_id, held=-row.held) for row in rows))


def fund_total(session: Session, project: Project) -> int:
    """Σfᵢ, 预算应拨付金额, in fen; 0 while it is not fixed."""
    return _sum(session, project, _HOUSES.c.fund)


def limit_total(session: Session, project: Project) -> int:
    """Σuᵢ in fen: what may be paid in all."""
    return _sum(session, project, _HOUSES.c.fund_limit)


def net_paid(session: Session, project: Project) -> int:
    """Σpᵢ in fen: paid less refunded."""
    return _sum(session, project, _HOUSES.c.drawn_interest + _HOUSES.c.drawn_principal)


def _put_held(session: Session, project: Project, rows: list[HouseMoney], *, hold: bool) -> None:
    held = _HOUSES.c.fund_limit - _HOUSES.c.drawn_interest - _HOUSES.c.drawn_principal if hold else 0
    session.execute(update(_HOUSES).where(_HOUSES.c.project_id == project.id).values(held=held))
    balances.forget_loaded(session, ProjectHouse)


def _sum(session: Session, project: Project, amount) -> int:
    session.flush()
    return int(session.scalar(select(func.coalesce(func.sum(amount), 0)).where(_HOUSES.c.project_id == project.id)))
