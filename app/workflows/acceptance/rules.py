"""When an acceptance may be filed, redone and put in force (`workflows.md` 5.3 rule 5). Amounts are fen."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import PAYOUTS, AcceptanceState, ProjectState
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.ledger import project_money
from app.models import Acceptance, Application, Project
from app.queries import project_page as page
from app.workflows.acceptance import ahead
from app.workflows.engine import Context
from app.workflows.payouts.rules import COUNTED, counted


def current(session: Session, project: Project) -> Acceptance | None:
    """The project's acceptance, with its items: there is one row, redone until its notice is published."""
    query = select(Acceptance).where(Acceptance.project_id == project.id).options(joinedload(Acceptance.items))
    return session.scalars(query.order_by(Acceptance.id.desc())).unique().first()


def may_submit_acceptance(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 项目验收: not after its notice is out; then the department withdraws the notice first.

    简单拨付: nor while what was accepted is what the draft says; one that the draft has left behind is filed anew.
    """
    acceptance = page.latest_acceptance(ctx, project.id)
    if acceptance is not None and acceptance.state is AcceptanceState.IN_FORCE and not ahead.outdated(project, ctx):
        return say("验收公示已发布，验收已生效，不能重新提交")
    return None


def acceptance_waits_for_notice(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 项目验收公示: an acceptance is filed and not in force yet."""
    acceptance = page.latest_acceptance(ctx, project.id)
    if acceptance is None:
        return say("尚未提交项目验收")
    if acceptance.state is AcceptanceState.IN_FORCE:
        return say("验收公示已发布，验收已生效")
    if acceptance.in_force_at is not None:
        return say("验收公示已被撤回，请重新提交项目验收")
    return None


def no_payout_since(acceptance: Acceptance, ctx: Context) -> Sentence | None:
    """The notice may be withdrawn only while no payout has been filed since it was published.

    简单拨付 before its approval: its one application rests on the notice and is returned in the same act.
    """
    if acceptance.project.state in (ProjectState.DRAFT, ProjectState.UNDER_REVIEW):
        return None
    number = ctx.session.scalar(
        select(Application.number)
        .where(
            Application.project_id == acceptance.project_id,
            Application.kind.in_(PAYOUTS),
            Application.state.in_(COUNTED),
            Application.submitted_at >= acceptance.in_force_at,
        )
        .order_by(Application.id)
        .limit(1)
    )
    return say("验收生效后已提交资金拨付申请 %(number)s，不能撤回验收公示", number=number) if number else None


def settlement_covers_payouts(acceptance: Acceptance, ctx: Context) -> Sentence | None:
    """Σ min(f, t) is at least what is paid, less refunds, and what is still open. Before the initiation nothing is."""
    project = acceptance.project
    if not project.fund_fixed:
        return None
    limit = project_money.settlement_preview(ctx.session, project, acceptance.settlements).limit_total
    return limit_covers(limit, counted(ctx.session, project.id), project_money.net_paid(ctx.session, project))


def limit_covers(limit: int, asked: int, paid: int) -> Sentence | None:
    """The same about figures that are known: `asked` is everything counted, `paid` what of it the bank has paid."""
    if asked <= limit:
        return None
    refund = max(0, paid - limit)
    return say(
        "按结算金额资金最多支付 ¥%(limit)s，已拨付 ¥%(paid)s，申请中 ¥%(open)s："
        "须先清退 ¥%(refund)s、撤回或终止申请 ¥%(withdraw)s",
        limit=format_yuan(limit),
        paid=format_yuan(paid),
        open=format_yuan(asked - paid),
        refund=format_yuan(refund),
        withdraw=format_yuan(asked - limit - refund),
    )
