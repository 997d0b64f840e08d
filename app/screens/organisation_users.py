"""机构用户管理 (manual 1.2.2): list, 添加用户, 修改用户, 查看用户, 注销用户, 激活用户, a new first password."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, redirect, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import PasswordField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import Optional

from app import audit, clock
from app.domain.errors import Refusal, say
from app.extensions import db
from app.models import Area, Organisation, PlatformUser
from app.permissions import ROLE_LABELS, Permission
from app.queries.users import area_limits, users_of
from app.screens import first_password, personal
from app.screens.asked import asked_words
from app.screens.fields import ChineseForm, at_most, required
from app.screens.organisation_profile import tidy
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.transaction import unit_of_work
from app.workflows.organisations import users
from app.workflows.users.administration import allowed_roles

PAGES = {"edit": "OrganisationUsers.edit", "show": "OrganisationUsers.show"}
NEW = {"autocomplete": "new-password"}
STATES = {"active": True, "inactive": False}


class UserForm(ChineseForm):
    """A user as its administrator sees it; without `username` and the passwords for one that is there."""

    username = StringField(
        _("用户名"),
        [required("请填写用户名"), at_most(64)],
        description=_("登录时使用，3 个字以上的英文字母、数字、点、横线、下划线；不分大小写"),
    )
    name = StringField(_("姓名"), [required("请填写姓名"), at_most(64)], filters=[tidy])
    identity_number = personal.resident_number(_("身份证号码"))
    phone = personal.mobile(_("手机"))
    roles = SelectMultipleField(_("角色"), invalid_choice_message=_("请从列表中选择"))
    areas = SelectMultipleField(_("负责的物业区域"), coerce=int, invalid_choice_message=_("请从列表中选择"))
    password = PasswordField(
        _("初始密码"), [Optional(), at_most(128)], render_kw=NEW,
        description=_("留空由系统生成，只显示一次；首次登录须修改密码"),
    )  # fmt: skip
    again = PasswordField(_("再次填写初始密码"), [Optional(), at_most(128)], render_kw=NEW)


class OrganisationUsers(Screen):
    """机构用户管理."""

    route_base = "/organisation/users"
    default_view = "list"

    @expose("/")
    @requires(Permission.ORG_USERS)
    def list(self):
        return self._list()

    def _list(self, refusal: Refusal | None = None):
        page, session, who = page_of(), db.session(), actor()
        state = request.args.get("state", "")
        if state and state not in STATES:
            abort(400)
        rows, page.total = users_of(
            session, who.organisation_id, search=asked_words(), active=STATES.get(state), limit=page.size,
            offset=page.offset,
        )  # fmt: skip
        return self.page(
            "organisations/users.html", 422 if refusal else 200, rows=rows, page=page, search=asked_words(),
            state=state, refusal=refusal, chosen=request.form.get("user", ""), labels=ROLE_LABELS,
            limits=area_limits(session, [row.id for row in rows], who.area_ids or ()),
        )  # fmt: skip

    @expose("/act", methods=["POST"])
    @requires(Permission.ORG_USERS)
    def act_on_chosen(self):
        """The buttons above the list: the row that is ticked, and what to do with it."""
        key, act = request.form.get("user", ""), request.form.get("act", "")
        if act not in PAGES and act not in ACTS:
            abort(400)
        if not key:
            return self._list(Refusal(say("请先在列表中选中一个用户")))
        if not (key.isascii() and key.isdigit() and len(key) <= 18):
            abort(404)
        user = self._own(int(key))
        if act in PAGES:
            return redirect(url_for(PAGES[act], key=user.id))
        version = request.form.get(f"version-{key}", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            abort(400)
        return self._act(user.id, act, int(version), self._list)

    @expose("/<int:key>/")
    @requires(Permission.ORG_USERS)
    def show(self, key: int):
        """查看用户: information and roles; the first password, once."""
        user = self._own(key)
        return self._show(user, given=first_password.take(user.id))

    def _show(
        self, user: PlatformUser, *, given: str | None = None, revealed: bool = False, refusal: Refusal | None = None
    ):
        limit = area_limits(db.session(), [user.id], actor().area_ids or ()).get(user.id)
        return self.page(
            "organisations/user.html", 422 if refusal else 200, user=user, given=given, revealed=revealed, limit=limit,
            labels=ROLE_LABELS, is_self=user.id == actor().user_id, refusal=refusal,
        )  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @requires(Permission.ORG_USERS)
    def add(self):
        """添加用户."""
        form = self._form()
        if not form.validate_on_submit() or not _same_password(form):
            return self._draw(form, None, 422 if request.method == "POST" else 200)

        def do(_work):
            user, made = users.add_user(
                context(), form.username.data, _person(form, None), password=form.password.data or "", method=_method()
            )
            return user.id, made

        return submit_once(
            do, answer=_address, said=say("已添加用户"), stored=_keep_password,
            refused=lambda refusal: self._redraw(form, None, refusal),
        )  # fmt: skip

    @expose("/<int:key>/edit", methods=["GET", "POST"])
    @requires(Permission.ORG_USERS)
    def edit(self, key: int):
        """修改用户: information, roles, areas."""
        user = self._own(key)
        form = self._form(user)
        if request.method == "GET":
            return self._draw(form, user)
        version = drawn_version()
        if not form.validate():
            return self._draw(form, user, 422)
        return submit_once(
            lambda _work: users.change_user(context(), key, _person(form, key), version=version),
            answer=url_for("OrganisationUsers.show", key=key), said=say("已修改用户"),
            refused=lambda refusal: self._redraw(form, self._own(key), refusal),
        )  # fmt: skip

    @expose("/<int:key>/<any(deactivate, activate, reset):act>", methods=["POST"])
    @requires(Permission.ORG_USERS)
    def act(self, key: int, act: str):
        """注销用户, 激活用户, 重置密码 from the user's own page."""
        user = self._own(key)
        return self._act(key, act, drawn_version(), lambda refusal: self._show(self._own(user.id), refusal=refusal))

    @expose("/<int:key>/reveal", methods=["POST"])
    @requires(Permission.ORG_USERS)
    def reveal(self, key: int):
        """Identity number and mobile in full on one click; the click is an audit event."""
        user = self._own(key)
        with unit_of_work() as work:
            summary = f"用户 {user.first_name}（{user.username}）：身份证号码、手机"
            audit.record(work, actor(), "reveal", user, now=clock.now(), summary=summary)
        return self._show(self._own(key), revealed=True)

    def _own(self, key: int) -> PlatformUser:
        return users.readable(load(PlatformUser, key), context())

    def _act(self, key: int, act: str, version: int, refused):
        verb, said = ACTS[act]
        return submit_once(
            lambda _work: verb(key, version), answer=_address, said=said, refused=refused, stored=_keep_password
        )

    def _form(self, user: PlatformUser | None = None) -> UserForm:
        form = UserForm(data=_data_of(user) if user else {})
        own = load(Organisation, actor().organisation_id)
        form.roles.choices = [SelectChoice(name, _(ROLE_LABELS[name])) for name in allowed_roles(own.kind)]
        areas = db.session.execute(select(Area.id, Area.name).order_by(Area.name))
        form.areas.choices = [SelectChoice(*row) for row in areas]
        if user is not None:
            del form.username, form.password, form.again
        else:
            form.identity_number.flags.required = form.phone.flags.required = True  # the marks; the workflow refuses
        return form

    def _draw(self, form: UserForm, user: PlatformUser | None, status: int = 200, refusal: Refusal | None = None):
        limit = area_limits(db.session(), [user.id], actor().area_ids or ()).get(user.id) if user else None
        return self.page(
            "organisations/user_form.html", status, form=form, user=user, refusal=refusal, limit=limit,
            is_self=bool(user and user.id == actor().user_id),
            version=request.form.get("version") or (user.version if user else None),
            retype=status == 422 and not user and bool(form.password.data),
        )  # fmt: skip

    def _redraw(self, form: UserForm, user: PlatformUser | None, refusal: Refusal):
        placed = form.add_refusal(refusal)
        return self._draw(form, user, 422, None if placed else refusal)


def _deactivate(key: int, version: int) -> tuple[int, str]:
    return users.set_active(context(), key, False, version=version).id, ""


def _activate(key: int, version: int) -> tuple[int, str]:
    return users.set_active(context(), key, True, version=version).id, ""


def _reset(key: int, version: int) -> tuple[int, str]:
    user, made = users.reset_password(context(), key, version=version, method=_method())
    return user.id, made


# Each gives (user id, first password to show or "").
ACTS = {
    "deactivate": (_deactivate, say("已注销用户，该账号已退出登录，不能再使用")),
    "activate": (_activate, say("已激活用户，该账号恢复使用")),
    "reset": (_reset, say("已重置密码")),
}


def _person(form: UserForm, key: int | None) -> users.Person:
    """What was typed; the own account posts no roles, they stay."""
    own_account = key is not None and key == actor().user_id and not request.form.getlist("roles")
    return users.Person(
        name=form.name.data, identity_number=form.identity_number.data, phone=form.phone.data,
        roles=None if own_account else frozenset(form.roles.data), area_ids=frozenset(form.areas.data),
    )  # fmt: skip


def _data_of(user: PlatformUser) -> dict[str, Any]:
    return {
        "name": user.first_name, "identity_number": user.identity_number, "phone": user.phone,
        "roles": [role.name for role in user.roles], "areas": [area.id for area in user.areas],
    }  # fmt: skip


def _same_password(form: UserForm) -> bool:
    if (form.password.data or "") == (form.again.data or ""):
        return True
    form.again.errors = [*form.again.errors, _("两次填写的密码不一致")]
    return False


def _address(given: tuple[int, str]) -> str:
    return url_for("OrganisationUsers.show", key=given[0])


def _keep_password(given: tuple[int, str]) -> None:
    if given[1]:
        first_password.keep(*given)


def _method() -> str:
    return current_app.config["FAB_PASSWORD_HASH_METHOD"]
