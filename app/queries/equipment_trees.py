"""The two trees beside a list of 设施设备, with numbers: 安装位置 and 设备类型. Guarded session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import Building, Equipment, EquipmentCategory, Unit
from app.queries.equipment import Chosen, at_place, filtered
from app.queries.gather import gather


@dataclass
class Place:
    """A node of a tree: its key, name, the number of pieces at and below it, and what stands below."""

    key: int
    name: str
    count: int = 0
    below: list[Place] = field(default_factory=list)


@dataclass
class Trees:
    """安装位置 and 设备类型. Each counts what the other one lets through; `total` is what both let through."""

    places: list[Place]
    categories: list[Place]
    everywhere: int
    every_kind: int
    total: int

    def kinds(self) -> list[tuple[str, list[Place]]]:
        """The categories to choose from, those without any below, by the name of what stands above: 电梯 → 曳引机."""
        return list(_leaves(self.categories, ""))

    def open_places(self, chosen: Chosen) -> set[int]:
        """The buildings that stand open: the chosen one, and that of the chosen unit."""
        return {
            building.key
            for building in self.places
            if building.key == chosen.building_id or any(unit.key == chosen.unit_id for unit in building.below)
        }

    def open_kinds(self, chosen: Chosen) -> set[int]:
        """The chosen category and all above it."""
        return {key for key in self.branch_keys() if chosen.category_id in set(keys_below(self.categories, key))}

    def branch_keys(self) -> set[int]:
        """The categories with others below."""
        return set(_branches(self.categories))


def trees(session: Session, chosen: Chosen) -> Trees:
    """Both trees with numbers, by one statement however many pieces there are."""
    asked = {"groups": _groups(chosen), "kinds": _KINDS}
    found = gather(session, **asked, **({"places": _locations(chosen.area_id)} if chosen.area_id else {}))
    groups, places, kinds = found["groups"], _place_tree(found.get("places", ())), _kind_tree(found["kinds"])
    kind = set(keys_below(kinds, chosen.category_id)) if chosen.category_id else None
    here = [row for row in groups if chosen.area_id is None or _stands_at(row, chosen)]
    of_kind = [row for row in groups if kind is None or row.category_id in kind]
    if chosen.area_id:
        _count_places(places, of_kind)
    _count_kinds(kinds, here)
    total = sum(row.number for row in here if kind is None or row.category_id in kind)
    return Trees(places, kinds, sum(row.number for row in of_kind), sum(row.number for row in here), total)


def category_tree(session: Session) -> list[Place]:
    """The category tree, without numbers."""
    return _kind_tree(session.execute(_KINDS).all())


def _kind_tree(rows: Sequence[Any]) -> list[Place]:
    nodes = {key: Place(key, name) for key, name, _ in rows}
    tops: list[Place] = []
    for key, _name, parent in rows:
        (nodes[parent].below if parent in nodes else tops).append(nodes[key])
    return tops


def keys_below(nodes: Iterable[Place], key: int) -> Iterator[int]:
    """The key itself and all that stands below it in the tree."""
    for node in nodes:
        if node.key == key:
            yield from _all_keys(node)
        elif node.below:
            yield from keys_below(node.below, key)


def _groups(chosen: Chosen) -> Select:
    """Numbers of an area's pieces by place and category; of all areas by category alone, as the places are too many."""
    by = (Equipment.building_id, Equipment.unit_id, Equipment.category_id) if chosen.area_id else (
        Equipment.category_id,
    )  # fmt: skip
    statement = filtered(chosen, (*by, func.count().label("number"))).group_by(*by)
    return statement if chosen.area_id else at_place(statement, chosen)


_KINDS = select(EquipmentCategory.id, EquipmentCategory.name, EquipmentCategory.parent_id).order_by(
    EquipmentCategory.position, EquipmentCategory.id
)


def _locations(area_id: int) -> Select:
    """楼幢 → 单元 of the area in natural order."""
    return (
        select(Building.id, Building.name, Unit.id.label("unit_id"), Unit.name.label("unit_name"))
        .outerjoin(Unit, Unit.building_id == Building.id)
        .where(Building.area_id == area_id)
        .order_by(Building.sort_key, Building.id, Unit.sort_key, Unit.id)
    )


def _place_tree(rows: Iterable[Any]) -> list[Place]:
    buildings: dict[int, Place] = {}
    for key, name, unit, unit_name in rows:
        building = buildings.setdefault(key, Place(key, name))
        if unit is not None:
            building.below.append(Place(unit, unit_name))
    return list(buildings.values())


def _count_places(places: list[Place], groups: Sequence[Any]) -> None:
    buildings = {building.key: building for building in places}
    units = {unit.key: unit for building in places for unit in building.below}
    for row in groups:
        if row.building_id in buildings:
            buildings[row.building_id].count += row.number
        if row.unit_id in units:
            units[row.unit_id].count += row.number


def _count_kinds(kinds: list[Place], groups: Sequence[Any]) -> int:
    """Fill in the numbers from the leaves up; gives the sum."""
    numbers: dict[int, int] = {}
    for row in groups:
        numbers[row.category_id] = numbers.get(row.category_id, 0) + row.number

    def fill(node: Place) -> int:
        node.count = numbers.get(node.key, 0) + sum(map(fill, node.below))
        return node.count

    return sum(map(fill, kinds))


def _stands_at(row: Any, chosen: Chosen) -> bool:
    """Is this group at the chosen place (or below it)?"""
    if chosen.unit_id:
        return row.unit_id == chosen.unit_id
    if chosen.building_id:
        return row.building_id == chosen.building_id and (chosen.below or row.unit_id is None)
    return chosen.below or row.building_id is None


def _all_keys(node: Place) -> Iterator[int]:
    yield node.key
    for below in node.below:
        yield from _all_keys(below)


def paths(nodes: Iterable[Place], above: str = "") -> Iterator[tuple[int, str]]:
    """Every category by its whole name, 电梯 / 曳引机, in the tree's order."""
    for node in nodes:
        yield node.key, above + node.name
        yield from paths(node.below, f"{above}{node.name} / ")


def _branches(nodes: Iterable[Place]) -> Iterator[int]:
    for node in nodes:
        if node.below:
            yield node.key
            yield from _branches(node.below)


def _leaves(nodes: Sequence[Place], above: str) -> Iterator[tuple[str, list[Place]]]:
    if own := [node for node in nodes if not node.below]:
        yield above, own
    for node in nodes:
        if node.below:
            yield from _leaves(node.below, f"{above} / {node.name}" if above else node.name)
