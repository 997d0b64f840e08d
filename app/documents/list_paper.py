"""What a drawn list says: columns, rows, sentences. `lists.py` draws it, and is loaded with the first paper only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

MM = 72 / 25.4  # points
ROW = 6.2 * MM


@dataclass(frozen=True)
class ListColumn:
    """A column: its head, its share of the width, and where its text stands ("left", "right", "center")."""

    head: str
    weight: float
    align: str = "left"


@dataclass(frozen=True)
class ListRow:
    """A row of finished texts; `kind` is "row", "group" (one text over the whole width) or "sum" (Hei)."""

    cells: tuple[str, ...]
    kind: str = "row"


@dataclass(frozen=True)
class ListPaper:
    """A list to be drawn: everything on it is finished text. `facts` stand above the table, `notes` below it."""

    title: str
    columns: Sequence[ListColumn]
    rows: Iterable[ListRow]
    number: str = ""
    facts: Sequence[str] = ()
    notes: Sequence[str] = ()
    seals: Sequence[str] = ()
    printed_at: str = ""
    wide: bool = False
    row_height: float = ROW
    strips: Sequence[tuple[str, str, str]] = field(default=())  # tear-off strips: house, owner, one-time code
