"""Every paper of the registry once, as files: to look at them all after a change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.documents.registry import PAPERS, Paper
from app.documents.render import file_name, render
from app.workflows.engine import Context


def export_papers(folder: Path, ctx: Context) -> Iterator[tuple[Paper, Path | None]]:
    """(paper, file) of each row, drawn from the newest record that allows it; None where there is no such record."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, paper in enumerate(PAPERS.values(), start=1):
        subject = subject_of(ctx.session, paper)
        if subject is None:
            yield paper, None
            continue
        path = folder / f"{place:02d}-{file_name(paper, subject)}"
        path.write_bytes(render(paper, subject, ctx))
        yield paper, path


def subject_of(session: Session, paper: Paper) -> Any | None:
    """The newest record that the paper may be printed of."""
    query = select(paper.model).order_by(paper.model.id.desc())
    if paper.states is not None:
        query = query.where(paper.model.state.in_(paper.states))
    rows = session.scalars(query.execution_options(yield_per=100))
    return next((row for row in rows if paper.fits(row)), None)
