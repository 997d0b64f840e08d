"""Houses of a project: merged list (合并分摊清册), totals, one item's shares. Amounts are fen, areas 0.01 m².

While the project is a draft, what the fund pays is live: fᵢ = min(bᵢ, available); from the submission of the initiation
on it stands in `project_houses`. Core statements are outside of the tenancy guard: the project is the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import SaleState, ShareMethod
from app.models import (
    Building,
    CollectedShare,
    House,
    HouseAccount,
    ItemShare,
    Owner,
    Project,
    ProjectHouse,
    ProjectItem,
    Unit,
)


@dataclass(frozen=True)
class MergedRow:
    """One house over all items; `parts` {item id: share}, `own` is 业主自筹."""

    house_id: int
    label: str
    building: str
    unit: str
    room: str
    owner: str
    unsold: bool
    floor_area: int
    budget: int
    fund: int
    interest: int
    principal: int
    available: int
    is_collected: bool = False
    parts: dict[int, int] = field(default_factory=dict)

    @property
    def own(self) -> int:
        return self.budget - self.fund

    @property
    def balance(self) -> int:
        return self.interest + self.principal


@dataclass(frozen=True)
class MergedTotals:
    """Over all pages: what is shared, what the fund pays, what owners pay, houses short of balance and unsold.

    `collected` is the 业主自筹 ticked as collected, `open_houses` how many houses still owe theirs.
    """

    houses: int = 0
    floor_area: int = 0
    budget: int = 0
    fund: int = 0
    available: int = 0
    short: int = 0
    unsold: int = 0
    collected: int = 0
    open_houses: int = 0

    @property
    def own(self) -> int:
        return self.budget - self.fund

    @property
    def to_collect(self) -> int:
        """业主自筹 that is not ticked as collected."""
        return self.own - self.collected


@dataclass(frozen=True)
class MergedPage:
    rows: list[MergedRow]
    count: int
    page: int
    size: int


@dataclass(frozen=True)
class MergedFilter:
    """Which houses: `search` over house and owner, a building, a unit, `only` in ("", "short", "open", "unsold")."""

    search: str = ""
    building_id: int | None = None
    unit_id: int | None = None
    only: str = ""


@dataclass(frozen=True)
class ShareRow:
    """One house of an item's range."""

    house_id: int
    label: str
    owner: str
    floor_area: int
    available: int
    amount: int


def merged_page(
    session: Session, project: Project, *, page: int = 1, size: int = 50, search: str = "",
    building_id: int | None = None, unit_id: int | None = None, only: str = "", count: int | None = None,
) -> MergedPage:  # fmt: skip
    """One page of the merged list in the order of the houses; `count` is of all that match, given where it is known."""
    base = _merged(project, MergedFilter(search, building_id, unit_id, only))
    if count is None:
        count = session.scalar(select(func.count()).select_from(base.subquery())) or 0
    page = min(max(page, 1), max(1, -(-count // size)))
    rows = session.execute(_in_order(base).limit(size).offset((page - 1) * size)).all()
    parts = _parts(session, project, [row.house_id for row in rows])
    return MergedPage([_row(row, parts.get(row.house_id, {})) for row in rows], count, page, size)


def merged_rows(session: Session, project: Project, chosen: MergedFilter | None = None) -> Iterator[MergedRow]:
    """The whole merged list in order (or what `chosen` lets through), for papers, notices and exports."""
    parts = _parts(session, project, None)
    for row in session.execute(_in_order(_merged(project, chosen or MergedFilter()))):
        yield _row(row, parts.get(row.house_id, {}))


def merged_totals(session: Session, project: Project, chosen: MergedFilter | None = None) -> MergedTotals:
    """Sums over all pages (of what `chosen` lets through); `fund` is 预算应拨付金额."""
    return totals_of(session.execute(totals_query(project, chosen)).one())


def totals_query(project: Project, chosen: MergedFilter | None = None) -> Select:
    """The figures of MergedTotals in their order; without rows they are empty."""
    c = _merged(project, chosen or MergedFilter(), named=False).subquery().c
    return select(
        func.count(), func.sum(c.floor_area), func.sum(c.budget), func.sum(c.fund), func.sum(c.available),
        func.sum(case((c.fund < c.budget, 1), else_=0)), func.sum(case((c.sale_state == SaleState.UNSOLD, 1), else_=0)),
        func.sum(case((c.ticked == c.budget - c.fund, c.ticked), else_=0)),
        func.sum(case((and_(c.fund < c.budget, c.ticked != c.budget - c.fund), 1), else_=0)),
    )  # fmt: skip


def totals_of(row: Iterable) -> MergedTotals:
    """What `totals_query` answered."""
    return MergedTotals(*(int(value or 0) for value in row))


def moved_query(project: Project) -> Select:
    """Items shared by area whose houses have another floor area today than when they were split (分摊待重算)."""
    return (
        select(ItemShare.item_id)
        .join(House, House.id == ItemShare.house_id)
        .join(ProjectItem, ProjectItem.id == ItemShare.item_id)
        .where(
            ItemShare.project_id == project.id,
            ItemShare.floor_area != House.floor_area,
            ProjectItem.share_method == ShareMethod.BY_AREA,
        )
        .distinct()
    )


def share_sums_query(project: Project) -> Select:
    """(item id, houses in its range, sum of their shares in fen, a sum that also moves when shares change places)."""
    weight = ItemShare.house_id % 1009 + 1
    return (
        select(ItemShare.item_id, func.count(), func.sum(ItemShare.amount), func.sum(ItemShare.amount * weight))
        .where(ItemShare.project_id == project.id)
        .group_by(ItemShare.item_id)
    )


def part_totals(session: Session, project: Project, chosen: MergedFilter | None = None) -> dict[int, int]:
    """{item id: sum of its shares} over the houses that `chosen` lets through."""
    return {item: int(total) for item, total in session.execute(part_totals_query(project, chosen))}


def part_totals_query(project: Project, chosen: MergedFilter | None = None) -> Select:
    """(item id, sum of its shares)."""
    houses = _merged(project, chosen or MergedFilter(), named=False).subquery()
    return (
        select(ItemShare.item_id, func.sum(ItemShare.amount))
        .where(ItemShare.project_id == project.id, ItemShare.house_id.in_(select(houses.c.house_id)))
        .group_by(ItemShare.item_id)
    )


def share_rows(
    session: Session, item: ProjectItem, *, search: str = "", building_id: int | None = None,
    unit_id: int | None = None, limit: int | None = None, offset: int = 0,
) -> list[ShareRow]:  # fmt: skip
    """The houses of one item's range with their shares, in order (all of them unless `limit` is given)."""
    statement = _shares(item, MergedFilter(search, building_id, unit_id)).order_by(ItemShare.sort_key, House.id)
    rows = session.execute(statement.limit(limit).offset(offset) if limit else statement)
    return [ShareRow(*row) for row in rows]


def share_totals(session: Session, item: ProjectItem, chosen: MergedFilter | None = None) -> ShareTotals:
    """Houses, floor area, available balance and shares of an item's range, over all pages."""
    return share_totals_of(session.execute(share_totals_query(item, chosen)).one())


def share_totals_query(item: ProjectItem, chosen: MergedFilter | None = None) -> Select:
    """The figures of ShareTotals in their order."""
    base = _shares(item, chosen or MergedFilter()).subquery().c
    return select(func.count(), func.sum(base.floor_area), func.sum(base.available), func.sum(base.amount))


def share_totals_of(row: Iterable) -> ShareTotals:
    """What `share_totals_query` answered."""
    return ShareTotals(*(int(value or 0) for value in row))


@dataclass(frozen=True)
class ShareTotals:
    houses: int
    floor_area: int
    available: int
    amount: int


def count_of(session: Session, statement: Select) -> int:
    """How many rows the statement would give."""
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


AVAILABLE = func.coalesce(HouseAccount.principal + HouseAccount.interest - HouseAccount.held, 0).label("available")


def _merged(project: Project, chosen: MergedFilter, *, named: bool = True) -> Select:
    """One row a house with b and f: from the shares in draft, from `project_houses` once fixed.

    Sums need no names: without `named` the houses' places are left out, which an inner join would look up one by one.
    """
    if project.fund_fixed:
        money = (
            select(ProjectHouse.house_id, ProjectHouse.budget, ProjectHouse.fund)
            .where(ProjectHouse.project_id == project.id, ProjectHouse.budget > 0)
            .subquery()
        )
        fund = money.c.fund
    else:
        money = (
            select(ItemShare.house_id, func.sum(ItemShare.amount).label("budget"))
            .where(ItemShare.project_id == project.id, ItemShare.amount > 0)
            .group_by(ItemShare.house_id)
            .subquery()
        )
        available = func.coalesce(HouseAccount.principal + HouseAccount.interest - HouseAccount.held, 0)
        fund = case((available < money.c.budget, available), else_=money.c.budget)
    # a tick holds for the amount it was set for: what it says of another amount is not asked (`CollectedShare`)
    ticked = func.coalesce(CollectedShare.amount, 0)
    tick = and_(CollectedShare.project_id == project.id, CollectedShare.house_id == House.id)
    statement = (
        select(
            House.id.label("house_id"), House.sale_state, House.floor_area, money.c.budget, fund.label("fund"),
            AVAILABLE, ticked.label("ticked"),
        )
        .join(money, money.c.house_id == House.id)
        .outerjoin(HouseAccount, and_(HouseAccount.house_id == House.id, HouseAccount.area_id == project.area_id))
        .outerjoin(CollectedShare, tick)
        .where(House.area_id == project.area_id)  # they all stand there: the city's other million need no look
    )  # fmt: skip
    if named or chosen.search:
        statement = statement.outerjoin(Owner, Owner.id == House.owner_id)
    if named:
        statement = statement.add_columns(
            House.label, House.room, Building.name.label("building"), Unit.name.label("unit"),
            Owner.name.label("owner"), func.coalesce(HouseAccount.interest, 0).label("interest"),
            func.coalesce(HouseAccount.principal, 0).label("principal"), House.sort_key,
        ).join(Building, Building.id == House.building_id).outerjoin(Unit, Unit.id == House.unit_id)  # fmt: skip
    if chosen.only == "short":
        statement = statement.where(fund < money.c.budget)
    elif chosen.only == "open":
        statement = statement.where(fund < money.c.budget, ticked != money.c.budget - fund)
    elif chosen.only == "unsold":
        statement = statement.where(House.sale_state == SaleState.UNSOLD)
    return _narrow(statement, chosen)


def _shares(item: ProjectItem, chosen: MergedFilter) -> Select:
    statement = (
        select(
            House.id.label("house_id"), House.label, func.coalesce(Owner.name, "").label("owner"), ItemShare.floor_area,
            AVAILABLE, ItemShare.amount,
        )
        .join(House, House.id == ItemShare.house_id)
        .outerjoin(Owner, Owner.id == House.owner_id)
        .outerjoin(HouseAccount, HouseAccount.house_id == House.id)
        .where(ItemShare.item_id == item.id)
    )  # fmt: skip
    return _narrow(statement, chosen)


def _narrow(statement: Select, chosen: MergedFilter) -> Select:
    if chosen.search:
        statement = statement.where(
            or_(
                House.label.contains(chosen.search, autoescape=True),
                Owner.name.contains(chosen.search, autoescape=True),
            )
        )
    if chosen.building_id:
        statement = statement.where(House.building_id == chosen.building_id)
    if chosen.unit_id:
        statement = statement.where(House.unit_id == chosen.unit_id)
    return statement


def _in_order(statement: Select) -> Select:
    return statement.order_by(House.sort_key, House.id)


def _parts(session: Session, project: Project, house_ids: list[int] | None) -> dict[int, dict[int, int]]:
    """{house: {item: share}} of those houses, or of all."""
    statement = select(ItemShare.house_id, ItemShare.item_id, ItemShare.amount).where(
        ItemShare.project_id == project.id, ItemShare.amount > 0
    )
    if house_ids is not None:
        statement = statement.where(ItemShare.house_id.in_(house_ids))
    parts: dict[int, dict[int, int]] = {}
    for house, item, amount in session.execute(statement):
        parts.setdefault(house, {})[item] = amount
    return parts


def _row(row, parts: dict[int, int]) -> MergedRow:
    return MergedRow(
        row.house_id, row.label, row.building, row.unit or "", row.room, row.owner or "",
        row.sale_state == SaleState.UNSOLD, row.floor_area, int(row.budget), int(row.fund), row.interest, row.principal,
        row.available, 0 < row.ticked == row.budget - row.fund, parts,
    )  # fmt: skip
