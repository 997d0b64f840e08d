"""How far projects are, for many at once: one statement a table, whatever the number of projects. Amounts are fen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import (
    AcceptanceState,
    ApplicationKind,
    ApplicationState,
    NoticeKind,
    NoticeState,
    VoteState,
)
from app.models import Acceptance, Application, Notice, PayoutPhase, ProjectHouse, ProjectItem, Vote

INITIATIONS = (ApplicationKind.INITIATION, ApplicationKind.INITIATION_WITH_PAYOUT)
STANDING = (NoticeState.PUBLISHED, NoticeState.ENDED)


@dataclass
class Progress:
    """What has happened to one project so far; the newest record of each kind."""

    budget: int = 0
    paid: int = 0
    phases: int = 0
    vote: VoteState | None = None
    vote_at: datetime | None = None
    notice: NoticeState | None = None
    notice_at: datetime | None = None
    notice_closes: date | None = None
    initiation: ApplicationState | None = None
    initiation_id: int | None = None
    initiation_at: datetime | None = None
    payouts: int = 0
    payout_state: ApplicationState | None = None
    payout_id: int | None = None
    payout_at: datetime | None = None
    acceptance: AcceptanceState | None = None
    acceptance_at: datetime | None = None
    acceptance_notice: NoticeState | None = None
    acceptance_notice_at: datetime | None = None
    acceptance_closes: date | None = None


def progress_of(session: Session, project_ids: Sequence[int]) -> dict[int, Progress]:
    """{project id: Progress} for each of the ids."""
    found = {key: Progress() for key in project_ids}
    if not found:
        return found
    _sums(session, found)
    for row in _newest(session, Vote, found, Vote.state, Vote.opened_at, Vote.closed_at):
        progress = found[row.project_id]
        progress.vote, progress.vote_at = row.state, row.closed_at or row.opened_at
    _notices(session, found)
    _applications(session, found)
    for row in _newest(session, Acceptance, found, Acceptance.state, Acceptance.submitted_at):
        found[row.project_id].acceptance, found[row.project_id].acceptance_at = row.state, row.submitted_at
    return found


def _sums(session: Session, found: dict[int, Progress]) -> None:
    paid = func.sum(ProjectHouse.drawn_interest + ProjectHouse.drawn_principal)
    for name, model, value in (
        ("budget", ProjectItem, func.sum(ProjectItem.budget)),
        ("paid", ProjectHouse, paid),
        ("phases", PayoutPhase, func.count()),
    ):
        rows = session.execute(
            select(model.project_id, value).where(model.project_id.in_(found)).group_by(model.project_id)
        )
        for key, total in rows:
            setattr(found[key], name, int(total or 0))


def _notices(session: Session, found: dict[int, Progress]) -> None:
    columns = (Notice.project_id, Notice.kind, Notice.state, Notice.published_at, Notice.closes_on)
    rows = session.execute(
        select(*columns).where(Notice.project_id.in_(found), Notice.state.in_(STANDING)).order_by(Notice.id)
    )
    for row in rows:
        progress = found[row.project_id]
        if row.kind is NoticeKind.INITIATION:
            progress.notice, progress.notice_at, progress.notice_closes = row.state, row.published_at, row.closes_on
        elif row.kind is NoticeKind.ACCEPTANCE:
            progress.acceptance_notice, progress.acceptance_notice_at = row.state, row.published_at
            progress.acceptance_closes = row.closes_on


def _applications(session: Session, found: dict[int, Progress]) -> None:
    columns = (
        Application.id, Application.project_id, Application.kind, Application.state,
        func.coalesce(Application.waiting_since, Application.submitted_at, Application.created_at).label("at"),
    )  # fmt: skip
    for row in session.execute(select(*columns).where(Application.project_id.in_(found)).order_by(Application.id)):
        progress = found[row.project_id]
        if row.kind in INITIATIONS:
            progress.initiation, progress.initiation_id, progress.initiation_at = row.state, row.id, row.at
        elif row.kind is ApplicationKind.PAYOUT and row.state not in ENDED:
            progress.payouts += 1
            if progress.payout_state is not ApplicationState.RETURNED:
                progress.payout_state, progress.payout_id, progress.payout_at = row.state, row.id, row.at


ENDED = (ApplicationState.SETTLED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)


def _newest(session: Session, model: Any, found: Iterable[int], *columns: Any):
    newest = select(func.max(model.id)).where(model.project_id.in_(found)).group_by(model.project_id)
    return session.execute(select(model.project_id, *columns).where(model.id.in_(newest)))
