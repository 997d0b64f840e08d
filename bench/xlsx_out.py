"""`xlsx-out`: an export of 200,000 rows × 8 by the product's writer, against XlsxWriter in constant memory."""

from __future__ import annotations

import io
from collections.abc import Iterator

import xlsxwriter

from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows
from bench.framework import Case

ROWS = 200_000
COLUMNS = (
    Column("物业区域", "area", text()), Column("房屋", "house", text(), width=20), Column("业主", "owner", text()),
    Column("用途", "use", text()), Column("建筑面积", "floor_area", text(), number="area"),
    Column("本金", "principal", text(), number="yuan"), Column("利息", "interest", text(), number="yuan"),
    Column("余额", "balance", text(), number="yuan"),
)  # fmt: skip


def cases(options) -> Iterator[Case]:
    yield Case(
        size=f"{ROWS:,} rows × {len(COLUMNS)}",
        ours=lambda: stream_rows(io.BytesIO(), COLUMNS, rows(), title="分户账"),
        yardstick="XlsxWriter constant memory",
        theirs=_bare,
        target=1.2,
    )


def rows() -> Iterator[tuple]:
    """Rows as a query gives them: text, and whole fen and 0.01 m²."""
    for place in range(ROWS):
        principal, interest = place * 37 % 1_000_000, place * 11 % 90_000
        yield (
            "锦绣花园", f"{place // 400 + 1}栋{place % 400 + 1}", "陈永康", "住宅", 8946, principal, interest,
            principal + interest,
        )  # fmt: skip


def _bare() -> None:
    book = xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True})
    sheet = book.add_worksheet("分户账")
    money = book.add_format({"num_format": "#,##0.00"})
    for place, column in enumerate(COLUMNS):
        sheet.write_string(0, place, column.header)
    for number, row in enumerate(rows(), start=1):
        for place in range(4):
            sheet.write_string(number, place, row[place])
        for place in range(4, 8):
            sheet.write_number(number, place, row[place] / 100, money)
    book.close()
