"""The register of 设施设备: what it is narrowed to, its pages, which piece is in an unfinished project.

The list and the picker 请选择设施设备 read the same. ORM statements stand under the session's guard; the Core statement
(`unfinished_projects`) is about pieces that have been loaded in scope.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.domain.enums import ProjectState, WarrantyState
from app.models import (
    Building,
    Equipment,
    EquipmentCategory,
    Project,
    ProjectItem,
    Unit,
)
from app.queries.search import escaped

UNFINISHED = (ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING)


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


@dataclass(frozen=True)
class Listed:
    """One row of the list, and in how many projects it was repaired."""

    piece: Equipment
    repairs: int


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
    keys = _joined(_at(filtered(chosen, (Equipment.id,)), chosen)).order_by(*order).limit(limit).offset(offset)
    page = select(Equipment, repairs).where(Equipment.id.in_(select(keys.subquery().c.id)))
    return [Listed(*row) for row in session.execute(_with_names(page, chosen).order_by(*order))]


def pieces(session: Session, chosen: Chosen, *, ids: Collection[int] = (), limit: int) -> Iterator[Equipment]:
    """The pieces alone (`ids`: only these of them), in the order of the list."""
    statement = _with_names(_at(filtered(chosen, (Equipment,)), chosen), chosen).order_by(*_order(chosen))
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


def piece_count(session: Session, chosen: Chosen, *, most: int | None = None) -> int:
    """How many there are; counting stops at `most`."""
    found = _at(filtered(chosen, (Equipment.id,)), chosen).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


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


# --- the list ----------------------------------------------------------------------------------------------


def filtered(chosen: Chosen, columns: Sequence[Any]) -> Select:
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


def at_place(statement: Select, chosen: Chosen) -> Select:
    """Narrowed to the chosen place."""
    if chosen.unit_id:
        return statement.where(Equipment.unit_id == chosen.unit_id)
    if chosen.building_id:
        statement = statement.where(Equipment.building_id == chosen.building_id)
        return statement if chosen.below else statement.where(Equipment.unit_id.is_(None))
    return statement if chosen.below else statement.where(Equipment.building_id.is_(None))


def _at(statement: Select, chosen: Chosen) -> Select:
    """Narrowed to the chosen place and category."""
    statement = at_place(statement, chosen)
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
