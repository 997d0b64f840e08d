"""A generated list as an Excel workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from app.screens.filters import NOTHING, day, square_metres, yuan
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

KINDS = {yuan: "yuan", square_metres: "area", day: "day"}
IN_MEMORY = 4 * 1024 * 1024


def workbook_file() -> BinaryIO:
    """An empty file to write a workbook into: in memory while it is small, gone when it has been sent."""
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def workbook_of(view: Any, found: Iterable[Any]) -> tuple[BinaryIO, int]:
    """(stream, number of rows): the list's columns, amounts as numbers, personal data masked."""
    formatters = view.formatters_columns or {}
    columns = [
        Column(view.label_of(name), name, text(), number=KINDS.get(formatters.get(name), ""), width=18)
        for name in view.list_columns
    ]
    stream = workbook_file()
    count = stream_rows(stream, columns, (_cells(view, row, columns) for row in found), title=view.noun)
    stream.seek(0)
    return stream, count


def _cells(view: Any, row: Any, columns: list[Column]) -> list[Any]:
    """Amounts, areas and days by value, everything else as the screen says it; nothing stays an empty cell."""
    shown = (getattr(row, c.field) if c.number else view.cell(row, c.field) for c in columns)
    return [None if value == NOTHING else value for value in shown]
