"""Messages to users, written in the act's own transaction (outbox rows; nothing is sent here)."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tenancy
from app.domain.enums import OrganisationKind
from app.domain.errors import Sentence
from app.models import Message, Organisation, PlatformUser

PROJECT_HANDS = ("OrgAdmin", "ProjectAgent")


def tell_organisation(
    session: Session,
    organisation_id: int,
    area_id: int | None,
    text: Sentence,
    *,
    now: datetime,
    link: str,
    roles: tuple[str, ...] = PROJECT_HANDS,
) -> None:
    """One message for each active administrator and each agent who has that area; text is cut at 400 characters."""
    for user in _hands(session, organisation_id, area_id, roles):
        session.add(Message(user_id=user.id, at=now, text=str(text)[:400], link=link))


def tell_department(session: Session, roles: tuple[str, ...], text: Sentence, *, now: datetime, link: str) -> None:
    """One message for each active user of the department with one of these roles."""
    with tenancy.unguarded(session):
        department = select(Organisation.id).where(Organisation.kind == OrganisationKind.DEPARTMENT)
        for organisation_id in session.scalars(department).all():
            for user in _users(session, organisation_id, roles):
                session.add(Message(user_id=user.id, at=now, text=str(text)[:400], link=link))


def _hands(session: Session, organisation_id: int, area_id: int | None, roles: tuple[str, ...]) -> list[PlatformUser]:
    with tenancy.unguarded(session):
        return [user for user in _users(session, organisation_id, roles) if _has_area(user, area_id)]


def _users(session: Session, organisation_id: int, roles: tuple[str, ...]) -> list[PlatformUser]:
    """A bank or a clerk tells people whom they can't look up: so without the guard."""
    users = session.scalars(
        select(PlatformUser)
        .where(
            PlatformUser.organisation_id == organisation_id,
            PlatformUser.active,
            PlatformUser.roles.any(Role.name.in_(roles)),
        )
        .order_by(PlatformUser.id)
    ).unique()
    return list(users)


def _has_area(user: PlatformUser, area_id: int | None) -> bool:
    if not user.areas or any(role.name == "OrgAdmin" for role in user.roles):
        return True
    return area_id in {area.id for area in user.areas}
