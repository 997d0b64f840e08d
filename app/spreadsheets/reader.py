"""Reads an uploaded list: guard, calamine, columns by their headers, every faulty cell named.

Nothing is stored here. A list's own file adds what only it can judge (repeated keys, rows of another area).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, load_workbook

from app.domain.errors import Refusal, Sentence, say
from app.spreadsheets.columns import Column, cell_text
from app.spreadsheets.guard import NOT_XLSX, Workbook, check_workbook

PROGRESS_EVERY = 500
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
    table, merged = _load(workbook)
    sheet = Sheet()
    places = _find_columns(table[0] if table else [], columns, sheet)
    _refuse_merged_head(merged)
    faulty_places = _faulty_places(workbook, merged)
    readers = [(place, column, column.parse) for column, place in places]
    rows_with_faults = {row for row, _ in faulty_places}
    for number, cells in enumerate(table[1:], start=2):
        if number in rows_with_faults or any(not _is_blank(cell) for cell in cells):
            _read_row(sheet, number, cells, readers, faulty_places)
        if progress and number % PROGRESS_EVERY == 0:
            progress(number, len(table))
    if not sheet.rows and not sheet.faults:
        raise Refusal(say("文件里没有数据行"))
    return sheet


def _load(workbook: Workbook) -> tuple[list[list[Any]], list]:
    try:
        book = load_workbook(io.BytesIO(workbook.data))
        sheet = book.get_sheet_by_index(0)
        return sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []
    except (CalamineError, ValueError, OSError) as error:
        raise Refusal(NOT_XLSX) from error


def _find_columns(head: list[Any], columns: Sequence[Column], sheet: Sheet) -> list[tuple[Column, int]]:
    names = [cell_text(cell) for cell in head]
    known = {column.header for column in columns}
    for column in columns:
        if names.count(column.header) > 1:
            raise Refusal(say("列“%(column)s”出现了两次，不知道以哪一列为准", column=column.header))
    missing = [column.header for column in columns if column.required and column.header not in names]
    if missing:
        raise Refusal(say("第 1 行应为表头，缺少列：%(columns)s", columns="、".join(missing)))
    sheet.unknown_columns = [name for name in names if name and name not in known]
    return [(column, names.index(column.header)) for column in columns if column.header in names]


def _refuse_merged_head(merged: list) -> None:
    if any(start[0] == 0 for start, _ in merged):
        raise Refusal(say("表头有合并单元格，请取消合并后再上传"))


def _faulty_places(workbook: Workbook, merged: list) -> dict[tuple[int, int], Sentence]:
    """Cells that no parser may see, from 1: formulas, errors, merged ones."""
    places = {place: say("是公式，请改为填写数值") for place in workbook.formulas}
    places.update({place: say("单元格是错误值") for place in workbook.errors})
    for start, end in merged:
        for row in range(start[0] + 1, min(end[0], start[0] + 10_000) + 2):
            for column in range(start[1] + 1, min(end[1], start[1] + 64) + 2):
                places[row, column] = say("是合并单元格，请取消合并后逐行填写")
    return places


def _is_blank(cell: Any) -> bool:
    return cell in ("", None) or (isinstance(cell, str) and not cell.strip("\u3000 \t\r\n"))


def _read_row(sheet: Sheet, number: int, cells: list[Any], readers: list, faulty_places: dict) -> None:
    values: dict[str, Any] = {}
    good = True
    if isinstance(cells[0], str) and cells[0].strip() in TOTAL_ROW:
        sheet.fault(number, readers[0][1].header, cells[0], say("合计行请删除后再上传"))
        return
    for place, column, parse in readers:
        cell = cells[place]
        try:
            if faulty_places and (number, place + 1) in faulty_places:
                raise Refusal(faulty_places[number, place + 1])
            if _is_blank(cell):
                if column.required:
                    raise Refusal(say("未填写"))
                values[column.field] = column.default
            else:
                values[column.field] = parse(cell)
        except Refusal as refusal:
            good = False
            sheet.fault(number, column.header, cell, refusal.sentence)
    if good:
        sheet.rows.append((number, values))


def _shown(value: Any) -> str:
    shown = "" if value is None else cell_text(value)
    return shown if len(shown) <= 40 else shown[:40] + "…"
