"""全部打印: every paper of a project that the reader may print, in the order of its course, as one PDF.

A contents page in front, an outline for the screen; each paper keeps its own page numbers. A paper that was kept is
given as it was printed then.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from app.documents import wording as w
from app.documents.archive import checked, kept_copy
from app.documents.list_paper import ListColumn, ListPaper, ListRow
from app.documents.registry import PAPERS, Paper
from app.documents.render import Drawn, page_count, render
from app.documents.sizes import FORM
from app.domain.errors import Refusal, say
from app.models import Application, Notice, Project, Refund, Vote
from app.workflows.engine import Context

# What of a project is printed: its rows, and the moment by which they stand in order. A new business is a row.
OF_PROJECT: dict[type, Callable[[Any], datetime]] = {
    Vote: lambda vote: vote.opened_at,
    Notice: lambda notice: notice.published_at,
    Application: lambda application: application.submitted_at or application.created_at,
    Refund: lambda refund: refund.filed_at,
}
CONTENTS = (
    ListColumn("序号", 12, "center"), ListColumn("文书", 60), ListColumn("编号", 44), ListColumn("日期", 28),
    ListColumn("页数", 16, "right"), ListColumn("起始页", 20, "right"),
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One paper of the bundle."""

    paper: Paper
    subject: Any
    at: datetime

    @property
    def number(self) -> str:
        return getattr(self.subject, "number", None) or ""


def parts_of(project: Project, ctx: Context) -> list[Part]:
    """Every paper that the reader may print of the project now, in order."""
    found = [Part(paper, project, project.created_at) for paper in _papers(project, ctx)]
    for model, moment in OF_PROJECT.items():
        rows = ctx.session.scalars(select(model).where(model.project_id == project.id).order_by(model.id))
        found += [Part(paper, row, moment(row)) for row in rows for paper in _papers(row, ctx)]
    return sorted(found, key=lambda part: part.at)  # of one moment: by business, row, and as the registry has them


def rows_to_draw(paper: Paper, subject: Any, ctx: Context) -> int:
    """How long a paper will take: its rows, a form as so many; 0 for a copy that is kept."""
    if kept_copy(paper, subject, ctx) is not None:
        return 0
    if paper.bundle:
        return sum(rows_to_draw(part.paper, part.subject, ctx) for part in parts_of(subject, ctx))
    return paper.size(subject, ctx) if paper.size else FORM


def draw_bundle(project: Project, ctx: Context, drawn: Drawn) -> bytes:
    """The PDF. Refusal when there is nothing to print yet."""
    parts = parts_of(project, ctx)
    if not parts:
        raise Refusal(say("项目还没有可以打印的文书"))
    done, files = 0, []
    for part in parts:
        kept, rows = kept_copy(part.paper, part.subject, ctx), rows_to_draw(part.paper, part.subject, ctx)
        drawn(done)
        heard = partial(_after, drawn, done)
        files.append(checked(kept) if kept else render(part.paper, part.subject, ctx, heard))
        done += rows
    return _joined(project, parts, files, ctx)


def _after(drawn: Drawn, before: int, rows: int) -> None:
    drawn(before + rows)


def _papers(row: Any, ctx: Context) -> list[Paper]:
    return [
        paper
        for paper in PAPERS.values()
        if isinstance(row, paper.model) and not paper.bundle and paper.key != "public_notice"
        and ctx.actor.can(paper.permission) and paper.fits(row) and paper.reason_against(row) is None
    ]  # fmt: skip


def _joined(project: Project, parts: list[Part], files: list[bytes], ctx: Context) -> bytes:
    from pypdf import PdfWriter

    pages = [page_count(pdf) for pdf in files]
    front = page_count(_contents(project, parts, pages, 0, ctx))
    writer = PdfWriter()
    writer.append(io.BytesIO(_contents(project, parts, pages, front, ctx)), outline_item="目录", import_outline=False)
    for place, (part, pdf) in enumerate(zip(parts, files, strict=True), 1):
        writer.append(
            io.BytesIO(pdf), outline_item=f"{place} {part.paper.title} {part.number}".strip(), import_outline=False
        )
    writer.add_metadata({"/Title": f"{project.number} 项目全部文书"})
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _contents(project: Project, parts: list[Part], pages: list[int], front: int, ctx: Context) -> bytes:
    """The contents page; `front` is how many pages it takes itself."""
    from app.documents.lists import draw_list

    rows, start = [], front + 1
    for place, (part, count) in enumerate(zip(parts, pages, strict=True), 1):
        cells = (str(place), part.paper.title, part.number, w.day(part.at), str(count), str(start))
        rows.append(ListRow(cells))
        start += count
    return draw_list(
        ListPaper(
            title="项目全部文书目录", columns=CONTENTS, rows=rows, number=project.number,
            facts=(f"物业区域：{project.area.name}", f"维修项目：{project.name}（{project.number}）"),
            notes=(f"共 {len(parts)} 份文书、{start - 1} 页（含目录）。各文书另有自己的页码。",),
            printed_at=w.moment(ctx.now),
        )
    )  # fmt: skip
