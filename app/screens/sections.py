"""Tables below a generated row's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def section(
    title: str,
    head: Sequence[str],
    lines: list[tuple[list[Any], str]],
    *,
    numbers: Sequence[int] = (),
    total: int | None = None,
    acts: Sequence[tuple[str, str]] = (),
    empty: str = "",
) -> dict[str, Any]:
    """`lines` are (cells, address of the first); `numbers` the places of number columns; `acts` (label, address)."""
    return {
        "title": title,
        "head": [(label, place in numbers) for place, label in enumerate(head)],
        "rows": lines,
        "total": len(lines) if total is None else total,
        "acts": acts,
        "empty": empty,
    }
