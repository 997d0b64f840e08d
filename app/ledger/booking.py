"""When and by whom an entry is booked: what every posting takes along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.permissions import Actor


@dataclass(frozen=True)
class Booking:
    """`booked_on` is the bank's day (or ours where no bank is in it), `now` the moment of the act."""

    booked_on: date
    now: datetime
    actor: Actor
    summary: str = ""

    @property
    def arguments(self) -> dict:
        """As `journal.post_entry` takes them."""
        return {"booked_on": self.booked_on, "now": self.now, "actor": self.actor, "summary": self.summary}
