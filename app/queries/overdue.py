"""Which projects are overdue (`workflows.md` 5.3 rule 9), for lists and the daily job: one condition in SQL.

`workflows/projects/overdue.py` says of one project why; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists, or_

from app.domain.enums import INITIATIONS, ApplicationState, ProjectState, VoteState
from app.models import Acceptance, Application, Project, Vote

OPEN = (ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING)


@dataclass(frozen=True)
class Terms:
    """How many days may pass after the planned completion and after a passed vote, by the policy of `today`."""

    today: date
    completion_days: int
    vote_days: int


def is_overdue(terms: Terms) -> ColumnElement[bool]:
    """The planned completion and its days have passed without acceptance; or those after a passed vote without an
    initiation submitted (one that was returned had been)."""
    accepted = exists().where(Acceptance.project_id == Project.id)
    due = terms.today - timedelta(days=terms.completion_days)
    late_works = Project.state.in_(OPEN) & (Project.planned_end < due) & ~accepted
    long_ago = terms.today - timedelta(days=terms.vote_days)
    old_vote = exists().where(Vote.project_id == Project.id, Vote.state == VoteState.PASSED, Vote.closed_at < long_ago)
    returned = exists().where(
        Application.project_id == Project.id, Application.kind.in_(INITIATIONS),
        Application.state == ApplicationState.RETURNED,
    )  # fmt: skip
    return or_(late_works, (Project.state == ProjectState.DRAFT) & old_vote & ~returned)
