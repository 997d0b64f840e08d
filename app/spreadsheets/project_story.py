"""A project's 记录 as an export (amounts fen in, yuan in the cells)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

COLUMNS = (
    Column("时间", "at", text(), width=18),
    Column("类别", "kind", text(), width=16),
    Column("办理人", "who", text(), width=14),
    Column("机构", "organisation", text(), width=28),
    Column("事项", "what", text(), width=60),
    Column("意见", "opinion", text(), width=30),
    Column("变更内容", "changes", text(), width=60),
    Column("金额（元）", "amount", text(), number="yuan", width=16),
)


def write_story(stream: BinaryIO, rows: Iterable[tuple[Any, ...]]) -> int:
    """One row a line of the story, newest first; gives how many."""
    return stream_rows(stream, COLUMNS, rows, title="记录")
