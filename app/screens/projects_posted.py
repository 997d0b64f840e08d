"""Reading what the workbench's scripts post: text, keys, days, amounts; every faulty cell is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, request

from app.domain.errors import Refusal, Sentence, say
from app.domain.money import MAX_HOUSE_FEN, parse_yuan
from app.screens.projects_frame import whole_number
from app.workflows.projects.items import ItemEdit
from app.workflows.projects.shares import CellEdit

LONGEST = {"content": 2000, "remark": 500, "name": 100, "model": 100, "maker": 200}
MOST = 50_000


class FaultyCells(Refusal):
    """Nothing was stored: `cells` says what is wrong with which field of the page."""

    def __init__(self, cells: list[tuple[str, Sentence]]):
        self.cells = cells
        super().__init__(
            say("有 %(count)s 处填写不正确，没有保存", count=len(cells)), field=cells[0][0],
            details=tuple(sentence for _field, sentence in cells[:20]),
        )  # fmt: skip


def item_edits(rows: list[Any], faults: list[tuple[str, Sentence]]) -> list[ItemEdit]:
    """What was typed for the items; values that can't be read go to `faults`."""
    return [_item_edit(row, faults) for row in rows]


def cell_edits(rows: list[Any], faults: list[tuple[str, Sentence]]) -> list[CellEdit]:
    """Changed share cells: [house id, amount when drawn (fen), text typed]; an emptied cell is 0."""
    edits = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 3:
            abort(400)
        house, old, text = whole_number(row[0]), whole_number(row[1]), str(row[2] or "").strip()
        new = checked(lambda t=text: parse_yuan(t, maximum=MAX_HOUSE_FEN) if t else 0, f"share-{house}", faults)
        edits.append(CellEdit(house, old, new or 0))
    return edits


def checked(read: Callable[[], Any], field: str, faults: list[tuple[str, Sentence]]) -> Any:
    """What `read` gives; its refusal is a fault of that field, and None is given."""
    try:
        return read()
    except Refusal as refusal:
        faults.append((field, refusal.sentence))
        return None


def text_of(body: dict[str, Any], name: str, longest: int) -> str:
    """Trimmed text of at most that many characters; Refusal at its field."""
    text = body.get(name) or ""
    if not isinstance(text, str):
        raise Refusal(say("应为文字"), field=name)
    if len(text.strip()) > longest:
        raise Refusal(say("最多 %(count)s 个字，现为 %(now)s 个字", count=longest, now=len(text.strip())), field=name)
    return text.strip()


def list_of(body: dict[str, Any], name: str) -> list[Any]:
    """A list, or none; 400 for anything else or more than any project has houses."""
    found = body.get(name) or []
    if not isinstance(found, list) or len(found) > MOST:
        abort(400)
    return found


def key_of(body: dict[str, Any], name: str) -> int | None:
    """A row's key, or None where nothing is chosen."""
    value = body.get(name)
    return whole_number(value) if value not in (None, "", 0, "0") else None


def day_of(body: dict[str, Any], name: str) -> date | None:
    """A date as the browser's date field gives it, or None; Refusal at its field."""
    text = str(body.get(name) or "").strip()
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Refusal(say("日期无效，格式为 2026-01-31"), field=name) from None
    if not 1900 <= found.year <= 2200:
        raise Refusal(say("日期须在 1900 年至 2200 年之间"), field=name)
    return found


def key_in_address(name: str) -> int | None:
    """A key of the address; 400 when it is no number."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        abort(400)
    return int(text) or None


def _item_edit(row: Any, faults: list[tuple[str, Sentence]]) -> ItemEdit:
    if not isinstance(row, dict):
        abort(400)
    key = whole_number(row.get("id"))
    values: dict[str, Any] = {}
    for name in ("content", "remark"):
        if name in row:
            values[name] = checked(lambda n=name: text_of(row, n, LONGEST[n]), f"{name}-{key}", faults)
    if "contractor" in row:
        values["contractor_id"] = key_of(row, "contractor") or 0
    if isinstance(row.get("drawn"), dict):
        values["drawn"] = _drawn(row["drawn"])
    if "budget" in row:
        text = str(row["budget"] or "").strip()
        values["budget"] = checked(lambda: parse_yuan(text) if text else 0, f"budget-{key}", faults)
    return ItemEdit(key, **values)


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    """What the page had in the fields of an item before they were typed in; what can't be read is left out."""
    texts = (name for name in ("content", "remark") if isinstance(row.get(name), str))
    found: dict[str, Any] = {name: row[name].strip() for name in texts}
    if "contractor" in row:
        found["contractor_id"] = key_of(row, "contractor") or 0
    if "budget" in row:
        text, unread = str(row["budget"] or "").strip(), []
        fen = checked(lambda: parse_yuan(text) if text else 0, "budget", unread)
        found |= {} if unread else {"budget": fen}
    return found
