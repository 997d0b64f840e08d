"""A plan as one value: as it stands, as it is asked for, as it stood at the submission; and what differs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import PlanChange, Project


@dataclass(frozen=True)
class Plan:
    """Planned dates; {item id: contractor's name}; [(condition, fen)] of the phases in their order."""

    start: date | None
    end: date | None
    contractors: dict[int, str]
    phases: list[tuple[str, int]]


@dataclass(frozen=True)
class Difference:
    """One line of the comparison: what it is about, what stood there, what shall stand there."""

    what: Sentence
    before: str
    after: str

    @property
    def is_change(self) -> bool:
        return self.before != self.after


def present_plan(project: Project) -> Plan:
    """The project as it stands."""
    return Plan(
        project.planned_start,
        project.planned_end,
        {item.id: item.contractor.name if item.contractor else "" for item in project.items},
        [(phase.condition, phase.amount) for phase in project.phases],
    )


def asked_plan(change: PlanChange) -> Plan:
    """The project as the change would leave it."""
    named = {row.item_id: row.contractor.name for row in change.items}
    kept = present_plan(change.application.project).contractors
    phases = [(phase.condition, phase.amount) for phase in change.phases]
    return Plan(change.planned_start, change.planned_end, kept | named, phases)


def stored(plan: Plan) -> str:
    """As JSON, to be kept with the change."""
    days = [day.isoformat() if day else None for day in (plan.start, plan.end)]
    return json.dumps({"days": days, "contractors": plan.contractors, "phases": plan.phases}, ensure_ascii=False)


def plan_before(change: PlanChange) -> Plan:
    """What stood there at the last submission; of one that was never submitted, what stands there now."""
    if not change.before:
        return present_plan(change.application.project)
    kept = json.loads(change.before)
    start, end = (date.fromisoformat(day) if day else None for day in kept["days"])
    contractors = {int(item): name for item, name in kept["contractors"].items()}
    return Plan(start, end, contractors, [(condition, amount) for condition, amount in kept["phases"]])


def differences(change: PlanChange) -> list[Difference]:
    """Dates, contractors, phases: every line, changed or not, in the order of the form."""
    before, after = plan_before(change), asked_plan(change)
    named = {row.item_id: row.contractor.name for row in change.items}
    rows = [Difference(say("计划工期"), _period(before), _period(after))]
    for item in change.application.project.items:
        name = before.contractors.get(item.id, "")
        what = say("“%(item)s”施工单位", item=item.equipment.name)
        rows.append(Difference(what, name or "—", named.get(item.id, name) or "—"))
    for place in range(max(len(before.phases), len(after.phases))):
        what = say("拨付计划第 %(sequence)s 期", sequence=place + 1)
        rows.append(Difference(what, _phase(before, place), _phase(after, place)))
    return rows


def _period(plan: Plan) -> str:
    return " — ".join(day.isoformat() if day else "…" for day in (plan.start, plan.end))


def _phase(plan: Plan, place: int) -> str:
    if place >= len(plan.phases):
        return "—"
    condition, amount = plan.phases[place]
    return f"{format_yuan(amount)}　{condition}"
