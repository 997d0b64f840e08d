"""Property companies' contracts that end soon, and areas that no company serves. Scoped by the session's guard."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain.enums import OrganisationKind
from app.models import Area, Organisation, ServiceContract
from app.permissions import Actor
from app.queries.gather import counts

LISTED = 200


def ending(
    session: Session, today: date, days: int, *, untold: bool = False, limit: int | None = LISTED
) -> list[ServiceContract]:
    """Contracts whose last day is at most so many days away and that none follows; the nearest end first.

    `untold`: only those of whose end both sides have not been told yet.
    """
    query = _ending(select(ServiceContract), today, days).options(
        joinedload(ServiceContract.organisation), joinedload(ServiceContract.area).joinedload(Area.district)
    )
    if untold:
        query = query.where(ServiceContract.warned_for.is_distinct_from(ServiceContract.ends_on))
    return list(session.scalars(query.order_by(ServiceContract.ends_on, ServiceContract.id).limit(limit)))


def how_many(session: Session, today: date, days: int) -> tuple[int, int]:
    """(contracts that end soon, areas without a company), by one statement."""
    return tuple(counts(session, *numbers(today, days).values()))


def numbers(today: date, days: int) -> dict[str, Select]:
    """{name: select of one number}, for a page that asks several questions at once."""
    return {
        "contracts_ending": _ending(select(func.count(ServiceContract.id)), today, days),
        "areas_alone": select(func.count(Area.id)).where(~_served(today)),
    }


def soonest(today: date, days: int, *, limit: int) -> Select:
    """(area's name, last day) of those that end first, for a page that asks several questions at once."""
    query = _ending(select(Area.name.label("area"), ServiceContract.ends_on), today, days)
    query = query.join(Area, Area.id == ServiceContract.area_id)
    return query.order_by(ServiceContract.ends_on, ServiceContract.id).limit(limit)


def without_company(session: Session, today: date, *, limit: int = LISTED) -> list[tuple[Area, ServiceContract | None]]:
    """(area, the contract that ended last) of the areas that no property company serves today."""
    query = select(Area).where(~_served(today)).options(joinedload(Area.district)).order_by(Area.name, Area.id)
    areas = list(session.scalars(query.limit(limit)))
    last = (
        select(ServiceContract)
        .join(Organisation, Organisation.id == ServiceContract.organisation_id)
        .where(
            ServiceContract.area_id.in_([area.id for area in areas]),
            Organisation.kind == OrganisationKind.PROPERTY_COMPANY,
            ServiceContract.starts_on <= today,
        )
        .options(joinedload(ServiceContract.organisation))
        .order_by(ServiceContract.ends_on, ServiceContract.id)
    )
    ended = {contract.area_id: contract for contract in session.scalars(last)}
    return [(area, ended.get(area.id)) for area in areas]


def in_force_of(session: Session, actor: Actor, today: date) -> dict[int, ServiceContract]:
    """{area: the contract or link by which the actor's organisation serves it today}."""
    query = select(ServiceContract).where(
        ServiceContract.organisation_id == actor.organisation_id, *_running(ServiceContract, today)
    )
    return {contract.area_id: contract for contract in session.scalars(query.order_by(ServiceContract.starts_on))}


def _ending(query: Select, today: date, days: int) -> Select:
    """A renewal or the next company's contract, should it be there already, takes the warning away."""
    follows = aliased(ServiceContract)
    next_one = exists().where(
        follows.area_id == ServiceContract.area_id,
        follows.ended_at.is_(None),
        follows.starts_on > ServiceContract.starts_on,
        or_(follows.ends_on.is_(None), follows.ends_on > ServiceContract.ends_on),
        follows.organisation_id.in_(
            select(Organisation.id).where(Organisation.kind == OrganisationKind.PROPERTY_COMPANY)
        ),
    )
    return query.join(Organisation, Organisation.id == ServiceContract.organisation_id).where(
        Organisation.kind == OrganisationKind.PROPERTY_COMPANY,
        ServiceContract.starts_on <= today,
        ServiceContract.ended_at.is_(None),
        ServiceContract.ends_on.between(today, today + timedelta(days=days)),
        ~next_one,
    )


def _served(today: date):
    serving, company = aliased(ServiceContract), aliased(Organisation)
    return exists().where(
        serving.area_id == Area.id,
        company.id == serving.organisation_id,
        company.kind == OrganisationKind.PROPERTY_COMPANY,
        and_(*_running(serving, today)),
    )


def _running(contract, today: date) -> tuple:
    return (
        contract.starts_on <= today,
        or_(contract.ends_on.is_(None), contract.ends_on >= today),
        contract.ended_at.is_(None),
    )
