"""What a payout adds to an application: its guards, and the payee lines while it is being written."""

from __future__ import annotations

from app.domain.enums import ProjectState, TransferState
from app.domain.errors import Sentence, say
from app.models import Application
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


def standing_amount(application: Application) -> int:
    """Fen of the lines that still count: without ended ones, less refunds."""
    return sum(line.amount - line.refunded for line in application.transfers if line.state is not TransferState.ENDED)
