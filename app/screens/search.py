"""The search in the top bar, and the choices of fields that are too long for a list."""

from __future__ import annotations

from flask import request

from app.extensions import db
from app.permissions import Permission
from app.queries import search as queries
from app.screens.request import Screen, actor, expose, requires

SHORTEST = 2


class Search(Screen):
    """全局搜索."""

    route_base = "/search"

    @expose("/")
    @requires(Permission.HOME)
    def index(self):
        text = request.args.get("q", "").strip()[:60]
        found = queries.search(db.session(), actor(), text) if len(text) >= SHORTEST else {}
        return self.page("home/search.html", text=text, found=found, too_short=len(text) < SHORTEST)
