"""What registration reads: areas by name for strangers, who serves an area, what waits for the clerk.

Core statements where a stranger asks: they see names of areas and districts, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import OrganisationKind, WishState
from app.models import (
    Area,
    AreaWish,
    Attachment,
    District,
    Organisation,
    OrganisationPaper,
    PlatformUser,
    Project,
    ServiceContract,
)
from app.permissions import Actor
from app.queries.gather import counts, gather
from app.queries.search import escaped

KINDS = (OrganisationKind.PROPERTY_COMPANY, OrganisationKind.OWNERS_COMMITTEE)
WAITING, DONE = "waiting", "done"


@dataclass(frozen=True)
class NamedArea:
    """An area as a stranger sees it."""

    id: int
    name: str
    district: str


def find_areas(
    session: Session, text: str, *, district_id: int | None, limit: int, offset: int
) -> tuple[list[NamedArea], int]:
    """(areas whose name holds the text, how many there are in all)."""
    areas, districts = Area.__table__, District.__table__
    query = select(areas.c.id, areas.c.name, districts.c.name.label("district")).join(
        districts, districts.c.id == areas.c.district_id
    )
    if text:
        query = query.where(areas.c.name.ilike(escaped(text), escape="/"))
    if district_id is not None:
        query = query.where(areas.c.district_id == district_id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(areas.c.name, areas.c.id).limit(limit).offset(offset))
    return [NamedArea(*row) for row in rows], total


def named_areas(session: Session, keys: tuple[int, ...]) -> list[NamedArea]:
    """The areas of these numbers, in their order; numbers that are none fall away."""
    areas, districts = Area.__table__, District.__table__
    query = select(areas.c.id, areas.c.name, districts.c.name).join(districts, districts.c.id == areas.c.district_id)
    found = {row[0]: NamedArea(*row) for row in session.execute(query.where(areas.c.id.in_(keys)))}
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def credit_code_taken(session: Session, code: str) -> bool:
    """Is it any organisation's, stopped ones too?"""
    table = Organisation.__table__
    return session.scalar(select(table.c.id).where(table.c.credit_code == code)) is not None


def server_of(session: Session, area_id: int, kind: OrganisationKind, today: date) -> Organisation | None:
    """Who serves the area in this capacity today or from a later day on: its company, or its committee."""
    query = (
        select(Organisation)
        .join(ServiceContract, ServiceContract.organisation_id == Organisation.id)
        .where(
            ServiceContract.area_id == area_id,
            Organisation.kind == kind,
            *_not_over(today),
        )
    )
    return session.scalars(query.order_by(ServiceContract.starts_on, ServiceContract.id).limit(1)).first()


# --- the clerk's list ------------------------------------------------------------------------------


def waits() -> object:
    """A registration waits: its papers, or after them a wish that nobody has decided."""
    open_wish = exists().where(AreaWish.organisation_id == Organisation.id, AreaWish.state == WishState.WAITING)
    return and_(Organisation.kind.in_(KINDS), Organisation.active, or_(~Organisation.papers_confirmed, open_wish))


def _of_box(box: str) -> Select:
    query = select(Organisation)
    if box == WAITING:
        return query.where(waits()).order_by(_since(), Organisation.id)
    query = query.where(Organisation.registered_at.is_not(None), ~waits())
    return query.order_by(Organisation.registered_at.desc(), Organisation.id.desc())


def _since():
    return func.coalesce(Organisation.registered_at, Organisation.created_at)


def registrations(
    session: Session, box: str, *, search: str, kind: OrganisationKind | None, limit: int, offset: int
) -> tuple[list[Organisation], int]:
    """(organisations of a box, how many), those that wait oldest first."""
    query = _of_box(box)
    if search:
        like = escaped(search)
        query = query.where(
            or_(Organisation.name.ilike(like, escape="/"), Organisation.credit_code.ilike(like, escape="/"))
        )
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return list(session.scalars(query.limit(limit).offset(offset))), total


def waiting(actor: Actor) -> Select:
    """The number beside the menu's 机构注册待核."""
    return select(func.count(Organisation.id)).where(waits())


def box_counts(session: Session) -> dict[str, int]:
    """How many stand in each box, by one statement."""
    boxes = (WAITING, DONE)
    questions = (select(func.count()).select_from(_of_box(box).order_by(None).subquery()) for box in boxes)
    return dict(zip(boxes, counts(session, *questions), strict=True))


@dataclass
class Wish:
    """A wish with who stands in its way."""

    row: AreaWish
    holder: str | None = None


@dataclass
class Registration:
    """Everything of one registration's page."""

    wishes: list[Wish] = field(default_factory=list)
    papers: dict[int, Any] = field(default_factory=dict)  # {requirement: with `copies`}
    files: dict[int | None, list[Attachment]] = field(default_factory=dict)
    administrators: list[PlatformUser] = field(default_factory=list)
    contracts: list[Any] = field(default_factory=list)  # with `area` and `starts_on`
    confirmed_by: str = ""


def registration_of(session: Session, organisation: Organisation, today: date) -> Registration:
    """Wishes with whom they meet, papers in hand, files by requirement, users, areas served."""
    key = organisation.id
    places = joinedload(AreaWish.area).joinedload(Area.district), joinedload(AreaWish.district)
    wishes = select(AreaWish, _holder(organisation, today)).where(AreaWish.organisation_id == key).options(*places)
    users = session.scalars(select(PlatformUser).where(PlatformUser.organisation_id == key).order_by(PlatformUser.id))
    facts = gather(
        session,
        papers=select(OrganisationPaper.requirement_id, OrganisationPaper.copies).where(
            OrganisationPaper.organisation_id == key
        ),
        contracts=select(Area.name.label("area"), ServiceContract.starts_on)
        .join(Area, Area.id == ServiceContract.area_id)
        .where(ServiceContract.organisation_id == key, ServiceContract.ended_at.is_(None))
        .order_by(ServiceContract.id),
        confirmed=select(PlatformUser.first_name.label("name")).where(PlatformUser.id == organisation.confirmed_by_id),
    )
    found = Registration(
        wishes=[Wish(row, holder) for row, holder in session.execute(wishes.order_by(AreaWish.id))],
        papers={row.requirement_id: row for row in facts["papers"]},
        administrators=list(users.unique()),
        contracts=facts["contracts"],
        confirmed_by=facts["confirmed"][0].name if facts["confirmed"] else "",
    )
    for file in files_of(session, key):
        found.files.setdefault(file.requirement_id, []).append(file)
    return found


@dataclass(frozen=True)
class WishLine:
    """A wish as its organisation reads it, also while it may not see the area itself."""

    district: str
    name: str
    is_typed: bool
    state: WishState
    reason: str
    is_served: bool = False  # by another one of its kind: then no confirmation gives it the area


def wish_lines(session: Session, organisation: Organisation, today: date) -> list[WishLine]:
    """All wishes of an organisation with the names that stand for them."""
    wishes, areas, districts = AreaWish.__table__, Area.__table__, District.__table__
    query = (
        select(
            func.coalesce(districts.c.name, ""), func.coalesce(areas.c.name, wishes.c.typed_name),
            wishes.c.typed_name != "", wishes.c.state, wishes.c.reason, _holder(organisation, today).is_not(None),
        )
        .select_from(wishes.outerjoin(areas, areas.c.id == wishes.c.area_id))
        .outerjoin(districts, districts.c.id == func.coalesce(areas.c.district_id, wishes.c.district_id))
        .where(wishes.c.organisation_id == organisation.id)
        .order_by(wishes.c.id)
    )  # fmt: skip
    return [WishLine(*row) for row in session.execute(query)]


def papers_of(session: Session, organisation_id: int) -> dict[int, OrganisationPaper]:
    """Paper documents that a clerk has in hand, by requirement."""
    rows = session.scalars(select(OrganisationPaper).where(OrganisationPaper.organisation_id == organisation_id))
    return {row.requirement_id: row for row in rows}


def files_of(session: Session, organisation_id: int) -> list[Attachment]:
    """What was uploaded with the registration."""
    query = select(Attachment).where(Attachment.subject == "organisations", Attachment.subject_id == organisation_id)
    return list(session.scalars(query.order_by(Attachment.id)))


def contracts_of(session: Session, organisation_id: int) -> list[ServiceContract]:
    """Contracts that have not been ended."""
    query = select(ServiceContract).where(
        ServiceContract.organisation_id == organisation_id, ServiceContract.ended_at.is_(None)
    )
    return list(session.scalars(query.options(joinedload(ServiceContract.area)).order_by(ServiceContract.id)))


def open_projects(session: Session, organisation_id: int, over: tuple) -> int:
    """Projects of the organisation in none of the states `over`."""
    query = select(func.count()).where(Project.organisation_id == organisation_id, Project.state.not_in(over))
    return session.scalar(query) or 0


def registered_since(organisation: Organisation) -> datetime:
    """Since when its papers are waited for."""
    return organisation.registered_at or organisation.created_at


def _holder(organisation: Organisation, today: date) -> ColumnElement[str]:
    """Beside a wish: the name of another organisation of the same kind that serves the area; NULL when it is free."""
    contracts, others, wishes = ServiceContract.__table__, Organisation.__table__.alias(), AreaWish.__table__
    query = (
        select(others.c.name)
        .join(contracts, contracts.c.organisation_id == others.c.id)
        .where(
            contracts.c.area_id == wishes.c.area_id, contracts.c.ended_at.is_(None),
            or_(contracts.c.ends_on.is_(None), contracts.c.ends_on >= today),
            others.c.kind == organisation.kind, others.c.id != organisation.id,
        )
    )  # fmt: skip
    return query.order_by(contracts.c.id.desc()).limit(1).correlate(wishes).scalar_subquery()


def _not_over(today: date) -> tuple:
    """Contracts in force, or still to begin."""
    ends = ServiceContract.ends_on
    return ServiceContract.ended_at.is_(None), or_(ends.is_(None), ends >= today)
