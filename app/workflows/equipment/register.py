"""The register's acts on 设施设备: add, edit, move, retire, reactivate, delete. Nothing here commits.

Every act asks for the right, locks what it changes in the order of keys, checks the version that the page was drawn
with, and leaves an audit event on each piece. A piece in an unfinished project stays where it is, as the sharing range
starts from its location (`workflows.md` 5.1); a retired one is only read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app import audit
from app.domain.calendar import add_months
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal, say
from app.models import Area, Building, Equipment, EquipmentCategory, Project, Unit
from app.permissions import Permission
from app.queries.equipment import unfinished_projects
from app.workflows.engine import Context, touch

LONGEST = {"name": 200, "model": 100, "maker": 200, "reason": 200}
STALE = say("您打开页面之后，这件设施设备已被他人修改，请核对后再保存")


@dataclass(frozen=True)
class Values:
    """What is typed for one piece. Without a unit it stands at the building, without both at the area."""

    name: str = ""
    category_id: int | None = None
    building_id: int | None = None
    unit_id: int | None = None
    model: str = ""
    maker: str = ""
    installed_on: date | None = None
    warranty_until: date | None = None


def add(area_id: int, values: Values, ctx: Context) -> Equipment:
    """A new piece. Errors: Forbidden, NotYours (area, building or unit of others), Refusal at the field."""
    return add_all(area_id, [values], ctx, action="add_equipment")[0]


def add_all(area_id: int, rows: Sequence[Values], ctx: Context, *, action: str) -> list[Equipment]:
    """New pieces of one area, stored together. Errors as of `add`."""
    _check_right(ctx)
    if ctx.session.get(Area, area_id) is None:
        raise NotYours(f"Area {area_id}")
    pieces = [Equipment(area_id=area_id, version=1) for _ in rows]
    with ctx.session.no_autoflush:
        for piece, values in zip(pieces, rows, strict=True):
            _fill(piece, values, ctx)
    ctx.session.add_all(pieces)
    ctx.session.flush()
    for piece in pieces:
        _told(piece, action, {}, ctx)
    return pieces


def edit(key: int, values: Values, ctx: Context, *, version: int) -> Equipment:
    """Change what is typed of a piece; another location is a move.

    Errors: those of `add`, Conflict when it was changed meanwhile, Refusal when it is retired.
    """
    return edit_all({key: (version, values)}, ctx, action="edit")[0]


def edit_all(rows: Mapping[int, tuple[int, Values]], ctx: Context, *, action: str) -> list[Equipment]:
    """{key: (version, values)} changed together, or none. Errors as of `edit`."""
    _check_right(ctx)
    changed: list[tuple[Equipment, dict[str, str | None]]] = []
    pieces = _locked(rows, ctx)
    with ctx.session.no_autoflush:
        for piece in pieces:
            version, values = rows[piece.id]
            _check_editable(piece, version)
            before = described(piece)
            _fill(piece, values, ctx)
            if described(piece) != before:
                changed.append((piece, before))
        moved = [piece for piece, before in changed if piece.location != before["location"]]
        _refuse_in_project(moved, ctx, field="place")
    for piece, _ in changed:
        touch(piece)
    ctx.session.flush()
    for piece, before in changed:
        _told(piece, action, before, ctx)
    return pieces


def move(
    area_id: int, picked: Mapping[int, int], building_id: int | None, unit_id: int | None, ctx: Context
) -> list[Equipment]:
    """移动到: all of `picked` {key: version} or none, within their area; those already there are passed over.

    Errors: NotYours (also a place of another area), Conflict (one was changed meanwhile), Refusal.
    """
    _check_right(ctx)
    if not picked:
        raise Refusal(say("请先勾选要移动的设施设备"), field="pick")
    pieces = _locked(picked, ctx)
    if {piece.area_id for piece in pieces} != {area_id}:
        raise NotYours(f"Equipment outside of area {area_id}")
    building, unit = _location(area_id, building_id, unit_id, ctx)
    place = (building.id if building else None, unit.id if unit else None)
    _check_movable(pieces, picked)
    moved = [piece for piece in pieces if (piece.building_id, piece.unit_id) != place]
    if not moved:
        raise Refusal(say("所选设施设备已在该位置"), field="to")
    _refuse_in_project(moved, ctx, field="pick")
    for piece in moved:
        before = described(piece)
        piece.building, piece.unit = building, unit
        touch(piece)
        ctx.session.flush()
        _told(piece, "move_equipment", before, ctx)
    return moved


def retire(key: int, on: date | None, reason: str, ctx: Context, *, version: int | None) -> Equipment:
    """停用 from a day on, with a reason. Refusal while it is in an unfinished project, whosever that is."""
    piece = take(key, ctx, version)
    if piece.retired:
        raise Refusal(say("“%(name)s”已经停用", name=piece.name))
    reason = reason.strip()
    if on is None:
        raise Refusal(say("请填写停用日期"), field="retired_on")
    if on > ctx.today:
        raise Refusal(say("停用日期不能晚于今天"), field="retired_on")
    if piece.installed_on and on < piece.installed_on:
        raise Refusal(say("停用日期不能早于安装日期 %(day)s", day=piece.installed_on.isoformat()), field="retired_on")
    if not reason:
        raise Refusal(say("请填写停用原因"), field="reason")
    if len(reason) > LONGEST["reason"]:
        raise Refusal(say("最多 %(count)s 个字", count=LONGEST["reason"]), field="reason")
    _refuse_in_project([piece], ctx, field="")
    before = described(piece)
    piece.retired, piece.retired_on, piece.retire_reason = True, on, reason
    touch(piece)
    _told(piece, "retire_equipment", before, ctx)
    return piece


def reactivate(key: int, ctx: Context, *, version: int | None) -> Equipment:
    """恢复使用: it can be chosen for projects again; the history keeps when and why it was out of use."""
    piece = take(key, ctx, version)
    if not piece.retired:
        raise Refusal(say("“%(name)s”正在使用", name=piece.name))
    before = described(piece)
    piece.retired, piece.retired_on, piece.retire_reason = False, None, ""
    touch(piece)
    _told(piece, "reactivate_equipment", before, ctx)
    return piece


def remove(piece: Equipment, ctx: Context) -> None:
    """Delete a taken piece on which nothing hangs (the screen has asked); its history stays in the audit trail."""
    audit.record(
        ctx.session, ctx.actor, "delete", piece, now=ctx.now, summary=f"删除设施设备：{piece}",
        changes={name: [value, None] for name, value in described(piece).items()},
    )  # fmt: skip
    ctx.session.delete(piece)
    ctx.session.flush()


def take(key: int, ctx: Context, version: int | None) -> Equipment:
    """The piece, locked for an act. Errors: Forbidden, NotYours, Conflict."""
    _check_right(ctx)
    piece = ctx.session.get(Equipment, key, with_for_update={"of": Equipment}, populate_existing=True)
    if piece is None:
        raise NotYours(f"Equipment {key}")
    if version is not None and piece.version != version:
        raise Conflict(STALE)
    return piece


def default_warranty(category: EquipmentCategory, building: Building | None, installed_on: date | None) -> date | None:
    """保修截止 where none is typed: the category's years from the later of completion acceptance and installation.

    None where neither day is known. Source: `law.md` 4 (Construction Quality Regulation art. 40).
    """
    known = [day for day in (building.completed_on if building else None, installed_on) if day]
    return add_months(max(known), 12 * category.warranty_years) if known else None


def described(piece: Equipment) -> dict[str, str | None]:
    """A piece as its history writes it, in Chinese."""
    day = {name: getattr(piece, name) for name in ("installed_on", "warranty_until", "retired_on")}
    return {
        "name": piece.name,
        "category": piece.category.name,
        "location": piece.location,
        "model": piece.model or None,
        "maker": piece.maker or None,
        **{name: value.isoformat() if value else None for name, value in day.items()},
        "retire_reason": piece.retire_reason or None,
    }


def _check_right(ctx: Context) -> None:
    if not ctx.actor.can(Permission.EQUIPMENT_EDIT):
        raise Forbidden(Permission.EQUIPMENT_EDIT.value)


def _locked(picked: Collection[int], ctx: Context) -> list[Equipment]:
    """All of them, locked by rising key; NotYours when one isn't there."""
    pieces = ctx.session.scalars(
        select(Equipment)
        .where(Equipment.id.in_(picked))
        .order_by(Equipment.id)
        .with_for_update(of=Equipment)
        .execution_options(populate_existing=True)
    ).all()
    if len(pieces) != len(picked):
        raise NotYours("Equipment")
    return list(pieces)


def _check_editable(piece: Equipment, version: int) -> None:
    if piece.version != version:
        raise Conflict(STALE)
    if piece.retired:
        raise Refusal(say("“%(name)s”已停用，需要修改时请先恢复使用", name=piece.name))


def _check_movable(pieces: list[Equipment], versions: Mapping[int, int]) -> None:
    stale = [piece.name for piece in pieces if piece.version != versions[piece.id]]
    if stale:
        raise Conflict(say("“%(names)s”已被他人修改，没有移动任何设施设备，请核对后再移动", names="、".join(stale[:5])))
    retired = [piece.name for piece in pieces if piece.retired]
    if retired:
        raise Refusal(say("“%(name)s”已停用，不能移动", name=retired[0]), field="pick")


def _refuse_in_project(pieces: list[Equipment], ctx: Context, *, field: str) -> None:
    """Refusal when one of them is in an unfinished project; another company's is not named."""
    if not pieces:
        return
    taken = unfinished_projects(ctx.session, [piece.id for piece in pieces])
    piece = next((piece for piece in pieces if piece.id in taken), None)
    if piece is None:
        return
    key, number = taken[piece.id]
    if ctx.session.scalar(select(Project.id).where(Project.id == key)) is None:
        raise Refusal(say("“%(name)s”在其他单位未办结的项目中，须等项目办结或撤销", name=piece.name), field=field)
    raise Refusal(
        say("“%(name)s”在未办结的项目 %(number)s 中，须先从项目中移出，或等项目办结", name=piece.name, number=number),
        field=field,
    )


def _fill(piece: Equipment, values: Values, ctx: Context) -> None:
    """Check what is typed and put it into the piece."""
    _check_texts(values)
    category = ctx.session.get(EquipmentCategory, values.category_id or 0)
    if category is None:
        raise Refusal(say("请选择设备类型"), field="category_id")
    building, unit = _location(piece.area_id, values.building_id, values.unit_id, ctx)
    if values.installed_on and values.installed_on > ctx.today:  # a file says the same in spreadsheets/columns.py
        raise Refusal(say("日期不能晚于今天：%(value)s", value=values.installed_on.isoformat()), field="installed_on")
    if values.installed_on and values.warranty_until and values.warranty_until < values.installed_on:
        raise Refusal(say("保修截止日期不能早于安装日期"), field="warranty_until")
    piece.name, piece.model, piece.maker = values.name.strip(), values.model.strip(), values.maker.strip()
    piece.category, piece.building, piece.unit = category, building, unit
    piece.installed_on = values.installed_on
    piece.warranty_until = values.warranty_until or default_warranty(category, building, values.installed_on)


def _check_texts(values: Values) -> None:
    if not values.name.strip():
        raise Refusal(say("请填写设备名称"), field="name")
    for name in ("name", "model", "maker"):
        if len(getattr(values, name).strip()) > LONGEST[name]:
            raise Refusal(say("最多 %(count)s 个字", count=LONGEST[name]), field=name)


def _location(
    area_id: int, building_id: int | None, unit_id: int | None, ctx: Context
) -> tuple[Building | None, Unit | None]:
    """(building, unit) of the area; NotYours for a place that stands elsewhere, whoever's it is."""
    unit = _place_in(area_id, Unit, unit_id, ctx)
    return _place_in(area_id, Building, unit.building_id if unit else building_id, ctx), unit


def _place_in(area_id: int, model: type, key: int | None, ctx: Context) -> Any:
    row = ctx.session.get(model, key) if key else None
    if key and (row is None or row.area_id != area_id):
        raise NotYours(f"{model.__name__} {key}")
    return row


def _told(piece: Equipment, action: str, before: dict[str, str | None], ctx: Context) -> None:
    after = described(piece)
    changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    audit.record(
        ctx.session, ctx.actor, action, piece, now=ctx.now, summary=f"{SUMMARIES[action]}：{piece}", changes=changes
    )


SUMMARIES = {
    "add_equipment": "添加设施设备",
    "edit": "修改设施设备",
    "move_equipment": "移动设施设备",
    "retire_equipment": "停用设施设备",
    "reactivate_equipment": "恢复使用设施设备",
    "import_equipment": "导入设施设备",
}
