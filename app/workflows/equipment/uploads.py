"""An uploaded list of 设施设备 waits as a file until it is confirmed; it is judged anew each time it is looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from app import audit
from app.domain.errors import Conflict, NotYours, Refusal, Sentence, say
from app.models import Area, Attachment, Building, Equipment, EquipmentCategory, Unit
from app.queries.equipment import unfinished_projects
from app.queries.equipment_trees import category_tree, paths
from app.spreadsheets.equipment import KEY, PLACE, WHOLE_AREA, Known, read_list
from app.spreadsheets.guard import NOT_XLSX
from app.spreadsheets.reader import Sheet
from app.workflows.attachments import scanner
from app.workflows.attachments.content import clean_name
from app.workflows.attachments.storage import store
from app.workflows.engine import Context
from app.workflows.equipment import register
from app.workflows.equipment.register import Values

SUBJECT = "equipment_lists"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIELDS = ("name", "category_id", "building_id", "unit_id", "model", "maker", "installed_on", "warranty_until")


@dataclass(frozen=True)
class Change:
    """A known piece that would become `values`; `lines` {column: [old, new]} in words. `row` of the sheet."""

    row: int
    piece: Equipment
    values: Values
    lines: dict[str, list[str | None]]


@dataclass(frozen=True)
class Names:
    """The rows that an area's list may name."""

    buildings: dict[int, Building]
    units: dict[int, Unit]
    kinds: dict[int, EquipmentCategory]

    def of(self, values: Values) -> dict[str, str | None]:
        """The values in words, as the history writes them."""
        building, unit = self.buildings.get(values.building_id), self.units.get(values.unit_id)
        days = {name: getattr(values, name) for name in ("installed_on", "warranty_until")}
        return {
            "name": values.name,
            "category": self.kinds[values.category_id].name,
            "location": f"{building.name if building else ''}{unit.name if unit else ''}" or WHOLE_AREA[0],
            "model": values.model or None,
            "maker": values.maker or None,
            **{name: day.isoformat() if day else None for name, day in days.items()},
        }


@dataclass
class Plan:
    """What a list would do. With any fault nothing; else add, and change; `same` pieces stay as they are."""

    sheet: Sheet
    names: Names
    added: list[Values] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    same: int = 0

    @property
    def seal(self) -> str:
        """Says what is shown: what is confirmed must be this."""
        changed = [(change.piece.id, change.piece.version, vars(change.values)) for change in self.changed]
        what = [[vars(values) for values in self.added], changed]
        return hashlib.sha256(json.dumps(what, default=str, ensure_ascii=False).encode()).hexdigest()


def keep_upload(area: Area, file_name: str, data: bytes, ctx: Context) -> Attachment:
    """Keep the file for its preview. Refusal when it is no plain xlsx within the limits, or no such list."""
    if not file_name.lower().endswith(".xlsx"):
        raise Refusal(NOT_XLSX, field="file")
    _plan(data, area, ctx)
    scanner.scan(data)
    attachment = Attachment(
        subject=SUBJECT, subject_id=area.id, area_id=area.id, organisation_id=ctx.actor.organisation_id,
        file_name=clean_name(file_name), stored_name=store().put(data), media_type=XLSX, size=len(data),
        sha256=hashlib.sha256(data).hexdigest(), uploaded_at=ctx.now, uploaded_by_id=ctx.actor.user_id,
    )  # fmt: skip
    ctx.session.add(attachment)
    ctx.session.flush()
    return attachment


def upload(attachment_id: int, ctx: Context) -> tuple[Attachment, Area]:
    """The uploaded list of this person and its area. NotYours when there is none, or the area is no longer theirs."""
    attachment = ctx.session.get(Attachment, attachment_id)
    if attachment is None or attachment.subject != SUBJECT or attachment.uploaded_by_id != ctx.actor.user_id:
        raise NotYours(f"equipment list {attachment_id}")
    area = ctx.session.get(Area, attachment.subject_id)
    if area is None:
        raise NotYours(f"Area {attachment.subject_id}")
    return attachment, area


def judge(attachment: Attachment, area: Area, ctx: Context) -> Plan:
    """Read the kept file against the area's register as it is now.

    Beyond the cells: a changed piece must be in use, and a moved one in no unfinished project.
    """
    return _plan(store().read(attachment.stored_name), area, ctx)


def _plan(data: bytes, area: Area, ctx: Context) -> Plan:
    pieces, names = _pieces(area, ctx), _names(area, ctx)
    sheet = read_list(data, _known(area, pieces, names, ctx), ctx.today)
    plan = Plan(sheet, names)
    for number, cells in sheet.rows:
        piece = pieces.get(cells.get("key"))
        values = _completed(_values(cells, piece), names)
        if piece is None:
            plan.added.append(values)
        elif values == (present := _present(piece)):
            plan.same += 1
        else:
            old, new = names.of(present), names.of(values)
            lines = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
            plan.changed.append(Change(number, piece, values, lines))
    for number, column, value, sentence in _faults(plan.changed, ctx):
        sheet.fault(number, column, value, sentence)
    sheet.sort_faults()
    return plan


def confirm(attachment: Attachment, area: Area, seal: str, ctx: Context) -> Plan:
    """Store what was previewed, all or nothing. Refusal when there is any fault, Conflict when the preview is stale."""
    plan = judge(attachment, area, ctx)
    if plan.sheet.faults:
        raise Refusal(say("清册有 %(count)s 处错误，未导入任何数据", count=len(plan.sheet.faults)))
    if plan.seal != seal:
        raise Conflict(say("核对之后设施设备有变动，没有导入任何数据，请重新核对"))
    changes = {change.piece.id: (change.piece.version, change.values) for change in plan.changed}
    register.edit_all(changes, ctx, action="import_equipment")
    register.add_all(area.id, plan.added, ctx, action="import_equipment")
    summary = f"导入设施设备（{area.name}）：新增 {len(plan.added)} 件，修改 {len(plan.changed)} 件"
    audit.record(ctx.session, ctx.actor, "import_equipment", area, now=ctx.now, summary=summary)
    return plan


def _pieces(area: Area, ctx: Context) -> dict[int, Equipment]:
    found = ctx.session.scalars(select(Equipment).where(Equipment.area_id == area.id).order_by(Equipment.id))
    return {piece.id: piece for piece in found}


def _names(area: Area, ctx: Context) -> Names:
    def of_area(model: type) -> dict[int, Any]:
        return {row.id: row for row in ctx.session.scalars(select(model).where(model.area_id == area.id))}

    kinds = {row.id: row for row in ctx.session.scalars(select(EquipmentCategory))}
    return Names(of_area(Building), of_area(Unit), kinds)


def _known(area: Area, pieces: dict[int, Equipment], names: Names, ctx: Context) -> Known:
    known = Known(
        keys=pieces.keys(),
        twins={
            ((piece.building_id, piece.unit_id), piece.category_id, piece.name, piece.model)
            for piece in pieces.values()
            if not piece.retired
        },
    )
    for name in (*WHOLE_AREA, area.name):
        known.add_place(name, (None, None))
    for building in names.buildings.values():
        known.add_place(building.name, (building.id, None))
    for unit in names.units.values():
        known.add_place(f"{names.buildings[unit.building_id].name}{unit.name}", (unit.building_id, unit.id))
    for key, path in paths(category_tree(ctx.session)):
        known.add_kind(path, key)
    return known


def _values(cells: dict[str, Any], piece: Equipment | None) -> Values:
    """A row's values; a column that the file lacks leaves a known piece as it is."""
    building, unit = cells["place"]
    found = {"name": cells["name"], "category_id": cells["kind"], "building_id": building, "unit_id": unit}
    for name in ("model", "maker", "installed_on", "warranty_until"):
        if name in cells:
            found[name] = cells[name]
        elif piece is not None:
            found[name] = getattr(piece, name)
    return Values(**found)


def _completed(values: Values, names: Names) -> Values:
    """With the warranty that the register would fill in."""
    if values.warranty_until:
        return values
    building = names.buildings.get(values.building_id)
    until = register.default_warranty(names.kinds[values.category_id], building, values.installed_on)
    return replace(values, warranty_until=until)


def _present(piece: Equipment) -> Values:
    return Values(**{name: getattr(piece, name) for name in FIELDS})


def _faults(changed: list[Change], ctx: Context) -> Iterable[tuple[int, str, str, Sentence]]:
    """What the register would refuse of the changed pieces: (row, column, value, why)."""
    taken = unfinished_projects(ctx.session, [change.piece.id for change in changed])
    for change in changed:
        piece = change.piece
        if piece.retired:
            yield change.row, KEY, str(piece.id), say("已停用，不能修改；请先恢复使用")
        elif piece.id in taken and "location" in change.lines:
            yield change.row, PLACE, change.lines["location"][1] or "", say("在未办结的项目中，不能改变位置")
