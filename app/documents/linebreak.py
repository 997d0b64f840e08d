"""Where a line of Chinese text may end: no line begins with a closing sign or ends with an opening one.

One rule for the lists and the forms; figures and numbers such as 1,234.50 or WX2026000001 stay in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

NO_LINE_START = frozenset("，。）、；：！？》」』】〉〕｝…％℃²³,.;:!?)]}%")
NO_LINE_END = frozenset("（《「『【〈〔｛([{¥")


def break_lines(
    glyphs: Sequence[str],
    widths: Sequence[float],
    room: Callable[[int], float],
    forced: Callable[[int], bool] = lambda index: False,
) -> list[tuple[int, int]]:
    """(start, end) of each line; `room(n)` is the width of line n, `forced(i)`: the line ends with glyph i.

    What can't be broken anywhere (a very long word) is cut where the line is full.
    """
    lines: list[tuple[int, int]] = []
    start, used, last = 0, 0.0, 0
    index = 0
    while index < len(glyphs):
        if index > start and _may_break(glyphs, index):
            last = index
        used += widths[index]
        if used > room(len(lines)) + 0.01 and index > start and glyphs[index] != " ":
            end = last if last > start else index
            lines.append((start, end))
            start = index = _after_spaces(glyphs, end)
            used, last = 0.0, start
            continue
        if forced(index):
            lines.append((start, index + 1))
            start, used, last = index + 1, 0.0, index + 1
        index += 1
    if start < len(glyphs) or not lines:
        lines.append((start, len(glyphs)))
    return lines


def _may_break(glyphs: Sequence[str], index: int) -> bool:
    """May a line begin with this glyph?"""
    before, this = glyphs[index - 1], glyphs[index]
    if this in NO_LINE_START or before in NO_LINE_END:
        return False
    return not (_is_latin(before) and _is_latin(this))


def _is_latin(glyph: str) -> bool:
    """Part of a word or a figure: ASCII without the space."""
    return "!" <= glyph <= "~"


def _after_spaces(glyphs: Sequence[str], index: int) -> int:
    while index < len(glyphs) and glyphs[index] == " ":
        index += 1
    return index
