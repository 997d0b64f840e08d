"""机构用户管理 (manual 1.2.2): an organisation's administrator keeps its sign-ins, by the rules of `workflows.md` 2.

Whatever is posted: users of the own organisation only, roles of its own kind only, its own areas only, never the own
roles or the own state, never without an active administrator. All acts of one organisation come one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import generate_password_hash

from app import audit
from app.domain.errors import Forbidden, NotYours, Refusal, say
from app.domain.identifiers import mask_identity_number, mask_phone
from app.domain.passwords import check_password
from app.models import Area, PlatformUser, user_areas
from app.permissions import Permission
from app.queries.users import AreaLimit, area_limits
from app.workflows.engine import Context, lock, touch
from app.workflows.organisations.profile import own_organisation
from app.workflows.users.actions import end_sessions, put_password
from app.workflows.users.administration import first_password, keep_an_administrator, put_roles, role_names
from app.workflows.users.names import new_login_name

ADMINISTRATOR = "OrgAdmin"


@dataclass(frozen=True)
class Person:
    """What the form says of a user. A number of None stays as it is; roles of None likewise (the own account)."""

    name: str
    identity_number: str | None
    phone: str | None
    roles: frozenset[str] | None
    area_ids: frozenset[int] = frozenset()


def add_user(
    ctx: Context, username: str, person: Person, *, password: str, method: str
) -> tuple[PlatformUser, str]:
    """A new sign-in of the own organisation; gives (user, its first password if the platform made it, else "").

    Refusal at the field: name taken, weak password, missing numbers, roles and areas that don't fit.
    """
    organisation = _begin(ctx)
    _check_name(person)
    key = new_login_name(ctx.session, username)
    if password:
        check_password(password, key)
    if not person.identity_number:
        raise Refusal(say("请填写身份证号码"), field="identity_number")
    if not person.phone:
        raise Refusal(say("请填写手机"), field="phone")
    made = "" if password else first_password()
    user = PlatformUser(
        username=key, first_name=person.name, last_name="", email=f"{key}@sign-in.invalid", active=True,
        organisation=organisation, phone=person.phone, identity_number=person.identity_number,
        password=generate_password_hash(password or made, method), must_change_password=True, session_epoch=0,
    )  # fmt: skip
    ctx.session.add(user)
    put_roles(ctx.session, user, set(person.roles or ()))
    try:
        ctx.session.flush()
    except IntegrityError as error:  # two who take the same name at once
        raise Refusal(say("用户名“%(name)s”已被使用", name=key), field="username") from error
    _put_areas(ctx, user, person)
    _record(ctx, "user_added", user, "添加用户", {"username": ["", key], **_told({}, _state(ctx, user))})
    return user, made


def change_user(ctx: Context, key: int, person: Person, *, version: int) -> PlatformUser:
    """Information, roles, areas; changed roles end the user's sessions. Refusal at the field, or nothing differs."""
    _begin(ctx)
    user = _own_user(ctx, key, version)
    _check_name(person)
    before = _state(ctx, user)
    if person.roles is not None and sorted(person.roles) != before["roles"]:
        keep_an_administrator(ctx.session, user, roles=person.roles)
        _refuse_self(ctx, user, say("不能修改自己的角色，须由本机构另一名管理员办理"), field="roles")
        put_roles(ctx.session, user, set(person.roles))
        end_sessions(ctx.session, user)
    user.first_name = person.name
    user.phone = person.phone or user.phone
    user.identity_number = person.identity_number or user.identity_number
    _put_areas(ctx, user, person)
    changes = _told(before, _state(ctx, user))
    if not changes:
        raise Refusal(say("没有任何改动，没有保存"))
    touch(user)
    _record(ctx, "user_changed", user, "修改用户", changes)
    return user


def set_active(ctx: Context, key: int, active: bool, *, version: int) -> PlatformUser:
    """激活用户, or 注销用户: who is deactivated is out at the next request, in every open window."""
    _begin(ctx)
    user = _own_user(ctx, key, version)
    if user.active == active:
        raise Refusal(say("该用户已是有效状态") if active else say("该用户已注销"))
    if not active:
        keep_an_administrator(ctx.session, user)
        _refuse_self(ctx, user, say("不能注销自己，须由本机构另一名管理员办理"))
    user.active = active
    end_sessions(ctx.session, user)
    touch(user)
    action, what = ("user_activated", "激活用户") if active else ("user_deactivated", "注销用户")
    _record(ctx, action, user, what, {"active": ["否", "是"] if active else ["是", "否"]})
    return user


def reset_password(ctx: Context, key: int, *, version: int, method: str) -> tuple[PlatformUser, str]:
    """A new first password to hand over, shown once; the old one and all sessions are over."""
    _begin(ctx)
    user, password = _own_user(ctx, key, version), first_password()
    _refuse_self(ctx, user, say("自己的密码请在“修改密码”中修改"))
    put_password(ctx.session, user, password, method=method, must_change=True)
    touch(user)
    _record(ctx, "password_reset", user, "重置密码", {})
    return user, password


def readable(user: PlatformUser | None, ctx: Context) -> PlatformUser:
    """The user when it is one of the own organisation; NotYours for everybody else's, the department's too."""
    if user is None or user.organisation_id != ctx.actor.organisation_id:
        raise NotYours("PlatformUser")
    return user


def _begin(ctx: Context) -> Any:
    """The own organisation, locked; Forbidden when the actor has lost the right while the request waited for it."""
    organisation = own_organisation(ctx)
    me = ctx.session.get(PlatformUser, ctx.actor.user_id, populate_existing=True)
    if me is None or not me.active or ADMINISTRATOR not in role_names(me):
        raise Forbidden(Permission.ORG_USERS.value)
    return organisation


def _own_user(ctx: Context, key: int, version: int) -> PlatformUser:
    readable(ctx.session.get(PlatformUser, key), ctx)
    return lock(ctx.session, PlatformUser, key, version)


def _check_name(person: Person) -> None:
    if not person.name:
        raise Refusal(say("请填写姓名"), field="name")


def _refuse_self(ctx: Context, user: PlatformUser, told: Any, *, field: str | None = None) -> None:
    if user.id == ctx.actor.user_id:
        raise Refusal(told, field=field)


def _put_areas(ctx: Context, user: PlatformUser, person: Person) -> None:
    """Exactly these areas; none is no limit. Areas that the organisation has lost since go with the rest."""
    if person.roles is None:
        return
    chosen = person.area_ids
    if chosen - (ctx.actor.area_ids or frozenset()):
        raise Refusal(say("所选物业区域不由本机构管理"), field="areas")
    if chosen and ADMINISTRATOR in person.roles:
        raise Refusal(say("机构管理员管理全部物业区域，不能限定；请取消区域，或取消管理员角色"), field="areas")
    ctx.session.execute(
        delete(user_areas).where(user_areas.c.user_id == user.id, user_areas.c.area_id.not_in(chosen))
    )
    ctx.session.expire(user, ["areas"])
    user.areas = list(ctx.session.scalars(select(Area).where(Area.id.in_(chosen)).order_by(Area.id)))
    ctx.session.flush()


def _state(ctx: Context, user: PlatformUser) -> dict[str, Any]:
    """What an act may change, with the numbers in clear: only `_told()` sees them."""
    limit = area_limits(ctx.session, [user.id], ctx.actor.area_ids or ()).get(user.id, AreaLimit())
    lost = [f"已不由本机构管理的区域 {limit.lost} 个"] if limit.lost else []
    return {
        "first_name": user.first_name, "identity_number": user.identity_number, "phone": user.phone,
        "roles": role_names(user), "areas": limit.names + lost,
    }  # fmt: skip


def _told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """{field: [old, new]} of what differs, as the audit trail keeps it: numbers masked."""
    masks = {"identity_number": mask_identity_number, "phone": mask_phone}

    def shown(name: str, value: Any) -> Any:
        return masks[name](value) if name in masks else value

    return {
        name: [shown(name, before.get(name)), shown(name, value)]
        for name, value in after.items()
        if (before.get(name) or None) != (value or None)
    }


def _record(ctx: Context, action: str, user: PlatformUser, what: str, changes: dict[str, list[Any]]) -> None:
    summary = f"{what}：{user.first_name}（{user.username}）"
    audit.record(ctx.session, ctx.actor, action, user, now=ctx.now, summary=summary, changes=changes or None)
