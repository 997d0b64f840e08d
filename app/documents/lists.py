"""Draws long lists page by page on a bare canvas: head, rows, subtotals, totals, page x / y, number and QR code.

Never one huge table: time and memory grow with the rows, not with their square (`documents.md`, engine).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import segno
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from app.documents.fonts import HEI, HEI_BOLD, SONG, printable, register, width
from app.documents.linebreak import break_lines
from app.documents.list_paper import ListColumn, ListPaper, ListRow

LEFT, RIGHT, TOP, BOTTOM = 22 * mm, 14 * mm, 16 * mm, 18 * mm  # the left one is for binding
SIZE, SMALL, TEXT = 9, 6.5, 10  # points: cells, cells in two lines, sentences
PADDING = 1.4 * mm
HEAD_LINE, TEXT_LINE, SEAL = 4.2 * mm, 5.3 * mm, 38 * mm


def draw_list(paper: ListPaper) -> bytes:
    """The list as PDF, A4 (upright or wide)."""
    return draw_lists([paper])


def draw_lists(papers: Sequence[ListPaper], *, pages_before: int = 0) -> bytes:
    """One PDF of several lists, each on pages of its own, numbered through after `pages_before` pages of a form."""
    register()
    stream = io.BytesIO()
    canvas = Canvas(stream, pageCompression=1, initialFontName=SONG)
    canvas.setTitle(papers[0].title)
    number = pages_before
    for paper in papers:
        number = _Drawing(paper, canvas, number).run()
    write_page_totals(canvas, number)
    canvas.save()
    return stream.getvalue()


def write_page_totals(canvas: Canvas, total: int) -> None:
    """The number of pages is known only now: every page shows one small form that is written once."""
    canvas.beginForm("total_pages")
    canvas.setFont(SONG, 8)
    canvas.drawString(0, 0, f"{total} 页")
    canvas.endForm()


class _Drawing:
    """One list on its way to PDF: the canvas, the pen's height, and the columns' places."""

    def __init__(self, paper: ListPaper, canvas: Canvas, number: int):
        self.paper = paper
        self.page = landscape(A4) if paper.wide else A4
        self.canvas = canvas
        self.left, self.right = LEFT, self.page[0] - RIGHT
        self.edges = list(_edges(paper.columns, self.left, self.right))
        self.rooms = [self.edges[i + 1] - self.edges[i] - 2 * PADDING for i in range(len(paper.columns))]
        self.number = number
        self.y = 0.0
        self.y_top = 0.0
        self.pen: PDFTextObject | None = None
        self._fits: dict[tuple[str, int, str], tuple[tuple[str, ...], float]] = {}
        self._figures: dict[str, float] = {}

    def run(self) -> int:
        """Draw it; gives the number of its last page."""
        self._open_page()
        self._draw_title()
        self._draw_head()
        for row in self.paper.rows:
            if self.y - self.paper.row_height < BOTTOM:
                self._close_table()
                self._next_page()
            self._draw_row(row)
        self._close_table()
        self._draw_notes()
        self._draw_seals()
        self._draw_strips()
        self._close_page()
        return self.number

    # pages

    def _open_page(self) -> None:
        self.number += 1
        self.canvas.setPageSize(self.page)
        self.canvas.setLineWidth(0.4)
        self.y = self.page[1] - TOP

    def _close_page(self) -> None:
        self._draw_foot()
        self.canvas.showPage()

    def _next_page(self) -> None:
        """A further page of the table, with its head."""
        self._close_page()
        self._open_page()
        self.canvas.setFont(HEI, SIZE)
        self.canvas.drawString(self.left, self.y - 8, printable(f"{self.paper.title}（续）", HEI))
        self.canvas.drawRightString(self.right, self.y - 8, printable(self.paper.number, HEI))
        self.y -= 12
        self._draw_head()

    def _room(self, height: float) -> None:
        """Go on to a page without table when `height` is not left on this one."""
        if self.y - height < BOTTOM:
            self._close_page()
            self._open_page()

    def _draw_title(self) -> None:
        canvas, paper = self.canvas, self.paper
        room = self.right - self.left - (2 * 19 * mm if paper.number else 0)
        for line in wrap(paper.title, HEI_BOLD, 16, room):
            canvas.setFont(HEI_BOLD, 16)
            canvas.drawCentredString((self.left + self.right) / 2, self.y - 15, line)
            self.y -= 8 * mm
        if paper.number:
            top = self.page[1] - TOP
            draw_qr(canvas, paper.number, self.right - 16 * mm, top - 16 * mm, 16 * mm)
            canvas.setFont(SONG, TEXT)
            canvas.drawCentredString((self.left + self.right) / 2, self.y - 9, printable(f"编号：{paper.number}"))
            self.y = min(self.y - 6 * mm, top - 17 * mm)
        else:
            self.y -= 3 * mm
        self._draw_sentences(paper.facts)
        self.y -= 1.5 * mm
        self._room(24 * mm)  # the head never stands alone at the foot of a page

    def _draw_sentences(self, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            for line in wrap(sentence, SONG, TEXT, self.right - self.left):
                self._room(TEXT_LINE)
                self.canvas.setFont(SONG, TEXT)
                self.canvas.drawString(self.left, self.y - 9, line)
                self.y -= TEXT_LINE

    def _draw_head(self) -> None:
        canvas = self.canvas
        heads = zip(self.paper.columns, self.rooms, strict=True)
        lines = [wrap(column.head, HEI, SIZE, room) for column, room in heads]
        height = max(len(cell) for cell in lines) * HEAD_LINE + 2 * mm
        canvas.setFillGray(0.93)
        canvas.rect(self.left, self.y - height, self.right - self.left, height, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setFont(HEI, SIZE)
        for index, cell in enumerate(lines):
            middle = (self.edges[index] + self.edges[index + 1]) / 2
            top = self.y - (height - len(cell) * HEAD_LINE) / 2
            for place, line in enumerate(cell):
                canvas.drawCentredString(middle, top - (place + 0.78) * HEAD_LINE, line)
        self.y_top = self.y
        self.y -= height
        canvas.line(self.left, self.y, self.right, self.y)

    # rows

    def _draw_row(self, row: ListRow) -> None:
        canvas, height = self.canvas, self.paper.row_height
        font = SONG if row.kind == "row" else HEI
        baseline = self.y - height / 2 - SIZE * 0.35
        if row.kind == "group":
            canvas.setFont(font, SIZE)
            canvas.drawString(self.left + PADDING, baseline, printable(row.cells[0], HEI))
        else:
            self.pen = canvas.beginText()  # one text object a row: a third faster than one a cell
            self.pen.setFont(font, SIZE)
            for index, text in enumerate(row.cells):
                if text:
                    self._draw_cell(text, index, font, baseline)
            canvas.drawText(self.pen)
        self.y -= height
        canvas.line(self.left, self.y, self.right, self.y)

    def _draw_cell(self, text: str, index: int, font: str, baseline: float) -> None:
        align = self.paper.columns[index].align
        if align == "right" and len(text) * self._figure(font) <= self.rooms[index]:
            self._write(self.edges[index + 1] - PADDING - stringWidth(text, font, SIZE), baseline, text)
            return
        lines, size = self._fit(text, index, font)
        if size == SIZE:
            self._draw_line(lines[0], index, align, baseline, font, size)
            return
        self.pen.setFont(font, size)
        middle = baseline + (SIZE - size) * 0.35
        for place, line in enumerate(lines):
            down = (place - (len(lines) - 1) / 2) * size * 1.15
            self._draw_line(line, index, align, middle - down, font, size)
        self.pen.setFont(font, SIZE)

    def _draw_line(self, text: str, index: int, align: str, baseline: float, font: str, size: float) -> None:
        x = self.edges[index] + PADDING
        if align != "left":
            spare = self.rooms[index] - stringWidth(text, font, size)
            x += spare if align == "right" else spare / 2
        self._write(x, baseline, text)

    def _write(self, x: float, baseline: float, text: str) -> None:
        self.pen.setTextOrigin(x, baseline)
        self.pen.textLine(text)

    def _figure(self, font: str) -> float:
        """The width of the widest sign of a figure, in this font."""
        if font not in self._figures:
            self._figures[font] = width("0", font, SIZE)
        return self._figures[font]

    def _fit(self, text: str, index: int, font: str) -> tuple[tuple[str, ...], float]:
        """(lines, size): as it is, smaller, or small in two lines, at last cut with …. Names repeat, so it is kept."""
        key = (text, index, font)
        if (kept := self._fits.get(key)) is None:
            kept = fit(printable(text.replace("\n", " "), font), font, self.rooms[index])
            if len(self._fits) < 5_000:
                self._fits[key] = kept
        return kept

    def _close_table(self) -> None:
        """The outer frame and the vertical lines of what was drawn on this page."""
        for edge in self.edges:
            self.canvas.line(edge, self.y_top, edge, self.y)
        self.canvas.line(self.left, self.y_top, self.right, self.y_top)

    # below the table

    def _draw_notes(self) -> None:
        self.y -= 3 * mm
        self._draw_sentences(self.paper.notes)

    def _draw_seals(self) -> None:
        """Places to sign and seal: who, a dashed frame, and the date."""
        seals = self.paper.seals
        if not seals:
            return
        self._room(SEAL)
        canvas, step = self.canvas, (self.right - self.left) / len(seals)
        for index, seal in enumerate(seals):
            x = self.left + index * step
            canvas.setFont(SONG, TEXT)
            canvas.drawString(x, self.y - 14, printable(seal))
            canvas.drawString(x, self.y - SEAL + 8, "日期：　　　　年　　月　　日")
            canvas.setDash(2, 2)
            canvas.rect(x, self.y - SEAL + 24, 42 * mm, SEAL - 44)
            canvas.setDash()
            canvas.setFont(SONG, 8)
            canvas.drawCentredString(x + 21 * mm, self.y - SEAL / 2 + 1, "盖章处")
        self.y -= SEAL

    def _draw_strips(self) -> None:
        """Tear-off strips, on pages of their own: three in a row, dashed around, house, owner and one-time code."""
        strips = list(self.paper.strips)
        if not strips:
            return
        self._close_page()
        self._open_page()
        across, height = 3, 15 * mm
        step = (self.right - self.left) / across
        for index, texts in enumerate(strips):
            if index % across == 0:
                self._room(height)
                self.y -= height
            self._draw_strip(self.left + (index % across) * step, step, height, texts)

    def _draw_strip(self, x: float, step: float, height: float, texts: tuple[str, str, str]) -> None:
        canvas = self.canvas
        canvas.setDash(2, 2)
        canvas.rect(x, self.y, step, height)
        canvas.setDash()
        lines, size = fit(printable(f"{texts[0]}　{texts[1]}"), SONG, step - 4 * mm)
        canvas.setFont(SONG, size)
        for place, line in enumerate(lines):
            canvas.drawString(x + 2 * mm, self.y + height - 4.6 * mm - place * size * 1.15, line)
        canvas.setFont(HEI_BOLD, 11)
        canvas.drawString(x + 2 * mm, self.y + 3 * mm, f"表决码 {texts[2]}")

    def _draw_foot(self) -> None:
        canvas = self.canvas
        canvas.setFont(SONG, 8)
        if self.paper.printed_at:
            canvas.drawString(self.left, 10 * mm, f"打印时间：{self.paper.printed_at}")
        canvas.drawRightString(self.right - 14 * mm, 10 * mm, f"第 {self.number} 页 / 共")
        canvas.saveState()
        canvas.translate(self.right - 13 * mm, 10 * mm)
        canvas.doForm("total_pages")
        canvas.restoreState()


def fit(text: str, font: str, room: float) -> tuple[tuple[str, ...], float]:
    """(lines, size) of a printable text in a cell: normal, a little smaller, two small lines, at last cut with …."""
    full = width(text, font, SIZE)
    if full <= room:
        return (text,), SIZE
    if full * 0.85 <= room:
        return (text,), SIZE * 0.85
    lines = wrap(text, font, SMALL, room)
    if len(lines) == 1:
        return (lines[0],), SMALL
    if len(lines) == 2:
        return (lines[0], lines[1]), SMALL
    second = lines[1]
    while second and width(second + "…", font, SMALL) > room:
        second = second[:-1]
    return (lines[0], second + "…"), SMALL


def draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """A QR code as filled squares, its lower left corner at x, y."""
    matrix = segno.make(text, error="m", micro=False).matrix
    cell = size / (len(matrix) + 2)
    path = canvas.beginPath()
    for row_index, row in enumerate(matrix):
        for column_index, dark in enumerate(row):
            if dark:
                top = y + size - (row_index + 2) * cell
                path.rect(x + (column_index + 1) * cell, top, cell, cell)
    canvas.drawPath(path, stroke=0, fill=1)


def wrap(text: str, font: str, size: float, room: float) -> list[str]:
    """The printable text in lines that fit; a line break in it stays one."""
    lines = []
    for part in printable(text, font).split("\n"):
        widths = [width(character, font, size) for character in part]
        lines += [part[start:end] for start, end in break_lines(part, widths, lambda _line: room)]
    return lines


def _edges(columns: Sequence[ListColumn], left: float, right: float) -> Iterator[float]:
    total = sum(column.weight for column in columns)
    edge = left
    yield edge
    for column in columns:
        edge += (right - left) * column.weight / total
        yield edge
