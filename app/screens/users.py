"""用户与角色: the security administrator's own screen (fence 6). Nobody's business, nobody's money."""

from __future__ import annotations

from flask import abort, current_app, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app import clock
from app.domain.errors import Refusal, say
from app.extensions import db
from app.models import Area, Organisation, PlatformUser, ServiceContract, SignInSession
from app.permissions import ROLE_LABELS, Permission
from app.screens import first_password
from app.screens.fields import ChineseForm, at_most, required
from app.screens.paging import page_of
from app.screens.projects_frame import drawn_version, posted_version
from app.screens.request import Screen, context, expose, load, requires, submit_once
from app.workflows.users import administration
from app.workflows.users.actions import locked_names

ACTS = {
    "unlock": (administration.unlock, say("已解除锁定")),
    "activate": (lambda ctx, key, seen: administration.set_active(ctx, key, True, seen), say("已启用")),
    "deactivate": (
        lambda ctx, key, seen: administration.set_active(ctx, key, False, seen), say("已停用，该用户已退出登录")
    ),
    "sign-out": (administration.sign_out_everywhere, say("该用户的登录已全部退出")),
}


class UserForm(ChineseForm):
    """A new user; without `username` and `organisation_id` for one that is there."""

    username = StringField(_("用户名"), [required("请填写用户名"), at_most(64)])
    organisation_id = SelectField(_("所属单位"), coerce=int, validate_choice=True)
    name = StringField(_("姓名"), [required("请填写姓名"), at_most(64)])
    phone = StringField(_("手机"), [Optional(), at_most(20)])
    roles = SelectMultipleField(
        _("角色"), choices=[SelectChoice(key, _(label)) for key, label in ROLE_LABELS.items()],
        invalid_choice_message=_("请从列表中选择"),
    )  # fmt: skip
    areas = SelectMultipleField(_("负责的物业区域"), coerce=int, invalid_choice_message=_("请从列表中选择"))


class Users(Screen):
    """用户管理."""

    route_base = "/users"

    @expose("/")
    @requires(Permission.USER_ADMIN)
    def list(self):
        asked = request.args.get("q", "")[:60].strip()
        query = select(PlatformUser).options(selectinload(PlatformUser.roles))
        if asked:
            like = f"%{asked}%"
            query = query.join(PlatformUser.organisation).where(
                or_(
                    PlatformUser.username.ilike(like),
                    PlatformUser.first_name.ilike(like),
                    Organisation.name.ilike(like),
                )
            )
        page = page_of(db.session.scalar(select(func.count()).select_from(query.subquery())))
        rows = db.session.scalars(query.order_by(PlatformUser.username).limit(page.size).offset(page.offset)).all()
        return self.page(
            "users/list.html", rows=rows, page=page, asked=asked, locked=locked_names(db.session(), clock.now()),
            labels=ROLE_LABELS,
        )  # fmt: skip

    @expose("/<int:key>/")
    @requires(Permission.USER_ADMIN)
    def show(self, key: int):
        return self._show(load(PlatformUser, key), given=first_password.take(key))

    def _show(self, user: PlatformUser, *, given: str | None = None, refusal: Refusal | None = None):
        sessions = db.session.scalar(select(func.count()).where(SignInSession.user_id == user.id))
        locked = user.username in locked_names(db.session(), clock.now())
        return self.page(
            "users/show.html", 422 if refusal else 200, user=user, sessions=sessions, locked=locked,
            labels=ROLE_LABELS, given=given, refusal=refusal, needs_paper=administration.needs_paper(user),
            paper=request.form.get("paper", "")[:200],
        )  # fmt: skip

    @expose("/add", methods=["GET", "POST"])
    @requires(Permission.USER_ADMIN)
    def add(self):
        form = UserForm()
        form.organisation_id.choices = _organisations()
        del form.areas
        if not form.validate_on_submit():
            return self._draw(form, None, 422 if request.method == "POST" else 200)

        def do(_work):
            user, password = administration.add_user(
                context(), username=form.username.data, name=form.name.data, phone=form.phone.data or "",
                organisation_id=form.organisation_id.data, roles=set(form.roles.data), method=_method(),
            )  # fmt: skip
            return user.id, password

        return submit_once(
            do, answer=_address, refused=lambda refusal: self._redraw(form, None, refusal), stored=_keep_password
        )

    @expose("/<int:key>/edit", methods=["GET", "POST"])
    @requires(Permission.USER_ADMIN)
    def edit(self, key: int):
        user = load(PlatformUser, key)
        form = UserForm(data=_data_of(user))
        del form.username, form.organisation_id
        form.areas.choices = _areas(user)
        if not form.validate_on_submit():
            return self._draw(form, user, 422 if request.method == "POST" else 200)
        version = drawn_version()

        def do(_work):
            administration.change_user(
                context(), key, name=form.name.data, phone=form.phone.data or "", roles=set(form.roles.data),
                area_ids=set(form.areas.data), version=version,
            )  # fmt: skip

        address = url_for("Users.show", key=key)
        return submit_once(
            do, answer=address, said=say("已保存"), refused=lambda refusal: self._redraw(form, user, refusal)
        )

    @expose("/<int:key>/reset", methods=["POST"])
    @requires(Permission.USER_ADMIN)
    def reset(self, key: int):
        """A new first password, shown once on the next page; an organisation's administrator asks for it on paper."""
        load(PlatformUser, key)
        version, paper = drawn_version(), request.form.get("paper", "")

        def do(_work):
            user, password = administration.reset_password(
                context(), key, method=_method(), paper=paper, version=version
            )
            return user.id, password

        return submit_once(
            do, answer=_address, stored=_keep_password,
            refused=lambda refusal: self._show(load(PlatformUser, key), refusal=refusal),
        )  # fmt: skip

    @expose("/<int:key>/<act>", methods=["POST"])
    @requires(Permission.USER_ADMIN)
    def act(self, key: int, act: str):
        if act not in ACTS:
            abort(404)
        load(PlatformUser, key)
        (verb, said), version = ACTS[act], drawn_version()
        return submit_once(
            lambda _work: verb(context(), key, version), answer=url_for("Users.show", key=key), said=said,
            refused=lambda refusal: self._show(load(PlatformUser, key), refusal=refusal),
        )  # fmt: skip

    def _draw(self, form, user, status: int, refusal: Refusal | None = None):
        version = (posted_version() or user.version) if user else None
        return self.page(
            "users/form.html", status, form=form, user=user, refusal=refusal, labels=ROLE_LABELS, version=version
        )

    def _redraw(self, form, user, refusal: Refusal):
        return self._draw(form, user, 422, None if form.add_refusal(refusal) else refusal)


def _address(given: tuple[int, str]) -> str:
    return url_for("Users.show", key=given[0])


def _keep_password(given: tuple[int, str]) -> None:
    first_password.keep(*given)


def _method() -> str:
    return current_app.config["FAB_PASSWORD_HASH_METHOD"]


def _organisations() -> list[SelectChoice]:
    query = select(Organisation.id, Organisation.name).where(Organisation.active).order_by(Organisation.name)
    return [SelectChoice(*row) for row in db.session.execute(query)]


def _areas(user: PlatformUser) -> list[SelectChoice]:
    """Areas that the user's organisation serves."""
    served = select(ServiceContract.area_id).where(ServiceContract.organisation_id == user.organisation_id)
    query = select(Area.id, Area.name).where(Area.id.in_(served)).order_by(Area.name)
    return [SelectChoice(*row) for row in db.session.execute(query)]


def _data_of(user: PlatformUser) -> dict:
    return {
        "name": user.first_name,
        "phone": user.phone or "",
        "roles": [role.name for role in user.roles],
        "areas": [area.id for area in user.areas],
    }
