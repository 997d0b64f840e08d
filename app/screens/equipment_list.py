"""设施设备查询 (manual 1.6.1): place and category trees, the list with its row in place, moving, one piece's page.

A new or edited row is drawn by the server inside the list: without script it works, a refusal stands at its cell, and
what was typed is there again.
"""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for

from app import clock
from app.domain.enums import WarrantyState
from app.domain.errors import N_, Conflict, Refusal, Sentence, say
from app.extensions import db
from app.models import Area, Equipment
from app.permissions import Permission
from app.queries import equipment as register
from app.queries import equipment_records as records
from app.queries.equipment_trees import trees as trees_of
from app.screens import rows as generated
from app.screens.asked import asked_number
from app.screens.audit import action_label, column_label
from app.screens.equipment_asked import (
    RowForm,
    chosen_in_address,
    kept,
    place_in_address,
    place_of,
    posted_key,
    posted_picks,
    posted_version,
)
from app.screens.exporting import Listing, export_list
from app.screens.filters import plain
from app.screens.paging import forget_list, page_of, remembered
from app.screens.projects_posted import day_of
from app.screens.request import Screen, actor, context, expose, load, requires, submit_once
from app.spreadsheets.equipment import write_list
from app.workflows.equipment import register as acts

NOUN = N_("设施设备")
HISTORY = 100


class StaleRow(Refusal):
    """A Conflict of an inline row: it is drawn again with what was typed (409) instead of the error page."""

    def __init__(self, conflict: Conflict):
        super().__init__(conflict.sentence, field=conflict.field, details=conflict.details)


class EquipmentList(Screen):
    """设施设备."""

    route_base = "/equipment"
    default_view = "list"

    @expose("/")
    @requires(Permission.EQUIPMENT_VIEW)
    def list(self):
        added = asked_number("added")
        if not added and (answer := remembered()):
            return answer
        area_id = chosen_in_address().area_id
        if area_id and db.session().get(Area, area_id) is None:
            forget_list("EquipmentList.list")  # an area that is no longer theirs must not come back with the next click
            abort(404)
        return self._list(first=added)

    def _list(self, *, first: int | None = None, status: int = 200, **values: Any):
        """The page; `values`: the row that is typed (`form`, `row`), what was ticked, the refusal."""
        chosen, session = chosen_in_address(), db.session()
        area = load(Area, chosen.area_id) if chosen.area_id else None
        trees = trees_of(session, chosen)
        page = page_of(trees.total, sorts=register.SORTS, sort="location")
        found = register.listed(
            session, chosen, limit=page.size, offset=page.offset, first=first, sort=page.sort,
            descending=page.descending,
        )  # fmt: skip
        shown = {
            "area": area, "chosen": chosen, "trees": trees, "page": page, "rows": found, "today": clock.today(),
            "may_edit": actor().can(Permission.EQUIPMENT_EDIT), "warranties": WarrantyState, "kept": kept,
            "first": first, "form": None, "row": None, "picked": {},
            "refusal": None,
        }  # fmt: skip
        row = values.get("row")
        if row is not None and all(line.piece.id != row.id for line in found):
            found.insert(0, register.Listed(row, 0))  # the row that is typed stays in sight
        return self.page("equipment/list.html", status=status, **{**shown, **values})

    # --- a row in place ------------------------------------------------------------------------------

    @expose("/add", methods=["GET", "POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def add(self):
        """添加: a new row in the list, at the chosen place and category."""
        chosen = chosen_in_address()
        if request.method == "GET":
            if chosen.area_id is None:
                return redirect(url_for("EquipmentList.list"))
            empty = {"category_id": chosen.category_id, "place": place_in_address(chosen)}
            return self._list(form=RowForm(data=empty))
        area_id = posted_key("area_id") or chosen.area_id or abort(400)
        form = RowForm()

        def do(_session):
            return acts.add(area_id, form.values(), context())

        return self._save(form, None, do, lambda piece: _address_with(piece, chosen), say("已添加设施设备"))

    @expose("/edit/<int:key>", methods=["GET", "POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def edit(self, key: int):
        """The row of the list as inputs."""
        piece = load(Equipment, key)
        if request.method == "GET":
            if request.args.get("area", "") != str(piece.area_id):
                return redirect(url_for("EquipmentList.edit", key=key, **_place_of_piece(piece)))
            return self._list(row=piece, form=RowForm(obj=piece))
        form, version = RowForm(), posted_version(request.form.get("version", ""))

        def do(_session):
            try:
                return acts.edit(key, form.values(), context(), version=version)
            except Conflict as conflict:
                raise StaleRow(conflict) from conflict

        address = url_for("EquipmentList.list", **kept(area=piece.area_id), _anchor=f"e{key}")
        return self._save(form, key, do, address, say("已保存"))

    def _save(self, form: RowForm, key: int | None, do, answer, said: Sentence):
        def drawn(status: int, refusal: Refusal | None = None):
            placed = refusal is not None and form.add_refusal(refusal)
            row = load(Equipment, key) if key else None
            return self._list(form=form, row=row, refusal=None if placed else refusal, status=status)

        if not form.validate():
            return drawn(422)
        return submit_once(
            do, answer=answer, said=said,
            refused=lambda refusal: drawn(409 if isinstance(refusal, StaleRow) else 422, refusal),
        )  # fmt: skip

    # --- several ---------------------------------------------------------------------------------------

    @expose("/move", methods=["POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def move(self):
        """移动到: the ticked ones to one place of their area, all or none."""
        area_id = posted_key("area_id") or abort(400)
        picked = posted_picks()
        building, unit = place_of(request.form.get("to", ""))

        def do(_session):
            try:
                return acts.move(area_id, picked, building, unit, context())
            except Conflict as conflict:
                raise StaleRow(conflict) from conflict

        return submit_once(
            do, answer=url_for("EquipmentList.list", **kept(area=area_id)), said=say("已移动所选设施设备"),
            refused=lambda refusal: self._list(
                refusal=refusal, picked=picked, status=409 if isinstance(refusal, StaleRow) else 422
            ),
        )  # fmt: skip

    @expose("/export")
    @requires(Permission.EQUIPMENT_VIEW)
    def export(self):
        """What is filtered, as the import reads it again."""
        chosen = chosen_in_address()
        area = load(Area, chosen.area_id) if chosen.area_id else None
        return export_list(
            Listing(
                NOUN, Equipment.__tablename__, told=area.name if area else "",
                count=lambda most: register.piece_count(db.session(), chosen, most=most),
                rows=lambda most: register.pieces(db.session(), chosen, limit=most),
                write=lambda stream, pieces: write_list(stream, pieces, chosen.today, with_area=area is None),
            )
        )  # fmt: skip

    # --- one piece -------------------------------------------------------------------------------------

    @expose("/<int:key>")
    @requires(Permission.EQUIPMENT_VIEW)
    def show(self, key: int):
        """Its data, warranty, repairs and history; the label's QR code leads here."""
        return self._show(key)

    def _show(self, key: int, *, status: int = 200, **values: Any):
        session = db.session()
        piece = register.piece_with_names(session, key) or abort(404)
        shown = {
            "piece": piece, "today": clock.today(), "repairs": records.repairs(session, piece.id),
            "history": [_told(event) for event in records.history(session, piece, actor(), limit=HISTORY)],
            "may_edit": actor().can(Permission.EQUIPMENT_EDIT), "here": _place_of_piece(piece), "refusal": None,
            "typed": {"retired_on": clock.today().isoformat(), "reason": ""}, "open": "",
        }  # fmt: skip
        return self.page("equipment/show.html", status=status, **{**shown, **values})

    @expose("/<int:key>/retire", methods=["POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def retire(self, key: int):
        """停用, from a day on, with a reason."""
        load(Equipment, key)
        version = posted_version(request.form.get("version", ""))

        def do(_session):
            return acts.retire(
                key, day_of(request.form, "retired_on"), request.form.get("reason", ""), context(), version=version
            )

        return self._act(key, do, say("已停用"), open="retire", typed=request.form)

    @expose("/<int:key>/reactivate", methods=["POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def reactivate(self, key: int):
        """恢复使用."""
        load(Equipment, key)
        version = posted_version(request.form.get("version", ""))
        return self._act(key, lambda _session: acts.reactivate(key, context(), version=version), say("已恢复使用"))

    @expose("/delete/<int:key>", methods=["POST"])
    @requires(Permission.EQUIPMENT_EDIT)
    def delete(self, key: int):
        """Only while nothing hangs on it; what does is named."""
        piece = load(Equipment, key)
        version = posted_version(request.form.get("version", ""))
        name, area = str(piece), piece.area_id

        def do(work):
            taken = acts.take(key, context(), version)
            generated.refuse_orphans(work, taken, NOUN)
            acts.remove(taken, context())

        said = say("已删除%(noun)s“%(row)s”", noun=NOUN, row=name)
        return self._act(key, do, said, answer=url_for("EquipmentList.list", area=area))

    def _act(self, key: int, do, said: Sentence, *, answer: str = "", **values: Any):
        return submit_once(
            do, answer=answer or url_for("EquipmentList.show", key=key), said=said,
            refused=lambda refusal: self._show(key, refusal=refusal, **values),
        )  # fmt: skip


def _place_of_piece(piece: Equipment) -> dict[str, Any]:
    """The list's filters that show this piece."""
    found = {"area": piece.area_id, "building": piece.building_id, "unit": piece.unit_id}
    return {name: key for name, key in found.items() if key} | ({"use": "all"} if piece.retired else {})


def _address_with(piece: Equipment, chosen: register.Chosen) -> str:
    """The list as it was narrowed, with the new piece on top; what would hide it is left out."""
    found = kept(area=piece.area_id, page=None, search=None, use=None, warranty=None)
    if chosen.building_id not in (None, piece.building_id) or chosen.unit_id not in (None, piece.unit_id):
        found |= {"building": piece.building_id, "unit": piece.unit_id}
    if chosen.category_id != piece.category_id:
        found.pop("category", None)
    if not chosen.below:
        found.pop("below", None)
    return url_for("EquipmentList.list", **{name: value for name, value in found.items() if value}, added=piece.id)


def _told(event: records.Event) -> dict[str, Any]:
    """A line of the history in the reader's language."""
    changes = [
        (column_label(name), plain(old), plain(new))
        for name, (old, new) in event.changes.items()
        if event.action != "add_equipment" or new
    ]
    return {"at": event.at, "who": event.who, "what": action_label(event.action), "changes": changes}
