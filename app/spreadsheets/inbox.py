"""待办 as Excel, as filtered (amounts fen in, yuan in the cells)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import BinaryIO

from app.models import Application
from app.queries.inbox import Calendar
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

COLUMNS = (
    Column("业务单号", "number", text(), width=16),
    Column("业务", "kind", text(), width=16),
    Column("项目", "project", text(), width=36),
    Column("物业区域", "area", text(), width=20),
    Column("申请单位", "organisation", text(), width=30),
    Column("金额（元）", "amount", text(), number="yuan", width=16),
    Column("提交日期", "submitted", text(), number="day", width=12),
    Column("状态", "state", text(), width=12),
    Column("已等待（工作日）", "waited", text(), width=16),
)


def write_inbox(stream: BinaryIO, rows: Iterable[Application], calendar: Calendar, today: date) -> int:
    """One row an application, oldest first; gives how many."""
    return stream_rows(stream, COLUMNS, (_row(row, calendar, today) for row in rows), title="待办")


def _row(row: Application, calendar: Calendar, today: date) -> tuple:
    return (
        row.number or "", row.kind, str(row.project or ""), str(row.area or ""), str(row.organisation), row.amount,
        row.submitted_at.date() if row.submitted_at else None, row.state, calendar.waited(row.waiting_since, today),
    )  # fmt: skip
