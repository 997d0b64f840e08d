"""Draws long lists page by page on a bare canvas: head, rows, subtotals, totals, page x / y, number and QR code.

Never one huge table: time and memory grow with the rows, not with their square (`documents.md`, engine).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import segno
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.documents.fonts import HEI, HEI_BOLD, SONG, printable, register, width

LEFT, RIGHT, TOP, BOTTOM = 22 * mm, 14 * mm, 16 * mm, 18 * mm  # the left one is for binding
ROW = 6.2 * mm
SIZE = 9
PADDING = 1.4 * mm


@dataclass(frozen=True)
class ListColumn:
    """A column: its head, its share of the width, and where its text stands ("left", "right", "center")."""

    head: str
    weight: float
    align: str = "left"


@dataclass(frozen=True)
class ListRow:
    """A row of finished texts; `kind` is "row", "group" (one text over the whole width) or "sum" (bold, ruled)."""

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


def draw_list(paper: ListPaper) -> bytes:
    """The list as PDF, A4 (upright or wide)."""
    register()
    stream = io.BytesIO()
    _Drawing(paper, stream).run()
    return stream.getvalue()


class _Drawing:
    """One paper on its way to PDF: the canvas, the pen's height, and the columns' places."""

    def __init__(self, paper: ListPaper, stream: io.BytesIO):
        self.paper = paper
        self.page = landscape(A4) if paper.wide else A4
        self.canvas = Canvas(stream, pagesize=self.page, pageCompression=1)
        self.canvas.setTitle(paper.title)
        self.canvas.setLineWidth(0.4)
        self.left, self.right = LEFT, self.page[0] - RIGHT
        self.edges = list(_edges(paper.columns, self.left, self.right))
        self.number = 0
        self.y = 0.0
        self.y_top = 0.0
        self._fits: dict[tuple[str, int], str] = {}

    def run(self) -> None:
        self._start_page()
        for row in self.paper.rows:
            if self.y - self.paper.row_height < BOTTOM:
                self._end_page()
                self._start_page()
            self._draw_row(row)
        self._close_table()
        self._draw_notes()
        self._draw_strips()
        self._draw_foot()
        self.canvas.showPage()
        self._write_page_totals()
        self.canvas.save()

    # pages

    def _start_page(self) -> None:
        self.number += 1
        self.y = self.page[1] - TOP
        if self.number == 1:
            self._draw_title()
        else:
            self.canvas.setFont(HEI, SIZE)
            self.canvas.drawString(self.left, self.y - 8, printable(f"{self.paper.title}（续）", HEI))
            self.canvas.drawRightString(self.right, self.y - 8, self.paper.number)
            self.y -= 12
        self._draw_head()

    def _end_page(self) -> None:
        self._close_table()
        self._draw_foot()
        self.canvas.showPage()
        self.canvas.setLineWidth(0.4)

    def _draw_title(self) -> None:
        canvas, paper = self.canvas, self.paper
        canvas.setFont(HEI_BOLD, 16)
        canvas.drawCentredString((self.left + self.right) / 2, self.y - 16, printable(paper.title, HEI_BOLD))
        if paper.number:
            draw_qr(canvas, paper.number, self.right - 16 * mm, self.y - 16 * mm, 16 * mm)
            canvas.setFont(SONG, SIZE)
            canvas.drawString(self.left, self.y - 12, f"编号：{paper.number}")
        self.y -= 17 * mm if paper.number else 11 * mm
        for fact in paper.facts:
            for line in wrap(fact, SONG, SIZE + 1, self.right - self.left):
                canvas.setFont(SONG, SIZE + 1)
                canvas.drawString(self.left, self.y - 9, line)
                self.y -= 5.2 * mm
        self.y -= 1.5 * mm

    def _draw_head(self) -> None:
        canvas = self.canvas
        lines = [wrap(column.head, HEI, SIZE, w - 2 * PADDING) for column, (_, w) in self._cells()]
        height = max(len(cell) for cell in lines) * 4.2 * mm + 2 * mm
        canvas.setFillGray(0.93)
        canvas.rect(self.left, self.y - height, self.right - self.left, height, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setFont(HEI, SIZE)
        for cell, (_, (x, w)) in zip(lines, self._cells(), strict=True):
            top = self.y - (height - len(cell) * 4.2 * mm) / 2
            for index, line in enumerate(cell):
                canvas.drawCentredString(x + w / 2, top - (index + 0.78) * 4.2 * mm, line)
        self.y_top = self.y
        self.y -= height
        canvas.line(self.left, self.y, self.right, self.y)

    def _cells(self) -> Iterator[tuple[ListColumn, tuple[float, float]]]:
        for index, column in enumerate(self.paper.columns):
            yield column, (self.edges[index], self.edges[index + 1] - self.edges[index])

    # rows

    def _draw_row(self, row: ListRow) -> None:
        canvas, height = self.canvas, self.paper.row_height
        baseline = self.y - height / 2 - SIZE * 0.35
        canvas.setFont(SONG if row.kind == "row" else HEI, SIZE)
        if row.kind == "group":
            canvas.drawString(self.left + PADDING, baseline, printable(row.cells[0], HEI))
        else:
            self._draw_cells(row, baseline)
        self.y -= height
        canvas.line(self.left, self.y, self.right, self.y)

    def _draw_cells(self, row: ListRow, baseline: float) -> None:
        canvas, edges = self.canvas, self.edges
        font = SONG if row.kind == "row" else HEI
        for index, (text, column) in enumerate(zip(row.cells, self.paper.columns, strict=True)):
            if not text:
                continue
            left, right = edges[index], edges[index + 1]
            if column.align == "right":
                canvas.drawRightString(right - PADDING, baseline, text)
                continue
            shown = self._fit(text, index, font)
            if column.align == "center":
                canvas.drawCentredString((left + right) / 2, baseline, shown)
            else:
                canvas.drawString(left + PADDING, baseline, shown)

    def _fit(self, text: str, index: int, font: str) -> str:
        """The text, shortened with … where the column is too narrow; names and places repeat, so they are kept."""
        key = (text, index)
        if (kept := self._fits.get(key)) is not None:
            return kept
        room = self.edges[index + 1] - self.edges[index] - 2 * PADDING
        shown = printable(text, font)
        if width(shown, font, SIZE) > room:
            while shown and width(shown + "…", font, SIZE) > room:
                shown = shown[:-1]
            shown += "…"
        if len(self._fits) < 50_000:
            self._fits[key] = shown
        return shown

    def _close_table(self) -> None:
        """The outer frame and the vertical lines of what was drawn on this page."""
        for edge in self.edges:
            self.canvas.line(edge, self.y_top, edge, self.y)
        self.canvas.line(self.left, self.y_top, self.right, self.y_top)

    # below the table

    def _room(self, height: float) -> None:
        if self.y - height < BOTTOM:
            self._draw_foot()
            self.canvas.showPage()
            self.canvas.setLineWidth(0.4)
            self.number += 1
            self.y = self.page[1] - TOP

    def _draw_notes(self) -> None:
        self.y -= 3 * mm
        for note in self.paper.notes:
            for line in wrap(note, SONG, SIZE + 1, self.right - self.left):
                self._room(6 * mm)
                self.canvas.setFont(SONG, SIZE + 1)
                self.canvas.drawString(self.left, self.y - 9, line)
                self.y -= 5.4 * mm
        if self.paper.seals:
            self._room(30 * mm)
            step = (self.right - self.left) / len(self.paper.seals)
            self.canvas.setFont(SONG, SIZE + 1)
            for index, seal in enumerate(self.paper.seals):
                self.canvas.drawString(self.left + index * step, self.y - 16, printable(seal))
                self.canvas.drawString(self.left + index * step, self.y - 20 * mm, "日期：　　　年　　月　　日")
            self.y -= 26 * mm

    def _draw_strips(self) -> None:
        """Tear-off strips: three in a row, dashed around, each with house, owner and the one-time code."""
        across, height = 3, 15 * mm
        step = (self.right - self.left) / across
        for index, (house, owner, code) in enumerate(self.paper.strips):
            if index % across == 0:
                if index == 0:
                    self._room(10**6)  # strips begin on a page of their own
                self._room(height)
                self.y -= height
            self._draw_strip(self.left + (index % across) * step, step, height, (house, owner, code))

    def _draw_strip(self, x: float, step: float, height: float, texts: tuple[str, str, str]) -> None:
        canvas = self.canvas
        canvas.setDash(2, 2)
        canvas.rect(x, self.y, step, height)
        canvas.setDash()
        canvas.setFont(SONG, SIZE)
        canvas.drawString(x + 2 * mm, self.y + height - 5 * mm, printable(f"{texts[0]}　{texts[1]}"))
        canvas.setFont(HEI_BOLD, 11)
        canvas.drawString(x + 2 * mm, self.y + 3.5 * mm, f"表决码 {texts[2]}")

    def _draw_foot(self) -> None:
        canvas = self.canvas
        canvas.setFont(SONG, 8)
        canvas.drawString(self.left, 10 * mm, f"打印时间：{self.paper.printed_at}" if self.paper.printed_at else "")
        canvas.drawRightString(self.right - 14 * mm, 10 * mm, f"第 {self.number} 页 / 共")
        canvas.doForm("total_pages")

    def _write_page_totals(self) -> None:
        """The number of pages is known only now: every page shows one small form that is written once."""
        self.canvas.beginForm("total_pages")
        self.canvas.setFont(SONG, 8)
        self.canvas.drawString(self.right - 13 * mm, 10 * mm, f"{self.number} 页")
        self.canvas.endForm()


def draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """A QR code as filled squares, its lower left corner at x, y."""
    matrix = segno.make(text, error="m").matrix
    cell = size / (len(matrix) + 2)
    path = canvas.beginPath()
    for row_index, row in enumerate(matrix):
        for column_index, dark in enumerate(row):
            if dark:
                top = y + size - (row_index + 2) * cell
                path.rect(x + (column_index + 1) * cell, top, cell, cell)
    canvas.drawPath(path, stroke=0, fill=1)


NO_LINE_START = set("，。）、；：！？》」』】%）,.;:!?)")


def wrap(text: str, font: str, size: float, room: float) -> list[str]:
    """Break Chinese text into lines that fit; no line begins with a closing sign."""
    lines, line, used = [], "", 0.0
    for character in printable(text, font):
        if character == "\n":
            lines.append(line)
            line, used = "", 0.0
            continue
        step = width(character, font, size)
        if line and used + step > room and character not in NO_LINE_START:
            lines.append(line)
            line, used = "", 0.0
        line += character
        used += step
    return [*lines, line]


def _edges(columns: Sequence[ListColumn], left: float, right: float) -> Iterator[float]:
    total = sum(column.weight for column in columns)
    edge = left
    yield edge
    for column in columns:
        edge += (right - left) * column.weight / total
        yield edge
