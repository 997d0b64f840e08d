"""The start page, messages and the language: what every signed-in person has."""

from __future__ import annotations

from flask import abort, redirect, request, session, url_for
from flask_login import current_user
from sqlalchemy import select, update

from app import clock
from app.domain.errors import say
from app.extensions import db
from app.models import Message, PlatformUser
from app.permissions import Permission
from app.queries import home as queries
from app.screens.paging import page_of
from app.screens.request import Screen, actor, context, expose, requires, submit_once
from app.screens.shell import Shell
from app.transaction import unit_of_work


class Home(Screen):
    """首页, 通知, 语言."""

    route_base = ""

    @expose("/")
    @requires(Permission.PUBLIC)
    def index(self):
        if not current_user.is_authenticated:
            return redirect(Shell().public_home)
        who, today = actor(), clock.today()
        template = "home/company.html" if who.is_tenant else "home/department.html"
        if not who.can(Permission.PROJECT_VIEW):
            template = "home/plain.html"
        return self.page(template, home=queries.of_actor(db.session(), who, today), now=clock.now())

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

        def do(session):
            mine = (Message.user_id == actor().user_id, Message.read_at.is_(None))
            session.execute(update(Message).where(*mine).values(read_at=clock.now()))

        return submit_once(do, answer=url_for("Home.messages"), said=say("已全部标为已读"))

    @expose("/messages/<int:key>/open", methods=["POST"])
    @requires(Permission.HOME)
    def open_message(self, key: int):
        """Mark one message as read and go where it points; others' messages don't exist."""
        with unit_of_work() as store:
            message = store.scalar(select(Message).where(Message.id == key, Message.user_id == actor().user_id))
            if message is None:
                abort(404)
            message.read_at = message.read_at or context().now
            link = message.link
        return redirect(own_address(link) or url_for("Home.messages"))

    @expose("/language", methods=["POST"])
    @requires(Permission.PUBLIC)
    def language(self):
        """Change the language; kept with the user, else with the session."""
        locale = request.form.get("locale", "")
        if locale not in ("zh", "en"):
            abort(400)
        session["locale"] = locale
        if current_user.is_authenticated:
            with unit_of_work() as store:
                store.get(PlatformUser, actor().user_id).locale = locale
        return redirect(own_address(request.form.get("back", "")) or url_for("Home.index"))


def own_address(text: str) -> str:
    """The address if it stays on this site, else nothing: no open redirect."""
    plain = text.strip().rstrip("?")
    return plain if plain.startswith("/") and not plain.startswith(("//", "/\\")) and "\n" not in plain else ""
