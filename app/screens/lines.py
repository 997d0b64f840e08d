"""The rows of a generated list as its template draws them: what is alike in all rows is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from flask_babel import gettext

from app.screens.addresses import addresses

if TYPE_CHECKING:
    from app.screens.base import Table


class Tool(NamedTuple):
    """查看, 编辑 or 删除 of one row: where it goes, what a screen reader says, what is asked first."""

    address: str
    words: str
    question: str


class Line(NamedTuple):
    """One row; a cell is (is it a number, its text). Tools that this person may not use are None."""

    key: Any
    show: Tool
    edit: Tool | None
    delete: Tool | None
    cells: list[tuple[bool, str]]


def lines_of(view: Table, rows: Sequence[Any], may: dict[str, bool]) -> list[Line]:
    """The rows with their tools and cells."""
    columns = [(name, view.is_number(name)) for name in view.list_columns]
    show = _tool(view, "show", gettext("查看 %(row)s"))
    edit = _tool(view, "edit", gettext("编辑 %(row)s")) if may.get("edit") else _none
    # the row's own name comes later: its place is kept
    ask = gettext("删除%(noun)s“%(row)s”？删除后不能恢复。", noun=gettext(view.noun), row="%(row)s")
    delete = _tool(view, "delete", gettext("删除 %(row)s"), ask) if may.get("delete") else _none
    lines = []
    for row in rows:
        key, title = view.row_key(row), view.title_of(row)
        cells = [(is_number, view.cell(row, name)) for name, is_number in columns]
        lines.append(Line(key, show(key, title), edit(key, title), delete(key, title), cells))
    return lines


def _tool(view: Table, act: str, words: str, question: str = "") -> Callable[[Any, str], Tool]:
    address = addresses(f"{view.endpoint}.{act}", "pk")
    return lambda key, row: Tool(address(key), words % {"row": row}, question % {"row": row})


def _none(_key: Any, _title: str) -> None:
    return None
