"""What an organisation may see, enforced on the session for every ORM query and every write."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.permissions import Actor


def enter(session: Session, actor: Actor) -> None:
    """Put the actor on the session; from here on it reads and writes only what the actor may."""
    session.info["actor"] = actor
