"""Stores a checked roster: buildings, units, owners, houses, accounts, and the opening batch that waits for finance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.bulk import insert_rows, take_keys
from app.domain.enums import BuildingKind, HouseUse
from app.domain.errors import Conflict, say
from app.domain.natural import house_sorter, natural_key
from app.ledger.accounts import open_accounts_of_new
from app.models import Area, Building, House, OpeningBatch, OpeningLine, Ownership, Unit
from app.spreadsheets import roster
from app.spreadsheets.reader import Sheet
from app.workflows.engine import Context, lock
from app.workflows.roster.owners import store_owners


def existing_houses(session: Session, area_id: int) -> set[tuple[str, str, str]]:
    """The keys of the area's living houses, as `roster.house_key` makes them."""
    rows = session.execute(
        select(Building.name, Unit.name, House.room)
        .select_from(House)
        .join(Building, Building.id == House.building_id)
        .outerjoin(Unit, Unit.id == House.unit_id)
        .where(House.area_id == area_id, House.ended_on.is_(None))
    )
    return {
        roster.house_key({"building": building, "unit": unit or "", "room": room}) for building, unit, room in rows
    }


def store_roster(area: Area, sheet: Sheet, ctx: Context, *, file_name: str) -> OpeningBatch:
    """Store every row of a roster without faults; all or nothing in the caller's unit of work.

    Returns the batch of opening balances (fen), waiting for finance. Conflict when a house has come in meanwhile.
    """
    session = ctx.session
    lock(session, Area, area.id)
    rows = [values for _, values in sheet.rows]
    if existing_houses(session, area.id) & {roster.house_key(values) for values in rows}:
        raise Conflict(say("有房屋已被他人导入，请重新预览"))
    places = _find_places(session, area, rows)
    _assign_owners(session, area, rows)
    house_ids = _store_houses(session, area, rows, places)
    _store_ownerships(session, rows, house_ids)
    open_accounts_of_new(session, area, house_ids)
    batch = _store_opening(session, area, rows, house_ids, ctx, file_name)
    audit.record(
        session, ctx.actor, "import_roster", area, now=ctx.now,
        summary=f"导入房屋清册 {file_name}：{len(rows)} 户",
    )  # fmt: skip
    return batch


@dataclass(frozen=True)
class Place:
    """Where a house stands: its building and, where there is one, its unit."""

    building_id: int
    building: str
    unit_id: int | None = None
    unit: str = ""


def _find_places(session: Session, area: Area, rows: list[dict[str, Any]]) -> list[Place]:
    """Each row's place; buildings and units that are not there yet are added, by the first spelling of their names."""
    wanted = [(roster.plain_building(values["building"]), values["unit"]) for values in rows]
    buildings = {
        roster.plain_building(b.name): b for b in session.scalars(select(Building).where(Building.area_id == area.id))
    }
    for (key, _), values in zip(wanted, rows, strict=True):
        if key not in buildings:
            name = values["building"]
            buildings[key] = Building(
                area_id=area.id, name=name, kind=BuildingKind.OTHER, sort_key=natural_key(name)
            )
            session.add(buildings[key])
    session.flush()
    units = {(u.building_id, u.name): u for u in session.scalars(select(Unit).where(Unit.area_id == area.id))}
    for key, name in dict.fromkeys(wanted):
        building_id = buildings[key].id
        if name and (building_id, name) not in units:
            units[building_id, name] = unit = Unit(
                area_id=area.id, building_id=building_id, name=name, sort_key=natural_key(name)
            )
            session.add(unit)
    session.flush()
    places = {}
    for key, name in dict.fromkeys(wanted):
        building = buildings[key]
        places[key, name] = Place(building.id, building.name, units[building.id, name].id if name else None, name)
    return [places[found] for found in wanted]


def _assign_owners(session: Session, area: Area, rows: list[dict[str, Any]]) -> None:
    persons, places = [], []
    for values in rows:
        values["owner_ids"] = []
        for position, name in enumerate(roster.owners_of(values)):
            first = position == 0
            persons.append((name, values["identity_number"] if first else None, values["phone"] if first else None))
            places.append(values["owner_ids"])
    for owner_ids, owner_id in zip(places, store_owners(session, area.id, persons), strict=True):
        owner_ids.append(owner_id)


def _store_houses(session: Session, area: Area, rows: list[dict[str, Any]], places: list[Place]) -> list[int]:
    keys = take_keys(session, House.__table__, len(rows))
    sort_key = house_sorter()
    houses = (
        _house(key, area.id, place, values, sort_key) for key, place, values in zip(keys, places, rows, strict=True)
    )
    insert_rows(session, House.__table__, HOUSE_COLUMNS, houses)
    return keys


HOUSE_COLUMNS = (
    "id", "area_id", "building_id", "unit_id", "floor", "room", "label", "sort_key", "floor_area", "area_ground", "use",
    "sale_state", "first_deposit", "deposited_on", "owner_id",
)  # fmt: skip


def _house(key: int, area_id: int, place: Place, values: dict[str, Any], sort_key: Callable) -> tuple:
    """The row as the driver takes it, in the order of HOUSE_COLUMNS."""
    day = values["deposited_on"]
    return (
        key, area_id, place.building_id, place.unit_id, values["floor"], values["room"],
        f"{place.building}{place.unit}{values['room']}",
        sort_key(place.building, place.unit, values["floor"], values["room"]), values["floor_area"],
        values["area_ground"].value, (values["use"] or HouseUse.RESIDENTIAL).value, values["sale_state"].value,
        values["first_deposit"], day.isoformat() if day else None,
        values["owner_ids"][0] if values["owner_ids"] else None,
    )  # fmt: skip


def _store_ownerships(session: Session, rows: list[dict[str, Any]], house_ids: list[int]) -> None:
    columns = ("house_id", "owner_id", "position", "since")
    lines = (
        (house_id, owner_id, position, values["deposited_on"].isoformat() if values["deposited_on"] else None)
        for house_id, values in zip(house_ids, rows, strict=True)
        for position, owner_id in enumerate(values["owner_ids"], start=1)
    )
    insert_rows(session, Ownership.__table__, columns, lines)


def _store_opening(
    session: Session, area: Area, rows: list[dict[str, Any]], house_ids: list[int], ctx: Context, file_name: str
) -> OpeningBatch:
    batch = OpeningBatch(
        area_id=area.id,
        house_count=len(rows),
        principal_total=sum(values["principal"] for values in rows),
        interest_total=sum(values["interest"] for values in rows),
        file_name=file_name[:255],
        created_at=ctx.now,
        created_by_id=ctx.actor.user_id,
    )
    session.add(batch)
    session.flush()
    lines = (
        (batch.id, house_id, values["principal"], values["interest"])
        for house_id, values in zip(house_ids, rows, strict=True)
    )
    insert_rows(session, OpeningLine.__table__, ("batch_id", "house_id", "principal", "interest"), lines)
    return batch
