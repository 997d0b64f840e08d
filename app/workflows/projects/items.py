"""维修设施设备 of a project: chosen from the register or added to it, their works, contractors and budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from app.domain.errors import NotYours, Refusal, Sentence, say
from app.domain.money import format_yuan
from app.models import Contractor, Equipment, ItemShare, Project, ProjectItem
from app.queries.equipment import UNFINISHED
from app.workflows.acceptance.actions import leave_out
from app.workflows.engine import Context
from app.workflows.equipment import register
from app.workflows.projects.clashes import Clash, overtaken
from app.workflows.projects.editing import saved, stale, take, take_item, vote_watched
from app.workflows.projects.sharing import start_range

TYPED = ("content", "contractor_id", "remark", "budget")


@dataclass(frozen=True)
class ItemEdit:
    """What was typed for one item; None leaves a value as it is. `budget` is fen, `contractor_id` 0 means none.

    `drawn`: what the page was drawn with, for the same fields.
    """

    item_id: int
    content: str | None = None
    contractor_id: int | None = None
    remark: str | None = None
    budget: int | None = None
    drawn: Mapping[str, Any] = field(default_factory=dict)

    def typed(self) -> dict[str, Any]:
        """{field: new value} of the fields that were typed."""
        values = {name: getattr(self, name) for name in TYPED}
        return {name: value for name, value in values.items() if value is not None}


def warnings(project: Project | None, equipment: Sequence[Equipment], ctx: Context) -> list[Sentence]:
    """Why choosing these asks for a reason: under warranty (`law.md` 4), or in another unfinished project.

    Without a project: for one that is still to be made.
    """
    found = [
        say("“%(name)s”尚在保修期（至 %(day)s）", name=piece.name, day=piece.warranty_until.isoformat())
        for piece in equipment
        if piece.warranty_until and piece.warranty_until >= ctx.today
    ]
    rows = ctx.session.execute(
        select(Equipment.name, Project.number)
        .join(ProjectItem, ProjectItem.equipment_id == Equipment.id)
        .join(Project, Project.id == ProjectItem.project_id)
        .where(
            Equipment.id.in_([piece.id for piece in equipment]),
            Project.id != (project.id if project else 0),
            Project.state.in_(UNFINISHED),
        )
        .order_by(Equipment.id)
    )
    return found + [say("“%(name)s”已在未办结的项目 %(number)s 中", name=name, number=number) for name, number in rows]


def add_items(key: int, equipment_ids: Sequence[int], ctx: Context, *, reason: str = "", version: int | None = None):
    """Put the chosen equipment into the project, each with the sharing range of its location.

    Those already in the project are passed over. Errors: NotYours (equipment of another area), Refusal with the
    warnings as details while no reason is given.
    """
    project = take(key, ctx, version)
    chosen = held_equipment(project, equipment_ids, ctx)
    there = {item.equipment_id for item in project.items}
    new = [piece for piece in chosen if piece.id not in there]
    if not new:
        raise Refusal(say("所选设施设备都已在项目中"), field="equipment")
    noted = warnings(project, new, ctx)
    if noted and not reason.strip():
        raise Refusal(say("请填写仍要维修的理由"), field="reason", details=tuple(noted))
    with vote_watched(project, ctx):
        for place, piece in enumerate(new, len(project.items) + 1):
            warned = bool(warnings(project, [piece], ctx)) if noted else False
            item = ProjectItem(
                equipment=piece, position=place, content="", remark="", warning_reason=reason.strip() if warned else ""
            )
            project.items.append(item)
            ctx.session.flush()
            start_range(project, item, ctx.session)
    names = "、".join(piece.name for piece in new)
    saved(project, ctx, "add_items", say("添加维修设施设备：%(names)s", names=names[:300]), None)
    return project


def remove_item(key: int, item_id: int, ctx: Context, version: int | None = None) -> Project:
    """Take one out, with its sharing range and shares; the others move up."""
    project, item = take_item(key, item_id, ctx, version)
    name = item.equipment.name
    with vote_watched(project, ctx):
        leave_out(item, ctx)
        ctx.session.execute(delete(ItemShare).where(ItemShare.item_id == item.id))
        project.items.remove(item)
        for place, other in enumerate(project.items, 1):
            other.position = place
    saved(project, ctx, "remove_item", say("删除维修设施设备：%(name)s", name=name), None)
    return project


def save_items(key: int, edits: Sequence[ItemEdit], ctx: Context, version: int | None = None) -> Project:
    """Store contents, contractors, remarks and budgets as typed; a changed budget asks for new shares (分摊待重算).

    Of a stale page only those fields are refused that another has changed too (Overtaken).
    """
    project = take(key, ctx)
    items = {item.id: item for item in project.items}
    if version is not None and version != project.version:
        _check_overtaken(project, items, edits, ctx, version)
    changes: dict[str, list[Any]] = {}
    with vote_watched(project, ctx):
        for edit in edits:
            if edit.item_id not in items:
                raise NotYours(f"ProjectItem {edit.item_id}")
            _store_edit(items[edit.item_id], edit, project, ctx, changes)
    saved(project, ctx, "save_items", say("保存维修设施设备 %(count)s 处修改", count=len(changes)), changes)
    return project


def _check_overtaken(
    project: Project, items: Mapping[int, ProjectItem], edits: Sequence[ItemEdit], ctx: Context, version: int
) -> None:
    """Raise where another has changed what was typed; an edit that does not say what it was drawn with counts whole."""
    clashes = []
    for edit in edits:
        if edit.item_id not in items or edit.typed().keys() - edit.drawn.keys():
            raise stale(project, version, ctx)
        clashes += [_clash(items[edit.item_id], name, edit, ctx) for name in edit.typed()]
    if found := [clash for clash in clashes if clash]:
        raise overtaken(found, project, ctx, seen=version)


def _clash(item: ProjectItem, name: str, edit: ItemEdit, ctx: Context) -> Clash | None:
    now = getattr(item, name) or (0 if name == "contractor_id" else getattr(item, name))
    old, new = edit.drawn[name], edit.typed()[name]
    if now in (old, new):
        return None
    shown = name.removesuffix("_id")
    texts = (_cell_text(name, value, ctx) for value in (old, now, new))
    drawn_now = format_yuan(now) if name == "budget" else str(now or "")
    return Clash(
        item.equipment.name, shown, *texts, trail=f"{item.equipment.name} {shown}", input=f"{shown}-{item.id}",
        now=drawn_now,
    )  # fmt: skip


def _cell_text(name: str, value: Any, ctx: Context) -> str:
    if name == "budget":
        return format_yuan(value)
    if name == "contractor_id":
        row = ctx.session.get(Contractor, value) if value else None
        return row.name if row else ""
    return str(value or "")


def add_equipment(key: int, values: Mapping[str, Any], ctx: Context) -> Equipment:
    """添加设备 inside the picker: a new piece at a location and category of the project's area.

    `values` are those of `register.Values`.
    """
    return register.add(take(key, ctx).area_id, register.Values(**values), ctx)


def held_equipment(project: Project, ids: Sequence[int], ctx: Context) -> list[Equipment]:
    """The pieces, kept as they are until this act ends. Errors: NotYours (another area), Refusal (none, retired)."""
    if not ids:
        raise Refusal(say("请先勾选设施设备"), field="equipment")
    found = ctx.session.scalars(  # held as they are: nobody retires or moves one while it comes in
        select(Equipment)
        .where(Equipment.id.in_(ids), Equipment.area_id == project.area_id)
        .order_by(Equipment.id)
        .with_for_update(read=True, of=Equipment)
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(set(ids)):
        raise NotYours("Equipment")
    retired = [piece.name for piece in found if piece.retired]
    if retired:
        raise Refusal(say("“%(name)s”已停用，不能选择", name=retired[0]), field="equipment")
    return list(found)


def _store_edit(item: ProjectItem, edit: ItemEdit, project: Project, ctx: Context, changes: dict) -> None:
    values: dict[str, Any] = {"content": edit.content, "remark": edit.remark, "budget": edit.budget}
    if edit.contractor_id is not None:
        values["contractor_id"] = _contractor(edit, project, ctx)
    for name, new in values.items():
        old = getattr(item, name)
        if (new is None and name != "contractor_id") or new == old:
            continue
        setattr(item, name, new)
        changes[f"{item.equipment.name} {name.removesuffix('_id')}"] = _told(name, old, new, ctx)
        if name == "budget":
            item.shares_stale = True


def _told(name: str, old: Any, new: Any, ctx: Context) -> list[Any]:
    """Old and new as the trail keeps them: a contractor by the name it has today."""
    if name != "contractor_id":
        return [old, new]
    return [ctx.session.get_one(Contractor, key).name if key else "" for key in (old, new)]


def _contractor(edit: ItemEdit, project: Project, ctx: Context) -> int | None:
    """The contractor's id, of the company's own register only.

    One kept as it was may have been retired since, or stand in the register of the company that served the area before.
    """
    if not edit.contractor_id:
        return None
    if any(item.id == edit.item_id and item.contractor_id == edit.contractor_id for item in project.items):
        return edit.contractor_id
    contractor = ctx.session.get(Contractor, edit.contractor_id)
    if contractor is None or contractor.organisation_id != project.organisation_id:
        raise Refusal(say("没有这个施工单位，请从列表中选择"), field=f"contractor-{edit.item_id}")
    return contractor.id
