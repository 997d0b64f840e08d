"""A house's name and place in lists follow from its building, unit, floor and room."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refusal, say
from app.domain.natural import house_sort_key
from app.models import Building, House, Unit


def name_house(row: House, building: Building, unit: Unit | None) -> None:
    """Label as printed (楼幢单元房号) and the key that sorts it."""
    unit_name = unit.name if unit else ""
    row.label = f"{building.name}{unit_name}{row.room}"
    row.sort_key = house_sort_key(building.name, unit_name, row.floor, row.room)


def refuse_taken_room(session: Session, row: House, building: Building, unit: Unit | None, field: str = "room") -> None:
    """Refusal when another living house of the building and unit has the room number; an ended one gives it free."""
    same = select(House.id).where(
        House.building_id == building.id,
        House.room == row.room,
        House.unit_id == unit.id if unit else House.unit_id.is_(None),
        House.ended_on.is_(None),
    )
    with session.no_autoflush:
        taken = any(key != row.id for key in session.scalars(same))
    if taken:
        place = str(unit or building)
        told = say("%(place)s已有房号 %(room)s，同一单元内房号不能重复", place=place, room=row.room)
        raise Refusal(told, field=field)
