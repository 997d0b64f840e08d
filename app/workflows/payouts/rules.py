"""How much may still be applied for (`workflows.md` 5.3 rules 3 and 4, `money.md` 2 "Counted"). All amounts are fen."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import PAYOUTS, AcceptanceState, ApplicationKind, ApplicationState, TransferState
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Acceptance, Application, PayoutPhase, Project, ProjectHouse, Transfer
from app.queries.project_page import COUNTED, PAGE
from app.workflows import policy
from app.workflows.engine import Context

__all__ = [
    "COUNTED", "acceptance_in_force", "check_payout", "counted", "is_last", "left_of_phase",
    "left_of_project", "money_left", "nothing_open", "totals",
]  # fmt: skip


ON_ITS_WAY = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW, ApplicationState.RETURNED)


def counted(session: Session, project_id: int, *, phase_id: int | None = None, without: int | None = None) -> int:
    """Fen applied for in counted applications, less refunds and ended lines; of one phase, or of the whole project.

    `without` leaves one application out: the one that is being judged.
    """
    query = (
        select(func.coalesce(func.sum(Transfer.amount - Transfer.refunded), 0))
        .join(Application, Application.id == Transfer.application_id)
        .where(
            Application.project_id == project_id,
            Application.kind.in_(PAYOUTS),
            Application.state.in_(COUNTED),
            Transfer.state != TransferState.ENDED,
        )
    )
    if phase_id is not None:
        query = query.where(Application.phase_id == phase_id)
    if without is not None:
        query = query.where(Application.id != without)
    return int(session.scalar(query))


def totals(session: Session, project_id: int) -> tuple[int, int]:
    """Σb, the total budget, and Σu, what the fund pays at most by now, in fen; zeros before the fund is fixed."""
    row = session.execute(
        select(
            func.coalesce(func.sum(ProjectHouse.budget), 0), func.coalesce(func.sum(ProjectHouse.fund_limit), 0)
        ).where(ProjectHouse.project_id == project_id)
    ).one()
    return int(row[0]), int(row[1])


def left_of_project(session: Session, project: Project, *, without: int | None = None) -> int:
    """Σu less everything counted, in fen; below zero only while an acceptance waits for refunds."""
    return totals(session, project.id)[1] - counted(session, project.id, without=without)


def left_of_phase(session: Session, phase: PayoutPhase, *, without: int | None = None) -> int:
    """What this phase may still be applied for: its plan less what is counted, at most what the project has."""
    in_phase = phase.amount - counted(session, phase.project_id, phase_id=phase.id, without=without)
    return max(0, min(in_phase, left_of_project(session, phase.project, without=without)))


def money_left(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 资金拨付: something of Σu is not applied for yet."""
    facts = ctx.data.get(PAGE)
    limit = facts.limit if facts else totals(ctx.session, project.id)[1]
    if limit > (sum(facts.counted.values()) if facts else counted(ctx.session, project.id)):
        return None
    return say("可拨付金额 ¥%(limit)s 已全部申请", limit=format_yuan(limit))


def nothing_open(project: Project, ctx: Context) -> Sentence | None:
    """Before a project closes by itself: no payout and no change of the plan waits, no line is on its way."""
    waiting = ctx.session.scalar(
        select(Application.number)
        .where(
            Application.project_id == project.id,
            or_(
                and_(Application.kind.in_(PAYOUTS), Application.state.in_(set(COUNTED) - {ApplicationState.SETTLED})),
                and_(Application.kind == ApplicationKind.PLAN_CHANGE, Application.state.in_(ON_ITS_WAY)),
            ),
        )
        .order_by(Application.id)
        .limit(1)
    )
    return say("业务单 %(number)s 尚未办完", number=waiting) if waiting else None


def check_payout(
    project: Project, phase: PayoutPhase, amount: int, ctx: Context, *, without: int | None = None
) -> Sentence | None:
    """May `amount` fen be applied for in this phase, beside what is counted already? The project row is locked.

    Order: the phase's plan, Σu, then acceptance first (over 70 % of Σb, or the last phase).
    """
    return (
        _phase_limit(project, phase, amount, ctx, without)
        or _project_limit(project, amount, ctx, without)
        or _acceptance_first(project, phase, amount, ctx, without)
    )


def _phase_limit(project, phase, amount, ctx, without) -> Sentence | None:
    before = counted(ctx.session, project.id, phase_id=phase.id, without=without)
    if before + amount <= phase.amount:
        return None
    return say(
        "第 %(sequence)s 期计划 ¥%(plan)s，已申请 ¥%(before)s，本次 ¥%(amount)s，超出 ¥%(over)s",
        sequence=phase.sequence,
        plan=format_yuan(phase.amount),
        before=format_yuan(before),
        amount=format_yuan(amount),
        over=format_yuan(before + amount - phase.amount),
    )


def _project_limit(project, amount, ctx, without) -> Sentence | None:
    before, limit = counted(ctx.session, project.id, without=without), totals(ctx.session, project.id)[1]
    if before + amount <= limit:
        return None
    return say(
        "项目可拨付 ¥%(limit)s，已申请 ¥%(before)s，本次 ¥%(amount)s，超出 ¥%(over)s",
        limit=format_yuan(limit),
        before=format_yuan(before),
        amount=format_yuan(amount),
        over=format_yuan(before + amount - limit),
    )


def _acceptance_first(project, phase, amount, ctx, without) -> Sentence | None:
    if acceptance_in_force(ctx.session, project):
        return None
    total, budget = counted(ctx.session, project.id, without=without) + amount, totals(ctx.session, project.id)[0]
    percent = policy.number(ctx.session, "acceptance_threshold_percent", ctx.today)
    if 100 * total > percent * budget:
        return say(
            "本次申请后累计 ¥%(total)s，超过预算 ¥%(budget)s 的 %(percent)s%%，须先完成项目验收并发布验收公示",
            total=format_yuan(total),
            budget=format_yuan(budget),
            percent=percent,
        )
    if is_last(ctx.session, phase):
        return say("第 %(sequence)s 期是最后一期，须先完成项目验收并发布验收公示", sequence=phase.sequence)
    return None


def is_last(session: Session, phase: PayoutPhase) -> bool:
    """The plan's last phase; a plan of one phase is its own last."""
    last = session.scalar(select(func.max(PayoutPhase.sequence)).where(PayoutPhase.project_id == phase.project_id))
    return phase.sequence == last


def acceptance_in_force(session: Session, project: Project) -> bool:
    """The acceptance stands and its notice is published: the two become true in one act."""
    return (
        session.scalar(
            select(Acceptance.id)
            .where(Acceptance.project_id == project.id, Acceptance.state == AcceptanceState.IN_FORCE)
            .limit(1)
        )
        is not None
    )
