"""公示 as an Excel export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from app.queries.notices import Listed
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

COLUMNS = (
    Column("公示编号", "number", text(), width=16),
    Column("标题", "title", text(), width=40),
    Column("物业区域", "area", text(), width=20),
    Column("发布单位", "organisation", text(), width=28),
    Column("类别", "kind", text()),
    Column("金额（元）", "amount", text(), number="yuan", width=16),
    Column("发布日期", "published_at", text(), number="day"),
    Column("截止日期", "closes_on", text(), number="day"),
    Column("版次", "edition", text(), width=8),
    Column("状态", "state", text()),
)


def write_notices(target: BinaryIO, rows: Iterable[Listed]) -> int:
    """The list as filtered; returns the number of rows."""
    cells = ([getattr(row, column.field) for column in COLUMNS] for row in rows)
    return stream_rows(target, COLUMNS, cells, title="公示")
