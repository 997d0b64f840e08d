"""What 撤销 of a project would end, in numbers, for the question before it. Read only; amounts are fen."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import ApplicationState, NoticeKind, TransferState, VoteState
from app.models import Application, Notice, ProjectHouse, Transfer, Vote
from app.queries.gather import counts
from app.queries.project_progress import STANDING

A, T = ApplicationState, TransferState


class Stake(NamedTuple):
    """Open applications, payee lines not paid, votes and notices that stand, houses with a hold and its sum."""

    applications: int
    lines: int
    votes: int
    notices: int
    houses: int
    held: int


def at_stake(session: Session, project_id: int) -> Stake:
    """By one statement."""

    def of(model, *conditions):
        return select(func.count(model.id)).where(model.project_id == project_id, *conditions)

    held = (ProjectHouse.project_id == project_id, ProjectHouse.held > 0)
    lines = of(Transfer, Transfer.state.in_((T.PENDING, T.REFUSED, T.CORRECTED)))
    lines = lines.join(Application, Application.id == Transfer.application_id).where(Application.state == A.APPROVED)
    return Stake(
        *counts(
            session,
            of(Application, Application.state.in_((A.DRAFT, A.SUBMITTED, A.IN_REVIEW, A.RETURNED))),
            lines,
            of(Vote, Vote.state.in_((VoteState.OPEN, VoteState.PASSED))),
            of(Notice, Notice.kind != NoticeKind.CANCELLATION, Notice.state.in_(STANDING)),
            select(func.count(ProjectHouse.house_id)).where(*held),
            select(func.sum(ProjectHouse.held)).where(*held),
        )
    )
