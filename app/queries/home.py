"""What the start page shows: counts and sums of what the actor may see. The session is guarded, so it is scoped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import ApplicationState, NoticeState, ObjectionState, ProjectState, TransferState, VoteState
from app.models import Application, Area, House, HouseAccount, Message, Notice, Objection, Project, Transfer, Vote
from app.permissions import Actor, Permission
from app.queries import contracts
from app.queries.gather import gather

OPEN_PROJECTS = (ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING)
LISTED = 8


@dataclass
class Home:
    """Counts by name, and the short lists beside them."""

    counts: dict[str, int] = field(default_factory=dict)
    projects: list[Project] = field(default_factory=list)
    notices: list[Any] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    balances: list[tuple[Area, int]] = field(default_factory=list)
    returned: list[Any] = field(default_factory=list)
    votes: list[Any] = field(default_factory=list)
    refused: list[Any] = field(default_factory=list)
    ending: list[Any] = field(default_factory=list)
    objections: list[Any] = field(default_factory=list)


def of_actor(session: Session, actor: Actor, today: date, *, warned_days: int = 0) -> Home:
    """Everything of the start page; what the actor has no right to stays empty. Amounts in fen.

    A company's contracts that end within `warned_days` are listed, the department is told how many there are.
    """
    if not actor.can(Permission.PROJECT_VIEW):
        return Home(messages=messages(session, actor.user_id, limit=5))
    home = Home()
    projects = select(Project).where(Project.state.in_(OPEN_PROJECTS)).options(joinedload(Project.area))
    home.projects = list(session.scalars(projects.order_by(Project.state_since, Project.id).limit(LISTED)))
    asked = _counted(today) | ({} if actor.is_tenant else contracts.numbers(today, warned_days))
    counted = select(*(question.scalar_subquery().label(name) for name, question in asked.items()))
    lists = {"counted": counted, "messages": _messages(actor.user_id).limit(5), **_lists(own=actor.is_tenant)}
    if actor.is_tenant:
        lists["ending"] = contracts.soonest(today, warned_days, limit=LISTED)
    found = gather(session, **lists)
    home.counts = {name: int(number or 0) for name, number in found.pop("counted")[0]._asdict().items()}
    for name, rows in found.items():
        setattr(home, name, rows)
    if actor.can(Permission.ACCOUNT_VIEW):
        home.balances = balances_by_area(session)
    return home


def _counted(today: date) -> dict[str, Select]:
    """{name: select of one number}."""
    paid = (Transfer.state == TransferState.PAID, Transfer.booked_on >= date(today.year, 1, 1))
    wanted = {
        "open_projects": (Project, Project.state.in_(OPEN_PROJECTS)),
        "projects": (Project,),
        "public_notices": (Notice, Notice.state == NoticeState.PUBLISHED),
        "returned": (Application, Application.state == ApplicationState.RETURNED),
        "submitted": (Application, Application.state == ApplicationState.SUBMITTED),
        "in_review": (Application, Application.state == ApplicationState.IN_REVIEW),
        "areas": (Area,),
        "houses": (House, House.ended_on.is_(None)),
        "pending_transfers": (Transfer, Transfer.state == TransferState.PENDING),
        "prepared_transfers": (Transfer, Transfer.state == TransferState.PREPARED),
        "paid_transfers": (Transfer, *paid),
    }
    found = {name: select(func.count(model.id)).where(*rest) for name, (model, *rest) in wanted.items()}
    return {**found, "paid_amount": select(func.sum(Transfer.amount)).where(*paid)}


def _lists(*, own: bool) -> dict[str, Select]:
    """The rows that have waited longest; `own`: also what the company itself has to do."""
    N, A, V, T, P, X = Notice, Application, Vote, Transfer, Project, Objection
    notices = select(N.id, N.title, N.closes_on).where(N.state == NoticeState.PUBLISHED).order_by(N.closes_on, N.id)
    if not own:
        return {"notices": notices.limit(LISTED)}
    returned = select(A.id, A.kind, A.number, A.waiting_since, P.name.label("project")).outerjoin(A.project)
    votes = select(V.id, V.number, V.starts_on, P.name.label("project"), Area.name.label("area")).join(V.project)
    objections = select(X.id, X.number, X.filed_at, X.is_verified, P.name.label("project")).join(X.project)
    refused = select(T.id, T.amount, T.refusal_reason, P.name.label("project")).join(T.project)
    return {
        "notices": notices.limit(LISTED),
        "returned": returned.where(A.state == ApplicationState.RETURNED).order_by(A.id).limit(LISTED),
        "votes": votes.join(P.area).where(V.state == VoteState.OPEN).order_by(V.opened_at, V.id).limit(LISTED),
        "objections": objections.where(X.state == ObjectionState.OPEN).order_by(X.id).limit(LISTED),
        "refused": refused.where(T.state == TransferState.REFUSED).order_by(T.id).limit(LISTED),
    }


def balances_by_area(session: Session, limit: int = LISTED) -> list[tuple[Area, int]]:
    """Available balance (fen) by area, largest first."""
    available = func.sum(HouseAccount.principal + HouseAccount.interest - HouseAccount.held)
    query = (
        select(Area, available).join(HouseAccount, HouseAccount.area_id == Area.id).group_by(Area.id)
        .order_by(available.desc(), Area.id).limit(limit)
    )  # fmt: skip
    return [(area, int(total)) for area, total in session.execute(query)]


def messages(session: Session, user_id: int | None, *, limit: int, offset: int = 0) -> list[Any]:
    """A user's messages, unread and newest first."""
    return list(session.execute(_messages(user_id).limit(limit).offset(offset)))


def _messages(user_id: int | None) -> Select:
    M = Message
    columns = (M.id, M.at, M.text, M.link, M.read_at)
    return select(*columns).where(M.user_id == user_id).order_by(M.read_at.is_not(None), M.at.desc(), M.id.desc())


def message_count(session: Session, user_id: int | None) -> int:
    return session.scalar(select(func.count()).where(Message.user_id == user_id)) or 0
