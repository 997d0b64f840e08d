"""The bank's own number of a movement and the day it booked it: what 划转, 清退 and 交款 ask of whoever confirms.

One movement on the bank's statement is one event of the ledger (`money.md` 3, rule 7): a number that one of them has
used is refused to the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from app.domain.errors import Refusal, Sentence, say
from app.models import Refund, RevenueNotice, Transfer
from app.workflows.engine import Context

LONGEST = 64


class Booked(NamedTuple):
    """What the bank says of a movement."""

    serial: str
    on: date


def booked(
    subject: Transfer | Refund | RevenueNotice, ctx: Context, *, since: date, too_early: Callable[[str], Sentence]
) -> Booked:
    """`ctx.data`: bank_serial, booked_on; not before `since`. Refusal with its field."""
    serial = str(ctx.data.get("bank_serial") or "").strip()
    if not serial:
        raise Refusal(say("请填写银行流水号"), field="bank_serial")
    if len(serial) > LONGEST:
        raise Refusal(say("银行流水号不能超过 64 个字"), field="bank_serial")
    for model, used in USED.items():
        query = select(model.id).where(
            model.escrow_account_id == subject.escrow_account_id, model.bank_serial == serial
        )
        if isinstance(subject, model):
            query = query.where(model.id != subject.id)
        if ctx.session.scalar(query.limit(1)) is not None:
            raise used(serial)
    day = ctx.data.get("booked_on")
    if not isinstance(day, date):
        raise Refusal(say("请填写入账日期"), field="booked_on")
    if day > ctx.today:
        raise Refusal(say("入账日期不能晚于今天"), field="booked_on")
    if day < since:
        raise Refusal(too_early(since.isoformat()), field="booked_on")
    return Booked(serial, day)


def used_for_transfer(serial: str) -> Refusal:
    return Refusal(say("银行流水号 %(serial)s 已用于另一笔划转，请核对", serial=serial), field="bank_serial")


def used_for_refund(serial: str) -> Refusal:
    return Refusal(say("银行流水号 %(serial)s 已用于另一笔清退，请核对", serial=serial), field="bank_serial")


def used_for_revenue(serial: str) -> Refusal:
    return Refusal(say("银行流水号 %(serial)s 已用于另一笔收益交款，请核对", serial=serial), field="bank_serial")


USED = {Transfer: used_for_transfer, Refund: used_for_refund, RevenueNotice: used_for_revenue}
