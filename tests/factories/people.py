"""Organisations and the fixed cast of users: one for every role, everybody with the same password."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from types import SimpleNamespace

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.domain.enums import OrganisationKind
from app.models import Organisation, PlatformUser
from app.permissions import Actor
from app.queries.actors import actor_of

PASSWORD = "Fund-2026-demo"
LONG_AGO = datetime(2020, 1, 2, 9, 0)

# login name: (Chinese name, roles, organisation)
CAST = {
    "org_admin": ("王安", ("OrgAdmin",), "company"),
    "agent": ("李维", ("ProjectAgent",), "company"),
    "revenue": ("赵益", ("RevenueAgent",), "company"),
    "other_admin": ("鸿雁管理员", ("OrgAdmin",), "other_company"),
    "other_agent": ("鸿雁代办员", ("ProjectAgent",), "other_company"),
    "clerk": ("陈窗", ("Clerk",), "department"),
    "reviewer": ("周初", ("Reviewer",), "department"),
    "second_reviewer": ("吴初", ("Reviewer",), "department"),
    "supervisor": ("郑复", ("Supervisor",), "department"),
    "second_supervisor": ("冯复", ("Supervisor",), "department"),
    "finance": ("钱财", ("Finance",), "department"),
    "bank": ("孙行", ("Bank",), "bank"),
    "other_bank": ("许行", ("Bank",), "other_bank"),
    "auditor": ("何审", ("Auditor",), "department"),
    "security": ("安全", ("SecurityAdmin",), "department"),
    "system": ("系统", ("SystemAdmin",), "department"),
}
ORGANISATIONS = {
    "department": (OrganisationKind.DEPARTMENT, "云溪市物业专项维修资金管理中心"),
    "bank": (OrganisationKind.BANK, "云溪银行城中支行"),
    "other_bank": (OrganisationKind.BANK, "城东银行"),
    "company": (OrganisationKind.PROPERTY_COMPANY, "安居物业服务有限公司"),
    "other_company": (OrganisationKind.PROPERTY_COMPANY, "鸿雁物业服务有限公司"),
}


@cache
def password_hash(password: str = PASSWORD) -> str:
    """A cheap hash, worked out once."""
    return generate_password_hash(password, method="pbkdf2:sha256:1")


def add_organisation(session: Session, kind: OrganisationKind, name: str, **values) -> Organisation:
    """An organisation with confirmed papers."""
    values = {"address": "", "created_at": LONG_AGO, "papers_confirmed": True, **values}
    organisation = Organisation(kind=kind, name=name, **values)
    session.add(organisation)
    session.flush()
    return organisation


def add_user(session: Session, username: str, name: str, roles: tuple[str, ...], organisation=None, **values):
    """A user with the cast's password and no need to change it."""
    values = {"password": password_hash(), "email": f"{username}@example.test", "active": True, **values}
    user = PlatformUser(username=username, first_name=name, last_name="", organisation=organisation, **values)
    user.roles = list(session.scalars(select(Role).where(Role.name.in_(roles))))
    session.add(user)
    session.flush()
    return user


def add_cast(session: Session) -> SimpleNamespace:
    """All organisations and users of the cast; see `load_cast()` for how they are found."""
    made = {name: add_organisation(session, *values) for name, values in ORGANISATIONS.items()}
    for username, (name, roles, organisation) in CAST.items():
        add_user(session, username, name, roles, made[organisation])
    return load_cast(session)


def load_cast(session: Session) -> SimpleNamespace:
    """The cast as it stands in the database; users by login name, organisations under `organisations`."""
    names = {values[1]: key for key, values in ORGANISATIONS.items()}
    query = select(Organisation).where(Organisation.name.in_(names))
    made = {names[row.name]: row for row in session.scalars(query)}
    users = {row.username: row for row in session.scalars(select(PlatformUser)) if row.username in CAST}
    return SimpleNamespace(**users, organisations=SimpleNamespace(**made))


def actor(session: Session, user: PlatformUser, today: date | None = None) -> Actor:
    """The Actor of a user of the cast, for tests below the screens."""
    return actor_of(session, user, today or date.today(), "127.0.0.1")
