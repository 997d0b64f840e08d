"""A paper of the registry as PDF: its form, its list, or the form with the list behind it, pages counted through.

xhtml2pdf, reportlab and pypdf are loaded with the first paper: they would be a quarter of a worker's start.
"""

from __future__ import annotations

import io
from typing import Any

from app.documents import wording
from app.documents.label_sheet import LabelSheet, draw_labels
from app.documents.registry import Paper
from app.workflows.engine import Context


def render(paper: Paper, subject: Any, ctx: Context) -> bytes:
    """The paper's bytes. The subject has been loaded in scope and its state allows the paper."""
    from app.documents.lists import draw_lists

    if not paper.template:
        drawn = paper.rows(subject, ctx)
        return draw_labels(drawn[0]) if isinstance(drawn[0], LabelSheet) else draw_lists(drawn)
    from app.documents.forms import draw_form

    values = {"title": paper.title, "heading": paper.title, "printed_at": wording.moment(ctx.now)}
    values |= paper.context(subject, ctx)
    form = draw_form(paper.template, values)
    if paper.rows is None:
        return form
    behind = paper.rows(subject, ctx)
    if not behind:  # a notice without a list of houses
        return form
    before = _page_count(form)
    rows = draw_lists(behind, pages_before=before)
    total = before + _page_count(rows)
    return _joined(draw_form(paper.template, values, total_pages=total), rows)


def file_name(paper: Paper, subject: Any) -> str:
    """投票表决签字表-JX2026001.pdf, as the browser saves it."""
    number = getattr(subject, "number", None) or getattr(subject, "label", None) or str(subject.id)
    safe = "".join(c if c.isalnum() or c in "-_（）" else "-" for c in number)
    return f"{paper.title}-{safe}.pdf"


def _page_count(pdf: bytes) -> int:
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
