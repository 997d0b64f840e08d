"""What the dialogs of 分摊范围 show: the area's buildings and units with houses that are not in an item's range."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import Building, House, ItemShare, Project, ProjectItem, Unit
from app.queries.equipment_trees import Place


def places(session: Session, candidates: Select) -> list[Place]:
    """楼幢 → 单元 with the number of candidate houses in each; those without any are left out."""
    houses = candidates.order_by(None).with_only_columns(House.building_id, House.unit_id).subquery().c
    counts = session.execute(
        select(houses.building_id, houses.unit_id, func.count()).group_by(houses.building_id, houses.unit_id)
    ).all()
    totals: dict[int, int] = {}
    units: dict[int, int] = {}
    for building, unit, count in counts:
        totals[building] = totals.get(building, 0) + count
        if unit:
            units[unit] = count
    found = {
        key: Place(key, name, totals[key])
        for key, name in session.execute(
            select(Building.id, Building.name).where(Building.id.in_(totals)).order_by(Building.sort_key, Building.id)
        )
    }
    for key, name, building in session.execute(
        select(Unit.id, Unit.name, Unit.building_id).where(Unit.id.in_(units)).order_by(Unit.sort_key, Unit.id)
    ):
        found[building].below.append(Place(key, name, units[key]))
    return list(found.values())


def range_places(session: Session, project: Project, item: ProjectItem | None = None) -> list[Place]:
    """楼幢 → 单元 with the number of houses that bear the item, or any item of the project."""
    bearing = select(ItemShare.house_id).where(ItemShare.project_id == project.id)
    if item is not None:
        bearing = bearing.where(ItemShare.item_id == item.id)
    return places(session, select(House).where(House.id.in_(bearing)))


def range_counts(session: Session, project: Project) -> dict[int, tuple[int, int]]:
    """{item: (houses in its range, sum of shares in fen)}."""
    rows = session.execute(
        select(ItemShare.item_id, func.count(), func.sum(ItemShare.amount))
        .where(ItemShare.project_id == project.id)
        .group_by(ItemShare.item_id)
    )
    return {item: (int(count), int(total or 0)) for item, count, total in rows}
