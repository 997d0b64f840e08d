"""One run of a job, as its function sees it: who asked, progress, cancel, result."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.extensions import db
from app.models import Job
from app.permissions import Actor
from app.transaction import write_beside
from app.workflows.attachments.storage import store


class Cancelled(Exception):
    """The user asked to stop; raised by `progress()`, nothing of the job is stored."""


@dataclass
class Run:
    """Handed to a job's function, which reads and computes first, with progress, and stores in one unit of work."""

    job_id: int
    actor: Actor
    outcome: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return db.session()

    @property
    def now(self) -> datetime:
        return clock.now()

    @property
    def today(self) -> date:
        return clock.today()

    def progress(self, done: int, total: int, stage: str = "") -> None:
        """Show how far it is; raises Cancelled when the user asked to stop. Inside a unit of work it only counts.

        On SQLite the act holds the only write lock, so a second writer would wait for ever.
        """
        if self.session.info.get("unit_of_work"):
            return
        write_beside(
            update(Job)
            .where(Job.id == self.job_id)
            .values(progress=done, total=total, stage=stage, heartbeat_at=clock.now())
        )
        self.stop_if_cancelled()

    def stop_if_cancelled(self) -> None:
        """Raise Cancelled when the user asked to stop; the last chance is right before the unit of work."""
        with db.engine.connect() as connection:
            asked = connection.scalar(select(Job.cancel_asked).where(Job.id == self.job_id))
        if asked:
            raise Cancelled

    def result(self, **values: Any) -> None:
        """What the page shows at the end: `sentences`, counts, `link`, a file."""
        self.outcome.update(values)

    def keep_file(self, name: str, media_type: str, data: bytes) -> None:
        """A file to download from the job's page; as no row names it, the nightly sweep removes it after a day."""
        self.result(file={"name": name, "media_type": media_type, "stored_name": store().put(data), "size": len(data)})

    def outcome_json(self) -> str:
        return json.dumps(self.outcome, ensure_ascii=False, default=str)
