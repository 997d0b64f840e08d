"""What the start page shows: counts and sums of what the actor may see. The session is guarded, so it is scoped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.enums import ApplicationState, NoticeState, ProjectState, TransferState, VoteState
from app.models import Application, Area, House, HouseAccount, Message, Notice, Project, Transfer, Vote
from app.permissions import Actor, Permission

OPEN_PROJECTS = (ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING)
LISTED = 8


@dataclass
class Home:
    """Counts by name, and the short lists beside them."""

    counts: dict[str, int] = field(default_factory=dict)
    projects: list[Project] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    balances: list[tuple[Area, int]] = field(default_factory=list)
    returned: list[Application] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    refused: list[Transfer] = field(default_factory=list)


def of_actor(session: Session, actor: Actor, today: date) -> Home:
    """Everything of the start page; what the actor has no right to stays empty. Amounts in fen."""
    home = Home(messages=messages(session, actor.user_id, limit=5))
    if not actor.can(Permission.PROJECT_VIEW):
        return home
    home.counts = {
        "open_projects": _count(session, select(Project).where(Project.state.in_(OPEN_PROJECTS))),
        "projects": _count(session, select(Project)),
        "public_notices": _count(session, select(Notice).where(Notice.state == NoticeState.PUBLISHED)),
        "returned": _count(session, select(Application).where(Application.state == ApplicationState.RETURNED)),
        "submitted": _count(session, select(Application).where(Application.state == ApplicationState.SUBMITTED)),
        "in_review": _count(session, select(Application).where(Application.state == ApplicationState.IN_REVIEW)),
        "areas": _count(session, select(Area)),
        "houses": _count(session, select(House).where(House.ended_on.is_(None))),
        "pending_transfers": _count(session, select(Transfer).where(Transfer.state == TransferState.PENDING)),
        "prepared_transfers": _count(session, select(Transfer).where(Transfer.state == TransferState.PREPARED)),
        **paid_this_year(session, today),
    }
    home.projects = _first(session, Project, Project.state.in_(OPEN_PROJECTS), Project.state_since)
    home.notices = _first(session, Notice, Notice.state == NoticeState.PUBLISHED, Notice.closes_on)
    home.returned = _first(session, Application, Application.state == ApplicationState.RETURNED, Application.id)
    home.votes = _first(session, Vote, Vote.state == VoteState.OPEN, Vote.opened_at)
    home.refused = _first(session, Transfer, Transfer.state == TransferState.REFUSED, Transfer.id)
    if actor.can(Permission.ACCOUNT_VIEW):
        home.balances = balances_by_area(session)
    return home


def paid_this_year(session: Session, today: date) -> dict[str, int]:
    """Number and sum (fen) of the transfers that the bank confirmed this year."""
    first = date(today.year, 1, 1)
    paid = select(Transfer.id, Transfer.amount).where(Transfer.state == TransferState.PAID, Transfer.booked_on >= first)
    rows = paid.subquery()
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(rows.c.amount), 0)).select_from(rows)
    ).one()
    return {"paid_transfers": count, "paid_amount": int(total)}


def balances_by_area(session: Session, limit: int = LISTED) -> list[tuple[Area, int]]:
    """Available balance (fen) by area, largest first."""
    available = func.sum(HouseAccount.principal + HouseAccount.interest - HouseAccount.held)
    query = (
        select(Area, available).join(HouseAccount, HouseAccount.area_id == Area.id).group_by(Area.id)
        .order_by(available.desc(), Area.id).limit(limit)
    )  # fmt: skip
    return [(area, int(total)) for area, total in session.execute(query)]


def messages(session: Session, user_id: int | None, *, limit: int, offset: int = 0) -> list[Message]:
    """A user's messages, unread and newest first."""
    query = (
        select(Message).where(Message.user_id == user_id)
        .order_by(Message.read_at.is_not(None), Message.at.desc(), Message.id.desc()).limit(limit).offset(offset)
    )  # fmt: skip
    return list(session.scalars(query))


def message_count(session: Session, user_id: int | None) -> int:
    return session.scalar(select(func.count()).where(Message.user_id == user_id)) or 0


def _first(session: Session, model: type, condition, order) -> list:
    """The rows that have waited longest."""
    return list(session.scalars(select(model).where(condition).order_by(order, model.id).limit(LISTED)).unique())


def _count(session: Session, query: Select) -> int:
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
