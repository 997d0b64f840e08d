"""维修设施设备: the tab with items and the chosen item's shares, the picker, quick-adds. Saves come as JSON."""

from __future__ import annotations

from typing import Any

from flask import request

from app import clock
from app.domain.enums import ProjectState
from app.domain.errors import say
from app.extensions import db
from app.models import Project, ProjectItem
from app.permissions import Permission
from app.queries import equipment as register
from app.queries import projects as queries
from app.queries.equipment_trees import trees
from app.queries.gather import gather
from app.queries.project_page import PAGE
from app.queries.sharing_range import places_of, range_query
from app.screens.paging import page_of
from app.screens.projects_frame import (
    drawn_version,
    load_project,
    posted_json,
    save_tab,
    tab_address,
    whole_number,
    workbench,
)
from app.screens.projects_posted import LONGEST, day_of, key_in_address, key_of, list_of, text_of
from app.screens.projects_tabs import fill_tab
from app.screens.request import Screen, actor, context, expose, requires
from app.workflows.projects import contractors, items


class ProjectItems(Screen):
    """Acts of the tab 维修设施设备."""

    route_base = "/projects"
    menu_screen = "Projects"

    @expose("/<int:key>/picker")
    @requires(Permission.PROJECT_EDIT)
    def picker(self, key: int):
        """请选择设施设备: the trees, or with `list` the rows at a place (a fragment for the dialog)."""
        project = load_project(key)
        chosen = register.Chosen(
            project.area_id, key_in_address("building"), key_in_address("unit"), key_in_address("category"),
            request.args.get("q", "").strip()[:60],
            request.args.get("below", "1") == "1",
        )  # fmt: skip
        store = db.session()
        page = page_of(register.piece_count(store, chosen))
        return self.page(
            "projects/picker_list.html", project=project, page=page, today=clock.today(),
            rows=register.listed(store, chosen, limit=page.size, offset=page.offset),
            taken={item.equipment_id for item in project.items},
        )  # fmt: skip

    @expose("/<int:key>/items/add", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def add(self, key: int):
        """确定 of the picker: the ticked pieces become items."""
        load_project(key)
        body = posted_json()
        chosen = [whole_number(piece) for piece in list_of(body, "equipment")]
        reason = text_of(body, "reason", 500)

        def do(_session):
            return items.add_items(key, chosen, _context(body), reason=reason, version=drawn_version())

        return save_tab(
            self, do, said=say("已添加维修设施设备"),
            answer=lambda project: tab_address(project, "items", item=project.items[-1].id),
        )  # fmt: skip

    @expose("/<int:key>/items/<int:item>/remove", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def remove(self, key: int, item: int):
        """Take an item out, with its shares."""
        project = load_project(key)
        return save_tab(
            self, lambda _session: items.remove_item(key, item, form_context(), drawn_version()),
            answer=tab_address(project, "items"), said=say("已删除"), draw=items_again(self, key),
        )  # fmt: skip

    @expose("/<int:key>/equipment", methods=["POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def equipment(self, key: int):
        """添加设备 inside the picker; answers with the new piece, ticked."""
        project = load_project(key)
        body = posted_json()

        def do(_session):
            values = {name: text_of(body, name, LONGEST[name]) for name in ("name", "model", "maker")}
            values |= {name: key_of(body, name) for name in ("category_id", "building_id", "unit_id")}
            values |= {name: day_of(body, name) for name in ("installed_on", "warranty_until")}
            return items.add_equipment(key, values, context())

        return save_tab(self, do, answer=lambda piece: tab_address(project, "items", added=piece.id))

    @expose("/<int:key>/contractors", methods=["POST"])
    @requires(Permission.CONTRACTOR_EDIT)
    def contractor(self, key: int):
        """Quick-add of a 施工单位 to the company's register; answers with the new row."""
        project = load_project(key)
        body = posted_json()

        def do(_session):
            return contractors.add_contractor(body, context())

        return save_tab(self, do, answer=lambda row: tab_address(project, "items", contractor=row.id))


def items_tab(project: Project, ctx) -> dict[str, Any]:
    """Items with what is missing, and the chosen item's houses, one page."""
    store, facts, item = ctx.session, ctx.data[PAGE], _chosen_item(project)
    chosen = queries.MergedFilter(
        request.args.get("q", "").strip()[:60], key_in_address("building"), key_in_address("unit")
    )
    asked = {"contractors": contractors.register_query(ctx, project.organisation_id)}
    if item:
        asked |= {"totals": queries.share_totals_query(item, chosen), "places": range_query(project, item)}
    found = gather(store, **asked)
    values: dict[str, Any] = {
        "counts": facts.sums,
        "stale": {item.id for item in project.items if item.shares_stale or item.id in facts.moved},
        "contractors": found["contractors"],
        "item": item,
        "today": ctx.today,
        "may_add_contractor": actor().can(Permission.CONTRACTOR_EDIT),
    }
    if project.state is ProjectState.DRAFT:
        values["trees"] = trees(store, register.Chosen(project.area_id))
    return {**values, **_shares_of(item, chosen, found, store)} if item else values


def _shares_of(item: ProjectItem, chosen: queries.MergedFilter, found: dict[str, Any], store) -> dict[str, Any]:
    totals = queries.share_totals_of(found["totals"][0])
    page = page_of(totals.houses)
    rows = queries.share_rows(
        store, item, search=chosen.search, building_id=chosen.building_id, unit_id=chosen.unit_id,
        limit=page.size, offset=page.offset,
    )  # fmt: skip
    return {
        "share_rows": rows, "share_totals": totals, "share_page": page, "share_filter": chosen,
        "places": places_of(found["places"]),
    }  # fmt: skip


def _chosen_item(project: Project) -> ProjectItem | None:
    """The item whose shares stand below: the one asked for, else the first."""
    asked = key_in_address("item")
    return next((item for item in project.items if item.id == asked), project.items[0] if project.items else None)


def items_again(screen: Screen, key: int):
    """Draw the tab again with a refusal on top."""
    return lambda refusal, status: workbench(screen, load_project(key), "items", status=status, refusal=refusal)


def form_context():
    """The engine's context with the form's answer about a vote at stake."""
    return context(void_vote=request.form.get("void_vote", ""))


def _context(body: dict[str, Any]):
    return context(void_vote=str(body.get("void_vote") or ""))


fill_tab("items", "projects/items.html", items_tab)
