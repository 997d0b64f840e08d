"""A paper of the registry as PDF: its form, its list, or the form with the list behind it, pages counted through.

xhtml2pdf, reportlab and pypdf are loaded with the first paper: they would be a quarter of a worker's start.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from app.documents import wording
from app.documents.label_sheet import LabelSheet, draw_labels
from app.documents.list_paper import ListPaper, ListRow
from app.documents.registry import Paper
from app.workflows.engine import Context

STEP = 500  # rows between two looks at the progress
Drawn = Callable[[int], None]


def _unwatched(_rows: int) -> None:
    """Nobody waits at a progress bar."""


def render(paper: Paper, subject: Any, ctx: Context, drawn: Drawn = _unwatched) -> bytes:
    """The paper's bytes. The subject has been loaded in scope and its state allows the paper.

    `drawn(rows)` hears how many rows of a list have been drawn; what it raises ends the drawing.
    """
    from app.documents.lists import draw_lists

    if paper.bundle:
        from app.documents.bundle import draw_bundle

        return draw_bundle(subject, ctx, drawn)
    if not paper.template:
        lists = paper.rows(subject, ctx)
        return draw_labels(lists[0]) if isinstance(lists[0], LabelSheet) else draw_lists(_heard(lists, drawn))
    from app.documents.forms import draw_form

    values = {"title": paper.title, "heading": paper.title, "printed_at": wording.moment(ctx.now)}
    values |= paper.context(subject, ctx)
    form = draw_form(paper.template, values)
    if paper.rows is None:
        return form
    behind = paper.rows(subject, ctx)
    if not behind:  # a notice without a list of houses
        return form
    before = page_count(form)
    rows = draw_lists(_heard(behind, drawn), pages_before=before)
    total = before + page_count(rows)
    return _joined(draw_form(paper.template, values, total_pages=total), rows)


def _heard(papers: Sequence[ListPaper], drawn: Drawn) -> list[ListPaper]:
    """The lists, telling how far they are while they are drawn."""
    if drawn is _unwatched:
        return list(papers)
    counted = count(1)

    def watch(rows: Iterable[ListRow]) -> Iterator[ListRow]:
        for row in rows:
            if (done := next(counted)) % STEP == 0:
                drawn(done)
            yield row

    return [replace(paper, rows=watch(paper.rows)) for paper in papers]


def file_name(paper: Paper, subject: Any) -> str:
    """投票表决签字表-JX2026001.pdf, as the browser saves it."""
    number = getattr(subject, "number", None) or getattr(subject, "label", None) or str(subject.id)
    safe = "".join(c if c.isalnum() or c in "-_（）" else "-" for c in number)
    return f"{paper.title}-{safe}.pdf"


def page_count(pdf: bytes) -> int:
    """Pages of a PDF."""
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


def _joined(*parts: bytes) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter()
    for part in parts:
        writer.append(io.BytesIO(part))
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()
