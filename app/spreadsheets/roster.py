"""The house roster (房屋清册): its columns, and what only the whole list can judge (keys, owners)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.domain import identifiers
from app.domain.enums import AreaGround, HouseUse, SaleState
from app.domain.errors import say
from app.spreadsheets.columns import Column, area, cell_text, choice, day, identity_number, text, yuan
from app.spreadsheets.reader import Sheet, read_sheet

MAX_ROWS = 100_000
CO_OWNERS = "、"
_BUILDING_ENDINGS = ("幢", "栋", "座", "号楼")
_CO_OWNERS = re.compile(r"\s*[、，,；;/]\s*")


def columns(today: date | None = None) -> tuple[Column, ...]:
    """The roster's columns; dates after `today` are refused."""
    return (
        Column("楼幢", "building", text(60), required=True, help="如：1栋。同一楼幢写法须一致"),
        Column("单元", "unit", text(60), help="如：1单元；没有单元的留空", default=""),
        Column("房号", "room", text(60), required=True, help="同一楼幢、单元内不能重复"),
        Column("层", "floor", text(16), help="如：3；地下一层填 -1", default="", width=8),
        Column("建筑面积", "floor_area", area(), required=True, help="平方米，最多两位小数，大于零", number="area"),
        _choice_column("面积依据", "area_ground", AreaGround, "登记、测绘或合同；留空按登记", AreaGround.REGISTERED),
        _choice_column("用途", "use", HouseUse, "住宅、非住宅、车位或物管用房；留空按住宅", HouseUse.RESIDENTIAL),
        _choice_column("销售状态", "sale_state", SaleState, "已售或未售；留空按已售", SaleState.SOLD),
        Column("业主姓名", "owner", text(100), help="已售房屋必填；共有人用顿号隔开，第一位为代表", default=""),
        Column("证件号码", "identity_number", _identity, help="18 位，单元格须为文本格式；单位填信用代码", width=22),
        Column("电话", "phone", _phone, help="手机号码，或带区号的固定电话"),
        Column("首期交存额", "first_deposit", yuan(), help="元，留空按 0", default=0, number="yuan"),
        Column("交存日期", "deposited_on", day(today), help="如：2016-07-17", number="day"),
        Column("期初本金", "principal", yuan(), help="元，留空按 0", default=0, number="yuan"),
        Column("期初利息", "interest", yuan(), help="元，留空按 0", default=0, number="yuan"),
    )


def _identity(value: Any) -> str:
    """A person's number or an enterprise's code; one typed as a number has lost its last digits."""
    if isinstance(value, float | int):
        return identity_number(value)
    return identifiers.parse_owner_identity(cell_text(value))


def _phone(value: Any) -> str:
    return identifiers.parse_phone(cell_text(value))


def _choice_column(header: str, field: str, kind: type, help_text: str, default: Any) -> Column:
    labels = tuple(member.label for member in kind)
    return Column(header, field, choice(kind), help=help_text, default=default, choices=labels)


@dataclass(frozen=True)
class Summary:
    """What a roster would bring: counts, 0.01 m² and fen. Shown before it is confirmed."""

    rows: int
    by_use: dict[str, int]
    unsold: int
    floor_area: int
    first_deposit: int
    principal: int
    interest: int


def read_roster(
    source: bytes | Path,
    *,
    today: date,
    existing: set[tuple[str, str, str]] = frozenset(),
    progress: Callable[[int, int], None] | None = None,
) -> Sheet:
    """Read and judge a roster. `existing`: (building, unit, room) of the area's houses, which must not come again.

    Faults: every faulty cell, a key that repeats or exists, a sold house without an owner.
    """
    wanted = columns(today)
    sheet = read_sheet(source, wanted, max_rows=MAX_ROWS, progress=progress)
    read = sheet.rows[0][1] if sheet.rows else {}
    left_out = {column.field: column.default for column in wanted if column.field not in read}
    seen: dict[tuple[str, str, str], int] = {}
    good = []
    for number, values in sheet.rows:
        values.update(left_out)  # a column that the file does not have is empty in every row
        key = house_key(values)
        if key in existing:
            sheet.fault(number, "房号", values["room"], say("系统中已有这套房屋，不能重复导入"))
        elif key in seen:
            sheet.fault(number, "房号", values["room"], say("与第 %(row)s 行是同一套房屋", row=seen[key]))
        elif _lacks_owner(values):
            sheet.fault(number, "业主姓名", "", say("已售房屋须填写业主姓名"))
        else:
            good.append((number, values))
        seen.setdefault(key, number)
    sheet.rows = good
    sheet.sort_faults()
    return sheet


def house_key(values: dict[str, Any]) -> tuple[str, str, str]:
    """What makes a house the same: building, unit, room, without blanks and with 幢, 栋, 座, 号楼 read as one."""
    return (plain_building(values["building"]), _plain(values["unit"]), _plain(values["room"]))


def plain_building(name: str) -> str:
    """A building's name for comparing: 3幢, 3 栋 and 3号楼 are the same."""
    plain = _plain(name)
    ending = next((ending for ending in _BUILDING_ENDINGS if plain.endswith(ending)), "")
    return plain.removesuffix(ending)


def _plain(value: str) -> str:
    return "".join(value.split()).lower()


def _lacks_owner(values: dict[str, Any]) -> bool:
    """Sold, and nobody named; the company's rooms (物管用房) belong to all and need no owner."""
    return (
        values["sale_state"] is SaleState.SOLD and values["use"] is not HouseUse.SERVICE_ROOM and not values["owner"]
    )


def owners_of(values: dict[str, Any]) -> list[str]:
    """The co-owners' names, the first-named first; none for an unsold house (its owner is the developer)."""
    if values["sale_state"] is SaleState.UNSOLD:
        return []
    return [name for name in _CO_OWNERS.split(values["owner"]) if name]


def summarise(sheet: Sheet) -> Summary:
    """The counts and sums of the good rows."""
    rows = [values for _, values in sheet.rows]
    by_use = {use.label: sum(values["use"] is use for values in rows) for use in HouseUse}
    return Summary(
        rows=len(rows),
        by_use={label: count for label, count in by_use.items() if count},
        unsold=sum(values["sale_state"] is SaleState.UNSOLD for values in rows),
        floor_area=sum(values["floor_area"] for values in rows),
        first_deposit=sum(values["first_deposit"] for values in rows),
        principal=sum(values["principal"] for values in rows),
        interest=sum(values["interest"] for values in rows),
    )
