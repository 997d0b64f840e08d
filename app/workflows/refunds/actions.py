"""What is done with refunds: filed from a paid line, confirmed by the bank, voided, expired. Amounts are fen."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import audit
from app.domain.enums import RefundReason, RefundState, TransferState
from app.domain.errors import Forbidden, NotYours, Refusal, Sentence, say
from app.domain.money import format_yuan
from app.ledger import project_money
from app.models import Application, Project, Refund, Transfer
from app.permissions import Permission
from app.workflows import bank_serials, engine, messages, numbers, policy
from app.workflows.engine import Context
from app.workflows.payouts.flow import TRANSFER
from app.workflows.projects.flow import PROJECT
from app.workflows.refunds import rules

LONGEST = 400
REASONS = tuple(reason for reason in RefundReason if reason is not RefundReason.SENT_BACK)  # of the company


def file_refund(
    project_id: int, transfer_id: int, amount: int, reason: RefundReason | None, reason_text: str, ctx: Context, *,
    version: int | None = None,
) -> Refund:  # fmt: skip
    """打印通知单: one notice for the whole or a part of a paid line; no review follows, the bank confirms.

    Errors: those of the project's row `file_refund`; NotYours for a line of another project; Refusal with its field
    (amount, reason, reason_text). Inside a unit of work.
    """
    project = engine.apply(PROJECT, project_id, "file_refund", ctx, version=version)
    transfer = _lock_line(transfer_id, ctx)
    if transfer.project_id != project.id:
        raise NotYours(f"Transfer {transfer_id}")
    if reason not in REASONS:
        raise Refusal(say("请选择清退原因"), field="reason")
    if reason is RefundReason.OTHER and not reason_text.strip():
        raise Refusal(say("请写明清退原因"), field="reason_text")
    return _issue(transfer, amount, reason, reason_text, ctx)


def book_return(transfer_id: int, amount: int, ctx: Context, *, version: int | None = None) -> Refund:
    """退汇: money of a paid line that the payee's bank sent back; filed and posted in one act, by the bank or finance.

    `ctx.data`: bank_serial, booked_on. Errors: NotYours, Forbidden, Conflict (stale page), Refusal with its field.
    """
    transfer = ctx.session.get(Transfer, transfer_id)
    if transfer is None or not TRANSFER.in_scope(transfer, ctx.actor):
        raise NotYours(f"Transfer {transfer_id}")
    project = engine.lock(ctx.session, Project, transfer.project_id)
    engine.lock(ctx.session, Application, transfer.application_id)
    transfer = engine.lock(ctx.session, Transfer, transfer_id, version)
    if not ctx.actor.can(Permission.REFUND_BOOK):
        raise Forbidden(Permission.REFUND_BOOK.value)
    if refusal := rules.project_takes_money_back(project, ctx):
        raise Refusal(refusal)
    from app.workflows.refunds.flow import REFUND  # the table names this module's effects

    refund = _issue(transfer, amount, RefundReason.SENT_BACK, "", ctx)
    engine.carry(REFUND, refund, "confirm", ctx)
    return refund


def _lock_line(transfer_id: int, ctx: Context) -> Transfer:
    """Locked in order, the application before its line."""
    application_id = ctx.session.scalar(select(Transfer.application_id).where(Transfer.id == transfer_id))
    if application_id is None:
        raise NotYours(f"Transfer {transfer_id}")
    engine.lock(ctx.session, Application, application_id)
    return engine.lock(ctx.session, Transfer, transfer_id)


def _issue(transfer: Transfer, amount: int, reason: RefundReason, text: str, ctx: Context) -> Refund:
    if transfer.state is not TransferState.PAID:
        raise Refusal(say("%(line)s 尚未划转，没有可清退的款项", line=transfer))
    left = rules.refundable(ctx.session, transfer)
    if not 0 < amount <= left:
        raise Refusal(
            say("清退金额 ¥%(amount)s 须大于零且不超过可清退金额 ¥%(left)s", amount=format_yuan(amount),
                left=format_yuan(left)),
            field="amount",
        )  # fmt: skip
    if len(text) > LONGEST:
        raise Refusal(say("不能超过 %(count)s 个字", count=LONGEST), field="reason_text")
    days = policy.number(ctx.session, "payment_notice_days", ctx.today)
    refund = Refund(
        number=numbers.next_number(ctx.session, numbers.REFUND, ctx.today), state=RefundState.ISSUED, version=1,
        project_id=transfer.project_id, transfer=transfer, escrow_account_id=transfer.escrow_account_id, amount=amount,
        reason=reason, reason_text=text.strip(), filed_at=ctx.now, filed_by_id=ctx.actor.user_id,
        valid_until=ctx.today + timedelta(days=days), void_reason="", bank_serial="",
    )  # fmt: skip
    ctx.session.add(refund)
    ctx.session.flush()
    audit.record(
        ctx.session, ctx.actor, "issue", refund, now=ctx.now,
        summary=f"清退通知单 {refund.number}：{transfer} 退回 {format_yuan(amount)} 元（{reason.label}）",
    )  # fmt: skip
    return refund


def note_bank(refund: Refund, ctx: Context) -> None:
    """The bank's number of the movement and its day, used by nothing else."""
    booked = bank_serials.booked(
        refund, ctx, since=_not_before(refund),
        too_early=lambda day: say("入账日期不能早于 %(day)s", day=day),
    )  # fmt: skip
    refund.bank_serial, refund.booked_on = booked.serial, booked.on
    refund.confirmed_by_id, refund.paid_at = ctx.actor.user_id, ctx.now
    try:
        ctx.session.flush()
    except IntegrityError as error:  # the same serial for another refund, in the same moment
        raise bank_serials.used_for_refund(booked.serial) from error


def _not_before(refund: Refund):
    """Money can't come back before it left; by a notice not before the notice."""
    if refund.reason is RefundReason.SENT_BACK:
        return refund.transfer.booked_on
    return refund.filed_at.date()


def take_in(refund: Refund, ctx: Context) -> None:
    """The money is back: posted in this very transaction to the accounts that paid; pages drawn before are stale."""
    entry = project_money.refund_transfer(
        ctx.session, refund.transfer, refund.amount, refund_key=refund.number, booked_on=refund.booked_on, now=ctx.now,
        actor=ctx.actor,
    )  # fmt: skip
    refund.entry_id = entry.id
    engine.touch(refund.transfer)
    engine.touch(refund.project)
    _tell(
        refund, say("%(number)s：%(line)s 的 %(amount)s 元已退回专户", number=refund.number, line=refund.transfer,
                    amount=format_yuan(refund.amount)), ctx,
    )  # fmt: skip


def need_reason(refund: Refund, ctx: Context) -> None:
    """作废 says why."""
    reason = (ctx.data.get("reason") or "").strip()
    if not reason:
        raise Refusal(say("请填写作废原因"), field="reason")
    if len(reason) > LONGEST:
        raise Refusal(say("不能超过 %(count)s 个字", count=LONGEST), field="reason")
    refund.void_reason = reason


def tell_expired(refund: Refund, ctx: Context) -> None:
    """Its amount may be filed anew; the company hears of it."""
    _tell(refund, say("清退通知单 %(number)s 已过有效期，如需清退请重新打印", number=refund.number), ctx)


def expire_refunds(ctx: Context) -> int:
    """The daily job: every notice whose last day has passed is 已失效; returns how many are so now."""
    from app.workflows.refunds.flow import act, lock_together

    due = ctx.session.scalars(
        select(Refund.id).where(Refund.state == RefundState.ISSUED, Refund.valid_until < ctx.today).order_by(Refund.id)
    ).all()
    lock_together(due, ctx)
    return sum(_expire(act, key, ctx) for key in due)


def _expire(act, key: int, ctx: Context) -> bool:
    """One that somebody confirms or voids in the same moment is left alone."""
    if engine.lock(ctx.session, Refund, key).state is not RefundState.ISSUED:
        return False
    act(key, "expire", ctx)
    return True


def _tell(refund: Refund, text: Sentence, ctx: Context) -> None:
    messages.tell_organisation(
        ctx.session, refund.project.organisation_id, refund.project.area_id, text, now=ctx.now,
        link=f"/refunds/{refund.id}/",
    )  # fmt: skip
