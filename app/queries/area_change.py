"""Areas beyond the asker's own, for 变更物业区域物业服务企业 (`workflows.md` 3): Core statements, outside of the guard.

A company may look for any area of the city. It is told the name, the district and whether there is a company; an
application that was filed says besides what its paper says, as it stood on that day. Nothing else leaves this module
for a screen of a company. Floor areas are 0.01 m².
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import ApplicationState, OrganisationKind
from app.models import (
    Application,
    Area,
    AreaChange,
    AreaChangeArea,
    Building,
    District,
    House,
    Organisation,
    ServiceContract,
)
from app.queries.search import escaped

AREAS, DISTRICTS, CONTRACTS = Area.__table__, District.__table__, ServiceContract.__table__
ORGANISATIONS, APPLICATIONS = Organisation.__table__, Application.__table__
CHANGES, ROWS = AreaChange.__table__, AreaChangeArea.__table__
WAITING = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW, ApplicationState.RETURNED)


@dataclass(frozen=True)
class FoundArea:
    """What a company is told of an area that is not its own."""

    id: int
    name: str
    district: str
    has_company: bool
    is_own: bool
    open_change: str | None  # number of the application, other than the one in hand, that asks for it already


@dataclass(frozen=True)
class ChangedArea(FoundArea):
    """An area of an application: what its paper says of it, as it stood when it was submitted; zeros before."""

    buildings: int = 0
    houses: int = 0
    floor_area: int = 0
    former_name: str = ""


@dataclass(frozen=True)
class Size:
    """Buildings, houses and their floor area (0.01 m²)."""

    buildings: int = 0
    houses: int = 0
    floor_area: int = 0


def search_areas(
    session: Session, organisation_id: int, words: str, today: date, *, limit: int, offset: int
) -> tuple[list[FoundArea], int]:
    """Areas whose name holds every word, by district and name; how many there are in all."""
    conditions = [AREAS.c.name.ilike(escaped(word), escape="/") for word in words.split()[:4]]
    total = session.scalar(select(func.count()).select_from(AREAS).where(*conditions)) or 0
    query = _found(organisation_id, today).where(*conditions).order_by(DISTRICTS.c.code, AREAS.c.name, AREAS.c.id)
    return [FoundArea(*row) for row in session.execute(query.limit(limit).offset(offset))], total


def named_areas(
    session: Session, area_ids: Collection[int], organisation_id: int, today: date, *, without: int | None = None
) -> list[FoundArea]:
    """These areas, in the order of the search; a number that is none of an area is left out."""
    query = _found(organisation_id, today, without).where(AREAS.c.id.in_(area_ids))
    return [FoundArea(*row) for row in session.execute(query.order_by(DISTRICTS.c.code, AREAS.c.name, AREAS.c.id))]


def areas_of(session: Session, application: Application, today: date) -> list[ChangedArea]:
    """The areas of an application, in the order in which they were added."""
    query = (
        _found(application.organisation_id, today, application.id)
        .add_columns(ROWS.c.buildings, ROWS.c.houses, ROWS.c.floor_area, ROWS.c.former_name)
        .join(ROWS, ROWS.c.area_id == AREAS.c.id)
        .where(ROWS.c.application_id == application.id)
    )
    return [ChangedArea(*row) for row in session.execute(query.order_by(ROWS.c.id))]


def names_of(session: Session, application_ids: Collection[int]) -> dict[int, list[str]]:
    """{application: names of its areas}, for titles in lists."""
    query = select(ROWS.c.application_id, AREAS.c.name).join(AREAS, AREAS.c.id == ROWS.c.area_id)
    found: dict[int, list[str]] = {}
    for key, name in session.execute(query.where(ROWS.c.application_id.in_(application_ids)).order_by(ROWS.c.id)):
        found.setdefault(key, []).append(name)
    return found


def companies(session: Session, area_ids: Collection[int], today: date) -> dict[int, tuple[int, str]]:
    """{area: (id, name) of the property company that serves it on that day}."""
    query = (
        select(CONTRACTS.c.area_id, ORGANISATIONS.c.id, ORGANISATIONS.c.name)
        .join(ORGANISATIONS, ORGANISATIONS.c.id == CONTRACTS.c.organisation_id)
        .where(CONTRACTS.c.area_id.in_(area_ids), *in_force(today))
        .order_by(CONTRACTS.c.id.desc())
    )
    return {area: (key, name) for area, key, name in session.execute(query)}


def contract_ends(area_ids: Collection[int], applicant_id: int, today: date) -> Select:
    """(area, last day) of the contracts that run on that day with property companies other than the applicant."""
    joined = CONTRACTS.join(ORGANISATIONS, ORGANISATIONS.c.id == CONTRACTS.c.organisation_id)
    query = select(CONTRACTS.c.area_id, CONTRACTS.c.ends_on).select_from(joined)
    return query.where(
        CONTRACTS.c.area_id.in_(area_ids), CONTRACTS.c.organisation_id != applicant_id, *in_force(today)
    ).order_by(CONTRACTS.c.id)  # fmt: skip


def sizes(session: Session, area_ids: Collection[int]) -> dict[int, Size]:
    """{area: its size}; houses that were split or merged away are not counted."""
    buildings, houses = Building.__table__, House.__table__
    built = select(buildings.c.area_id, func.count()).where(buildings.c.area_id.in_(area_ids))
    lived = select(houses.c.area_id, func.count(), func.coalesce(func.sum(houses.c.floor_area), 0)).where(
        houses.c.area_id.in_(area_ids), houses.c.ended_on.is_(None)
    )
    number = dict(session.execute(built.group_by(buildings.c.area_id)).all())
    inside = {row[0]: (row[1], int(row[2])) for row in session.execute(lived.group_by(houses.c.area_id))}
    return {area: Size(number.get(area, 0), *inside.get(area, (0, 0))) for area in area_ids}


def lock_areas(session: Session, area_ids: Collection[int]) -> None:
    """One application at a time may be submitted, approved or take hold for an area: by its number, no deadlock.

    Rows that name the area may still come in beside it (NO KEY UPDATE): whoever writes one has its project locked.
    """
    query = select(AREAS.c.id).where(AREAS.c.id.in_(area_ids)).order_by(AREAS.c.id)
    session.execute(query.with_for_update(key_share=True)).all()


def in_force(today: date) -> tuple[ColumnElement[bool], ...]:
    """A property company's contract that runs on that day, with `organisations` joined."""
    return (
        ORGANISATIONS.c.kind == OrganisationKind.PROPERTY_COMPANY,
        CONTRACTS.c.starts_on <= today,
        or_(CONTRACTS.c.ends_on.is_(None), CONTRACTS.c.ends_on >= today),
        CONTRACTS.c.ended_at.is_(None),
    )


def _found(organisation_id: int, today: date, without: int | None = None) -> Select:
    """id, name, district, is there a company, is it the asker's own, number of an open change other than `without`."""
    serving = exists().select_from(CONTRACTS.join(ORGANISATIONS, ORGANISATIONS.c.id == CONTRACTS.c.organisation_id))
    serving = serving.where(CONTRACTS.c.area_id == AREAS.c.id, *in_force(today))
    own = serving.where(CONTRACTS.c.organisation_id == organisation_id)
    return select(
        AREAS.c.id, AREAS.c.name, DISTRICTS.c.name, case((serving, True), else_=False), case((own, True), else_=False),
        _open_change(without),
    ).join(DISTRICTS, DISTRICTS.c.id == AREAS.c.district_id)  # fmt: skip


def _open_change(without: int | None) -> ColumnElement[str]:
    """Number of the first application for the area that waits, is returned, or is approved and has not taken hold."""
    rows = ROWS.alias()
    approved = and_(APPLICATIONS.c.state == ApplicationState.APPROVED, CHANGES.c.effected_at.is_(None))
    query = (
        select(APPLICATIONS.c.number)
        .join(rows, rows.c.application_id == APPLICATIONS.c.id)
        .join(CHANGES, CHANGES.c.application_id == APPLICATIONS.c.id)
        .where(rows.c.area_id == AREAS.c.id, or_(APPLICATIONS.c.state.in_(WAITING), approved))
        .order_by(APPLICATIONS.c.id)
        .limit(1)
    )
    if without is not None:
        query = query.where(APPLICATIONS.c.id != without)
    return query.correlate(AREAS).scalar_subquery()
