"""What was done with a project's own row since a page of it was drawn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import AuditEvent, Project

EVENTS = AuditEvent.__table__


def acts_since(session: Session, project: Project, *, limit: int) -> list[tuple[datetime, str, str, str]]:
    """(at, who, what, changes as JSON) of the newest acts on the project itself, newest first."""
    columns = (EVENTS.c.at, EVENTS.c.actor_name, EVENTS.c.summary, EVENTS.c.changes)
    about = (EVENTS.c.subject == Project.__tablename__) & (EVENTS.c.subject_id == str(project.id))
    return [
        tuple(row) for row in session.execute(select(*columns).where(about).order_by(EVENTS.c.id.desc()).limit(limit))
    ]
