"""What the night takes away: what nobody can use any more, and what should not lie about."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app import clock
from app.jobs.daily import tidy
from app.jobs.run import Run
from app.models import Attachment, SignInSession
from app.permissions import SYSTEM
from app.transaction import unit_of_work


def test_sessions_that_are_over_go(signed_in, session, monkeypatch):
    client = signed_in("agent")
    tidy(Run(0, SYSTEM))
    assert client.get("/account/").status_code == 200
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    tidy(Run(0, SYSTEM))
    session.rollback()
    assert session.scalars(select(SignInSession)).all() == []


def test_uploaded_rosters_go_after_thirty_days_and_nothing_else(session, city, cast):
    """They hold identity numbers in clear."""

    def upload(subject: str, days: int) -> None:
        session.add(
            Attachment(
                subject=subject, subject_id=city.area.id, area_id=city.area.id, file_name=f"{subject} {days}",
                stored_name=f"{subject}{days}", media_type="application/pdf", size=1, sha256="0" * 64,
                uploaded_at=clock.now() - timedelta(days=days), uploaded_by_id=cast.clerk.id,
            )
        )  # fmt: skip

    with unit_of_work():
        for subject, days in (("rosters", 29), ("rosters", 31), ("applications", 31)):
            upload(subject, days)
    tidy(Run(0, SYSTEM))
    session.rollback()
    kept = session.scalars(select(Attachment.file_name).order_by(Attachment.file_name)).all()
    assert kept == ["applications 31", "rosters 29"]
