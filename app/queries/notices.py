"""Notices as pages, guards and papers read them. Public queries name their columns: nothing else can leak."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enums import NoticeKind, NoticeState
from app.models import Notice

STANDING = (NoticeState.PUBLISHED, NoticeState.ENDED)


def standing_notice(session: Session, project_id: int, kind: NoticeKind) -> Notice | None:
    """The notice of that kind that is published or has ended by date: the one the next step rests on."""
    return session.scalar(
        select(Notice)
        .where(Notice.project_id == project_id, Notice.kind == kind, Notice.state.in_(STANDING))
        .order_by(Notice.id.desc())
        .limit(1)
    )


def latest_notice(session: Session, project_id: int, kind: NoticeKind) -> Notice | None:
    """The newest notice of that kind, whatever its state."""
    return session.scalar(
        select(Notice).where(Notice.project_id == project_id, Notice.kind == kind).order_by(Notice.id.desc()).limit(1)
    )


def notices_of(session: Session, project_id: int) -> list[Notice]:
    """All notices of a project with all their editions, newest first."""
    return list(session.scalars(select(Notice).where(Notice.project_id == project_id).order_by(Notice.id.desc())))
