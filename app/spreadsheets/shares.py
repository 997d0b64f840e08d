"""分摊清册 of one item: written with the key locked, filled in, read back. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import Refusal, say
from app.queries.projects import ShareRow
from app.spreadsheets import columns
from app.spreadsheets.columns import Column
from app.spreadsheets.reader import Fault, Sheet, read_sheet
from app.spreadsheets.writer import write_form

MAX_ROWS = 50_000


def house_key(value: Any) -> int:
    """房屋编号 as a whole number, also when a spreadsheet has turned it into 101.0 or text."""
    text = columns.cell_text(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Refusal(say("房屋编号不正确：%(value)s", value=text[:20]))
    return int(text)


COLUMNS = (
    Column("房屋编号", "house_id", house_key, required=True, locked=True, help="系统编号，请勿修改", width=12),
    Column("位置", "label", columns.text(), locked=True, width=28),
    Column("业主", "owner", columns.text(), locked=True, width=16),
    Column("建筑面积", "floor_area", columns.text(), locked=True, number="area", width=12),
    Column(
        "分摊金额",
        "amount",
        columns.yuan(),
        required=True,
        number="yuan",
        help="元，最多两位小数；不分摊填 0",
        width=16,
    ),
)
READ = (COLUMNS[0], COLUMNS[4])


@dataclass
class SharesRead:
    """What an uploaded list says: {house id: fen}, and every faulty cell; with faults nothing may be stored."""

    amounts: dict[int, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Sum in fen."""
        return sum(self.amounts.values())


def write_shares(rows: Sequence[ShareRow], *, title: str) -> bytes:
    """导出分摊: one row a house, only 分摊金额 open."""
    return write_form(
        COLUMNS, ((str(row.house_id), row.label, row.owner, row.floor_area, row.amount) for row in rows), title=title
    )


def read_shares(data: bytes, labels: Mapping[int, str]) -> SharesRead:
    """导入分摊: `labels` {house id: place} is the item's sharing range; every house of it must stand once.

    Refusal when the file as a whole can't be read; a fault for each faulty cell, repeated or strange house, and
    one for each house that is missing (row 0).
    """
    sheet = read_sheet(data, READ, max_rows=MAX_ROWS)
    seen: dict[int, int] = {}
    amounts: dict[int, int] = {}
    for number, values in sheet.rows:
        house = values["house_id"]
        if house not in labels:
            sheet.fault(number, "房屋编号", house, say("不在本设施设备的分摊范围内"))
        elif house in seen:
            sheet.fault(number, "房屋编号", house, say("与第 %(row)s 行重复", row=seen[house]))
        else:
            seen[house] = number
            amounts[house] = values["amount"]
    _name_missing(sheet, seen, labels)
    sheet.sort_faults()
    return SharesRead(amounts, sheet.faults)


def _name_missing(sheet: Sheet, seen: Mapping[int, int], labels: Mapping[int, str]) -> None:
    """Only when all rows could be read: a faulty row would be called missing too."""
    if sheet.faults:
        return
    for house, label in labels.items():
        if house not in seen:
            sheet.fault(0, "房屋编号", house, say("缺少房屋 %(house)s", house=label))
