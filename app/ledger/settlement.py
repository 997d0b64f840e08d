"""The settlement of a project (决算): settled shares t, limits u = min(f, t), adjustment of what was paid above them.

Source: `money.md` 2, Acceptance. All amounts are fen; the project's row is locked by the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.bulk import update_numbers
from app.domain.apportion import draw_down
from app.domain.enums import EntryKind
from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.ledger import balances, chain, journal
from app.ledger.balances import Change
from app.ledger.holds import forget_settled, refuse_shortages, shortages
from app.ledger.project_houses import (
    INTEREST_FIRST,
    HouseMoney,
    house_ids,
    house_lines,
    lock_houses,
    read_houses,
    split_draws,
    split_returns,
)
from app.models import ItemShare, JournalEntry, Project, ProjectHouse, ProjectItem
from app.permissions import Actor

_SHARES = ItemShare.__table__
_HOUSES = ProjectHouse.__table__


class SettledHouse(NamedTuple):
    """A house after the settlement, fen: b, f, t, u, and what it has paid so far."""

    house_id: int
    budget: int
    fund: int
    settled: int
    limit: int
    paid: int


@dataclass(frozen=True)
class SettlementPreview:
    """What a settlement would do, fen; `houses` in list order."""

    houses: list[SettledHouse]

    @property
    def settled_total(self) -> int:
        """Σtᵢ."""
        return sum(house.settled for house in self.houses)

    @property
    def limit_total(self) -> int:
        """Σ min(fᵢ, tᵢ): what may be paid in all once it is in force."""
        return sum(house.limit for house in self.houses)

    @property
    def paid_total(self) -> int:
        """Σpᵢ."""
        return sum(house.paid for house in self.houses)

    @property
    def excess(self) -> int:
        """What houses have paid above their new limit: the amount of the adjustment."""
        return sum(max(house.paid - house.limit, 0) for house in self.houses)


def settlement_preview(session: Session, project: Project, settlements: Mapping[int, int]) -> SettlementPreview:
    """What settling the items at these amounts {item id: Sⱼ in fen} would do; changes nothing.

    Refusal: an item without an amount, a negative one, or one above the item's budget.
    """
    item_shares = _settled_shares(session, project, settlements)
    return _preview(read_houses(session, project), _by_house(item_shares))


def put_settlement(
    session: Session,
    project: Project,
    settlements: Mapping[int, int],
    *,
    acceptance_id: int,
    booked_on: date,
    now: datetime,
    actor: Actor,
    draw_order: str = INTEREST_FIRST,
) -> JournalEntry | None:
    """Put the settlement in force: store t and u, post the adjustment where a house paid more than u, release the rest.

    Gives the `settlement` entry, None when no house had paid too much. Errors: as `settlement_preview`; Refusal when
    Σ min(fᵢ, tᵢ) is less than what was paid net; Conflict when this acceptance was posted before.
    """
    chain.lock_head(session)
    journal.refuse_repetition(session, key := f"settlement:{acceptance_id}")
    item_shares = _settled_shares(session, project, settlements)
    rows, funds = lock_houses(session, project)
    preview = _preview(rows, _by_house(item_shares))
    _refuse_overpaid(preview)
    owed = [max(house.limit - house.paid, 0) for house in preview.houses]
    draws = draw_down(preview.excess, owed)
    returns = [max(house.paid - house.limit, 0) for house in preview.houses]
    taken = split_draws(rows, draws, funds, draw_order)
    back = split_returns(rows, returns)
    split = [(t[0] + b[0], t[1] + b[1]) for t, b in zip(taken, back, strict=True)]
    after = [_after(row, house, part) for row, house, part in zip(rows, preview.houses, split, strict=True)]
    holds = {row.house_id: new.held - row.held for row, new in zip(rows, after, strict=True)}
    _store_shares(session, project, settlements, item_shares)
    entry = None
    if preview.excess:
        entry = journal.post_entry(
            session, EntryKind.SETTLEMENT, key, house_lines(rows, split), booked_on=booked_on, now=now, actor=actor,
            project_id=project.id, summary=project.number, holds=holds,
        )  # fmt: skip
    else:
        balances.change_house_accounts(session, (Change(house, held=fen) for house, fen in holds.items()))
    _store_houses(session, project, preview, after)
    return entry


def settle_ahead(session: Session, project: Project, settlements: Mapping[int, int]) -> None:
    """Store t of an acceptance that came before the initiation (简单拨付); `fix_fund`, which follows, takes u from it.

    Refusal: as `settlement_preview`.
    """
    _store_shares(session, project, settlements, _settled_shares(session, project, settlements))


def undo_settlement(session: Session, project: Project) -> None:
    """Take the settlement out of force (its notice was withdrawn): u is f again and the difference is held again.

    Entries stay. Refusal naming the houses where the difference is no longer available.
    """
    chain.lock_head(session)
    balances.lock_accounts(session, house_ids(project))
    refuse_shortages(shortages(session, project))
    rows = read_houses(session, project)
    balances.change_house_accounts(session, (Change(row.house_id, held=row.fund - row.fund_limit) for row in rows))
    mine = _HOUSES.c.project_id == project.id
    held = _HOUSES.c.fund - _HOUSES.c.drawn_interest - _HOUSES.c.drawn_principal
    session.execute(update(_HOUSES).where(mine).values(settled=None, fund_limit=_HOUSES.c.fund, held=held))
    forget_settled(session, project)
    balances.forget_loaded(session, ProjectHouse)


def _settled_shares(
    session: Session, project: Project, settlements: Mapping[int, int]
) -> list[tuple[int, list[tuple[int, int]]]]:
    """[(item, [(house, its settled share)])]: draw_down(Sⱼ, b·ⱼ) over each item's houses in list order."""
    session.flush()
    items = ProjectItem.__table__
    rows = session.execute(
        select(items.c.id, items.c.budget, _SHARES.c.house_id, _SHARES.c.amount)
        .select_from(items.outerjoin(_SHARES, _SHARES.c.item_id == items.c.id))
        .where(items.c.project_id == project.id)
        .order_by(items.c.id, _SHARES.c.sort_key, _SHARES.c.house_id)
    )
    shares_of = {item: list(group) for item, group in groupby(rows, key=lambda row: (row.id, row.budget))}
    if unknown := set(settlements) - {key for key, _ in shares_of}:
        raise ValueError(f"no items of the project: {sorted(unknown)}")
    result = []
    for (key, budget), found in shares_of.items():
        amount = settlements.get(key)
        if amount is None:
            raise Refusal(say("有设施设备未填写结算金额"), field="settled")
        if not 0 <= amount <= budget:
            raise Refusal(
                say("结算金额 %(amount)s 须在零与预算 %(budget)s 之间",
                    amount=format_yuan(amount), budget=format_yuan(budget)),
                field="settled",
            )  # fmt: skip
        shares = [share for share in found if share.house_id is not None]
        parts = draw_down(amount, [share.amount for share in shares])
        result.append((key, [(share.house_id, part) for share, part in zip(shares, parts, strict=True)]))
    return result


def _by_house(item_shares: list[tuple[int, list[tuple[int, int]]]]) -> dict[int, int]:
    """tᵢ = Σⱼ of the items' settled shares."""
    totals: dict[int, int] = {}
    for _, shares in item_shares:
        for house_id, part in shares:
            totals[house_id] = totals.get(house_id, 0) + part
    return totals


def _preview(rows: list[HouseMoney], settled: Mapping[int, int]) -> SettlementPreview:
    return SettlementPreview(
        [
            SettledHouse(
                row.house_id,
                row.budget,
                row.fund,
                settled[row.house_id],
                min(row.fund, settled[row.house_id]),
                row.paid,
            )
            for row in rows
        ]
    )


def _refuse_overpaid(preview: SettlementPreview) -> None:
    if preview.paid_total > preview.limit_total:
        raise Refusal(
            say("决算后应拨付 %(limit)s，少于已拨付 %(paid)s，须先清退 %(rest)s",
                limit=format_yuan(preview.limit_total), paid=format_yuan(preview.paid_total),
                rest=format_yuan(preview.paid_total - preview.limit_total))
        )  # fmt: skip


def _after(row: HouseMoney, house: SettledHouse, split: tuple[int, int]) -> HouseMoney:
    """The row once the settlement is in force; the rest of the hold is released."""
    drawn_interest, drawn_principal = row.drawn_interest + split[0], row.drawn_principal + split[1]
    held = house.limit - drawn_interest - drawn_principal
    return row._replace(
        fund_limit=house.limit, drawn_interest=drawn_interest, drawn_principal=drawn_principal, held=held
    )


def _store_shares(session: Session, project: Project, settlements: Mapping[int, int], item_shares) -> None:
    """sⱼ of the items, and each house's settled share of each."""
    for item_id, shares in item_shares:
        update_numbers(session, _SHARES, "house_id", shares, put=("settled",), within=("item_id", item_id))
    items = list(settlements.items())
    update_numbers(session, ProjectItem.__table__, "id", items, put=("settled",), within=("project_id", project.id))
    balances.forget_loaded(session, ItemShare, ProjectItem)


def _store_houses(session: Session, project: Project, preview: SettlementPreview, after: list[HouseMoney]) -> None:
    columns = ("settled", "fund_limit", "drawn_interest", "drawn_principal", "held")
    rows = [
        (new.house_id, house.settled, new.fund_limit, new.drawn_interest, new.drawn_principal, new.held)
        for house, new in zip(preview.houses, after, strict=True)
    ]
    update_numbers(session, _HOUSES, "house_id", rows, put=columns, within=("project_id", project.id))
    balances.forget_loaded(session, ProjectHouse)
