"""维修项目列表 and 合并分摊清册 as exports (amounts fen in, yuan in the cells)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from app.models import Project
from app.queries.project_progress import Progress
from app.queries.projects import MergedRow
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows
from app.workflows.projects.steps import Standing

PROJECTS = (
    Column("项目编号", "number", text(), width=16),
    Column("项目名称", "name", text(), width=36),
    Column("类型", "kind", text(), width=10),
    Column("物业区域", "area", text(), width=20),
    Column("预算（元）", "budget", text(), number="yuan", width=16),
    Column("已拨付（元）", "paid", text(), number="yuan", width=16),
    Column("当前步骤", "step", text(), width=16),
    Column("状态", "state", text(), width=12),
    Column("新建日期", "created", text(), number="day", width=12),
)


def write_projects(stream: BinaryIO, rows: Iterable[tuple[Project, Standing, Progress]]) -> int:
    """As the list shows it, filtered; returns the number of rows."""
    return stream_rows(
        stream, PROJECTS,
        (
            (project.number, project.name, project.kind, project.area.name, progress.budget, progress.paid, step.label,
             project.state, project.created_at.date())
            for project, step, progress in rows
        ),
        title="维修项目列表",
    )  # fmt: skip


def write_merged(stream: BinaryIO, items: list[tuple[int, str]], rows: Iterable[MergedRow]) -> int:
    """合并分摊清册 with one column an item; returns the number of rows."""
    columns = (
        Column("楼幢", "building", text(), width=14),
        Column("单元", "unit", text(), width=12),
        Column("房号", "room", text(), width=10),
        Column("业主", "owner", text(), width=14),
        Column("建筑面积", "floor_area", text(), number="area", width=12),
        *(
            Column(_head(place, name), f"item{key}", text(), number="yuan")
            for place, (key, name) in enumerate(items, 1)
        ),
        Column("分摊合计", "budget", text(), number="yuan"),
        Column("可用余额", "available", text(), number="yuan"),
        Column("资金支付", "fund", text(), number="yuan"),
        Column("业主自筹", "own", text(), number="yuan"),
        Column("自筹已收", "collected", text(), width=10),
    )
    return stream_rows(stream, columns, (_merged_cells(row, items) for row in rows), title="合并分摊清册")


def _head(place: int, name: str) -> str:
    return f"{place}. {name}"[:60]


def _merged_cells(row: MergedRow, items: list[tuple[int, str]]) -> tuple[Any, ...]:
    return (
        row.building, row.unit, row.room, row.owner, row.floor_area, *(row.parts.get(key, 0) for key, _ in items),
        row.budget, row.available, row.fund, row.own, _collected(row),
    )  # fmt: skip


def _collected(row: MergedRow) -> str | None:
    """Of a house that owes something itself."""
    return ("已收" if row.is_collected else "未收") if row.own else None
