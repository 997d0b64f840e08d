"""复制: the question before a project is copied, with what will be left out, and the new draft."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from app.domain.errors import Refusal, say
from app.models import Project
from app.permissions import Permission
from app.screens.projects_frame import load_project, save_tab, tab_address
from app.screens.request import Screen, context, expose, requires
from app.workflows.projects.copying import copy_project, findings

LONGEST_NAME, LONGEST_REASON = 100, 500


class ProjectCopy(Screen):
    """复制."""

    route_base = "/projects"
    menu_screen = "Projects"

    @expose("/<int:key>/copy", methods=["GET", "POST"])
    @requires(Permission.PROJECT_EDIT)
    def copy(self, key: int):
        """Asked once, with the new name; then the draft."""
        project = load_project(key)
        if request.method == "GET":
            return self._ask(project, gettext("%(name)s（复制）", name=project.name)[:LONGEST_NAME], "")
        name, reason = request.form.get("name", "").strip(), request.form.get("reason", "").strip()

        def do(_session):
            for field, text, longest in (("name", name, LONGEST_NAME), ("reason", reason, LONGEST_REASON)):
                if len(text) > longest:
                    raise Refusal(say("最多 %(count)s 个字", count=longest), field=field)
            return copy_project(key, name, context(), reason=reason)

        return save_tab(
            self, do, answer=lambda new: tab_address(new, "basics"), said=say("已复制为新的草稿，请核对后补充"),
            draw=lambda refusal, status: self._ask(load_project(key), name, reason, refusal, status),
        )  # fmt: skip

    def _ask(self, project: Project, name: str, reason: str, refusal: Refusal | None = None, status: int = 200):
        return self.page(
            "projects/copy.html", status=status, project=project, name=name, reason=reason, refusal=refusal,
            found=findings(project, context()),
        )  # fmt: skip
