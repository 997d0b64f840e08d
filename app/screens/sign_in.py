"""Sign-in and sign-out, the own account and password, and what is checked about the session at each request."""

from __future__ import annotations

from flask import current_app, flash, has_request_context, redirect, request, session, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user, login_user, logout_user
from sqlalchemy import func, select
from wtforms import PasswordField, StringField

from app import audit, clock, tenancy
from app.domain.errors import Refusal
from app.extensions import db, limiter
from app.models import PlatformUser, SignInSession
from app.permissions import DEPARTMENT_ROLES, SYSTEM, Permission
from app.screens.fields import ChineseForm, at_most, required
from app.screens.home import own_address
from app.screens.request import Screen, actor, expose, requires
from app.transaction import unit_of_work
from app.workflows.users import actions

# The lock-out counts by name; this slows down who tries one password on many names. An office may share an address.
TRIES = "60 per minute"
OPEN_TO_FORCED = {
    "Account.password",
    "SignIn.sign_out",
    "Home.language",
    "static",
    "appbuilder.static",
    "health.healthz",
}


class SignInForm(ChineseForm):
    username = StringField(lazy_gettext("用户名"), [required("请填写用户名"), at_most(128)])
    password = PasswordField(lazy_gettext("密码"), [required("请填写密码"), at_most(200)])


class PasswordForm(ChineseForm):
    old = PasswordField(lazy_gettext("原密码"), [required("请填写原密码"), at_most(200)])
    password = PasswordField(lazy_gettext("新密码"), [required("请填写新密码"), at_most(128)])
    again = PasswordField(lazy_gettext("再输一次新密码"), [required("请再输一次新密码"), at_most(128)])


class SignIn(Screen):
    """登录与退出."""

    route_base = ""
    default_view = "login"

    @expose("/login", methods=["GET", "POST"])
    @requires(Permission.PUBLIC)
    @limiter.limit(TRIES, methods=["POST"])
    def login(self):
        if current_user.is_authenticated:
            return redirect(_target())
        form = SignInForm()
        if not form.validate_on_submit():
            return self.page("session/login.html", 422 if request.method == "POST" else 200, form=form, message="")
        tenancy.enter(db.session(), SYSTEM)  # nobody is here yet: the name is looked for among all users
        method, address = current_app.config["FAB_PASSWORD_HASH_METHOD"], request.remote_addr or ""
        name = form.username.data
        found = actions.password_is_right(db.session(), name, form.password.data, method)
        with unit_of_work() as work:
            answer = actions.settle_sign_in(work, name, found, now=clock.now(), address=address)
        if answer.user is None:
            return self.page("session/login.html", 422, form=form, message=_refused(answer))
        start_session(answer.user)
        return redirect(_target())

    @expose("/logout", methods=["POST"])
    @requires(Permission.PUBLIC)
    def sign_out(self):
        if current_user.is_authenticated:
            with unit_of_work() as work:
                audit.record(work, actor(), "sign_out", "ab_user", actor().user_id, now=clock.now(), summary="退出登录")
        end_session()
        return redirect(url_for("SignIn.login"))


class Account(Screen):
    """我的账号."""

    route_base = "/account"

    @expose("/")
    @requires(Permission.HOME)
    def index(self):
        query = select(func.count()).select_from(SignInSession).where(SignInSession.user_id == current_user.id)
        return self.page("session/account.html", user=current_user, sessions=db.session.scalar(query))

    @expose("/password", methods=["GET", "POST"])
    @requires(Permission.HOME)
    def password(self):
        form, forced = PasswordForm(), bool(current_user.must_change_password)
        if not form.validate_on_submit():
            return self._draw(form, forced, 422 if request.method == "POST" else 200)
        if form.password.data != form.again.data:
            form.again.errors = [gettext("两次输入的新密码不一致")]
            return self._draw(form, forced, 422)
        method = current_app.config["FAB_PASSWORD_HASH_METHOD"]
        try:
            with unit_of_work() as work:
                user = actions.change_own_password(
                    work, actor(), form.old.data, form.password.data, method=method, now=clock.now()
                )
        except Refusal as refusal:
            form.add_refusal(refusal)
            return self._draw(form, forced, 422, refusal)
        start_session(user)
        flash(gettext("密码已修改，其他设备上的登录已全部退出"), "success")
        return redirect(url_for("Home.index"))

    def _draw(self, form, forced: bool, status: int, refusal: Refusal | None = None):
        return self.page("session/password.html", status, form=form, forced=forced, refusal=refusal)


def start_session(user: PlatformUser) -> None:
    """A session under a new number; what the visitor had before is forgotten, except the language."""
    locale = session.get("locale")
    session.end()
    login_user(user)
    session["epoch"] = user.session_epoch
    session["strict"] = any(role.name in DEPARTMENT_ROLES or role.name == "Bank" for role in user.roles)
    session["locale"] = locale or user.locale


def end_session() -> None:
    """Sign out here."""
    logout_user()
    session.end()


def check_session() -> None:
    """A session made before the last password change, deactivation or sign-out everywhere is no session."""
    if current_user.is_authenticated:
        if session.get("epoch") == current_user.session_epoch:
            return
        end_session()
    elif "_user_id" in session:
        end_session()  # the user is no longer active


def force_password_change():
    """With a given password one gets no further than the page that changes it."""
    if current_user.is_authenticated and current_user.must_change_password and request.endpoint not in OPEN_TO_FORCED:
        return redirect(url_for("Account.password"))
    return None


def locale_of_request() -> str:
    """The language chosen in this session, else the user's, else Chinese."""
    try:
        chosen = session.get("locale") if has_request_context() else None
    except (AssertionError, RuntimeError):  # the session could not be opened: the database is away
        return "zh"
    return chosen if chosen in current_app.config["LANGUAGES"] else "zh"


def _target() -> str:
    """Back to where one came from, on this site only."""
    return own_address(request.args.get("next", "")) or url_for("Home.index")


def _refused(answer: actions.Answer) -> str:
    if answer.is_locked:
        return gettext("失败次数过多，该用户名已锁定，请 15 分钟后再试，或联系安全管理员。")
    return gettext("用户名或密码不正确。再错 %(count)s 次，账号将锁定 15 分钟。", count=answer.left)
