"""Labels to stick on equipment: 3 × 8 on A4 (63.5 × 33.9 mm, the common sheet of 24), each with a QR code.

The head and the foot stand in the sheet's margins, outside of the labels. Plain paper is cut along the thin lines.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

MM = 72 / 25.4  # points
ACROSS, DOWN = 3, 8
WIDTH, HEIGHT, STEP = 63.5 * MM, 33.9 * MM, 66.04 * MM
PAGE = (210 * MM, 297 * MM)
LEFT = (PAGE[0] - (ACROSS - 1) * STEP - WIDTH) / 2
TOP = (PAGE[1] - DOWN * HEIGHT) / 2
QR, PADDING = 25 * MM, 2.5 * MM


@dataclass(frozen=True)
class Label:
    """Finished texts of one label; `link` is what the QR code leads to."""

    name: str
    area: str
    location: str
    category: str
    number: str
    link: str


@dataclass(frozen=True)
class LabelSheet:
    """All labels of one print."""

    title: str
    area: str
    labels: Sequence[Label]
    printed_at: str


def draw_labels(sheet: LabelSheet) -> bytes:
    """The labels as PDF, page by page."""
    from reportlab.pdfgen.canvas import Canvas

    from app.documents.fonts import SONG, register

    register()
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=PAGE, pageCompression=1, initialFontName=SONG)
    canvas.setTitle(f"{sheet.title} {sheet.area}")
    each = ACROSS * DOWN
    pages = max(1, -(-len(sheet.labels) // each))
    for page in range(pages):
        _draw_margins(canvas, sheet, page + 1, pages)
        for place, label in enumerate(sheet.labels[page * each : (page + 1) * each]):
            row, column = divmod(place, ACROSS)
            _draw_label(canvas, label, LEFT + column * STEP, PAGE[1] - TOP - (row + 1) * HEIGHT)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw_margins(canvas, sheet: LabelSheet, page: int, pages: int) -> None:
    from app.documents.fonts import HEI, SONG, printable

    canvas.setFont(HEI, 8)
    canvas.drawString(LEFT, PAGE[1] - 8 * MM, printable(f"{sheet.title}　{sheet.area}", HEI))
    canvas.setFont(SONG, 7)
    canvas.drawRightString(PAGE[0] - LEFT, PAGE[1] - 8 * MM, "按实际大小（100%）打印")
    canvas.drawString(LEFT, 7 * MM, f"打印时间：{sheet.printed_at}")
    canvas.drawRightString(PAGE[0] - LEFT, 7 * MM, f"第 {page} 页 / 共 {pages} 页")


def _draw_label(canvas, label: Label, x: float, y: float) -> None:
    from app.documents.fonts import HEI_BOLD, SONG
    from app.documents.lists import draw_qr

    canvas.setLineWidth(0.2)
    canvas.setStrokeGray(0.7)
    canvas.rect(x, y, WIDTH, HEIGHT)
    canvas.setStrokeGray(0)
    draw_qr(canvas, label.link, x + PADDING - 1 * MM, y + (HEIGHT - QR) / 2, QR)
    left = x + PADDING + QR
    room = x + WIDTH - PADDING - left
    top = y + HEIGHT - PADDING
    top = _write(canvas, label.name, left, top, room, HEI_BOLD, 11, lines=2)
    top -= 1 * MM
    for text, lines in ((label.location, 2), (label.category, 1), (label.area, 2)):
        top = _write(canvas, text, left, top, room, SONG, 8.5, lines=lines)
    _write(canvas, label.number, left, y + PADDING + 7, room, SONG, 6.5, lines=1)


def _write(canvas, text: str, x: float, top: float, room: float, font: str, size: float, *, lines: int) -> float:
    """At most so many lines, the last cut with …; gives where the next text begins."""
    drawn = cut(text, font, size, room, lines)
    canvas.setFont(font, size)
    for place, line in enumerate(drawn):
        canvas.drawString(x, top - size - place * size * 1.25, line)
    return top - len(drawn) * size * 1.25 - 0.4 * MM


def cut(text: str, font: str, size: float, room: float, lines: int) -> list[str]:
    """The text in at most so many lines that fit the room."""
    from app.documents.fonts import width
    from app.documents.lists import wrap

    found = wrap(text.replace("\n", " "), font, size, room)
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and width(last + "…", font, size) > room:
        last = last[:-1]
    return [*found[: lines - 1], last + "…"]
