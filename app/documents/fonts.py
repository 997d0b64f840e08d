"""The two typefaces of the papers: Song (宋) for text, Hei (黑) for headings; real TrueType, subset into each PDF.

A character that a font lacks is replaced by a visible mark and logged, never dropped.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

log = logging.getLogger("app.documents")
FOLDER = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"
SONG, HEI, HEI_BOLD = "Song", "Hei", "HeiBold"
FILES = {SONG: "NotoSerifSC-Regular.ttf", HEI: "NotoSansSC-Regular.ttf", HEI_BOLD: "NotoSansSC-Bold.ttf"}
MISSING_MARK = "〓"  # the printers' own sign for a sort that is not in the case


@cache
def register() -> None:
    """Load the fonts once a process. FileNotFoundError says how to bring them."""
    for name, file_name in FILES.items():
        path = FOLDER / file_name
        if not path.exists():
            raise FileNotFoundError(f"缺少打印字体 {file_name}，请先运行 make assets")
        pdfmetrics.registerFont(TTFont(name, str(path)))
    for family in (SONG, HEI, HEI_BOLD):  # stress in Chinese text is Hei, not a slanted or thickened Song
        pdfmetrics.registerFontFamily(family, normal=family, bold=HEI_BOLD, italic=family, boldItalic=HEI_BOLD)


@cache
def _widths(font: str) -> dict[int, float]:
    register()
    return pdfmetrics.getFont(font).face.charWidths


def printable(text: str, font: str = SONG) -> str:
    """The text with characters that the font lacks replaced by a visible mark; what was replaced is logged."""
    known = _widths(font)
    if all(ord(character) in known for character in text):
        return text
    lost = sorted({character for character in text if ord(character) not in known and not character.isspace()})
    if lost:
        log.warning("characters missing in font %s: %s", font, " ".join(f"U+{ord(c):04X}" for c in lost))
    return "".join(_shown(character, known) for character in text)


def _shown(character: str, known: dict[int, float]) -> str:
    if ord(character) in known or character == "\n":
        return character
    return " " if character.isspace() else MISSING_MARK


def width(text: str, font: str, size: float) -> float:
    """The text's width in points."""
    known = _widths(font)
    default = pdfmetrics.getFont(font).face.defaultWidth
    return sum(known.get(ord(character), default) for character in text) * size / 1000
