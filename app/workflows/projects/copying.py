"""复制: a project as a new draft, with what can be done again: items, works, contractors, houses, shares and plan.

Votes, notices, applications and money stay with the old one. Equipment and contractors no longer in use and houses
split or merged since are left out, and named.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import bulk
from app.domain.apportion import apportion
from app.domain.enums import ShareMethod
from app.domain.errors import Refusal, Sentence, say
from app.models import Contractor, House, ItemShare, PayoutPhase, Project, ProjectItem
from app.workflows.engine import Context
from app.workflows.projects.actions import create_project
from app.workflows.projects.editing import saved, take_own
from app.workflows.projects.effects import refresh_plan
from app.workflows.projects.items import held_equipment, warnings
from app.workflows.projects.kinds import KINDS

KEPT = ("reason", "contact", "phone", "remark", "emergency_type")
NAMED = 20


@dataclass(frozen=True)
class Findings:
    """What a copy made today leaves out, by name, and what it warns of (a reason is asked then)."""

    equipment: tuple[str, ...]
    contractors: tuple[str, ...]
    houses: tuple[str, ...]  # the first of them
    house_count: int
    warnings: tuple[Sentence, ...]

    @property
    def left_out(self) -> list[Sentence]:
        """In sentences."""
        found = []
        if self.equipment:
            found.append(say("已停用的设施设备：%(names)s", names="、".join(self.equipment)))
        if self.contractors:
            found.append(say("已不在施工单位名册中的施工单位：%(names)s", names="、".join(self.contractors)))
        if self.house_count:
            names = "、".join(self.houses) + ("等" if self.house_count > len(self.houses) else "")
            found.append(say("已分户、合户的房屋 %(count)s 户：%(names)s", count=self.house_count, names=names))
        return found


def findings(source: Project, ctx: Context) -> Findings:
    """Asked by the page and by the act."""
    pieces = [item.equipment for item in source.items]
    contractors = {item.contractor for item in source.items if item.contractor and not _usable(item.contractor, ctx)}
    ended = (
        select(House.label)
        .join(ItemShare, ItemShare.house_id == House.id)
        .where(ItemShare.project_id == source.id, House.ended_on.is_not(None))
        .distinct()
    )
    count = ctx.session.scalar(select(func.count()).select_from(ended.subquery())) or 0
    labels = ctx.session.scalars(ended.order_by(House.label).limit(NAMED)).all() if count else ()
    return Findings(
        tuple(piece.name for piece in pieces if piece.retired), tuple(sorted(row.name for row in contractors)),
        tuple(labels), count, tuple(warnings(None, [piece for piece in pieces if not piece.retired], ctx)),
    )  # fmt: skip


def copy_project(key: int, name: str, ctx: Context, *, reason: str = "") -> Project:
    """A new draft with its own number; the old project is not touched, whatever its state.

    Errors: NotYours, Forbidden, Refusal (name; no contract for the area today; warnings without a reason).
    """
    source = take_own(key, ctx)
    found = findings(source, ctx)
    if found.warnings and not reason.strip():
        raise Refusal(say("请填写仍要维修的理由"), field="reason", details=found.warnings)
    values = {field: getattr(source, field) for field in KEPT}
    project = create_project(source.kind, source.area_id, {**values, "name": name.strip()}, ctx)
    kept = [item for item in source.items if not item.equipment.retired]
    if kept:
        held_equipment(source, [item.equipment_id for item in kept], ctx)
    for item in kept:
        _copy_item(item, project, reason.strip(), ctx)
    if not KINDS[project.kind].pays_at_once:
        for phase in source.phases:
            project.phases.append(
                PayoutPhase(
                    sequence=phase.sequence, condition=phase.condition, amount=phase.amount, percent=phase.percent
                )
            )
    ctx.session.flush()
    refresh_plan(project, ctx)
    saved(project, ctx, "copy_project", say("复制自 %(number)s", number=source.number), None)
    return project


def _copy_item(item: ProjectItem, project: Project, reason: str, ctx: Context) -> None:
    """With its works and houses; shared by area it is split anew, as areas may have changed since."""
    warned = bool(reason) and bool(warnings(project, [item.equipment], ctx))
    new = ProjectItem(
        equipment=item.equipment, position=len(project.items) + 1, content=item.content, remark=item.remark,
        contractor_id=item.contractor_id if item.contractor and _usable(item.contractor, ctx) else None,
        budget=item.budget, share_method=item.share_method, shares_stale=True, warning_reason=reason if warned else "",
    )  # fmt: skip
    project.items.append(new)
    ctx.session.flush()
    total = _copy_shares(ctx.session, item, new)
    new.shares_stale = total != new.budget or (item.shares_stale and new.share_method is ShareMethod.IMPORTED)


def _copy_shares(session: Session, item: ProjectItem, new: ProjectItem) -> int:
    """The living houses with their shares, by floor area split anew as areas are today; the sum of the shares (fen)."""
    houses = session.execute(
        select(House.id, House.sort_key, House.floor_area, ItemShare.amount)
        .join(ItemShare, ItemShare.house_id == House.id)
        .where(ItemShare.item_id == item.id, House.ended_on.is_(None))
        .order_by(House.sort_key, House.id)
    ).all()
    amounts = [row.amount for row in houses]
    if houses and new.budget and new.share_method is ShareMethod.BY_AREA:
        amounts = apportion(new.budget, [row.floor_area for row in houses])
    rows = [
        (new.id, row.id, new.project_id, row.sort_key, row.floor_area, amount)
        for row, amount in zip(houses, amounts, strict=True)
    ]
    columns = ("item_id", "house_id", "project_id", "sort_key", "floor_area", "amount")
    bulk.insert_rows(session, ItemShare.__table__, columns, rows)
    return sum(amounts)


def _usable(contractor: Contractor, ctx: Context) -> bool:
    """Of the company's own register and not retired."""
    return contractor.active and contractor.organisation_id == ctx.actor.organisation_id
