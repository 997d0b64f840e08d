"""What a vote and a notice rest on, as one hash each, and in sentences what has changed since a notice.

A vote rests on items, works, budgets, houses and shares; a notice on houses, shares, budgets and contractors
(`workflows.md` 5.3, 1 and 2). Houses without a share are in neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Contractor, Equipment, ItemShare, Notice, NoticeRow, Project, ProjectItem


def vote_fingerprint(session: Session, project: Project) -> str:
    """SHA-256 over equipment, works, budget (fen) of each item and every share (fen) of every house."""
    return _digest(_items(session, project, ProjectItem.content), _shares(session, project))


def notice_fingerprint(session: Session, project: Project) -> str:
    """SHA-256 over equipment, contractor, budget (fen) of each item and every share (fen) of every house."""
    return _digest(_items(session, project, ProjectItem.contractor_id), _shares(session, project))


def notice_basis(session: Session, project: Project) -> dict[str, list]:
    """What a notice said about its items, to be kept in its content: {equipment id: [name, budget fen, contractor]}."""
    rows = session.execute(
        select(ProjectItem.equipment_id, Equipment.name, ProjectItem.budget, Contractor.name)
        .join(Equipment, Equipment.id == ProjectItem.equipment_id)
        .outerjoin(Contractor, Contractor.id == ProjectItem.contractor_id)
        .where(ProjectItem.project_id == project.id)
        .order_by(ProjectItem.position)
    )
    return {str(key): [name, budget, contractor or ""] for key, name, budget, contractor in rows}


def changes_since(session: Session, project: Project, notice: Notice) -> list[Sentence]:
    """What has changed since the notice was published; empty when nothing that it rests on has (无变化)."""
    if notice_fingerprint(session, project) == notice.fingerprint:
        return []
    found = _item_changes(session, project, notice) + _house_changes(session, project, notice)
    return found or [say("维修设施设备、施工单位或分摊已变更")]


def _item_changes(session: Session, project: Project, notice: Notice) -> list[Sentence]:
    before = json.loads(notice.content or "{}").get("basis")
    if before is None:
        return []
    now = notice_basis(session, project)
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


def _house_changes(session: Session, project: Project, notice: Notice) -> list[Sentence]:
    before = dict(
        session.execute(select(NoticeRow.house_id, NoticeRow.budget).where(NoticeRow.notice_id == notice.id)).all()
    )
    now = dict(
        session.execute(
            select(ItemShare.house_id, func.sum(ItemShare.amount))
            .where(ItemShare.project_id == project.id, ItemShare.amount > 0)
            .group_by(ItemShare.house_id)
        ).all()
    )
    counts = (
        (say("新增分摊房屋 %(count)s 户", count=len(now.keys() - before.keys())), now.keys() - before.keys()),
        (say("减少分摊房屋 %(count)s 户", count=len(before.keys() - now.keys())), before.keys() - now.keys()),
    )
    found = [sentence for sentence, houses in counts if houses]
    changed = sum(1 for house in now.keys() & before.keys() if int(now[house]) != before[house])
    return found + ([say("分摊金额变更 %(count)s 户", count=changed)] if changed else [])


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
