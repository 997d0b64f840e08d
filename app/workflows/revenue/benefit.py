"""受益范围: the whole area, or buildings, units and houses of it; in words, and as the houses that have a part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import NotYours, Refusal, say
from app.models import Area, Building, House, RevenueNotice, RevenueRange, Unit
from app.workflows.projects.sharing import BEARS_NONE

NAMED = 8  # places that stand in the words; of more the number is said
MOST = 500


@dataclass(frozen=True)
class Benefit:
    """Numbers of what was ticked; nothing at all means the whole area."""

    buildings: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    houses: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not (self.buildings or self.units or self.houses)


def rows_of(session: Session, area: Area, benefit: Benefit) -> list[RevenueRange]:
    """The notice's range rows. NotYours for a place of another area, Refusal for too many places."""
    if len(benefit.buildings) + len(benefit.units) + len(benefit.houses) > MOST:
        raise Refusal(say("受益范围最多勾选 %(count)s 处，请改选楼幢或单元", count=MOST), field="benefit")
    rows = []
    for model, keys, name in (
        (Building, benefit.buildings, "building"), (Unit, benefit.units, "unit"), (House, benefit.houses, "house"),
    ):  # fmt: skip
        found = session.scalars(
            select(model).where(model.id.in_(keys), model.area_id == area.id).order_by(model.sort_key, model.id)
        ).all()
        if len(found) != len(set(keys)):
            raise NotYours(f"{model.__name__} {keys}")
        rows += [RevenueRange(**{name: place}) for place in found]
    return rows


def in_words(rows: Iterable[RevenueRange]) -> str:
    """As the notice prints it: 全部, or the places by name."""
    names = [_name(row) for row in rows]
    if not names:
        return "本物业区域全体业主"
    words = "、".join(names[:NAMED])
    return words if len(names) <= NAMED else f"{words} 等 {len(names)} 处"


def houses_of(notice: RevenueNotice, area: Area) -> Select:
    """The living houses that have a part, in list order; parking spaces and the company's rooms as the area says."""
    query = select(House).where(House.area_id == notice.area_id, House.ended_on.is_(None))
    if not area.parking_bears:
        query = query.where(House.use.not_in(BEARS_NONE))
    if notice.ranges:
        query = query.where(
            or_(
                House.building_id.in_([row.building_id for row in notice.ranges if row.building_id]),
                House.unit_id.in_([row.unit_id for row in notice.ranges if row.unit_id]),
                House.id.in_([row.house_id for row in notice.ranges if row.house_id]),
            )
        )
    return query.order_by(House.sort_key, House.id)


def _name(row: RevenueRange) -> str:
    if row.building:
        return row.building.name
    if row.unit:
        return f"{row.unit.building.name}{row.unit.name}"
    return row.house.label
