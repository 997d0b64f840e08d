"""Papers kept as they were printed: notices and submitted applications. What was kept is given again, byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.orm import Session

from app import audit
from app.documents.registry import Paper
from app.documents.render import Drawn, render
from app.models import ArchivedPaper
from app.queries.papers import kept_paper
from app.workflows.engine import Context

UnitOfWork = Callable[[], AbstractContextManager[Session]]


def print_paper(paper: Paper, subject: Any, ctx: Context, unit_of_work: UnitOfWork, **watched: Drawn) -> bytes:
    """The paper's PDF: the kept copy while nothing on it has changed, else drawn now and kept.

    It is drawn before the unit of work begins: a long list must not hold the database's lock. Prints of personal data
    are audited. The kept bytes are checked against their hash. `drawn`: as `render()` has it.
    """
    key, table = subject.id, subject.__tablename__
    kept = kept_copy(paper, subject, ctx)
    pdf = checked(kept) if kept else render(paper, subject, ctx, **watched)
    if not paper.personal and (kept or not paper.archived):
        return pdf
    with unit_of_work() as session:
        if paper.archived and not kept:
            session.add(_archived(paper, key, pdf, ctx))
        if paper.personal:
            audit.record(session, ctx.actor, "print", table, key, now=ctx.now, summary=f"打印{paper.title}")
    return pdf


def kept_copy(paper: Paper, subject: Any, ctx: Context) -> ArchivedPaper | None:
    """The copy that is given again; None: it has to be drawn."""
    return kept_paper(ctx.session, paper.key, subject.id, paper.changed(subject)) if paper.archived else None


def checked(kept: ArchivedPaper) -> bytes:
    """The kept bytes, proven; ValueError when they are not what was stored."""
    if hashlib.sha256(kept.pdf).hexdigest() != kept.sha256:
        raise ValueError(f"archived paper {kept.id} does not match its hash")
    return kept.pdf


def _archived(paper: Paper, key: int, pdf: bytes, ctx: Context) -> ArchivedPaper:
    return ArchivedPaper(
        paper=paper.key, subject_id=key, printed_at=ctx.now, printed_by_id=ctx.actor.user_id,
        sha256=hashlib.sha256(pdf).hexdigest(), pdf=pdf,
    )  # fmt: skip
