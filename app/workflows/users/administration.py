"""What the security administrator does with sign-ins: never with the own one, never against 三员分立 (access.md)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app import audit
from app.domain.enums import OrganisationKind
from app.domain.errors import Refusal, say
from app.domain.identifiers import parse_mobile
from app.models import Area, LoginFailure, Organisation, PlatformUser
from app.permissions import DEPARTMENT_ROLES, SEPARATE_ROLES
from app.workflows.engine import Context, lock, touch
from app.workflows.users.actions import end_sessions, name_key, put_password
from app.workflows.users.names import new_login_name

ROLES_OF_KIND: dict[OrganisationKind, tuple[str, ...]] = {
    OrganisationKind.PROPERTY_COMPANY: ("OrgAdmin", "ProjectAgent", "RevenueAgent"),
    OrganisationKind.OWNERS_COMMITTEE: ("OrgAdmin", "RevenueAgent"),
    OrganisationKind.BANK: ("Bank",),
    OrganisationKind.DEPARTMENT: tuple(sorted(DEPARTMENT_ROLES)),
}
COMPANY_KINDS = (OrganisationKind.PROPERTY_COMPANY, OrganisationKind.OWNERS_COMMITTEE)
LONGEST_PAPER = 200
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def allowed_roles(kind: OrganisationKind | None) -> tuple[str, ...]:
    """The roles that users of such an organisation may have (`access.md`)."""
    return ROLES_OF_KIND.get(kind, ())


def first_password() -> str:
    """A password to hand over; it must be changed at the first sign-in."""
    parts = ["".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)]
    return f"{parts[0].capitalize()}-{parts[1]}-{parts[2]}{secrets.randbelow(90) + 10}"


def add_user(ctx: Context, *, username: str, name: str, phone: str, organisation_id: int, roles: set[str], method: str):
    """A new sign-in; gives (user, its first password). Refusal: name taken, roles that don't fit."""
    key = new_login_name(ctx.session, username)
    organisation = ctx.session.get(Organisation, organisation_id)
    if organisation is None:
        raise Refusal(say("请选择所属单位"), field="organisation_id")
    user = PlatformUser(
        username=key, first_name=name.strip(), last_name="", email=f"{key}@sign-in.invalid", active=True,
        organisation=organisation, phone=parse_mobile(phone) if phone.strip() else None,
    )  # fmt: skip
    password = first_password()
    put_password_of_new(user, password, method)
    ctx.session.add(user)
    put_roles(ctx.session, user, roles)
    ctx.session.flush()
    _record(ctx, "user_added", user, say("新增用户"), {"roles": [[], sorted(roles)], "username": ["", key]})
    return user, password


def put_password_of_new(user: PlatformUser, password: str, method: str) -> None:
    """The first password of a user that has no sessions yet."""
    user.password, user.must_change_password, user.session_epoch = generate_password_hash(password, method), True, 0


def change_user(
    ctx: Context, key: int, *, name: str, phone: str, roles: set[str], area_ids: set[int], version: int | None = None
) -> PlatformUser:
    """Name, phone, roles and assigned areas; changed roles end the user's sessions."""
    user = _other(ctx, key, version)
    keep_an_administrator(ctx.session, user, roles=roles)
    before = {"name": user.first_name, "roles": role_names(user), "areas": sorted(area.id for area in user.areas)}
    user.first_name, user.phone = name.strip(), parse_mobile(phone) if phone.strip() else None
    put_roles(ctx.session, user, roles)
    user.areas = list(ctx.session.scalars(select(Area).where(Area.id.in_(area_ids)))) if area_ids else []
    after = {"name": user.first_name, "roles": role_names(user), "areas": sorted(area.id for area in user.areas)}
    if before["roles"] != after["roles"]:
        end_sessions(ctx.session, user)
    changes = {field: [before[field], after[field]] for field in before if before[field] != after[field]}
    _record(ctx, "user_changed", user, say("修改用户"), changes)
    return user


def set_active(ctx: Context, key: int, active: bool, version: int | None = None) -> PlatformUser:
    """启用 or 停用; a stopped user is out at the next request."""
    user = _other(ctx, key, version)
    if not active:
        keep_an_administrator(ctx.session, user)
    changes = {"active": [user.active, active]}
    user.active = active
    end_sessions(ctx.session, user)
    _record(
        ctx, "user_activated" if active else "user_deactivated", user, say("启用") if active else say("停用"), changes
    )
    return user


def unlock(ctx: Context, key: int, version: int | None = None) -> PlatformUser:
    """Forget the failed sign-ins of the name."""
    user = _other(ctx, key, version)
    ctx.session.execute(delete(LoginFailure.__table__).where(LoginFailure.username == name_key(user.username)))
    _record(ctx, "user_unlocked", user, say("解除锁定"), {})
    return user


def reset_password(
    ctx: Context, key: int, *, method: str, paper: str = "", version: int | None = None
) -> tuple[PlatformUser, str]:
    """A new first password to hand over; the old one and all sessions are over.

    An organisation's administrator who has lost it asks on paper (`workflows.md` 2): `paper` names the request.
    """
    user, password, paper = _other(ctx, key, version), first_password(), paper.strip()
    if needs_paper(user) and not paper:
        raise Refusal(say("机构管理员的密码凭书面申请重置，请填写申请的编号或日期、申请人"), field="paper")
    if len(paper) > LONGEST_PAPER:
        raise Refusal(say("最多 %(count)s 个字，现为 %(now)s 个字", count=LONGEST_PAPER, now=len(paper)), field="paper")
    put_password(ctx.session, user, password, method=method, must_change=True)
    _record(ctx, "password_reset", user, say("重置密码"), {"paper": ["", paper]} if paper else {})
    return user, password


def needs_paper(user: PlatformUser) -> bool:
    """Is it the administrator of a company or a committee?"""
    return "OrgAdmin" in role_names(user)


def sign_out_everywhere(ctx: Context, key: int, version: int | None = None) -> PlatformUser:
    """End the user's sessions."""
    user = _other(ctx, key, version)
    end_sessions(ctx.session, user)
    _record(ctx, "user_signed_out", user, say("强制退出"), {})
    return user


def _other(ctx: Context, key: int, version: int | None = None) -> PlatformUser:
    """The user, locked; nobody administers the own account. Conflict when the page was drawn from another version."""
    found = ctx.session.get(PlatformUser, key)
    if found is not None and found.organisation_id is not None:
        lock(ctx.session, Organisation, found.organisation_id)  # its own administrator may be at the same users
    user = lock(ctx.session, PlatformUser, key, version)
    if user.id == ctx.actor.user_id:
        raise Refusal(say("不能对自己的账号作此操作，须由另一名安全管理员办理"))
    return user


def put_roles(session: Session, user: PlatformUser, roles: set[str]) -> None:
    """Give exactly these roles. Refusal at `roles`: none, not of the organisation's kind, against 三员分立."""
    kind = user.organisation.kind if user.organisation else None
    if not roles:
        raise Refusal(say("请至少选择一个角色"), field="roles")
    if roles - set(allowed_roles(kind)):
        raise Refusal(say("所选角色不适用于该单位的用户"), field="roles")
    if len(roles & SEPARATE_ROLES) > 1:
        raise Refusal(say("审计、安全、系统管理员须由不同的人担任（三员分立）"), field="roles")
    if roles & SEPARATE_ROLES and roles - SEPARATE_ROLES:
        raise Refusal(say("审计、安全、系统管理员不得兼任业务角色（三员分立）"), field="roles")
    user.roles = list(session.scalars(select(Role).where(Role.name.in_(roles)).order_by(Role.id)))


def keep_an_administrator(session: Session, user: PlatformUser, *, roles: Collection[str] = ()) -> None:
    """Refuse what would leave a company or committee at work without an active administrator (`workflows.md` 2).

    `roles` are those that the user keeps; none of one who is deactivated. Call with the organisation locked.
    """
    organisation = user.organisation
    if organisation is None or organisation.kind not in COMPANY_KINDS or not organisation.active:
        return
    if not user.active or "OrgAdmin" not in role_names(user) or "OrgAdmin" in roles:
        return
    others = select(func.count(PlatformUser.id)).where(
        PlatformUser.organisation_id == organisation.id, PlatformUser.id != user.id, PlatformUser.active,
        PlatformUser.roles.any(Role.name == "OrgAdmin"),
    )  # fmt: skip
    if not session.scalar(others):
        raise Refusal(say("“%(name)s”是该机构最后一名有效的机构管理员，不能注销或去掉管理员角色", name=user.first_name))


def role_names(user: PlatformUser) -> list[str]:
    """Sorted, as the audit trail writes them."""
    return sorted(role.name for role in user.roles)


def _record(ctx: Context, action: str, user: PlatformUser, what: Any, changes: dict[str, list[Any]]) -> None:
    touch(user)  # the organisation's own page of this user is stale now
    summary = f"{what}：{user.first_name}（{user.username}）"
    audit.record(ctx.session, ctx.actor, action, user, now=ctx.now, summary=summary, changes=changes or None)


def system_start(session: Session, *, username: str, password: str, method: str, now: datetime) -> PlatformUser | None:
    """The first security administrator of an empty platform; None when there are users already."""
    if session.scalar(select(func.count()).select_from(PlatformUser)):
        return None
    department = session.scalars(select(Organisation).where(Organisation.kind == OrganisationKind.DEPARTMENT)).first()
    if department is None:
        department = Organisation(
            kind=OrganisationKind.DEPARTMENT, name="维修资金管理部门", address="", papers_confirmed=True, created_at=now
        )
    user = PlatformUser(username=username, first_name="安全管理员", last_name="", email=f"{username}@sign-in.invalid")
    user.active, user.organisation = True, department
    put_password_of_new(user, password, method)
    session.add(user)
    put_roles(session, user, {"SecurityAdmin"})
    return user
