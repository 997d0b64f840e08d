"""How much of a line may still come back, and when a refund notice moves (`workflows.md` 5.4). Amounts are fen."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enums import ProjectState, RefundState, TransferState
from app.domain.errors import Sentence, say
from app.models import Project, Refund, Transfer
from app.queries.project_page import PAGE
from app.workflows.engine import Context


def filer(refund: Refund) -> set[int | None]:
    """Who filed it may not confirm it."""
    return {refund.filed_by_id}


def issued_of(session: Session, transfer_id: int) -> int:
    """Fen of the line's notices that wait for the bank: they count as if they had come back."""
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.transfer_id == transfer_id, Refund.state == RefundState.ISSUED
    )
    return int(session.scalar(query))


def refundable(session: Session, transfer: Transfer) -> int:
    """What of a paid line may still be filed: paid, less what came back, less what waits for the bank."""
    if transfer.state is not TransferState.PAID:
        return 0
    return transfer.amount - transfer.refunded - issued_of(session, transfer.id)


def something_refundable(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 项目清退: something that was paid is still out and not filed."""
    facts = ctx.data.get(PAGE)
    if facts:
        paid = sum(row.amount - row.refunded for row in facts.lines if row.state is TransferState.PAID)
        waiting = facts.issued
    else:
        lines = (Transfer.project_id == project.id, Transfer.state == TransferState.PAID)
        paid = _sum(ctx, Transfer.amount - Transfer.refunded, *lines)
        waiting = _sum(ctx, Refund.amount, Refund.project_id == project.id, Refund.state == RefundState.ISSUED)
    if paid > waiting:
        return None
    return say("已拨付的款项都已清退或已开出清退通知单") if waiting else say("没有已拨付的款项，无须清退")


def no_issued_refund(project: Project, ctx: Context) -> Sentence | None:
    """Guard of 办结: no refund notice waits for the bank, for what comes back is held only while the project runs."""
    if PAGE in ctx.data and not ctx.data[PAGE].issued:
        return None
    number = ctx.session.scalar(
        select(Refund.number)
        .where(Refund.project_id == project.id, Refund.state == RefundState.ISSUED)
        .order_by(Refund.id)
        .limit(1)
    )
    return say("清退通知单 %(number)s 尚待银行确认，请先办完或作废", number=number) if number else None


def still_valid(refund: Refund, ctx: Context) -> Sentence | None:
    """The bank takes a notice up to its last day."""
    return expired(refund) if refund.valid_until < ctx.today else None


def expired(refund: Refund) -> Sentence:
    """What the bank is told of a notice that is brought too late."""
    return say(
        "清退通知单 %(number)s 有效期至 %(day)s，已失效，不能确认；请企业重新打印清退通知单后再办理",
        number=refund.number, day=refund.valid_until.isoformat(),
    )  # fmt: skip


def time_is_over(refund: Refund, ctx: Context) -> Sentence | None:
    """A notice expires when its last day has passed."""
    if refund.valid_until < ctx.today:
        return None
    return say("清退通知单有效期至 %(day)s", day=refund.valid_until.isoformat())


def project_takes_money_back(project: Project, ctx: Context) -> Sentence | None:
    """Money of a project comes back while it runs and after it was closed; to others none was ever paid."""
    if project.state in (ProjectState.RUNNING, ProjectState.CLOSED):
        return None
    return say("项目当前状态为“%(state)s”，不能办理清退", state=project.state.label)


def takes_money_back(refund: Refund, ctx: Context) -> Sentence | None:
    """As its project."""
    return project_takes_money_back(refund.project, ctx)


def _sum(ctx: Context, amount, *conditions) -> int:
    return int(ctx.session.scalar(select(func.coalesce(func.sum(amount), 0)).where(*conditions)))
