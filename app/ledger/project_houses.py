"""The rows of `project_houses` as the ledger works on them: read, locked with their accounts, split inside a house.

All amounts are fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.bulk import update_numbers
from app.domain.apportion import give_back
from app.ledger import balances, journal
from app.ledger.balances import Funds
from app.models import Project, ProjectHouse

INTEREST_FIRST, PRINCIPAL_FIRST = "interest_first", "principal_first"
_HOUSES = ProjectHouse.__table__


class HouseMoney(NamedTuple):
    """One row of `project_houses`, fen."""

    house_id: int
    budget: int
    fund: int
    fund_limit: int
    drawn_interest: int
    drawn_principal: int
    held: int

    @property
    def paid(self) -> int:
        return self.drawn_interest + self.drawn_principal


def read_houses(session: Session, project: Project | int) -> list[HouseMoney]:
    """The project's rows in the order of the lists (ties of a split go to the earlier one)."""
    session.flush()
    query = select(*(_HOUSES.c[name] for name in HouseMoney._fields)).where(_HOUSES.c.project_id == _key(project))
    query = query.order_by(_HOUSES.c.sort_key, _HOUSES.c.house_id)
    return [HouseMoney._make(row) for row in session.execute(query).all()]


def lock_houses(session: Session, project: Project | int) -> tuple[list[HouseMoney], dict[int, Funds]]:
    """The project's rows and their accounts, these locked in house order. To be called under the chain's lock."""
    funds = balances.lock_accounts(session, house_ids(project))
    return read_houses(session, project), funds


def split_draws(
    rows: list[HouseMoney], parts: list[int], funds: Mapping[int, Funds], draw_order: str
) -> list[tuple[int, int]]:
    """(interest, principal) of each house's part, by the draw order; a house without a part gets zeros."""
    if draw_order not in (INTEREST_FIRST, PRINCIPAL_FIRST):
        raise ValueError(f"no draw order: {draw_order}")
    split = []
    for row, part in zip(rows, parts, strict=True):
        if part <= 0:
            split.append((0, 0))
        elif draw_order == INTEREST_FIRST:
            first = min(part, funds[row.house_id].interest)
            split.append((first, part - first))
        else:
            first = min(part, funds[row.house_id].principal)
            split.append((part - first, first))
    return split


def split_returns(rows: list[HouseMoney], parts: list[int]) -> list[tuple[int, int]]:
    """(interest, principal) given back of each house's part, negative: as net drawn from the one and the other."""
    split = []
    for row, part in zip(rows, parts, strict=True):
        back = give_back(part, [row.drawn_interest, row.drawn_principal]) if part else [0, 0]
        split.append((-back[0], -back[1]))
    return split


def house_lines(rows: list[HouseMoney], split: list[tuple[int, int]]) -> list[journal.Line]:
    """Postings of what is drawn (debit, positive) or given back (credit, negative), house by house."""
    lines = []
    for row, (from_interest, from_principal) in zip(rows, split, strict=True):
        if from_interest:
            lines.append(journal.interest(row.house_id, from_interest))
        if from_principal:
            lines.append(journal.principal(row.house_id, from_principal))
    return lines


def move_drawn(session: Session, project_id: int, moved: Sequence[tuple[int, int, int, int]]) -> None:
    """Add (house, interest, principal, held) to the project's rows."""
    columns = ("drawn_interest", "drawn_principal", "held")
    update_numbers(session, _HOUSES, "house_id", moved, add=columns, within=("project_id", project_id))
    balances.forget_loaded(session, ProjectHouse)


def house_ids(project: Project | int) -> Select:
    """The project's houses, as a subquery."""
    return select(_HOUSES.c.house_id).where(_HOUSES.c.project_id == _key(project))


def _key(project: Project | int) -> int:
    return project if isinstance(project, int) else project.id
