"""Users across all organisations: what is unique in the whole platform, and what an organisation's own list shows."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import PlatformUser


def login_name_taken(session: Session, name: str) -> bool:
    """Is it anybody's, in whatever case? Core: a company can't see the users of others, but may not share a name."""
    table = PlatformUser.__table__
    return session.scalar(select(table.c.id).where(func.lower(table.c.username) == name.lower())) is not None
