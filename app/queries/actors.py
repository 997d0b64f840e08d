"""The Actor of a signed-in user: roles, organisation, and the areas and escrow accounts open today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import Area, EscrowAccount, Organisation, PlatformUser, ServiceContract, user_areas
from app.permissions import COMPANY_ROLES, DEPARTMENT_ROLES, Actor


def actor_of(session: Session, user: PlatformUser, today: date, address: str = "") -> Actor:
    """Who this user is today. Core statements: this runs before the session is guarded."""
    roles = frozenset(role.name for role in user.roles)
    areas, escrows = _scope(session, user, roles, today)
    return Actor(
        user_id=user.id,
        name=user.first_name,
        roles=roles,
        organisation_id=user.organisation_id,
        area_ids=areas,
        escrow_ids=escrows,
        address=address,
    )


def _scope(session: Session, user: PlatformUser, roles: frozenset[str], today: date):
    """(area ids, escrow ids); None is no limit. Whoever has a company's or a bank's role is limited by it."""
    if roles & COMPANY_ROLES:
        areas = areas_served(session, user.organisation_id, today)
        assigned = session.execute(select(user_areas.c.area_id).where(user_areas.c.user_id == user.id)).scalars().all()
        if assigned and "OrgAdmin" not in roles:
            areas &= frozenset(assigned)
        return areas, frozenset()
    if "Bank" in roles:
        table, banks = EscrowAccount.__table__, Organisation.__table__
        query = select(table.c.id).join(banks, banks.c.id == table.c.bank_id)
        query = query.where(table.c.bank_id == user.organisation_id, banks.c.active)
        escrows = frozenset(session.execute(query).scalars())
        return areas_of_escrows(session, escrows), escrows
    if roles & DEPARTMENT_ROLES:
        return None, None
    return frozenset(), frozenset()


def areas_served(session: Session, organisation_id: int | None, today: date) -> frozenset[int]:
    """Areas for which the organisation has a service contract in force on that day; none once it is 停用."""
    table, organisations = ServiceContract.__table__, Organisation.__table__
    query = (
        select(table.c.area_id)
        .join(organisations, organisations.c.id == table.c.organisation_id)
        .where(
            table.c.organisation_id == organisation_id,
            organisations.c.active,
            table.c.starts_on <= today,
            or_(table.c.ends_on.is_(None), table.c.ends_on >= today),
            table.c.ended_at.is_(None),
        )
    )
    return frozenset(session.execute(query).scalars())


def areas_of_escrows(session: Session, escrow_ids: frozenset[int]) -> frozenset[int]:
    """Areas whose money lies in these escrow accounts."""
    table = Area.__table__
    return frozenset(session.execute(select(table.c.id).where(table.c.escrow_account_id.in_(escrow_ids))).scalars())
