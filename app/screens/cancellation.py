"""撤销 of a project: asked once, with what it ends in numbers."""

from __future__ import annotations

from flask import request, url_for

from app.domain.errors import Refusal, say
from app.models import Project
from app.permissions import Permission
from app.queries.cancellation import at_stake
from app.screens.projects_frame import drawn_version, load_project, save_tab, tab_address, workbench
from app.screens.projects_tabs import fill_act
from app.screens.request import Screen, context, expose, requires
from app.workflows.engine import apply
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.menu import why_closed


class Cancellation(Screen):
    """撤销."""

    route_base = "/cancellation"

    @expose("/<int:key>", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def index(self, key: int):
        """GET asks, POST cancels; without its notice or with money out it stays shut, and says why."""
        project = load_project(key)
        if request.method == "GET":
            return self._ask(project)
        return save_tab(
            self, lambda _session: apply(PROJECT, key, "cancel", context(), version=drawn_version()),
            answer=tab_address(project, "basics"), said=say("撤销成功"),
            draw=lambda refusal, status: self._ask(load_project(key), status=status, refusal=refusal),
        )  # fmt: skip

    def _ask(self, project: Project, *, status: int = 200, refusal: Refusal | None = None):
        ctx = context()
        return workbench(
            self, project, "basics", status=status, refusal=refusal, template="projects/cancel.html",
            closed=why_closed(project, "cancel", ctx), stake=at_stake(ctx.session, project.id),
        )  # fmt: skip


fill_act("cancel", lambda project, ctx: url_for("Cancellation.index", key=project.id))
