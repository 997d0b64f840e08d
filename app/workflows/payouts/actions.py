"""What a payout adds to an application: its guards, and the payee lines while it is being written."""

from __future__ import annotations

from app.domain.enums import ProjectState, TransferState
from app.domain.errors import Sentence, say
from app.domain.money import format_yuan
from app.models import Application
from app.queries.projects import merged_totals
from app.workflows.engine import Context
from app.workflows.payouts.rules import check_payout


def project_is_running(application: Application, ctx: Context) -> Sentence | None:
    """Only after the initiation is approved, and not after the project has ended."""
    state = application.project.state
    if state is ProjectState.RUNNING:
        return None
    return say("项目当前状态为“%(state)s”，不能办理资金拨付", state=state.label)


def has_payees(application: Application, ctx: Context) -> Sentence | None:
    """At least one payee line (户名, 开户行, 账号, 金额)."""
    return None if application.transfers else say("请添加收款账户并填写拨付金额")


def payees_complete(application: Application, ctx: Context) -> Sentence | None:
    """A draft keeps payees half written; submitted they are whole, and one that is no contractor has a reason."""
    for line in application.transfers:
        written = line.account_name and line.bank_name and line.account_no
        if not written or (line.contractor_id is None and not line.foreign_reason):
            return say("第 %(line)s 个收款账户尚未填写完整", line=line.line)
    return None


def amount_fits(application: Application, ctx: Context) -> Sentence | None:
    """The phase's plan, Σu, and acceptance first: judged beside everything else that is counted."""
    return check_payout(
        application.project, application.phase, standing_amount(application), ctx, without=application.id
    )


def pays_all(application: Application, ctx: Context) -> Sentence | None:
    """简单拨付: the payees together get exactly 预算应拨付金额, the budget less what owners pay themselves."""
    totals, asked = merged_totals(ctx.session, application.project), standing_amount(application)
    if asked == totals.fund:
        return None
    figures = {"asked": asked, "budget": totals.budget, "fund": totals.fund, "own": totals.own}
    figures = {name: format_yuan(fen) for name, fen in (figures | {"gap": abs(asked - totals.fund)}).items()}
    if not totals.own:
        return say("收款金额合计 ¥%(asked)s，须等于预算总额 ¥%(budget)s，相差 ¥%(gap)s", **figures)
    return say(
        "收款金额合计 ¥%(asked)s，须等于预算应拨付金额 ¥%(fund)s"
        "（预算 ¥%(budget)s = 维修资金 ¥%(fund)s + 业主自筹 ¥%(own)s），相差 ¥%(gap)s", **figures,
    )  # fmt: skip


def standing_amount(application: Application) -> int:
    """Fen of the lines that still count: without ended ones, less refunds."""
    return sum(line.amount - line.refunded for line in application.transfers if line.state is not TransferState.ENDED)
