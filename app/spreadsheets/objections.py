"""异议 as an Excel export: names and phones stay out of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from app.models import Objection
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

COLUMNS = (
    Column("异议编号", "number", text(), width=16),
    Column("项目", "project", text(), width=36),
    Column("物业区域", "area", text(), width=20),
    Column("公示编号", "notice", text(), width=16),
    Column("提出时间", "filed", text(), number="day", width=12),
    Column("来源", "source", text(), width=14),
    Column("房屋", "house", text(), width=22),
    Column("业主身份", "verified", text(), width=12),
    Column("异议内容", "content", text(), width=60),
    Column("状态", "state", text(), width=10),
    Column("答复日期", "answered", text(), number="day", width=12),
    Column("答复", "answer", text(), width=60),
)


def write_objections(stream: BinaryIO, rows: Iterable[Objection]) -> int:
    """The list as filtered; returns the number of rows."""
    return stream_rows(stream, COLUMNS, (_row(row) for row in rows), title="异议")


def _row(row: Objection) -> tuple:
    return (
        row.number, str(row.project), str(row.area), row.notice.number, row.filed_at.date(), row.source,
        row.house_label, "已核对" if row.is_verified else "未核对", row.content, row.state,
        row.answered_at.date() if row.answered_at else None, row.answer,
    )  # fmt: skip
