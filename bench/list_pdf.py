"""`list-pdf`: the budget list from its lines to PDF: amounts written, subtotals, cells that fit, pages counted.

The yardstick is a bare reportlab canvas that only draws the same finished cells and lines.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace

from bench.framework import Case

ROW, TOP, BOTTOM, LEFT = 17.6, 520, 51, 62
ROWS_A_PAGE = 26


def cases(options) -> Iterator[Case]:
    import reportlab

    from app.documents import contexts_lists as lists
    from app.documents.fonts import register
    from app.documents.lists import draw_lists

    register()
    ctx = SimpleNamespace(now=datetime(2026, 3, 2, 9, 30))
    columns = (lists.AREA, lists._item_column(1, "1号客梯"), *lists._totals(False), *lists.SOURCES)
    for size in (2_000, 20_000):
        lines = made_lines(size)
        cells = [row.cells for row in lists._rows(lines, columns)]

        def ours(lines=lines) -> bytes:
            paper = lists.list_paper("预算清册", "GS2026000001", columns, lines, ("物业区域：测试花园",), ctx)
            return draw_lists([paper])

        yield Case(
            size=f"{size:,} rows",
            ours=ours,
            yardstick=f"reportlab {reportlab.__version__} canvas, same cells",
            theirs=lambda cells=cells: bare_canvas(cells),
            target=1.5,
            check=lambda size=size, ours=ours: _all_rows_are_there(ours(), size) if size <= 2_000 else None,
            rounds=3 if size > 2_000 else None,
        )


def made_lines(size: int) -> list:
    """Houses of 20 buildings with areas, shares and balances."""
    from app.documents.contexts_lists import Line

    chance = random.Random(size)
    names = ["张伟", "王秀英", "李娜", "刘洋", "陈志强", "欧阳建国", "云溪锦绣置业有限公司"]
    lines = []
    for number in range(1, size + 1):
        share, interest = chance.randrange(10_000, 900_000), chance.randrange(0, 50_000)
        lines.append(
            Line(
                number, f"{number * 20 // (size + 1) + 1}幢", f"{number * 20 // (size + 1) + 1}幢1单元{number}",
                chance.choice(names), chance.randrange(3000, 20000), {1: share}, share, share, share * 3, interest,
                share - interest,
            )
        )  # fmt: skip
    return lines


def bare_canvas(cells: list[tuple[str, ...]]) -> bytes:
    """The yardstick: strings and lines at fixed places, nothing looked at."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=landscape(A4), pageCompression=1)
    width = (landscape(A4)[0] - LEFT - 40) / len(cells[0])
    edges = [LEFT + place * width for place in range(len(cells[0]) + 1)]
    for start in range(0, len(cells), ROWS_A_PAGE):
        canvas.setFont("Song", 9)
        y = TOP
        for row in cells[start : start + ROWS_A_PAGE]:
            for place, text in enumerate(row):
                if not text:
                    continue
                if place > 2:
                    canvas.drawRightString(edges[place + 1] - 4, y, text)
                else:
                    canvas.drawString(edges[place] + 4, y, text)
            canvas.line(edges[0], y - 5, edges[-1], y - 5)
            y -= ROW
        for edge in edges:
            canvas.line(edge, TOP + 12, edge, y)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _all_rows_are_there(pdf: bytes, size: int) -> None:
    """A list that lost rows would be fast."""
    import re

    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    found = {int(number) for number in re.findall(r"幢1单元(\d+)", text)}
    assert found == set(range(1, size + 1)), f"{size - len(found)} rows are missing"
