"""分摊 of an item: save of changed cells, 预算分摊, range, 导出分摊, 导入分摊 with its preview, 分摊合并."""

from __future__ import annotations

import base64
import io
import json
import zlib
from typing import Any

from flask import abort, redirect, request, send_file
from flask_babel import gettext

from app.domain.enums import HouseUse
from app.domain.errors import NotYours, Refusal, say
from app.extensions import db
from app.models import Project, ProjectItem
from app.permissions import Permission
from app.queries import projects as queries
from app.queries.sharing_range import places
from app.screens.paging import page_of
from app.screens.projects_frame import (
    StalePage,
    drawn_version,
    load_project,
    posted_json,
    save_tab,
    tab_address,
    whole_number,
)
from app.screens.projects_items import form_context, items_again
from app.screens.projects_posted import FaultyCells, cell_edits, item_edits, list_of
from app.screens.request import Screen, context, expose, requires
from app.spreadsheets import shares as sheet
from app.workflows.projects import items, shares, sharing

SHOWN = 50
MOST_UNPACKED = 8 * 1024 * 1024


class ProjectShares(Screen):
    """Acts on the shares of one item."""

    route_base = "/projects"
    menu_screen = "Projects"

    @expose("/<int:key>/items/save", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def save(self, key: int):
        """保存 of the tab: changed item fields and changed share cells together, all or nothing."""
        project = load_project(key)
        body = posted_json()
        faults: list = []
        edits = item_edits(list_of(body, "items"), faults)
        cells = cell_edits(list_of(body, "cells"), faults)
        item = whole_number(body["item"]) if cells else None

        def do(_session):
            if faults:
                raise FaultyCells(faults)
            ctx = context(void_vote=str(body.get("void_vote") or ""))
            version = drawn_version()
            if cells:
                shares.save_cells(key, item, cells, ctx, version)
                version += 1  # the cells' own save
            if edits:
                items.save_items(key, edits, ctx, version)

        address = tab_address(project, "items", **_place(body))
        return save_tab(self, do, answer=address, said=say("已保存"))

    @expose("/<int:key>/items/<int:item>/split", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def split(self, key: int, item: int):
        """预算分摊."""
        return self._act(key, item, shares.split_budget, say("已按建筑面积分摊"))

    @expose("/<int:key>/items/<int:item>/merge", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def merge(self, key: int, item: int):
        """分摊合并."""
        return self._act(key, item, shares.merge_shares, say("预算金额已按分摊合计更新"))

    @expose("/<int:key>/items/<int:item>/reset", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def reset(self, key: int, item: int):
        """Back to the range of the equipment's location."""
        return self._act(key, item, sharing.reset_range, say("分摊范围已恢复为设备安装位置"))

    @expose("/<int:key>/items/<int:item>/houses")
    @requires(Permission.PROJECT_EDIT)
    def houses(self, key: int, item: int):
        """添加房屋: houses that are not in the range, by place and search (a fragment for the dialog)."""
        project = load_project(key)
        row = _item(project, item)
        store = db.session()
        chosen = _houses_of(request.args, everything=True)
        everywhere = sharing.candidates(store, project, row, sharing.Houses(everything=True))
        statement = sharing.candidates(store, project, row, chosen)
        page = page_of(queries.count_of(store, statement))
        rows = store.scalars(statement.limit(page.size).offset(page.offset)).all()
        return self.page(
            "projects/house_list.html", project=project, item=row, rows=rows, page=page, chosen=chosen, uses=HouseUse,
            places=places(store, everywhere),
        )  # fmt: skip

    @expose("/<int:key>/items/<int:item>/houses/add", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def add_houses(self, key: int, item: int):
        """添加 houses: the ticked ones, or all that the filter lets through."""
        return self._range(key, item, sharing.add_houses, say("已添加分摊房屋，请重新计算分摊"))

    @expose("/<int:key>/items/<int:item>/houses/remove", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def remove_houses(self, key: int, item: int):
        """删除 houses: the ticked ones, or all that the filter lets through."""
        return self._range(key, item, sharing.remove_houses, say("已移除分摊房屋，请重新计算分摊"))

    @expose("/<int:key>/items/<int:item>/shares.xlsx")
    @requires(Permission.PROJECT_VIEW)
    def export(self, key: int, item: int):
        """导出分摊."""
        project = load_project(key)
        row = _item(project, item)
        data = sheet.write_shares(queries.share_rows(db.session(), row), title=gettext("分摊清册"))
        name = f"{project.number}-{row.equipment.name}-{gettext('分摊清册')}.xlsx".replace("/", "-")
        return send_file(io.BytesIO(data), as_attachment=True, download_name=name, max_age=0)

    @expose("/<int:key>/items/<int:item>/import", methods=["GET", "POST"])
    @requires(Permission.PROJECT_EDIT)
    def read(self, key: int, item: int):
        """导入分摊: reads the file and shows what it says; nothing is stored before it is confirmed."""
        project = load_project(key)
        row = _item(project, item)
        if request.method == "GET":
            return redirect(tab_address(project, "items", item=item))
        upload = request.files.get("file")
        rows = queries.share_rows(db.session(), row)
        values: dict[str, Any] = {"project": project, "item": row, "file_name": upload.filename if upload else ""}
        try:
            if upload is None or not upload.filename:
                raise Refusal(say("请选择填写好的分摊清册"), field="file")
            found = sheet.read_shares(upload.read(), {house.house_id: house.label for house in rows})
        except Refusal as refusal:
            return self.page("projects/import.html", status=422, refusal=refusal, found=None, **values)
        return self._preview(found.amounts, found, rows, **values)

    def _preview(
        self, amounts: dict[int, int], found: sheet.SharesRead, rows, refusal: Refusal | None = None, **values: Any
    ):
        """What the file says, beside what stands there now."""
        changed = [house for house in rows if amounts.get(house.house_id, house.amount) != house.amount]
        status = 409 if isinstance(refusal, StalePage) else 422 if found.faults or refusal else 200
        return self.page(
            "projects/import.html", status=status, found=found, refusal=refusal,
            changed=changed[:SHOWN], changed_count=len(changed), packed="" if found.faults else pack(amounts),
            before=sum(house.amount for house in rows), **values,
        )  # fmt: skip

    @expose("/<int:key>/items/<int:item>/import/confirm", methods=["POST"])
    @requires(Permission.PROJECT_EDIT)
    def store(self, key: int, item: int):
        """确定 of the preview: all rows are stored."""
        project = load_project(key)
        amounts = unpack(request.form.get("packed", ""))
        return save_tab(
            self, lambda _session: shares.import_shares(key, item, amounts, form_context(), drawn_version()),
            answer=tab_address(project, "items", item=item), said=say("分摊金额已导入，请点“分摊合并”更新预算金额"),
            draw=lambda refusal, _status: self._again(key, item, amounts, refusal),
        )  # fmt: skip

    def _again(self, key: int, item: int, amounts: dict[int, int], refusal: Refusal):
        """The preview once more: the file need not be chosen again, and may be stored over what came meanwhile."""
        project = load_project(key)
        row = _item(project, item)
        rows = queries.share_rows(db.session(), row)
        return self._preview(
            amounts, sheet.SharesRead(amounts), rows, refusal, project=project, item=row, file_name=""
        )  # fmt: skip

    def _act(self, key: int, item: int, act, said):
        """One act on one item from a plain button."""
        project = load_project(key)
        return save_tab(
            self, lambda _session: act(key, item, form_context(), drawn_version()),
            answer=tab_address(project, "items", item=item), said=said, draw=items_again(self, key),
        )  # fmt: skip

    def _range(self, key: int, item: int, act, said):
        """A change of the range, from a dialog (JSON)."""
        project = load_project(key)
        body = posted_json()
        chosen = _houses_of(body, everything=bool(body.get("everything")))

        def do(_session):
            return act(key, item, chosen, context(void_vote=str(body.get("void_vote") or "")), drawn_version())

        return save_tab(self, do, answer=tab_address(project, "items", item=item), said=said)


def pack(amounts: dict[int, int]) -> str:
    """Thousands of amounts as one form field: JSON, deflated, in letters that a form does not expand."""
    text = json.dumps([[house, fen] for house, fen in amounts.items()], separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 6)).decode()


def unpack(text: str) -> dict[int, int]:
    """What `pack` made; 400 for anything else (also for what unpacks to too much)."""
    try:
        unpacked = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text.encode()), MOST_UNPACKED)
        rows = json.loads(unpacked)
        amounts = dict(rows)
    except (ValueError, TypeError, zlib.error):
        abort(400)
    if not all(type(value) is int and value >= 0 for pair in amounts.items() for value in pair):
        abort(400)
    return amounts


def _item(project: Project, key: int) -> ProjectItem:
    item = next((item for item in project.items if item.id == key), None)
    if item is None:
        raise NotYours(f"ProjectItem {key}")
    return item


def _houses_of(values: Any, *, everything: bool) -> sharing.Houses:
    """The filter of the dialog or the list, with the ticked houses."""
    get = values.get
    use = str(get("use") or "")
    if use and use not in {member.value for member in HouseUse}:
        abort(400)
    ids = tuple(whole_number(house) for house in (list_of(values, "houses") if isinstance(values, dict) else ()))
    return sharing.Houses(
        ids=ids, everything=everything, search=str(get("q") or "").strip()[:60], use=HouseUse(use) if use else None,
        building_id=whole_number(get("building")) if get("building") else None,
        unit_id=whole_number(get("unit")) if get("unit") else None,
    )  # fmt: skip


def _place(body: dict[str, Any]) -> dict[str, Any]:
    """Where on the tab the user was: item, page, filters."""
    place = body.get("place")
    names = ("item", "page", "q", "building", "unit", "size")
    return {name: str(place[name])[:60] for name in names if isinstance(place, dict) and place.get(name)}
