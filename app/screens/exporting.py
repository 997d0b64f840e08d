"""A generated list as an Excel workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO

from app.screens.filters import day, square_metres, yuan
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

KINDS = {yuan: "yuan", square_metres: "area", day: "day"}
IN_MEMORY = 4 * 1024 * 1024


def workbook_of(view: Any, found: Iterable[Any]) -> tuple[BinaryIO, int]:
    """(stream, number of rows): the list's columns, amounts as numbers, personal data masked."""
    formatters = view.formatters_columns or {}
    columns = [
        Column(view.label_of(name), name, text(), number=KINDS.get(formatters.get(name), ""), width=18)
        for name in view.list_columns
    ]
    personal = view.personal()
    stream = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when it has been sent
    count = stream_rows(stream, columns, (_cells(view, row, columns, personal) for row in found), title=view.noun)
    stream.seek(0)
    return stream, count


def _cells(view: Any, row: Any, columns: list[Column], personal: tuple[str, ...]) -> list[Any]:
    by_value = {column.field for column in columns if column.field not in personal and _is_plain(view, column)}
    return [getattr(row, c.field) if c.field in by_value else view.cell(row, c.field) for c in columns]


def _is_plain(view: Any, column: Column) -> bool:
    """Written by its value (a number, a day, a label), not as the screen's text."""
    return bool(column.number) or column.field not in (view.formatters_columns or {})
