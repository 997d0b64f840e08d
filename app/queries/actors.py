"""The Actor of a signed-in user: roles, organisation, and the areas and escrow accounts open today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import OrganisationKind
from app.models import Area, EscrowAccount, Organisation, PlatformUser, PolicyValue, ServiceContract, user_areas
from app.permissions import COMPANY_ROLES, DEPARTMENT_ROLES, Actor, Standing

AT_ONCE = "at_once"  # a value of the policy `first_sign_in`; without a row new organisations wait for the clerk


@dataclass(frozen=True)
class Place:
    """Where a user of a company or committee works today: areas open, and what keeps the organisation back."""

    areas: frozenset[int]
    standings: frozenset[Standing]


NOWHERE = Place(frozenset(), frozenset())


def actor_of(session: Session, user: PlatformUser, today: date, address: str = "") -> Actor:
    """Who this user is today. Core statements: this runs before the session is guarded."""
    roles = frozenset(role.name for role in user.roles)
    assigned_to = None if "OrgAdmin" in roles else user.id
    place = place_of(session, user.organisation_id, today, assigned_to) if roles & COMPANY_ROLES else NOWHERE
    areas, escrows = _scope(session, user, roles, place)
    return Actor(
        user_id=user.id,
        name=user.first_name,
        roles=roles,
        organisation_id=user.organisation_id,
        area_ids=areas,
        escrow_ids=escrows,
        address=address,
        standings=place.standings,
    )


def _scope(session: Session, user: PlatformUser, roles: frozenset[str], place: Place):
    """(area ids, escrow ids); None is no limit. Whoever has a company's or a bank's role is limited by it."""
    if roles & COMPANY_ROLES:
        return place.areas, frozenset()
    if "Bank" in roles:
        table, banks = EscrowAccount.__table__, Organisation.__table__
        areas = Area.__table__
        query = (
            select(table.c.id, areas.c.id)
            .join(banks, banks.c.id == table.c.bank_id)
            .outerjoin(areas, areas.c.escrow_account_id == table.c.id)
            .where(table.c.bank_id == user.organisation_id, banks.c.active)
        )
        rows = session.execute(query).all()
        return frozenset(area for _, area in rows if area is not None), frozenset(escrow for escrow, _ in rows)
    if roles & DEPARTMENT_ROLES:
        return None, None
    return frozenset(), frozenset()


def areas_served(session: Session, organisation_id: int | None, today: date) -> frozenset[int]:
    """Areas for which the organisation has a service contract in force on that day and may work already."""
    return place_of(session, organisation_id, today).areas


def place_of(session: Session, organisation_id: int | None, today: date, user_id: int | None = None) -> Place:
    """Contracts in force on that day and the organisation's standing, in one statement.

    An agent (`user_id`) to whom areas are assigned works only in these.

    Stopped, or still to be confirmed by a clerk: no areas. A company works unconfirmed under the policy 注册后即可.
    """
    table, organisations, policies = ServiceContract.__table__, Organisation.__table__, PolicyValue.__table__
    in_force = and_(
        table.c.organisation_id == organisations.c.id,
        table.c.starts_on <= today,
        or_(table.c.ends_on.is_(None), table.c.ends_on >= today),
        table.c.ended_at.is_(None),
    )
    first_sign_in = (
        select(policies.c.value)
        .where(policies.c.name == "first_sign_in", policies.c.valid_from <= today)
        .order_by(policies.c.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    assigned = select(user_areas.c.area_id).where(user_areas.c.user_id == user_id)
    query = (
        select(
            organisations.c.active, organisations.c.kind, organisations.c.papers_confirmed, first_sign_in,
            table.c.area_id, assigned.exists(), assigned.where(user_areas.c.area_id == table.c.area_id).exists(),
        )
        .select_from(organisations.outerjoin(table, in_force))
        .where(organisations.c.id == organisation_id)
    )  # fmt: skip
    rows = session.execute(query).all()
    if not rows:
        return NOWHERE
    standings = _standings(*rows[0][:4])
    keeps_out = standings & {Standing.STOPPED, Standing.UNCONFIRMED}
    open_to_me = (row.area_id for row in rows if row.area_id is not None and (row[-1] or not row[-2]))
    return Place(frozenset() if keeps_out else frozenset(open_to_me), standings)


def _standings(active: bool, kind: OrganisationKind, confirmed: bool, first_sign_in: str | None) -> frozenset[Standing]:
    found = set()
    if not active:
        found.add(Standing.STOPPED)
    if kind is OrganisationKind.OWNERS_COMMITTEE:
        found.add(Standing.COMMITTEE)
    works_at_once = first_sign_in == AT_ONCE and kind is OrganisationKind.PROPERTY_COMPANY
    if not confirmed and not works_at_once:
        found.add(Standing.UNCONFIRMED)
    return frozenset(found)
