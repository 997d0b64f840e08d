"""What the dialogs of 分摊范围 show: the area's buildings and units with houses that are not in an item's range."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import Building, House, ItemShare, Project, ProjectItem, Unit
from app.queries.equipment_trees import Place


def places(session: Session, candidates: Select) -> list[Place]:
    """楼幢 → 单元 with the number of candidate houses in each; those without any are left out."""
    return places_of(session.execute(places_query(candidates)))


def places_query(candidates: Select) -> Select:
    """(building, its name, unit, its name, number of houses) in natural order."""
    houses = candidates.order_by(None).with_only_columns(House.building_id, House.unit_id).subquery().c
    here = (Building.id, Building.name, Building.sort_key, Unit.id, Unit.name, Unit.sort_key)
    return (
        select(Building.id, Building.name, Unit.id.label("unit_id"), Unit.name.label("unit"), func.count())
        .select_from(Building)
        .join(houses.building_id.table, houses.building_id == Building.id)
        .outerjoin(Unit, Unit.id == houses.unit_id)
        .group_by(*here)
        .order_by(Building.sort_key, Building.id, Unit.sort_key, Unit.id)
    )


def places_of(rows: Iterable) -> list[Place]:
    """The tree of what `places_query` answered."""
    found: dict[int, Place] = {}
    for building, name, unit, unit_name, count in rows:
        place = found.setdefault(building, Place(building, name))
        place.count += count
        if unit:
            place.below.append(Place(unit, unit_name, count))
    return list(found.values())


def range_query(project: Project, item: ProjectItem | None = None) -> Select:
    """`places_query` of the houses that bear the item, or any item of the project."""
    bearing = select(ItemShare.house_id).where(ItemShare.project_id == project.id)
    if item is not None:
        bearing = bearing.where(ItemShare.item_id == item.id)
    return places_query(select(House).where(House.id.in_(bearing)))
