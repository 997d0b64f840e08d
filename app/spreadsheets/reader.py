"""Reads an uploaded list: guard, calamine, columns by their headers, every faulty cell named.

Nothing is stored here. A list's own file adds what only it can judge (repeated keys, rows of another area).
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, load_workbook

from app.domain.errors import Refusal, Sentence, say
from app.spreadsheets.columns import Column, cell_text
from app.spreadsheets.guard import NOT_XLSX, Workbook, check_workbook

PROGRESS_EVERY = 500
MAX_MERGED = 100_000  # cells
MERGED = say("是合并单元格，请取消合并后逐行填写")
TOTAL_ROW = {"合计", "总计", "小计"}


@dataclass(frozen=True)
class Fault:
    """One faulty cell: the sheet's row number (the head is 1), the column's header, what stood there, and why."""

    row: int
    column: str
    value: str
    sentence: Sentence


@dataclass
class Sheet:
    """What was read: good rows as (row number, {field: value}), and the faults. Both by rising row number."""

    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)

    def fault(self, row: int, column: str, value: Any, sentence: Sentence) -> None:
        """Name one more faulty cell."""
        self.faults.append(Fault(row, column, _shown(value), sentence))

    def sort_faults(self) -> None:
        self.faults.sort(key=lambda fault: fault.row)


def read_sheet(
    source: bytes | Path,
    columns: Sequence[Column],
    *,
    max_rows: int = 100_000,
    progress: Callable[[int, int], None] | None = None,
) -> Sheet:
    """Read the first sheet. Refusal when the file as a whole can't be read or a column is missing or doubled.

    Columns are found by header, in any order, others are ignored; blank rows are passed over; a row with a fault is
    not among the good rows.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    workbook = check_workbook(data, max_rows=max_rows)
    rows, count, merged = _load(workbook)
    sheet = Sheet()
    readers = _find_columns(next(rows, []), columns, sheet)
    _refuse_merged(merged)
    unreadable = _unreadable(workbook, merged)
    for number, cells in enumerate(rows, start=2):
        if number in unreadable or any(not _is_blank(cell) for cell in cells):
            _read_row(sheet, number, cells, readers, unreadable.get(number, {}))
        if progress and number % PROGRESS_EVERY == 0:
            progress(number, count)
    if not sheet.rows and not sheet.faults:
        raise Refusal(say("文件里没有数据行"))
    return sheet


def _load(workbook: Workbook) -> tuple[Iterator[list[Any]], int, list]:
    """The first sheet's rows from A1 on, one at a time; how many there are; its merged ranges."""
    try:
        sheet = load_workbook(io.BytesIO(workbook.data)).get_sheet_by_index(0)
    except (CalamineError, ValueError, OSError) as error:
        raise Refusal(NOT_XLSX) from error
    left = [""] * sheet.start[1] if sheet.start else []  # the fast reader leaves out empty columns before the first
    return (left + cells for cells in sheet.iter_rows()), sheet.height, sheet.merged_cell_ranges or []


class _Reader:
    """One column at its place in the sheet.

    What stood in a cell is read once: buildings, floors, uses, dates, most amounts come back in thousands of rows.
    """

    KEPT = 2_000

    def __init__(self, column: Column, place: int):
        self.column, self.place, self.field = column, place, column.field
        self._known: dict[tuple[type, Any], Any] = {}

    def read(self, cells: list[Any]) -> Any:
        """What is stored for this column's cell. Refusal when it can't be."""
        cell = cells[self.place]
        seen = (cell.__class__, cell)  # True and 1.0 are equal, and not the same
        value = self._known.get(seen, self)
        if value is self:
            value = self._parse(cell)
            if len(self._known) < self.KEPT:
                self._known[seen] = value
        return value

    def _parse(self, cell: Any) -> Any:
        if not _is_blank(cell):
            return self.column.parse(cell)
        if self.column.required:
            raise Refusal(say("未填写"))
        return self.column.default


def _find_columns(head: list[Any], columns: Sequence[Column], sheet: Sheet) -> list[_Reader]:
    names = [cell_text(cell) for cell in head]
    known = {column.header for column in columns}
    for column in columns:
        if names.count(column.header) > 1:
            raise Refusal(say("列“%(column)s”出现了两次，不知道以哪一列为准", column=column.header))
    missing = [column.header for column in columns if column.required and column.header not in names]
    if missing:
        raise Refusal(say("第 1 行应为表头，缺少列：%(columns)s", columns="、".join(missing)))
    sheet.unknown_columns = [name for name in names if name and name not in known]
    return [_Reader(column, names.index(column.header)) for column in columns if column.header in names]


def _refuse_merged(merged: list) -> None:
    if any(start[0] == 0 for start, _ in merged):
        raise Refusal(say("表头有合并单元格，请取消合并后再上传"))
    if sum((end[0] - start[0] + 1) * (end[1] - start[1] + 1) for start, end in merged) > MAX_MERGED:
        raise Refusal(say("合并单元格过多，请取消合并后再上传"))


def _unreadable(workbook: Workbook, merged: list) -> dict[int, dict[int, Sentence]]:
    """{row: {column: why}} of cells that no parser may see, from 1: formulas, errors, merged ones."""
    places: dict[int, dict[int, Sentence]] = defaultdict(dict)
    for row, column in workbook.formulas:
        places[row][column] = say("是公式，请改为填写数值")
    for row, column in workbook.errors:
        places[row][column] = say("单元格是错误值")
    for start, end in merged:
        for row in range(start[0] + 1, end[0] + 2):
            for column in range(start[1] + 1, end[1] + 2):
                places[row][column] = MERGED
    return places


def _is_blank(cell: Any) -> bool:
    return cell in ("", None) or (isinstance(cell, str) and not cell.strip("\u3000 \t\r\n"))


def _read_row(sheet: Sheet, number: int, cells: list[Any], readers: list[_Reader], unreadable: dict) -> None:
    values: dict[str, Any] = {}
    if isinstance(cells[0], str) and cells[0].strip() in TOTAL_ROW:
        sheet.fault(number, readers[0].column.header, cells[0], say("合计行请删除后再上传"))
        return
    for reader in readers:
        try:
            if unreadable and reader.place + 1 in unreadable:
                raise Refusal(unreadable[reader.place + 1])
            values[reader.field] = reader.read(cells)
        except Refusal as refusal:
            sheet.fault(number, reader.column.header, cells[reader.place], refusal.sentence)
    if len(values) == len(readers):
        sheet.rows.append((number, values))


def _shown(value: Any) -> str:
    shown = "" if value is None else cell_text(value)
    return shown if len(shown) <= 40 else shown[:40] + "…"
