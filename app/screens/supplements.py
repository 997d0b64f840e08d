"""新建补充项目: from a running project, with its kind and basic information to begin with."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from app.domain.enums import ProjectKind
from app.domain.errors import Refusal, say
from app.models import Project
from app.permissions import Permission
from app.screens.fields import EnumField, required
from app.screens.projects import BasicsForm
from app.screens.projects_frame import load_project, save_tab, tab_address
from app.screens.projects_tabs import fill_act
from app.screens.request import Screen, context, expose, requires
from app.workflows.projects import actions
from app.workflows.projects.menu import why_closed
from app.workflows.projects.supplements import create_supplement


class SupplementForm(BasicsForm):
    """项目基本信息 and the kind: a supplement may be of another kind than the project that it supplements."""

    kind = EnumField(lazy_gettext("项目类型"), [required("请选择项目类型")], kind=ProjectKind)


class Supplements(Screen):
    """补充项目."""

    route_base = "/projects"
    menu_screen = "Projects"

    @expose("/<int:key>/supplement", methods=["GET", "POST"])
    @requires(Permission.PROJECT_EDIT)
    def new(self, key: int):
        project = load_project(key)
        if request.method == "GET":
            return self._page(project, _proposed(project))
        form = SupplementForm()
        if not form.validate():
            return self._page(project, form, status=422)

        def do(_session):
            return create_supplement(key, form.kind.data, form.values(form.kind.data), context())

        return save_tab(
            self, do, answer=lambda made: tab_address(made, "items"), said=say("补充项目已新建，请选择维修设施设备"),
            draw=lambda refusal, status: self._page(load_project(key), form, refusal, status),
        )  # fmt: skip

    def _page(self, project: Project, form: SupplementForm, refusal: Refusal | None = None, status: int = 200):
        shown = refusal if refusal and not form.add_refusal(refusal) else None
        reason = why_closed(project, "supplement", context())
        return self.page(
            "projects/supplement.html", status=status, project=project, form=form, refusal=shown, reason=reason
        )  # fmt: skip


def _proposed(project: Project) -> SupplementForm:
    """What the first project says, as far as it holds for the second: the days are to come."""
    known = {name: getattr(project, name) for name in actions.BASICS if not name.startswith("planned_")}
    known |= {"kind": project.kind, "name": gettext("%(name)s（补充）", name=project.name)[:100]}
    return SupplementForm(formdata=None, data=known)


fill_act("supplement", lambda project, ctx: url_for("Supplements.new", key=project.id))
