"""What a project's transitions do beside moving the state: the ledger's holds, and the plan's amounts."""

from __future__ import annotations

from app.domain.apportion import apportion
from app.ledger import project_money
from app.models import PayoutPhase, Project
from app.queries import project_page as page
from app.queries.projects import merged_totals
from app.workflows.engine import Context
from app.workflows.projects.kinds import KINDS


def planned_amounts(phases: list[PayoutPhase], fund: int) -> list[int]:
    """Each phase's amount in fen: as typed, or by percent of `fund` (预算应拨付金额) where the plan is in percents.

    Percents that do not sum to 100 (only while the plan is being typed) give the stored amounts.
    """
    percents = [phase.percent for phase in phases]
    if phases and None not in percents and sum(percents) == 100_00:
        return apportion(fund, percents)
    return [phase.amount for phase in phases]


def refresh_plan(project: Project, ctx: Context) -> None:
    """Percent phases follow 预算应拨付金额, which moves with the houses' balances until it is fixed."""
    fund = merged_totals(ctx.session, project).fund
    for phase, amount in zip(project.phases, planned_amounts(project.phases, fund), strict=True):
        phase.amount = amount


def fix_fund(project: Project, ctx: Context) -> None:
    """fᵢ stands from the submission of the initiation on."""
    ctx.session.flush()
    project_money.fix_fund(ctx.session, project)


def settle_ahead(project: Project, ctx: Context) -> None:
    """Accepted before its initiation (简单拨付): tᵢ stands before fᵢ is fixed."""
    if KINDS[project.kind].pays_at_once:
        project_money.settle_ahead(ctx.session, project, page.latest_acceptance(ctx, project.id).settlements)


def drop_fund(project: Project, ctx: Context) -> None:
    """Returned, rejected or withdrawn: fᵢ is live again."""
    project_money.drop_fund(ctx.session, project)
    ctx.session.flush()


def hold_fund(project: Project, ctx: Context) -> None:
    """Final approval: what the fund will pay is held."""
    project_money.hold_fund(ctx.session, project)


def release_fund(project: Project, ctx: Context) -> None:
    """The project has ended: nothing is held any more."""
    if project.fund_fixed:
        project_money.release(ctx.session, project)
