"""异议 as lists, counts, guards and the public form read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain.enums import NoticeKind, ObjectionState
from app.models import Area, House, Notice, NoticeRow, Objection, Owner, Ownership, Project
from app.permissions import Actor
from app.queries.notices import STANDING


def waiting(_actor: Actor) -> Select:
    """The number beside the menu's 异议: open ones that the actor may see."""
    return select(func.count(Objection.id)).where(Objection.state == ObjectionState.OPEN)


def of_project(project_id: int) -> Select:
    """Columns of a project's objections, oldest first: nothing personal but the name, which pages mask."""
    columns = (
        Objection.id, Objection.number, Objection.state, Objection.source, Objection.filed_at, Objection.name,
        Objection.house_label, Objection.is_verified,
    )  # fmt: skip
    return select(*columns).where(Objection.project_id == project_id).order_by(Objection.id)


def open_of_owners(session: Session, project_id: int) -> Sequence[Any]:
    """(number, closes_on, published_at) of verified owners' open objections; the notice is its standing edition.

    Those to a cancellation notice hold up nothing.
    """
    told, standing = Notice, aliased(Notice)
    same = and_(
        standing.project_id == told.project_id, standing.kind == told.kind, standing.state.in_(STANDING)
    )  # fmt: skip
    query = (
        select(
            Objection.number, func.coalesce(standing.closes_on, told.closes_on).label("closes_on"),
            func.coalesce(standing.published_at, told.published_at).label("published_at"),
        )
        .join(told, told.id == Objection.notice_id)
        .outerjoin(standing, same)
        .where(
            Objection.project_id == project_id, Objection.state == ObjectionState.OPEN, Objection.is_verified,
            told.kind != NoticeKind.CANCELLATION,
        )
        .order_by(Objection.id)
    )  # fmt: skip
    return session.execute(query).all()


@dataclass(frozen=True)
class ObjectionFilter:
    """`search`: number, project or area; `project_id`: of one project only."""

    search: str = ""
    state: ObjectionState | None = None
    project_id: int | None = None


def listed(chosen: ObjectionFilter) -> Select:
    """Objections that match, as filtered, unordered."""
    query = select(Objection).join(Project, Project.id == Objection.project_id)
    query = query.join(Area, Area.id == Objection.area_id)
    for word in chosen.search.split()[:4]:
        columns = (Objection.number, Project.name, Project.number, Area.name)
        query = query.where(or_(*(column.contains(word, autoescape=True) for column in columns)))
    if chosen.state is not None:
        query = query.where(Objection.state == chosen.state)
    if chosen.project_id is not None:
        query = query.where(Objection.project_id == chosen.project_id)
    return query


def page_of_objections(
    session: Session, chosen: ObjectionFilter, *, limit: int, offset: int
) -> tuple[list[Objection], int]:
    """One page, open ones first, then the newest; and how many match."""
    query = listed(chosen)
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Objection.id).subquery())) or 0
    order = (Objection.state != ObjectionState.OPEN, Objection.filed_at.desc(), Objection.id.desc())
    names = (joinedload(Objection.project), joinedload(Objection.area), joinedload(Objection.notice))
    return list(session.scalars(query.options(*names).order_by(*order).limit(limit).offset(offset))), total


def with_all_it_names(session: Session, key: int) -> Objection | None:
    """One objection for its page."""
    named = (Objection.project, Objection.area, Objection.notice, Objection.answered_by)
    return session.scalar(select(Objection).where(Objection.id == key).options(*map(joinedload, named)))


@dataclass(frozen=True)
class Claimed:
    """A house of a notice's list with its present owners: (name, identity number) each."""

    house_id: int
    label: str
    owners: tuple[tuple[str, str | None], ...]


def claimed_house(session: Session, notice_id: int, label: str) -> Claimed | None:
    """The house of that notice's list, however its name is spaced. Core: the public sees neither houses nor owners."""
    rows, houses, owners, ownerships = (model.__table__ for model in (NoticeRow, House, Owner, Ownership))
    wanted = "".join(label.split())
    spaceless = func.replace(rows.c.house_label, " ", "")
    query = select(rows.c.house_id, rows.c.house_label).where(rows.c.notice_id == notice_id, spaceless == wanted)
    row = session.execute(query).first()
    if row is None:
        return None
    first = select(houses.c.owner_id).where(houses.c.id == row.house_id)
    others = select(ownerships.c.owner_id).where(ownerships.c.house_id == row.house_id, ownerships.c.until.is_(None))
    persons = select(owners.c.name, owners.c.identity_number).where(
        or_(owners.c.id.in_(first), owners.c.id.in_(others))
    )
    return Claimed(row.house_id, row.house_label, tuple((p.name, p.identity_number) for p in session.execute(persons)))


def claims_since(session: Session, notice_id: int, house_id: int, since: datetime) -> int:
    """How often somebody has spoken for that house to this notice since then."""
    table = Objection.__table__
    query = select(func.count()).where(
        table.c.notice_id == notice_id, table.c.house_id == house_id, table.c.filed_at > since
    )
    return session.scalar(query) or 0
