"""What a vote and a notice rest on, as one hash each, and in sentences what has changed since a notice.

A vote rests on items, works, budgets, houses and shares; a notice on houses, shares, budgets and contractors
(`workflows.md` 5.3, 1 and 2). Houses without a share are in neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Contractor, Equipment, ItemShare, Notice, NoticeRow, Project, ProjectItem
from app.queries.gather import gather
from app.queries.project_page import PAGE
from app.workflows.engine import Context

MOST_KEPT = 500
_KEPT: dict[tuple, str] = {}  # fingerprints of project versions that this process has read


def vote_fingerprint(session: Session, project: Project) -> str:
    """SHA-256 over equipment, works, budget (fen) of each item and every share (fen) of every house."""
    return _digest(_items(session, project, ProjectItem.content), _shares(session, project))


def notice_fingerprint(session: Session, project: Project) -> str:
    """SHA-256 over equipment, contractor, budget (fen) of each item and every share (fen) of every house."""
    return _digest(_items(session, project, ProjectItem.contractor_id), _shares(session, project))


def notice_basis(project: Project) -> dict[str, list]:
    """What a notice said about its items, to be kept in its content: {equipment id: [name, budget fen, contractor]}."""
    return _basis(
        (item.equipment_id, item.equipment.name, item.budget, item.contractor.name if item.contractor else "")
        for item in project.items
    )


def _basis(rows: Iterable) -> dict[str, list]:
    return {str(key): [name, budget, contractor or ""] for key, name, budget, contractor in rows}


def _basis_query(project: Project) -> Select:
    return (
        select(ProjectItem.equipment_id, Equipment.name, ProjectItem.budget, Contractor.name)
        .join(Equipment, Equipment.id == ProjectItem.equipment_id)
        .outerjoin(Contractor, Contractor.id == ProjectItem.contractor_id)
        .where(ProjectItem.project_id == project.id)
        .order_by(ProjectItem.position)
    )


def present(project: Project, ctx: Context) -> str:
    """The notice's fingerprint as of now. A page works it out once; one of a version seen before is kept.

    200,000 shares take a second to read: pages show by it which act is open, and acts ask without a page's facts.
    """
    facts = ctx.data.get(PAGE)
    if facts is None:
        return notice_fingerprint(ctx.session, project)
    items = tuple((item.equipment_id, item.budget, item.contractor_id) for item in project.items)
    return _kept(project, ctx.session, (project.id, project.version, items, tuple(sorted(facts.shares))))


def _kept(project: Project, session: Session, key: tuple) -> str:
    if key not in _KEPT:
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        _KEPT[key] = notice_fingerprint(session, project)
    return _KEPT[key]


def changes_since(project: Project, notice: Notice, ctx: Context) -> list[Sentence]:
    """What has changed since the notice was published; empty when nothing that it rests on has (无变化)."""
    if present(project, ctx) == notice.fingerprint:
        return []
    rows = gather(ctx.session, basis=_basis_query(project), **_house_questions(project, notice))
    found = _item_changes(_basis(rows["basis"]), notice) + _house_changes(rows)
    return found or [say("维修设施设备、施工单位或分摊已变更")]


def _item_changes(now: dict[str, list], notice: Notice) -> list[Sentence]:
    before = json.loads(notice.content or "{}").get("basis")
    if before is None:
        return []
    found = [say("新增维修设施设备“%(name)s”", name=now[key][0]) for key in now if key not in before]
    found += [say("删除维修设施设备“%(name)s”", name=before[key][0]) for key in before if key not in now]
    for key in (key for key in now if key in before):
        name, budget, contractor = now[key]
        if budget != before[key][1]:
            found.append(
                say("“%(name)s”预算由 %(old)s 元改为 %(new)s 元", name=name, old=format_yuan(before[key][1]),
                    new=format_yuan(budget))
            )  # fmt: skip
        if contractor != before[key][2]:
            found.append(
                say("“%(name)s”施工单位由“%(old)s”改为“%(new)s”", name=name, old=before[key][2] or "—",
                    new=contractor or "—")
            )  # fmt: skip
    return found


def _house_questions(project: Project, notice: Notice) -> dict[str, Select]:
    """How many houses came, went and bear another amount."""
    now = (
        select(ItemShare.house_id, func.sum(ItemShare.amount).label("budget"))
        .where(ItemShare.project_id == project.id, ItemShare.amount > 0)
        .group_by(ItemShare.house_id)
        .subquery()
        .c
    )
    before = select(NoticeRow.house_id, NoticeRow.budget).where(NoticeRow.notice_id == notice.id).subquery().c
    both = now.house_id == before.house_id
    return {
        "came": select(func.count(now.house_id)).where(now.house_id.not_in(select(before.house_id))),
        "went": select(func.count(before.house_id)).where(before.house_id.not_in(select(now.house_id))),
        "other": select(func.count(now.house_id)).where(both, now.budget != before.budget),
    }


def _house_changes(rows: dict[str, list]) -> list[Sentence]:
    came, went, other = (rows[name][0][0] for name in ("came", "went", "other"))
    told = (
        (came, say("新增分摊房屋 %(count)s 户", count=came)),
        (went, say("减少分摊房屋 %(count)s 户", count=went)),
        (other, say("分摊金额变更 %(count)s 户", count=other)),
    )
    return [sentence for count, sentence in told if count]


def _items(session: Session, project: Project, column) -> Iterable:
    return session.execute(
        select(ProjectItem.equipment_id, ProjectItem.budget, column)
        .where(ProjectItem.project_id == project.id)
        .order_by(ProjectItem.equipment_id)
    )


def _shares(session: Session, project: Project) -> Iterable:
    return session.execute(
        select(ProjectItem.equipment_id, ItemShare.house_id, ItemShare.amount)
        .join(ProjectItem, ProjectItem.id == ItemShare.item_id)
        .where(ItemShare.project_id == project.id, ItemShare.amount > 0)
        .order_by(ProjectItem.equipment_id, ItemShare.house_id)
        .execution_options(yield_per=5000)
    )


def _digest(*parts: Iterable) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for row in part:
            digest.update(json.dumps(list(row), ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()
