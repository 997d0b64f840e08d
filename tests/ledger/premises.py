"""Splits, merges and sales on the ledger's bare tables: the rows that the workflow would write, then the posting."""

from __future__ import annotations

from app.domain.enums import AreaGround, HouseChangeKind, HouseUse
from app.ledger import premises
from app.models import House, HouseChange, HouseSuccession, JournalEntry
from tests.ledger.desk import DAY, NOW, Desk


def split(desk: Desk, house: House, *areas: int) -> tuple[list[House], JournalEntry | None]:
    """The house in parts of these floor areas (0.01 m²): (new houses, entry)."""
    after = [_house(desk, house, area, f"{house.room}-{place}") for place, area in enumerate(areas, start=1)]
    change = _change(desk, HouseChangeKind.SPLIT, [house], after)
    entry = premises.post_split(desk.session, change, house, after, **desk.booking())
    desk.session.flush()
    return after, entry


def merge(desk: Desk, *houses: House) -> tuple[House, JournalEntry | None]:
    """The houses in one: (new house, entry)."""
    area = sum(house.floor_area for house in houses)
    after = _house(desk, houses[0], area, f"{houses[0].room}+")
    change = _change(desk, HouseChangeKind.MERGE, houses, [after])
    entry = premises.post_merge(desk.session, change, houses, after, **desk.booking())
    desk.session.flush()
    return after, entry


def _house(desk: Desk, like: House, floor_area: int, room: str) -> House:
    desk.made += 1
    house = House(
        area_id=like.area_id, building_id=like.building_id, room=f"{room}#{desk.made}", label=f"1幢{room}",
        sort_key=f"{like.sort_key} {desk.made:05d}", floor_area=floor_area, area_ground=AreaGround.REGISTERED,
        use=HouseUse.RESIDENTIAL,
    )  # fmt: skip
    desk.session.add(house)
    desk.session.flush()
    return house


def _change(desk: Desk, kind: HouseChangeKind, before, after) -> HouseChange:
    change = HouseChange(kind=kind, area_id=desk.area.id, takes_effect_on=DAY, at=NOW, reason="")
    desk.session.add(change)
    desk.session.flush()
    for old in before:
        old.ended_on = DAY
        for new in after:
            part = new.floor_area if kind is HouseChangeKind.SPLIT else old.floor_area
            row = HouseSuccession(change_id=change.id, before_id=old.id, after_id=new.id, floor_area=part)
            desk.session.add(row)
    desk.session.flush()
    return change
