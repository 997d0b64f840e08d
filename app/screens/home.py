"""The start page, messages and the language: what every signed-in person has."""

from __future__ import annotations

from datetime import date

from flask import abort, redirect, request, session, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select, update

from app import clock
from app.domain.errors import N_, say
from app.extensions import db
from app.models import Message, PlatformUser
from app.permissions import Permission
from app.queries import home as queries
from app.queries.project_progress import progress_of
from app.screens.my_areas import warning_days
from app.screens.paging import page_of
from app.screens.request import Screen, actor, expose, requires, submit_once
from app.screens.shell import Shell
from app.transaction import unit_of_work
from app.workflows.projects.kinds import KINDS
from app.workflows.projects.steps import standing

WEEKDAYS = (N_("星期一"), N_("星期二"), N_("星期三"), N_("星期四"), N_("星期五"), N_("星期六"), N_("星期日"))


class Home(Screen):
    """首页, 通知, 语言."""

    route_base = ""

    @expose("/")
    @requires(Permission.PUBLIC)
    def index(self):
        if not current_user.is_authenticated:
            return redirect(Shell().public_home)
        who, now = actor(), clock.now()
        days = warning_days()
        home = queries.of_actor(db.session(), who, now.date(), warned_days=days)
        progress = progress_of(db.session(), [project.id for project in home.projects])
        template = "home/company.html" if who.is_tenant else "home/department.html"
        if not who.can(Permission.PROJECT_VIEW):
            template = "home/plain.html"
        return self.page(
            template, home=home, now=now, today=now.date(), greeting=greeting(now.hour), weekday=weekday(now.date()),
            projects=[(row, progress[row.id], standing(row, progress[row.id])) for row in home.projects],
            may_edit=who.can(Permission.PROJECT_EDIT), may_vote=who.can(Permission.VOTE_EDIT),
            kinds=list(KINDS.values()), warned_days=days,
        )  # fmt: skip

    @expose("/messages/")
    @requires(Permission.HOME)
    def messages(self):
        page = page_of(queries.message_count(db.session(), actor().user_id))
        rows = queries.messages(db.session(), actor().user_id, limit=page.size, offset=page.offset)
        return self.page("home/messages.html", rows=rows, page=page)

    @expose("/messages/read", methods=["POST"])
    @requires(Permission.HOME)
    def read_all(self):
        """Mark all messages as read."""

        def do(work):
            mine = (Message.user_id == actor().user_id, Message.read_at.is_(None))
            work.execute(update(Message).where(*mine).values(read_at=clock.now()))

        return submit_once(do, answer=url_for("Home.messages"), said=say("已全部标为已读"))

    @expose("/messages/<int:key>/open", methods=["POST"])
    @requires(Permission.HOME)
    def open_message(self, key: int):
        """Mark one message as read and go where it points; others' messages don't exist."""

        def do(work):
            message = work.scalar(select(Message).where(Message.id == key, Message.user_id == actor().user_id))
            if message is None:
                abort(404)
            message.read_at = message.read_at or clock.now()
            return own_address(message.link) or url_for("Home.messages")

        return submit_once(do, answer=str)

    @expose("/language", methods=["POST"])
    @requires(Permission.PUBLIC)
    def language(self):
        """Change the language; kept with the user, else with the session."""
        locale = request.form.get("locale", "")
        if locale not in ("zh", "en"):
            abort(400)
        session["locale"] = locale
        if current_user.is_authenticated:
            with unit_of_work() as work:
                work.get(PlatformUser, actor().user_id).locale = locale
        return redirect(own_address(request.form.get("back", "")) or url_for("Home.index"))


def own_address(text: str) -> str:
    """The address if it stays on this site, else nothing: no open redirect."""
    plain = text.strip().rstrip("?")
    stays = plain.startswith("/") and not plain.startswith("//")
    return plain if stays and plain.isprintable() and "\\" not in plain else ""


def greeting(hour: int) -> str:
    """上午好, 下午好 or 晚上好."""
    if hour < 12:
        return gettext("上午好")
    return gettext("下午好") if hour < 18 else gettext("晚上好")


def weekday(day: date) -> str:
    return gettext(WEEKDAYS[day.weekday()])
