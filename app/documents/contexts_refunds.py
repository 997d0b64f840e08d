"""清退通知单: what the company takes to the escrow bank."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.domain.enums import RefundReason
from app.models import Refund
from app.queries import papers as queries
from app.workflows.engine import Context


def refund_notice(refund: Refund, ctx: Context) -> dict[str, Any]:
    """The line whose money comes back, how much of it, to which account, until when."""
    transfer, project = refund.transfer, refund.project
    phase, escrow = transfer.application.phase, refund.escrow_account
    return {
        "number": refund.number,
        "area": project.area.name,
        "company": project.organisation.name,
        "project": str(project),
        "phase": f"第 {phase.sequence} 期（{phase.condition}）" if phase else "",
        "payout": f"{transfer}，{w.day(transfer.booked_on)} 拨付 ¥{w.yuan(transfer.amount)}",
        "payer": transfer.account_name,
        "payer_account": f"{transfer.bank_name}　{transfer.account_no}",
        "amount": w.yuan(refund.amount),
        "amount_in_words": w.capital_amount(refund.amount),
        "reasons": [
            ("■" if reason is refund.reason else "□", reason.label)
            for reason in RefundReason
            if reason is not RefundReason.SENT_BACK
        ],
        "reason_text": refund.reason_text,
        "escrow_name": escrow.name,
        "escrow_bank": escrow.bank_name,
        "escrow_no": escrow.account_no,
        "filed_by": refund.filed_by.first_name if refund.filed_by else "",  # the bank knows no agents
        "filed_on": w.day(refund.filed_at),
        "valid_until": w.day(refund.valid_until),
        "confirmed": f"{w.day(refund.booked_on)} 已收妥，流水号 {refund.bank_serial}" if refund.booked_on else "",
        "department": queries.department_name(ctx.session),
    }
