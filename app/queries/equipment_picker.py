"""What the picker 请选择设施设备 shows: the two trees with their numbers, and the list (guarded session, one area)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Building, Equipment, EquipmentCategory, Project, ProjectItem, Unit


@dataclass
class Place:
    """A node of a tree: its key, name, the number of pieces at and below it, and what stands below."""

    key: int
    name: str
    count: int = 0
    below: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class PickerFilter:
    """`below`: also the pieces at places below the chosen one (含下级位置)."""

    building_id: int | None = None
    unit_id: int | None = None
    category_id: int | None = None
    search: str = ""
    below: bool = True


def locations(session: Session, area_id: int) -> list[Place]:
    """楼幢 → 单元 of the area in natural order, each with its pieces of equipment (units count for their building)."""
    counts = session.execute(
        select(Equipment.building_id, Equipment.unit_id, func.count())
        .where(Equipment.area_id == area_id, Equipment.retired.is_(False))
        .group_by(Equipment.building_id, Equipment.unit_id)
    ).all()
    buildings = {
        key: Place(key, name)
        for key, name in session.execute(
            select(Building.id, Building.name)
            .where(Building.area_id == area_id)
            .order_by(Building.sort_key, Building.id)
        )
    }
    units: dict[int, Place] = {}
    for key, name, building in session.execute(
        select(Unit.id, Unit.name, Unit.building_id).where(Unit.area_id == area_id).order_by(Unit.sort_key, Unit.id)
    ):
        units[key] = Place(key, name)
        buildings[building].below.append(units[key])
    for building, unit, count in counts:
        if building in buildings:
            buildings[building].count += count
        if unit in units:
            units[unit].count += count
    return list(buildings.values())


def categories(session: Session, area_id: int) -> list[Place]:
    """The category tree with the area's pieces in each (children count for their parent)."""
    counts = dict(
        session.execute(
            select(Equipment.category_id, func.count())
            .where(Equipment.area_id == area_id, Equipment.retired.is_(False))
            .group_by(Equipment.category_id)
        ).all()
    )
    rows = session.execute(
        select(EquipmentCategory.id, EquipmentCategory.name, EquipmentCategory.parent_id).order_by(
            EquipmentCategory.position, EquipmentCategory.id
        )
    ).all()
    nodes = {key: Place(key, name, counts.get(key, 0)) for key, name, _ in rows}
    tops: list[Place] = []
    for key, _name, parent in rows:
        if parent in nodes:
            nodes[parent].below.append(nodes[key])
            nodes[parent].count += nodes[key].count
        else:
            tops.append(nodes[key])
    return tops


def pieces(session: Session, area_id: int, chosen: PickerFilter, *, limit: int, offset: int) -> list[Equipment]:
    """One page of the list."""
    statement = _chosen(area_id, chosen).options(
        joinedload(Equipment.building), joinedload(Equipment.unit).joinedload(Unit.building),
        joinedload(Equipment.category),
    )  # fmt: skip
    order = (Equipment.building_id, Equipment.unit_id, Equipment.category_id, Equipment.name, Equipment.id)
    return list(session.scalars(statement.order_by(*order).limit(limit).offset(offset)))


def piece_count(session: Session, area_id: int, chosen: PickerFilter) -> int:
    return session.scalar(_chosen(area_id, chosen).with_only_columns(func.count(Equipment.id))) or 0


def repairs(session: Session, ids: list[int]) -> dict[int, int]:
    """{equipment: number of projects it was in}."""
    rows = session.execute(
        select(ProjectItem.equipment_id, func.count())
        .join(Project, Project.id == ProjectItem.project_id)
        .where(ProjectItem.equipment_id.in_(ids))
        .group_by(ProjectItem.equipment_id)
    )
    return dict(rows.all())


def in_warranty(piece: Equipment, today: date) -> bool:
    return bool(piece.warranty_until and piece.warranty_until >= today)


def _chosen(area_id: int, chosen: PickerFilter) -> Select:
    statement = select(Equipment).where(Equipment.area_id == area_id, Equipment.retired.is_(False))
    if chosen.unit_id:
        statement = statement.where(Equipment.unit_id == chosen.unit_id)
    elif chosen.building_id:
        statement = statement.where(Equipment.building_id == chosen.building_id)
        if not chosen.below:
            statement = statement.where(Equipment.unit_id.is_(None))
    elif not chosen.below:
        statement = statement.where(Equipment.building_id.is_(None))
    if chosen.category_id:
        children = select(EquipmentCategory.id).where(EquipmentCategory.parent_id == chosen.category_id)
        statement = statement.where(
            or_(Equipment.category_id == chosen.category_id, Equipment.category_id.in_(children))
        )
    if chosen.search:
        columns = (Equipment.name, Equipment.model, Equipment.maker)
        statement = statement.where(or_(*(column.contains(chosen.search, autoescape=True) for column in columns)))
    return statement
