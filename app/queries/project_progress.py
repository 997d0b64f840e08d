"""How far projects are, for many at once by one statement. Amounts are fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Label, Select, func, select
from sqlalchemy.orm import Session

from app.domain.enums import (
    AcceptanceState,
    ApplicationState,
    NoticeKind,
    NoticeState,
    VoteState,
)
from app.models import Acceptance, Application, Notice, PayoutPhase, ProjectHouse, ProjectItem, Vote
from app.queries.gather import gather

Rows = Mapping[str, Sequence[Any]]

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
    cancellation: NoticeState | None = None
    cancellation_at: datetime | None = None
    acceptance_notice: NoticeState | None = None
    acceptance_notice_at: datetime | None = None
    acceptance_closes: date | None = None


def progress_of(session: Session, project_ids: Sequence[int]) -> dict[int, Progress]:
    """{project id: Progress} for each of the ids."""
    return progress_from(project_ids, gather(session, **_questions(project_ids))) if project_ids else {}


def progress_from(project_ids: Sequence[int], rows: Rows) -> dict[int, Progress]:
    """The same from rows that are there already, each list in the order of its ids: sums, votes, notices …"""
    found = {key: Progress() for key in project_ids}
    for name in ("budget", "paid", "phases"):
        for key, total in rows[name]:
            setattr(found[key], name, int(total or 0))
    for row in rows["votes"]:
        progress = found[row.project_id]
        progress.vote, progress.vote_at = row.state, row.closed_at or row.opened_at
    for row in rows["notices"]:
        _note_notice(found[row.project_id], row)
    for row in rows["applications"]:
        _note_application(found[row.project_id], row)
    for row in rows["acceptances"]:
        found[row.project_id].acceptance, found[row.project_id].acceptance_at = row.state, row.submitted_at
    return found


def _questions(ids: Sequence[int]) -> dict[str, Select]:
    """Everything about these projects, to be asked by one statement."""
    N, A = Notice, Application
    return {
        **sums(ids),
        "votes": _newest(Vote, ids, Vote.state, Vote.opened_at, Vote.closed_at),
        "notices": select(N.project_id, N.kind, N.state, N.published_at, N.closes_on)
        .where(N.project_id.in_(ids), N.state.in_(STANDING))
        .order_by(N.id),
        "applications": select(A.id, A.project_id, A.kind, A.state, since())
        .where(A.project_id.in_(ids))
        .order_by(A.id),
        "acceptances": _newest(Acceptance, ids, Acceptance.state, Acceptance.submitted_at),
    }


def sums(ids: Sequence[int]) -> dict[str, Select]:
    """(project id, figure) of what is added up: budget and paid in fen, number of phases."""
    paid = func.sum(ProjectHouse.drawn_interest + ProjectHouse.drawn_principal)
    return {
        name: select(model.project_id, value).where(model.project_id.in_(ids)).group_by(model.project_id)
        for name, model, value in (
            ("budget", ProjectItem, func.sum(ProjectItem.budget)),
            ("paid", ProjectHouse, paid),
            ("phases", PayoutPhase, func.count()),
        )
    }


def since() -> Label:
    """When the application came to where it stands."""
    return func.coalesce(Application.waiting_since, Application.submitted_at, Application.created_at).label("at")


def _note_notice(progress: Progress, row: Any) -> None:
    if row.state not in STANDING:
        return
    if row.kind is NoticeKind.INITIATION:
        progress.notice, progress.notice_at, progress.notice_closes = row.state, row.published_at, row.closes_on
    elif row.kind is NoticeKind.ACCEPTANCE:
        progress.acceptance_notice, progress.acceptance_notice_at = row.state, row.published_at
        progress.acceptance_closes = row.closes_on
    else:
        progress.cancellation, progress.cancellation_at = row.state, row.published_at


def _note_application(progress: Progress, row: Any) -> None:
    if row.kind.initiates:
        progress.initiation, progress.initiation_id, progress.initiation_at = row.state, row.id, row.at
    # One that initiates and pays is a payout from its approval on.
    if row.kind.pays and row.state not in ENDED and (not row.kind.initiates or row.state is ApplicationState.APPROVED):
        progress.payouts += 1
        if progress.payout_state is not ApplicationState.RETURNED:
            progress.payout_state, progress.payout_id, progress.payout_at = row.state, row.id, row.at


ENDED = (ApplicationState.SETTLED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)


def _newest(model: Any, ids: Sequence[int], *columns: Any) -> Select:
    newest = select(func.max(model.id)).where(model.project_id.in_(ids)).group_by(model.project_id)
    return select(model.project_id, *columns).where(model.id.in_(newest))
