"""What is to become of houses, and the figures that show it before it is done. Amounts are fen, areas 0.01 m²."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from sqlalchemy.orm import Session

from app.domain.apportion import apportion
from app.domain.enums import HouseUse, SaleState
from app.domain.errors import NotYours, Refusal, Sentence, say
from app.domain.money import format_area
from app.ledger.premises import Money, money_of, split_money
from app.models import Building, House, Unit
from app.workflows.houses.naming import name_house, refuse_taken_room
from app.workflows.houses.owners import Person, check_persons, present_owners

FEWEST, MOST = 2, 50


@dataclass(frozen=True)
class Part:
    """A new house as typed; without `owners` it keeps those of before."""

    unit_id: int | None
    floor: str
    room: str
    floor_area: int
    use: HouseUse
    owners: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A split (several parts), a merge (one part, `others` join the house) or a sale (no part, `owners`)."""

    takes_effect_on: date | None
    reason: str
    parts: tuple[Part, ...] = ()
    others: tuple[int, ...] = ()
    owners: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A house in a preview."""

    label: str
    floor_area: int
    use: HouseUse
    first_deposit: int
    principal: int
    interest: int
    owners: str

    @property
    def balance(self) -> int:
        return self.principal + self.interest


@dataclass(frozen=True)
class Preview:
    """Before and after; `notes` say what happens to drafts and votes."""

    before: list[Figure]
    after: list[Figure]
    notes: list[Sentence] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """Changes with every figure: what is confirmed is what was looked at."""
        said = [[asdict(row) for row in self.before], [asdict(row) for row in self.after], [str(n) for n in self.notes]]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, default=str).encode()).hexdigest()[:32]

    def total(self, name: str, *, after: bool = True) -> int:
        return sum(getattr(row, name) for row in (self.after if after else self.before))


def with_area(plan: Plan, before: Sequence[House]) -> Plan:
    """A merge's house has the areas of before together; those of a split are typed."""
    if not plan.others:
        return plan
    whole = sum(house.floor_area for house in before)
    return replace(plan, parts=tuple(replace(part, floor_area=whole) for part in plan.parts[:1]))


def new_houses(session: Session, before: Sequence[House], plan: Plan) -> list[House]:
    """The plan's parts as rows that are not stored yet, in list order, with their share of the first deposit.

    Refusal at the part's field: a room twice or taken, areas that do not add up.
    """
    building = before[0].building
    rows = []
    for place, part in enumerate(plan.parts):
        row = _row(before[0], part)
        unit = _unit(session, building, part)
        name_house(row, building, unit)
        rows.append((row, part, place, unit))
    _refuse_twins(rows)
    for row, _part, place, unit in rows:
        if not any(house.room == row.room and house.unit_id == row.unit_id for house in before):
            refuse_taken_room(session, row, building, unit, f"room-{place}")
    _check_areas(before, plan)
    houses = [row for row, *_ in sorted(rows, key=lambda made: (made[0].sort_key, made[2]))]
    deposits = apportion(sum(house.first_deposit for house in before), [house.floor_area for house in houses])
    for house, deposit in zip(houses, deposits, strict=True):
        house.first_deposit = deposit
        house.deposited_on = min((old.deposited_on for old in before if old.deposited_on), default=None)
    return houses


def owners_after(before: Sequence[House], plan: Plan, row: House) -> tuple[Person, ...] | None:
    """The persons typed for this new house; None: the owners of before go on."""
    part = part_of(plan, row)
    if part.owners and before[0].sale_state is SaleState.UNSOLD:
        place = plan.parts.index(part)
        raise Refusal(say("未售的房屋没有业主；已售出的请办理过户"), field=f"owner-{place}")
    return part.owners or None


def part_of(plan: Plan, row: House) -> Part:
    """The part that this new house was made from."""
    return next(part for part in plan.parts if (part.room, part.unit_id) == (row.room, row.unit_id))


def figures_before(session: Session, houses: Sequence[House]) -> list[Figure]:
    money = money_of(session, [house.id for house in houses])
    return [_figure(house, money[house.id], _names(session, house)) for house in houses]


def figures_after(session: Session, before: Sequence[House], after: Sequence[House], plan: Plan) -> list[Figure]:
    """The new houses with the money they will get."""
    money = money_of(session, [house.id for house in before])
    total = Money(sum(m.principal for m in money.values()), sum(m.interest for m in money.values()))
    parts = split_money(total, [house.floor_area for house in after])
    rows = []
    for house, part in zip(after, parts, strict=True):
        persons = owners_after(before, plan, house)
        if persons is not None:
            check_persons(session, before[0].area_id, persons, f"owner-{plan.parts.index(part_of(plan, house))}")
        names = "、".join(p.name for p in persons) if persons else _joined(session, before)
        rows.append(_figure(house, part, names))
    return rows


def figure_sold(session: Session, house: House, plan: Plan) -> Figure:
    """The house with its new owners; nothing else changes."""
    money = money_of(session, [house.id])[house.id]
    return _figure(house, money, "、".join(person.name for person in plan.owners))


def _figure(house: House, money: Money, owners: str) -> Figure:
    return Figure(
        house.label, house.floor_area, house.use, house.first_deposit, money.principal, money.interest, owners
    )


def _names(session: Session, house: House) -> str:
    if house.sale_state is SaleState.UNSOLD:
        return house.area.developer_name
    return "、".join(owner.name for owner in present_owners(session, house.id))


def _joined(session: Session, before: Sequence[House]) -> str:
    """All the present owners, each once, in the order of the houses."""
    if before[0].sale_state is SaleState.UNSOLD:
        return before[0].area.developer_name
    found = {owner.id: owner.name for house in before for owner in present_owners(session, house.id)}
    return "、".join(found.values())


def _row(like: House, part: Part) -> House:
    return House(
        area_id=like.area_id, building_id=like.building_id, unit_id=part.unit_id, floor=part.floor, room=part.room,
        floor_area=part.floor_area, area_ground=like.area_ground, use=part.use, sale_state=like.sale_state,
    )  # fmt: skip


def _unit(session: Session, building: Building, part: Part) -> Unit | None:
    if part.unit_id is None:
        return None
    unit = session.get(Unit, part.unit_id)
    if unit is None or unit.building_id != building.id:
        raise NotYours(f"Unit {part.unit_id}")
    return unit


def _refuse_twins(rows: Sequence[tuple]) -> None:
    seen: dict[tuple, int] = {}
    for row, _part, place, _unit_row in rows:
        key = (row.unit_id, row.room)
        if key in seen:
            raise Refusal(say("房号与第 %(row)s 户相同", row=seen[key] + 1), field=f"room-{place}")
        seen[key] = place


def _check_areas(before: Sequence[House], plan: Plan) -> None:
    """To 0.01 m²: a wrong area is put right in the house's own form first, where everybody sees it."""
    whole, parts = sum(house.floor_area for house in before), sum(part.floor_area for part in plan.parts)
    if whole != parts:
        raise Refusal(
            say("各户建筑面积合计 %(parts)s m²，须等于原面积 %(whole)s m²，相差 %(gap)s m²", parts=format_area(parts),
                whole=format_area(whole), gap=format_area(abs(whole - parts))),
            field=f"floor_area-{len(plan.parts) - 1}",
        )  # fmt: skip
