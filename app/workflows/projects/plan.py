"""拨付计划: the phases of the contract; their sum must equal 预算应拨付金额 before the next step opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from app.domain.errors import Refusal, say
from app.domain.money import format_yuan
from app.models import PayoutPhase, Project
from app.queries.projects import merged_totals
from app.workflows.engine import Context
from app.workflows.projects.clashes import Clash, overtaken
from app.workflows.projects.editing import saved, take
from app.workflows.projects.effects import planned_amounts
from app.workflows.projects.kinds import KINDS

MAX_PHASES = 20


@dataclass(frozen=True)
class PhaseEdit:
    """One typed phase: condition, and either an amount (fen) or a percent (hundredths of a percent)."""

    condition: str
    amount: int = 0
    percent: int | None = None


def save_plan(
    key: int, rows: Sequence[PhaseEdit], ctx: Context, version: int | None = None, drawn: Sequence[str] | None = None
) -> Project:
    """Store the phases in their order. Amounts may still differ from the fund's sum; the page says by how much.

    `drawn`: the phases that the page was drawn with (`told()`). The plan is one whole: changed by another meanwhile it
    is Overtaken, phase by phase; whatever else has changed in the project is no matter.

    Errors: Refusal for one phase where the kind needs two (manual 1.5.1 note 5), percents that are not 100 together,
    amounts and percents mixed, too many phases.
    """
    project = take(key, ctx, version if drawn is None else None)
    if drawn is not None:
        _check_overtaken(project, rows, drawn, ctx, version or project.version)
    _check_rows(project, rows)
    before = [[phase.condition, phase.amount] for phase in project.phases]
    for sequence, row in enumerate(rows, 1):
        if sequence > len(project.phases):
            project.phases.append(PayoutPhase(sequence=sequence, condition="", amount=0))
        phase = project.phases[sequence - 1]
        phase.condition, phase.amount, phase.percent = row.condition.strip(), row.amount, row.percent
    for phase in project.phases[len(rows) :]:
        project.phases.remove(phase)
    fund = merged_totals(ctx.session, project).fund
    for phase, amount in zip(project.phases, planned_amounts(project.phases, fund), strict=True):
        phase.amount = amount
    after = [[phase.condition, phase.amount] for phase in project.phases]
    total = format_yuan(sum(phase.amount for phase in project.phases))
    saved(
        project, ctx, "save_plan", say("保存拨付计划 %(count)s 期，合计 %(total)s 元", count=len(rows), total=total),
        {"phases": [before, after]},
    )  # fmt: skip
    return project


def told(phase: PayoutPhase | PhaseEdit) -> str:
    """A phase in one text: its condition, and its percent or its amount."""
    figure = f"{format_yuan(phase.percent)}%" if phase.percent else format_yuan(phase.amount)
    return f"{phase.condition.strip()} {figure}"


def _check_overtaken(
    project: Project, rows: Sequence[PhaseEdit], drawn: Sequence[str], ctx: Context, version: int
) -> None:
    """Raise where another has saved the plan since."""
    now, mine = [told(phase) for phase in project.phases], [told(row) for row in rows]
    if now in (list(drawn), mine):
        return
    clashes = [
        Clash(str(place), "phase", old, theirs, own, trail="phases")
        for place, (old, theirs, own) in enumerate(zip_longest(drawn, now, mine, fillvalue=""), 1)
        if theirs != own
    ]
    raise overtaken(clashes, project, ctx, seen=version)


def _check_rows(project: Project, rows: Sequence[PhaseEdit]) -> None:
    kind = KINDS[project.kind]
    if kind.pays_at_once:
        raise Refusal(say("简单拨付维修项目一次拨付，拨付计划由系统生成"))
    if 0 < len(rows) < kind.min_phases:
        raise Refusal(
            say("%(kind)s维修项目至少分 %(least)s 期拨付；只拨付一次的，请新建简单拨付维修项目", kind=kind.kind.label,
                least=kind.min_phases),
            field="phases",
        )  # fmt: skip
    if len(rows) > MAX_PHASES:
        raise Refusal(say("拨付计划最多 %(most)s 期", most=MAX_PHASES), field="phases")
    percents = [row.percent for row in rows]
    if any(percents) and None in percents:
        raise Refusal(say("拨付计划要么全部填金额，要么全部填比例"), field="phases")
    if any(percents) and sum(percents) != 100_00:
        raise Refusal(say("各期比例之和须为 100%%，现为 %(sum)s%%", sum=format_yuan(sum(percents))), field="phases")
