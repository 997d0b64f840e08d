"""维修项目列表, 新建, and the workbench's own pages: 项目基本信息, 记录, 办结."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from flask import abort, redirect, request, session, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from app import clock
from app.domain.enums import EmergencyType, ProjectKind, ProjectState
from app.domain.errors import N_, Refusal, say
from app.domain.identifiers import mask_phone
from app.extensions import db
from app.models import Area, Project
from app.permissions import Permission
from app.queries import project_list as lists
from app.queries.overdue import Terms
from app.queries.project_progress import Progress, progress_of
from app.screens.asked import asked_area
from app.screens.exporting import Listing, export_list
from app.screens.fields import ChineseForm, DayField, EnumField, at_most, required
from app.screens.paging import Page, page_of
from app.screens.projects_frame import drawn_version, load_project, save_tab, tab_address, whole_number, workbench
from app.screens.projects_tabs import fill_act, fill_tab
from app.screens.request import Screen, actor, context, expose, requires, translated
from app.spreadsheets.projects import write_projects
from app.workflows.engine import apply
from app.workflows.projects import actions
from app.workflows.projects.clashes import drawn_with, text_of
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.kinds import KINDS
from app.workflows.projects.overdue import terms_of
from app.workflows.projects.phones import parse_contact_phone
from app.workflows.projects.steps import Standing, standing

REMEMBERED = "filters:projects"


class BasicsForm(ChineseForm):
    """项目基本信息. A draft may be saved incomplete; only the name must be there."""

    name = StringField(lazy_gettext("项目名称"), [required("请填写项目名称"), at_most(100)])
    reason = TextAreaField(lazy_gettext("维修原因"), [at_most(2000)])
    planned_start = DayField(lazy_gettext("计划开工日期"))
    planned_end = DayField(lazy_gettext("计划完工日期"))
    contact = StringField(lazy_gettext("联系人"), [at_most(30)])
    phone = StringField(lazy_gettext("联系电话"), [at_most(30)])
    emergency_type = EnumField(lazy_gettext("紧急情形"), kind=EmergencyType, empty="—")
    remark = TextAreaField(lazy_gettext("备注"), [at_most(2000)])

    def validate_phone(self, field) -> None:
        try:
            field.data = parse_contact_phone(field.data) if (field.data or "").strip() else None
        except Refusal as refusal:
            raise ValidationError(translated(refusal.sentence)) from refusal

    def validate_planned_end(self, field) -> None:
        if field.data and self.planned_start.data and field.data < self.planned_start.data:
            raise ValidationError(gettext("计划完工日期不能早于计划开工日期"))

    def values(self, kind: ProjectKind) -> dict[str, Any]:
        """What was typed, by column; the emergency type only where the kind asks it."""
        found = {name: getattr(self, name).data for name in actions.BASICS}
        for name in ("name", "reason", "contact", "remark"):
            found[name] = (found[name] or "").strip()
        if not KINDS[kind].evidence:
            found["emergency_type"] = None
        return found


class NewForm(BasicsForm):
    """新建维修项目: the area is chosen once."""

    area_id = SelectField(lazy_gettext("物业区域"), [required("请选择物业区域")], coerce=str, validate_choice=True)


class Projects(Screen):
    """维修项目列表 and one project."""

    route_base = "/projects"
    default_view = "list"

    @expose("/")
    @requires(Permission.PROJECT_VIEW)
    def list(self):
        if "clear" in request.args:
            session.pop(REMEMBERED, None)
            return redirect(url_for("Projects.list"))
        if not request.args and session.get(REMEMBERED):
            return redirect(url_for("Projects.list", **session[REMEMBERED]))
        chosen, terms = _filter(), terms_of(context())
        remembered = _given()
        if request.args and session.get(REMEMBERED) != remembered:
            session[REMEMBERED] = remembered
        around = lists.overview(db.session(), chosen, terms)
        page = page_of(around.counts[chosen.group], sorts=lists.SORTS, sort="number", descending=True)
        return self.page("projects/list.html", **_list_values(chosen, terms, page, around))

    @expose("/export.xlsx")
    @requires(Permission.PROJECT_VIEW)
    def export(self):
        """The list as filtered, as Excel."""
        chosen, terms = _filter(), terms_of(context())
        return export_list(
            Listing(
                N_("维修项目列表"), Project.__tablename__, write=write_projects,
                count=lambda most: lists.project_count(db.session(), chosen, terms, most=most),
                rows=lambda most: _standings(lists.all_projects(db.session(), chosen, terms, limit=most)),
            )
        )  # fmt: skip

    @expose("/new/<kind>", methods=["GET", "POST"])
    @requires(Permission.PROJECT_EDIT)
    def new(self, kind: str):
        """新建…维修项目: a form, then the draft."""
        row = KINDS.get(ProjectKind(kind)) if kind in {member.value for member in ProjectKind} else None
        if row is None:
            abort(404)
        form = NewForm()
        form.area_id.choices = _areas()
        if request.method == "GET" or not form.validate():
            return self._new_page(form, row, None)

        def do(_session):
            return actions.create_project(row.kind, whole_number(form.area_id.data), form.values(row.kind), context())

        return save_tab(
            self, do, answer=lambda project: tab_address(project, "items"), said=say("项目已新建，请选择维修设施设备"),
            draw=lambda refusal, _status: self._new_page(form, row, refusal),
        )  # fmt: skip

    def _new_page(self, form: NewForm, row, refusal: Refusal | None):
        shown = refusal if refusal and not form.add_refusal(refusal) else None
        status = 422 if request.method == "POST" else 200
        return self.page("projects/new.html", status=status, form=form, kind=row, refusal=shown)

    @expose("/<int:key>/")
    @expose("/<int:key>/<tab>")
    @requires(Permission.PROJECT_VIEW)
    def show(self, key: int, tab: str = "basics"):
        """One tab of the workbench."""
        return workbench(self, load_project(key), tab)

    @expose("/<int:key>/basics", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def save(self, key: int):
        """保存 of 项目基本信息."""
        project = load_project(key)
        form, drawn = BasicsForm(), drawn_with(request.form.get("drawn", ""), dict)
        if not form.validate():
            kept = {"drawn": json.dumps(drawn)} if drawn else {}
            return workbench(self, project, "basics", status=422, form=form, **kept)

        def do(_session):
            return actions.save_basics(key, form.values(project.kind), context(), drawn_version(), drawn)

        return save_tab(
            self, do, answer=tab_address(project, "basics"), said=say("已保存"),
            draw=lambda refusal, status: _basics_again(self, key, form, refusal, status, drawn),
        )  # fmt: skip

    @expose("/<int:key>/delete", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def delete(self, key: int):
        """Delete a draft that nobody has seen."""
        load_project(key)
        return save_tab(
            self, lambda _session: actions.delete_draft(key, context(), drawn_version()),
            answer=url_for("Projects.list"), said=say("草稿已删除"),
            draw=lambda refusal, status: workbench(self, load_project(key), "basics", status=status, refusal=refusal),
        )  # fmt: skip

    @expose("/<int:key>/close", methods=["GET", "POST"])
    @requires(Permission.APPLICATION_FILE)
    def close(self, key: int):
        """办结: the rest will not be claimed and is released; asked once, with the figures."""
        project = load_project(key)
        if request.method == "GET":
            return workbench(self, project, "basics", template="projects/close.html")
        return save_tab(
            self, lambda _session: apply(PROJECT, key, "close", context(), version=drawn_version()),
            answer=tab_address(project, "basics"), said=say("项目已办结，剩余锁定资金已释放"),
            draw=lambda refusal, status: workbench(
                self, load_project(key), "basics", status=status, refusal=refusal, template="projects/close.html"
            ),
        )  # fmt: skip


FILTERS = ("q", "area", "kind", "state", "group", "sort", "order", "size")


def _given() -> dict[str, str]:
    """The list's own arguments of the address, to be kept or put into another address."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _filter() -> lists.ListFilter:
    """The filters of the address; what is no member of its vocabulary answers 400."""
    get = request.args.get
    try:
        kind = ProjectKind(get("kind")) if get("kind") else None
        state = ProjectState(get("state")) if get("state") else None
    except ValueError:
        abort(400)
    area = get("area", "")
    if (area and not (area.isascii() and area.isdigit() and len(area) < 19)) or get("group", "") not in GROUPS:
        abort(400)
    return lists.ListFilter(get("q", "").strip()[:60], int(area) if area else None, kind, state, get("group", ""))


GROUPS = {
    "": lazy_gettext("全部"),
    "draft": lazy_gettext("编制中"),
    "open": lazy_gettext("在办"),
    "overdue": lazy_gettext("超期"),
}


def _standings(projects: Iterable[Project]) -> Iterator[tuple[Project, Standing, Progress]]:
    """Each with the step at which it is, some hundreds at a time."""
    rows = iter(projects)
    while some := list(islice(rows, 500)):
        progress = progress_of(db.session(), [project.id for project in some])
        yield from ((project, standing(project, progress[project.id]), progress[project.id]) for project in some)


def _list_values(chosen: lists.ListFilter, terms: Terms, page: Page, around: lists.Overview) -> dict[str, Any]:
    store = db.session()
    rows = lists.project_page(
        store, chosen, terms, sort=page.sort, descending=page.descending, limit=page.size, offset=page.offset
    )
    ids = [project.id for project, _ in rows]
    progress = progress_of(store, ids)
    now = clock.now()
    return {
        "rows": [(project, progress[project.id], standing(project, progress[project.id])) for project, _ in rows],
        "days": lambda at: max((now.date() - at.date()).days, 0),
        "late": {project.id for project, is_late in rows if is_late},
        "totals": (around.budget, around.paid),
        "groups": GROUPS,
        "counts": around.counts,
        "area": asked_area(),
        "chosen": chosen,
        "page": page,
        "given": _given(),
        "kinds": list(KINDS.values()),
        "all_kinds": ProjectKind,
        "all_states": ProjectState,
        "may_create": actor().can(Permission.PROJECT_EDIT) and actor().organisation_id is not None,
    }


def _areas() -> list[tuple[str, str]]:
    """(key, name) of the areas that the actor may touch."""
    statement = select(Area.id, Area.name).order_by(Area.name, Area.id)
    if actor().area_ids is not None:
        statement = statement.where(Area.id.in_(actor().area_ids))
    return [(str(key), name) for key, name in db.session.execute(statement)]


def _basics_again(screen: Screen, key: int, form: BasicsForm, refusal: Refusal, status: int, drawn: dict | None):
    """With all that was typed; a field that the reader left alone shows what stands there now."""
    project = load_project(key)
    for name in actions.BASICS if drawn else ():
        if text_of(form[name].data) == drawn.get(name, ""):
            form[name].data, form[name].raw_data = getattr(project, name), None
    shown = None if form.add_refusal(refusal) and not refusal.details else refusal
    return workbench(screen, project, "basics", status=status, form=form, refusal=shown)


def basics_tab(project: Project, ctx) -> dict[str, Any]:
    """The form with what is stored; the phone is shown in full to those who may edit it, else masked."""
    form = BasicsForm(obj=project, formdata=None)
    own = actor().organisation_id == project.organisation_id
    editable = own and project.state is ProjectState.DRAFT
    return {
        "form": form, "drawn": json.dumps(actions.basics_text(project)), "kind": KINDS[project.kind],
        "phone": project.phone if own else mask_phone(project.phone),
        "kept": actions.why_kept(project, ctx) if editable else None,
    }  # fmt: skip


fill_tab("basics", "projects/basics.html", basics_tab)
fill_act("close", lambda project, ctx: url_for("Projects.close", key=project.id))
