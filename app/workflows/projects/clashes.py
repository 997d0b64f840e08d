"""Two agents at one table: what the other has changed meanwhile, theirs against mine, with who and when.

A page sends what it was drawn with beside what was typed. Only what both have changed is a clash; it is shown, with
everything typed kept, and the page learns what stands there now. Saved once more, it goes over that knowingly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from app.domain.errors import N_, Conflict, Sentence, say
from app.models import Project
from app.queries.project_records import acts_since
from app.workflows.engine import Context

LOOKED_THROUGH, SHOWN = 50, 5  # acts
FIELDS = {
    "name": N_("项目名称"), "reason": N_("维修原因"), "planned_start": N_("计划开工日期"),
    "planned_end": N_("计划完工日期"), "contact": N_("联系人"), "phone": N_("联系电话"), "remark": N_("备注"),
    "emergency_type": N_("紧急情形"), "content": N_("维修内容"), "contractor": N_("施工单位"),
    "budget": N_("预算金额"), "share": N_("分摊金额"), "phase": N_("拨付计划"),
}  # fmt: skip


@dataclass(frozen=True)
class Clash:
    """One cell that both have changed: its row, its field of FIELDS, three finished texts; `input` names the field on
    the page and `now` is what it would have been drawn with today. `trail` is its name in the audit trail."""

    row: str
    field: str
    drawn: str
    theirs: str
    mine: str
    trail: str = ""
    input: str = ""
    now: Any = None
    who: str = ""
    at: datetime | None = None

    @property
    def label(self) -> str:
        return FIELDS[self.field]


@dataclass(frozen=True)
class Act:
    """An act on the project since the page was drawn."""

    at: datetime
    who: str
    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)


class Overtaken(Conflict):
    """The page is stale: `version` is the present one, `clashes` what both have changed (none: the act as a whole)."""

    def __init__(self, sentence: Sentence, project: Project, ctx: Context, clashes: Iterable[Clash] = (), *, seen: int):
        missed = min(max(project.version - seen, 0), LOOKED_THROUGH)
        acts = _acts(project, max(missed, SHOWN), ctx)
        self.version = project.version
        self.clashes = tuple(_signed(clash, acts) for clash in clashes)
        told = () if self.clashes else tuple(map(_told, acts[: min(missed, SHOWN)]))
        super().__init__(sentence, details=told)


def _acts(project: Project, limit: int, ctx: Context) -> list[Act]:
    """The newest acts on the project, newest first."""
    rows = acts_since(ctx.session, project, limit=limit)
    return [Act(at, who, what, json.loads(changes) if changes else {}) for at, who, what, changes in rows]


def overtaken(clashes: list[Clash], project: Project, ctx: Context, *, seen: int) -> Overtaken:
    """To be raised where both have changed the same."""
    sentence = say("您修改的 %(count)s 处已被他人改动；您填写的都还在，再次保存以您的为准", count=len(clashes))
    return Overtaken(sentence, project, ctx, clashes, seen=seen)


def drawn_with(text: str, kind: type) -> Any:
    """What a page says it was drawn with, as it sent it: JSON of texts; None when it says nothing that can be read."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    values = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return found if isinstance(found, kind) and all(isinstance(value, str) for value in values) else None


def text_of(value: Any) -> str:
    """A plain value as a form's field has it: "" for nothing, days as 2026-03-02, members by their stored value."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else str(value).strip()


def _signed(clash: Clash, acts: list[Act]) -> Clash:
    """By whom: the newest act that names the cell, else the newest of all."""
    act = next((act for act in acts if clash.trail and clash.trail in act.changes), acts[0] if acts else None)
    return replace(clash, who=act.who, at=act.at) if act else clash


def _told(act: Act) -> Sentence:
    return say("%(at)s %(who)s：%(what)s", at=act.at.strftime("%m-%d %H:%M"), who=act.who, what=act.what)
