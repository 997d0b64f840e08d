"""The clerk's desk for houses that change: every act previewed and done as the screen does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.enums import HouseChangeKind, HouseUse
from app.ledger.checks import verify
from app.models import House, HouseAccount, HouseChange, Owner, Ownership
from app.workflows.houses import actions
from app.workflows.houses.owners import Person
from app.workflows.houses.plans import Part, Plan
from tests.factories.repairs import Repairs

SPLIT, MERGE, SALE = HouseChangeKind.SPLIT, HouseChangeKind.MERGE, HouseChangeKind.SALE
TODAY = date(2026, 3, 2)


@dataclass
class Register:
    """Acts on houses by the clerk, each in its own unit of work; the ledger is whole afterwards."""

    repairs: Repairs

    @property
    def session(self):
        return self.repairs.session

    def change(self, kind: HouseChangeKind, house: House, plan: Plan, *, who: str = "clerk", **given: Any):
        """Look first, then confirm what was seen."""
        key = house.id

        def act(ctx):
            seen = actions.preview(kind, key, plan, ctx).seen
            return actions.change_houses(kind, key, plan, ctx, **{"seen": seen, **given})

        change = self.repairs.do(who, act)
        return self.session.get_one(HouseChange, change.id)

    def split(self, house: House, *parts: tuple[str, int], **more: Any) -> list[House]:
        """(room, floor area) of each part; gives the new houses in list order."""
        return self.after(self.change(SPLIT, house, split_plan(house, *parts), **more))

    def merge(self, house: House, *others: House, room: str = "合", **more: Any) -> House:
        part = Part(house.unit_id, house.floor, room, 0, house.use)
        plan = Plan(TODAY, "打通使用", parts=(part,), others=tuple(other.id for other in others))
        return self.after(self.change(MERGE, house, plan, **more))[0]

    def sell(self, house: House, *names: str, day: date = TODAY, **more: Any) -> HouseChange:
        persons = tuple(Person(name, place=place) for place, name in enumerate(names))
        return self.change(SALE, house, Plan(day, "存量房买卖", owners=persons), **more)

    def after(self, change: HouseChange) -> list[House]:
        houses = {row.after for row in change.successions}
        return sorted(houses, key=lambda house: house.sort_key)

    def money(self, *houses: House) -> list[tuple[int, int]]:
        """(principal, interest), fen."""
        self.session.rollback()
        accounts = [self.session.get_one(HouseAccount, house.id) for house in houses]
        return [(account.principal, account.interest) for account in accounts]

    def owned(self, house: House) -> list[tuple[str, int, date | None, date | None]]:
        """(name, position, since, until) of every record of ownership, the oldest first."""
        self.session.rollback()
        query = select(Owner.name, Ownership.position, Ownership.since, Ownership.until).join(Ownership.owner)
        query = query.where(Ownership.house_id == house.id).order_by(Ownership.id)
        return [tuple(row) for row in self.session.execute(query)]

    def whole(self) -> bool:
        return verify(self.session) == []


def split_plan(house: House, *parts: tuple[str, int], day: date = TODAY, **first: Any) -> Plan:
    """A plan of parts of the house's own unit and use; `first` changes the first part."""
    made = [Part(house.unit_id, house.floor, room, area, house.use) for room, area in parts]
    if first:
        made[0] = Part(**{**vars(made[0]), **first})
    return Plan(day, "不动产权证书分割登记", parts=tuple(made))


@pytest.fixture
def register(repairs) -> Register:
    return Register(repairs)


__all__ = ["MERGE", "SALE", "SPLIT", "TODAY", "HouseUse", "Register", "split_plan"]
