"""Opening balances confirmed as finance does it: through the workflow, so that nothing waits that is posted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.demo.organisations import user_named
from app.models import OpeningBatch
from app.queries.actors import actor_of
from app.workflows.engine import Context, apply
from app.workflows.roster.flow import OPENING


def confirm(session: Session, batch: OpeningBatch, now: datetime) -> None:
    """Post the batch with the figures that it has."""
    finance = actor_of(session, user_named(session, "finance"), now.date(), "127.0.0.1")
    data = {"house_count": batch.house_count, "total": batch.principal_total + batch.interest_total}
    apply(OPENING, batch.id, "confirm", Context(session, finance, now, data))
