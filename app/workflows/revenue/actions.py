"""What is done with revenue: filed by notice, confirmed by the bank, distributed or kept, voided, expired. In fen."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import audit
from app.domain.enums import RevenueKind, RevenueState
from app.domain.errors import Forbidden, NotYours, Refusal, Sentence, say
from app.domain.money import format_yuan
from app.ledger import revenue as ledger
from app.ledger.booking import Booking
from app.models import Area, RevenueNotice
from app.permissions import Permission
from app.workflows import bank_serials, engine, messages, numbers, policy
from app.workflows.engine import Context
from app.workflows.revenue import benefit, distributing
from app.workflows.revenue.benefit import Benefit

LONGEST = 400
HANDS = ("OrgAdmin", "RevenueAgent")


def file_notice(
    area_id: int, kind: RevenueKind | None, amount: int, chosen: Benefit, remark: str, ctx: Context
) -> RevenueNotice:
    """打印交款通知单: files the notice, once (manual 1.4, step 8). Inside a unit of work.

    Errors: NotYours for an area, building, unit or house that is not the actor's; Refusal with its field.
    """
    area = ctx.session.get(Area, area_id)
    if area is None or not ctx.actor.is_tenant or area.id not in (ctx.actor.area_ids or ()):
        raise NotYours(f"Area {area_id}")
    if not ctx.actor.can(Permission.REVENUE_FILE):
        raise Forbidden(Permission.REVENUE_FILE.value)
    if kind is None:
        raise Refusal(say("请选择收益类型"), field="kind")
    if amount <= 0:
        raise Refusal(say("交款金额须大于零"), field="amount")
    if len(remark) > LONGEST:
        raise Refusal(say("不能超过 %(count)s 个字", count=LONGEST), field="remark")
    ranges = benefit.rows_of(ctx.session, area, chosen)
    notice = RevenueNotice(
        number=numbers.next_number(ctx.session, numbers.REVENUE, ctx.today), state=RevenueState.ISSUED, version=1,
        organisation_id=ctx.actor.organisation_id, area=area, escrow_account_id=area.escrow_account_id, kind=kind,
        amount=amount, benefit=benefit.in_words(ranges), remark=remark.strip(), filed_at=ctx.now,
        filed_by_id=ctx.actor.user_id, void_reason="", keep_reason="", ranges=ranges,
        valid_until=ctx.today + timedelta(days=policy.number(ctx.session, "payment_notice_days", ctx.today)),
    )  # fmt: skip
    ctx.session.add(notice)
    ctx.session.flush()
    audit.record(
        ctx.session, ctx.actor, "issue", notice, now=ctx.now,
        summary=f"收益交款通知书 {notice.number}：{area.name} {kind.label} {format_yuan(amount)} 元",
    )  # fmt: skip
    return notice


def note_bank(notice: RevenueNotice, ctx: Context) -> None:
    """The bank's number of the movement and its day, used by nothing else."""
    booked = bank_serials.booked(
        notice, ctx, since=notice.filed_at.date(),
        too_early=lambda day: say("入账日期不能早于通知书开出日 %(day)s", day=day),
    )  # fmt: skip
    notice.bank_serial, notice.booked_on = booked.serial, booked.on
    notice.confirmed_by_id, notice.paid_at = ctx.actor.user_id, ctx.now
    try:
        ctx.session.flush()
    except IntegrityError as error:  # the same serial for another payment, in the same moment
        raise bank_serials.used_for_revenue(booked.serial) from error


def take_in(notice: RevenueNotice, ctx: Context) -> None:
    """The money is there: posted in this very transaction to the area's 收益户."""
    entry = ledger.take_revenue(
        ctx.session, notice.area, notice.amount, notice=notice.number,
        booking=Booking(notice.booked_on, ctx.now, ctx.actor, f"{notice.kind.label} {notice.benefit}"),
    )  # fmt: skip
    notice.entry_id = entry.id
    _tell(notice, say("收益交款通知书 %(number)s 的 %(amount)s 元已到账", number=notice.number,
                      amount=format_yuan(notice.amount)), ctx)  # fmt: skip


def spread(notice: RevenueNotice, ctx: Context) -> None:
    """收益分摊 of `ctx.data["amount"]` fen over the houses of the range, by floor area."""
    distributing.distribute(notice, ctx.data.get("amount") or 0, ctx)


def need_reason(notice: RevenueNotice, ctx: Context) -> None:
    """作废 says why."""
    notice.void_reason = _reason(ctx, say("请填写作废原因"))


def need_keep_reason(notice: RevenueNotice, ctx: Context) -> None:
    """留存收益户 says by which decision of the owners."""
    notice.keep_reason = _reason(ctx, say("请填写留存依据，如业主大会决定"))


def tell_expired(notice: RevenueNotice, ctx: Context) -> None:
    """Its filer hears of it."""
    _tell(notice, say("收益交款通知书 %(number)s 已过有效期，如需交款请重新打印", number=notice.number), ctx)


def expire_notices(ctx: Context) -> int:
    """The daily job: every notice whose last day has passed is 已失效; returns how many are so now."""
    from app.workflows.revenue.flow import act

    due = ctx.session.scalars(
        select(RevenueNotice.id)
        .where(RevenueNotice.state == RevenueState.ISSUED, RevenueNotice.valid_until < ctx.today)
        .order_by(RevenueNotice.id)
    ).all()
    count = 0
    for key in due:
        # one that somebody confirms or voids in the same moment is left alone
        if engine.lock(ctx.session, RevenueNotice, key).state is RevenueState.ISSUED:
            act(key, "expire", ctx)
            count += 1
    return count


def _reason(ctx: Context, missing: Sentence) -> str:
    reason = (ctx.data.get("reason") or "").strip()
    if not reason:
        raise Refusal(missing, field="reason")
    if len(reason) > LONGEST:
        raise Refusal(say("不能超过 %(count)s 个字", count=LONGEST), field="reason")
    return reason


def _tell(notice: RevenueNotice, text: Sentence, ctx: Context) -> None:
    messages.tell_organisation(
        ctx.session, notice.organisation_id, notice.area_id, text, now=ctx.now, link=f"/revenue/{notice.id}/",
        roles=HANDS,
    )  # fmt: skip
