"""`share`: 预算分摊 of one item over 20,000 houses, through the act of the workbench with its audit event, committed;
against the bare driver inserting as many rows into the same table, committed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, text

from app import bulk
from app.domain.enums import ProjectKind
from app.models import Equipment, EquipmentCategory, House, ItemShare, Organisation, Project, ProjectItem
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.projects.shares import split_budget
from bench import workshop
from bench.framework import Case

HOUSES = 20_000
BUDGET = 98_765_432_10
_INSERT = "INSERT INTO item_shares (item_id, house_id, project_id, sort_key, floor_area, amount) VALUES ({marks})"


def cases(options) -> Iterator[Case]:
    for database in workshop.databases(options):
        with workshop.application(database) as app:
            with unit_of_work() as session:
                project, item, spare = _project(session)
                houses = session.execute(select(House.id, House.sort_key, House.floor_area).order_by(House.id)).all()
                keys = project.id, item.id, spare.id
            rows = [(keys[2], h.id, keys[0], h.sort_key, h.floor_area, 1) for h in houses]
            connection = workshop.driver_connection(app, database)
            yield Case(
                size=f"{HOUSES:,} houses, {database}",
                ours=lambda keys=keys: _split(keys[0], keys[1]),
                yardstick=f"{type(connection).__module__.split('.')[0]} executemany",
                theirs=lambda c=connection, r=rows, d=database: _insert(c, r, d),
                target=3,
                before=lambda spare=keys[2]: _empty(spare),
                check=lambda item=keys[1]: _check(item),
            )
            connection.close()


def _split(project_id: int, item_id: int) -> None:
    with unit_of_work() as session:
        split_budget(project_id, item_id, Context(session, SYSTEM, workshop.NOW))


def _insert(connection, rows: list[tuple], database: str) -> None:
    mark = "%s" if database == "postgresql" else "?"
    cursor = connection.cursor()
    if database == "sqlite":
        cursor.execute("BEGIN IMMEDIATE")
    cursor.executemany(_INSERT.format(marks=", ".join([mark] * 6)), rows)
    cursor.execute("COMMIT")


def _empty(item_id: int) -> None:
    with unit_of_work() as session:
        session.execute(text("DELETE FROM item_shares WHERE item_id = :item"), {"item": item_id})


def _check(item_id: int) -> None:
    with unit_of_work() as session:
        found = session.execute(
            text("SELECT count(*), sum(amount) FROM item_shares WHERE item_id = :item"), {"item": item_id}
        ).one()
    assert tuple(map(int, found)) == (HOUSES, BUDGET), found


def _project(session) -> tuple[Project, ProjectItem, ProjectItem]:
    """A draft with an item over all houses, and an empty second one for the yardstick's rows."""
    area = workshop.build_area(session, HOUSES)
    user = workshop.agent(session)
    category = EquipmentCategory(name="屋面")
    session.add(category)
    session.flush()
    project = Project(
        number="WX2026900001", kind=ProjectKind.NORMAL, state_since=workshop.NOW, created_at=workshop.NOW,
        organisation_id=session.scalar(select(Organisation.id).order_by(Organisation.id.desc()).limit(1)),
        area_id=area.id, created_by_id=user.id, name="测试", reason="",
    )  # fmt: skip
    session.add(project)
    session.flush()
    items = []
    for position in (1, 2):
        equipment = Equipment(area_id=area.id, category_id=category.id, name=f"屋面{position}")
        session.add(equipment)
        session.flush()
        items.append(
            ProjectItem(
                project_id=project.id,
                position=position,
                equipment_id=equipment.id,
                content="",
                remark="",
                warning_reason="",
                budget=BUDGET,
            )
        )
    session.add_all(items)
    session.flush()
    houses = session.execute(select(House.id, House.sort_key, House.floor_area))
    columns = ("item_id", "house_id", "project_id", "sort_key", "floor_area", "amount")
    rows = [(items[0].id, h.id, project.id, h.sort_key, h.floor_area, 0) for h in houses]
    bulk.insert_rows(session, ItemShare.__table__, columns, rows)
    return project, *items
