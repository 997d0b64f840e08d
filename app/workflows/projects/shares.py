"""分摊金额 of an item: by floor area, typed cell by cell, or imported; always stored in whole sets (amounts fen)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import bulk
from app.domain.apportion import apportion
from app.domain.enums import ShareMethod
from app.domain.errors import NotYours, Refusal, Sentence, say
from app.domain.money import MAX_FEN, format_yuan
from app.models import House, ItemShare, Project, ProjectItem
from app.workflows.engine import Context
from app.workflows.projects.clashes import Clash, overtaken
from app.workflows.projects.editing import saved, stale, take, take_item, vote_watched

SHARES = ItemShare.__table__


@dataclass(frozen=True)
class CellEdit:
    """One edited cell: the amount (fen) that stood in it when the page was drawn, and the new one."""

    house_id: int
    old: int
    new: int


def split_budget(key: int, item_id: int, ctx: Context, version: int | None = None) -> int:
    """预算分摊: split the item's budget over its houses by floor area (`money.md` 1); returns the number of houses."""
    project, item = take_item(key, item_id, ctx, version)
    if not item.budget:
        raise Refusal(say("请先填写“%(name)s”的预算金额", name=item.equipment.name), field="budget")
    with vote_watched(project, ctx):
        count = _split(ctx.session, item)
    _log(project, item, ctx, "split_budget", say("“%(item)s”预算分摊 %(count)s 户", item=_name(item), count=count))
    return count


def split_stale(key: int, ctx: Context, version: int | None = None) -> int:
    """预算分摊 of every item that is shared by area and waits for it (分摊待重算); returns how many items."""
    project = take(key, ctx, version)
    waiting = [
        item for item in project.items if item.shares_stale and item.share_method is ShareMethod.BY_AREA and item.budget
    ]
    if not waiting:
        raise Refusal(say("没有需要重新分摊的设施设备"))
    with vote_watched(project, ctx):
        for item in waiting:
            _split(ctx.session, item)
    saved(project, ctx, "split_budget", say("预算分摊 %(count)s 项", count=len(waiting)), None)
    return len(waiting)


def save_cells(key: int, item_id: int, edits: Sequence[CellEdit], ctx: Context, version: int | None = None) -> int:
    """Store typed shares, changed rows only. From then on the item is shared as typed (自定义分摊).

    A cell that somebody else has changed meanwhile is a Conflict that names it with both amounts, and nothing is
    stored; a newer version of the page alone is not. Errors: NotYours (a house outside of the range).
    """
    project, item = take_item(key, item_id, ctx)
    stored = _stored(ctx.session, item, [edit.house_id for edit in edits])
    is_stale = version is not None and version != project.version
    if {edit.house_id for edit in edits} - stored.keys():
        raise stale(project, version, ctx) if is_stale else NotYours("House")
    clashes = [edit for edit in edits if stored[edit.house_id][1] not in (edit.old, edit.new)]
    if clashes and is_stale:
        raise overtaken([_clash(edit, *stored[edit.house_id]) for edit in clashes], project, ctx, seen=version)
    changed = {edit.house_id: edit.new for edit in edits if stored[edit.house_id][1] != edit.new}
    with vote_watched(project, ctx):
        store_amounts(ctx.session, item, changed)
        _judge(ctx.session, item)
    _log(
        project, item, ctx, "save_shares",
        say("“%(item)s”修改分摊金额 %(count)s 户", item=_name(item), count=len(changed)),
        {stored[house][0]: [stored[house][1], new] for house, new in list(changed.items())[:200]},
    )  # fmt: skip
    return len(changed)


def import_shares(
    key: int, item_id: int, amounts: Mapping[int, int], ctx: Context, version: int | None = None
) -> Project:
    """导入分摊: replace the shares of the whole range by what was read (house → fen); the sheet was judged before.

    The budget follows by 分摊合并. Errors: Refusal when houses differ from the range (it may have changed since).
    """
    project, item = take_item(key, item_id, ctx, version)
    there = set(ctx.session.scalars(select(ItemShare.house_id).where(ItemShare.item_id == item.id)))
    if there != amounts.keys():
        raise Refusal(say("分摊范围在核对之后已改变，请重新导出、填写后再导入"), field="file")
    with vote_watched(project, ctx):
        store_amounts(ctx.session, item, amounts)
        _judge(ctx.session, item)
    total = format_yuan(sum(amounts.values()))
    _log(
        project, item, ctx, "import_shares",
        say("“%(item)s”导入分摊 %(count)s 户，合计 %(total)s 元", item=_name(item), count=len(amounts), total=total),
    )  # fmt: skip
    return project


def merge_shares(key: int, item_id: int, ctx: Context, version: int | None = None) -> int:
    """分摊合并: the item's budget becomes the sum of its shares; returns it in fen."""
    project, item = take_item(key, item_id, ctx, version)
    total = _sum(ctx.session, item)
    if not total:
        raise Refusal(say("“%(name)s”的分摊金额合计为零，请先填写或导入分摊金额", name=item.equipment.name))
    before = item.budget
    with vote_watched(project, ctx):
        item.budget = total
        item.shares_stale = False
    _log(
        project, item, ctx, "merge_shares",
        say("“%(item)s”分摊合并，预算 %(total)s 元", item=_name(item), total=format_yuan(total)),
        {"budget": [before, total]},
    )  # fmt: skip
    return total


def store_amounts(session: Session, item: ProjectItem, amounts: Mapping[int, int]) -> None:
    """One statement for all rows: 20,000 houses by the unit of work would take twenty times as long."""
    bulk.update_numbers(
        session, SHARES, "house_id", list(amounts.items()), put=("amount",), within=("item_id", item.id)
    )


def _split(session: Session, item: ProjectItem) -> int:
    """The item's budget over its houses, by their areas as they stand today and in their order; how many houses.

    All rows are written by one statement.
    """
    rows = session.execute(
        select(ItemShare.house_id, House.floor_area)
        .join(House, House.id == ItemShare.house_id)
        .where(ItemShare.item_id == item.id)
        .order_by(House.sort_key, House.id)
    ).all()
    if not rows:
        raise Refusal(say("“%(name)s”还没有分摊房屋", name=item.equipment.name), field="houses")
    parts = apportion(item.budget, [row.floor_area for row in rows])
    written = [(row.house_id, part, row.floor_area) for row, part in zip(rows, parts, strict=True)]
    bulk.update_numbers(
        session, SHARES, "house_id", written, put=("amount", "floor_area"), within=("item_id", item.id)
    )  # fmt: skip
    item.share_method = ShareMethod.BY_AREA
    item.shares_stale = False
    return len(rows)


def _judge(session: Session, item: ProjectItem) -> None:
    """After amounts were typed: they are the company's own, and stand only when they add up to the budget."""
    total = _sum(session, item)
    if total > MAX_FEN:
        raise Refusal(say("分摊金额合计超过 %(max)s 元", max=format_yuan(MAX_FEN)))
    item.share_method = ShareMethod.IMPORTED
    item.shares_stale = total != item.budget


def _sum(session: Session, item: ProjectItem) -> int:
    return int(session.scalar(select(func.coalesce(func.sum(ItemShare.amount), 0)).where(ItemShare.item_id == item.id)))


def _stored(session: Session, item: ProjectItem, houses: Sequence[int]) -> dict[int, tuple[str, int]]:
    """{house: (label, amount)} of the range; few by their keys, many by the whole range."""
    query = (
        select(ItemShare.house_id, House.label, ItemShare.amount)
        .join(House, House.id == ItemShare.house_id)
        .where(ItemShare.item_id == item.id)
    )
    if len(houses) <= 500:
        query = query.where(ItemShare.house_id.in_(houses))
    return {house: (label, amount) for house, label, amount in session.execute(query)}


def _clash(edit: CellEdit, house: str, now: int) -> Clash:
    texts = (format_yuan(fen) for fen in (edit.old, now, edit.new))
    return Clash(house, "share", *texts, trail=house, input=f"share-{edit.house_id}", now=now)


def _name(item: ProjectItem) -> str:
    return item.equipment.name


def _log(project: Project, item: ProjectItem, ctx: Context, action: str, summary: Sentence, changes=None) -> None:
    saved(project, ctx, action, summary, {"item": [None, item.id], **(changes or {})})
