"""The register of 设施设备: the two trees with their numbers, the list, repairs and history.

The list and the picker 请选择设施设备 read the same. ORM statements stand under the session's guard; the two Core
statements (`unfinished_projects`, `history`) are about one piece of equipment that has been loaded in scope.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.domain.enums import OrganisationKind, ProjectState, WarrantyState
from app.models import (
    Acceptance,
    AuditEvent,
    Building,
    Contractor,
    Equipment,
    EquipmentCategory,
    Organisation,
    Project,
    ProjectItem,
    Unit,
)
from app.permissions import Actor
from app.queries.gather import gather
from app.queries.search import escaped

UNFINISHED = (ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING)


@dataclass
class Place:
    """A node of a tree: its key, name, the number of pieces at and below it, and what stands below."""

    key: int
    name: str
    count: int = 0
    below: list[Place] = field(default_factory=list)


@dataclass(frozen=True)
class Chosen:
    """What the list is narrowed to. `below`: also the pieces below the chosen place (含下级位置).

    `retired` None means both; `today` is the day on which `warranty` is judged.
    """

    area_id: int | None = None
    building_id: int | None = None
    unit_id: int | None = None
    category_id: int | None = None
    search: str = ""
    below: bool = True
    retired: bool | None = False
    warranty: WarrantyState | None = None
    today: date | None = None


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


@dataclass(frozen=True)
class Listed:
    """One row of the list, and in how many projects it was repaired."""

    piece: Equipment
    repairs: int


@dataclass(frozen=True)
class Repair:
    """One line of 维修记录; fen. `settled` is empty until an acceptance is in force."""

    project_id: int
    number: str
    name: str
    state: ProjectState
    content: str
    contractor: str
    budget: int
    settled: int | None
    starts: date | None
    ends: date | None
    accepted: date | None


@dataclass(frozen=True)
class Event:
    """One line of a piece's history. `who` is empty for a person of another company."""

    at: datetime
    who: str
    action: str
    changes: dict[str, list[Any]]


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


def listed(
    session: Session, chosen: Chosen, *, limit: int, offset: int = 0, first: int | None = None, sort: str = "",
    descending: bool = False,
) -> list[Listed]:  # fmt: skip
    """One page of the list in one statement; `first` is a piece that stands before all others (just added).

    The page's keys are found first: repairs are counted for its rows and not for all that are sorted.
    """
    repairs = (
        select(func.count(ProjectItem.id))
        .join(Project, Project.id == ProjectItem.project_id)
        .where(ProjectItem.equipment_id == Equipment.id)
        .scalar_subquery()
    )
    order = _order(chosen, sort, descending)
    if first is not None:
        order.insert(0, (Equipment.id == first).desc())
    keys = _joined(_at(_filtered(chosen, (Equipment.id,)), chosen)).order_by(*order).limit(limit).offset(offset)
    page = select(Equipment, repairs).where(Equipment.id.in_(select(keys.subquery().c.id)))
    return [Listed(*row) for row in session.execute(_with_names(page, chosen).order_by(*order))]


def pieces(session: Session, chosen: Chosen, *, ids: Collection[int] = (), limit: int) -> Iterator[Equipment]:
    """The pieces alone (`ids`: only these of them), in the order of the list."""
    statement = _with_names(_at(_filtered(chosen, (Equipment,)), chosen), chosen).order_by(*_order(chosen))
    if ids:
        statement = statement.where(Equipment.id.in_(ids))
    yield from session.scalars(statement.limit(limit).execution_options(yield_per=1000))


def piece_with_names(session: Session, key: int) -> Equipment | None:
    """One piece with what its page shows of area, place and category, in one statement."""
    kind = joinedload(Equipment.category).joinedload(EquipmentCategory.parent)
    place = (joinedload(Equipment.area), joinedload(Equipment.building), joinedload(Equipment.unit))
    return session.scalar(
        select(Equipment).where(Equipment.id == key).options(*place, kind).execution_options(populate_existing=True)
    )


def piece_count(session: Session, chosen: Chosen) -> int:
    return session.scalar(_at(_filtered(chosen, (func.count(Equipment.id),)), chosen)) or 0


def unfinished_projects(session: Session, ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """{equipment: (id, number) of an unfinished project}, whosever it is: a piece in one stays where it is."""
    items, projects = ProjectItem.__table__, Project.__table__
    rows = session.execute(
        select(items.c.equipment_id, projects.c.id, projects.c.number)
        .join(projects, projects.c.id == items.c.project_id)
        .where(items.c.equipment_id.in_(ids), projects.c.state.in_(UNFINISHED))
        .order_by(projects.c.id)
    )
    return {equipment: (key, number) for equipment, key, number in rows}


def repairs(session: Session, equipment_id: int) -> list[Repair]:
    """维修记录, the newest project first: what the session may see of it."""
    accepted = (
        select(func.max(Acceptance.completed_on))
        .where(Acceptance.project_id == Project.id, Acceptance.in_force_at.is_not(None))
        .correlate(Project)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Project.id, Project.number, Project.name, Project.state, ProjectItem.content,
            func.coalesce(Contractor.name, ""), ProjectItem.budget, ProjectItem.settled, Project.planned_start,
            Project.planned_end, accepted,
        )
        .join(Project, Project.id == ProjectItem.project_id)
        .outerjoin(Contractor, Contractor.id == ProjectItem.contractor_id)
        .where(ProjectItem.equipment_id == equipment_id)
        .order_by(Project.id.desc())
    )  # fmt: skip
    return [Repair(*row) for row in rows]


def history(session: Session, piece: Equipment, actor: Actor, *, limit: int) -> list[Event]:
    """What has been done with it, newest first. Names are told of the own organisation and of the department."""
    events, organisations = AuditEvent.__table__, Organisation.__table__
    rows = session.execute(
        select(
            events.c.at, events.c.actor_name, events.c.organisation_id, events.c.action, events.c.changes,
            organisations.c.kind,
        )
        .outerjoin(organisations, organisations.c.id == events.c.organisation_id)
        .where(events.c.subject == Equipment.__tablename__, events.c.subject_id == str(piece.id))
        .order_by(events.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        Event(
            row.at,
            row.actor_name if _may_be_named(actor, row.organisation_id, row.kind) else "",
            row.action,
            json.loads(row.changes) if row.changes else {},
        )
        for row in rows
    ]


def _may_be_named(actor: Actor, organisation_id: int | None, kind: OrganisationKind | None) -> bool:
    if not actor.is_tenant or organisation_id is None:
        return True
    return organisation_id == actor.organisation_id or kind is OrganisationKind.DEPARTMENT


# --- trees -----------------------------------------------------------------------------------------------


def _groups(chosen: Chosen) -> Select:
    """Numbers of an area's pieces by place and category; of all areas by category alone, as the places are too many."""
    by = (Equipment.building_id, Equipment.unit_id, Equipment.category_id) if chosen.area_id else (
        Equipment.category_id,
    )  # fmt: skip
    statement = _filtered(chosen, (*by, func.count().label("number"))).group_by(*by)
    return statement if chosen.area_id else _at_place(statement, chosen)


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


# --- the list ----------------------------------------------------------------------------------------------


def _filtered(chosen: Chosen, columns: Sequence[Any]) -> Select:
    """What stands in the area, is in use or not, and matches the words; place and category are left open."""
    statement = select(*columns).select_from(Equipment)
    if chosen.area_id:
        statement = statement.where(Equipment.area_id == chosen.area_id)
    if chosen.retired is not None:
        statement = statement.where(Equipment.retired.is_(chosen.retired))
    if chosen.warranty:
        statement = statement.where(_in_state(chosen))
    if chosen.search:
        texts = (Equipment.name, Equipment.model, Equipment.maker)
        statement = statement.where(or_(*(text.ilike(escaped(chosen.search), escape="/") for text in texts)))
    return statement


def _in_state(chosen: Chosen) -> Any:
    if chosen.warranty is WarrantyState.UNKNOWN:
        return Equipment.warranty_until.is_(None)
    if chosen.warranty is WarrantyState.UNDER:
        return Equipment.warranty_until >= chosen.today
    return Equipment.warranty_until < chosen.today


def _at_place(statement: Select, chosen: Chosen) -> Select:
    """Narrowed to the chosen place."""
    if chosen.unit_id:
        return statement.where(Equipment.unit_id == chosen.unit_id)
    if chosen.building_id:
        statement = statement.where(Equipment.building_id == chosen.building_id)
        return statement if chosen.below else statement.where(Equipment.unit_id.is_(None))
    return statement if chosen.below else statement.where(Equipment.building_id.is_(None))


def _at(statement: Select, chosen: Chosen) -> Select:
    """Narrowed to the chosen place and category."""
    statement = _at_place(statement, chosen)
    if chosen.category_id:
        below = (
            select(EquipmentCategory.id)
            .where(EquipmentCategory.id == chosen.category_id)
            .cte("categories_below", recursive=True)
        )
        below = below.union(select(EquipmentCategory.id).join(below, EquipmentCategory.parent_id == below.c.id))
        statement = statement.where(Equipment.category_id.in_(select(below.c.id)))
    return statement


def _joined(statement: Select) -> Select:
    """Joined with place and category, by which it is sorted."""
    return statement.outerjoin(Equipment.building).outerjoin(Equipment.unit).join(Equipment.category)


def _with_names(statement: Select, chosen: Chosen) -> Select:
    """With what is shown of place and category; the area too where the list is of all areas."""
    shown = (Equipment.building, Equipment.unit, Equipment.category)
    statement = _joined(statement).options(*map(contains_eager, shown))
    if chosen.area_id is None:
        statement = statement.join(Equipment.area).options(contains_eager(Equipment.area))
    return statement


def _order(chosen: Chosen, sort: str = "", descending: bool = False) -> list[Any]:
    """Within an area by place; over all areas as the index gives them, as they are too many to sort by names."""
    by_place = [
        func.coalesce(Building.sort_key, ""), func.coalesce(Equipment.building_id, 0),
        func.coalesce(Unit.sort_key, ""), func.coalesce(Equipment.unit_id, 0),
    ]  # fmt: skip
    place = by_place if chosen.area_id else [Equipment.area_id]
    columns = {
        "location": place,
        "name": [Equipment.name],
        "category": [EquipmentCategory.position, Equipment.category_id],
        "installed_on": [Equipment.installed_on],
        "warranty_until": [Equipment.warranty_until],
    }
    first = columns.get(sort) or place
    if descending:
        first = [column.desc() for column in first]
    if sort in ("installed_on", "warranty_until"):
        first.insert(0, columns[sort][0].is_(None))  # the databases disagree about where no date stands
    rest = [*(by_place if sort not in ("", "location") else ()), Equipment.category_id, Equipment.name]
    return [*first, *(rest if chosen.area_id else ()), Equipment.id]


SORTS = ("location", "name", "category", "installed_on", "warranty_until")
