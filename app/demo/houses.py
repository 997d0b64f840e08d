"""Houses that changed: one split in two, its second part sold on, and one sold as a whole to two co-owners."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select

from app import clock
from app.demo import people
from app.demo.desk import Desk
from app.domain.enums import HouseChangeKind, HouseUse, SaleState
from app.models import Area, House, ItemShare
from app.workflows.houses import actions
from app.workflows.houses.owners import Person
from app.workflows.houses.plans import Part, Plan

AREA = "锦绣花园"


def make_changes(random: Random) -> None:
    """By the clerk, yesterday; the deeds are some days older."""
    desk = Desk(random, clock.now().replace(hour=9, minute=10, second=0, microsecond=0) - timedelta(days=1), "clerk")
    free = _free_houses(desk)
    first, second = free[0], free[1]
    half = first.floor_area // 2
    parts = tuple(
        Part(first.unit_id, first.floor, f"{first.room}{letter}", area, first.use)
        for letter, area in (("A", first.floor_area - half), ("B", half))
    )
    day = desk.now.date() - timedelta(days=12)
    _change(desk, HouseChangeKind.SPLIT, first, Plan(day, "不动产权证书分割登记，一套分为两套", parts=parts))
    part = desk.session.scalars(select(House).where(House.area_id == first.area_id, House.room == parts[1].room)).one()
    _sell(desk, part, day + timedelta(days=4), "存量房买卖合同", people.person_name(random))
    couple = (people.person_name(random), people.person_name(random))
    _sell(desk, second, day + timedelta(days=6), "存量房买卖合同，两人按份共有", *couple)


def _sell(desk: Desk, house: House, day, reason: str, *names: str) -> None:
    persons = tuple(
        Person(name, people.identity_number(desk.random), people.mobile(desk.random), place)
        for place, name in enumerate(names)
    )
    _change(desk, HouseChangeKind.SALE, house, Plan(day, reason, owners=persons))


def _change(desk: Desk, kind: HouseChangeKind, house: House, plan: Plan) -> None:
    key = house.id

    def act(ctx):
        seen = actions.preview(kind, key, plan, ctx).seen
        return actions.change_houses(kind, key, plan, ctx, seen=seen)

    desk.do("clerk", act)


def _free_houses(desk: Desk) -> list[House]:
    """Sold flats that no project shares on, in list order."""
    query = (
        select(House)
        .join(Area, Area.id == House.area_id)
        .where(
            Area.name == AREA, House.use == HouseUse.RESIDENTIAL, House.sale_state == SaleState.SOLD,
            House.id.not_in(select(ItemShare.house_id)), House.ended_on.is_(None),
        )
        .order_by(House.sort_key)
    )  # fmt: skip
    return list(desk.session.scalars(query.limit(2)))
