"""收益交款通知书 for the bank, and 收益分摊清册: who got what of a payment."""

from __future__ import annotations

from typing import Any

from app.documents import wording as w
from app.documents.list_paper import ListColumn, ListPaper, ListRow
from app.models import Distribution, RevenueNotice
from app.queries import revenue as queries
from app.queries.papers import department_name
from app.workflows.engine import Context

PARTS = (
    ListColumn("序号", 14, "right"), ListColumn("房屋", 52), ListColumn("业主", 36),
    ListColumn("建筑面积（㎡）", 30, "right"), ListColumn("分摊金额（元）", 34, "right"),
)  # fmt: skip


def revenue_notice(notice: RevenueNotice, ctx: Context) -> dict[str, Any]:
    """Who pays how much of what income into which account, for whom, until when."""
    escrow = notice.escrow_account
    return {
        "number": notice.number,
        "area": notice.area.name,
        "benefit": notice.benefit,
        "kind": notice.kind.label,
        "payer": notice.organisation.name,
        "amount": w.yuan(notice.amount),
        "amount_in_words": w.capital_amount(notice.amount),
        "remark": notice.remark,
        "escrow_name": escrow.name,
        "escrow_bank": escrow.bank_name,
        "escrow_no": escrow.account_no,
        "filed_by": notice.filed_by.first_name if notice.filed_by else "",  # the bank knows no agents
        "filed_on": w.day(notice.filed_at),
        "valid_until": w.day(notice.valid_until),
        "confirmed": f"{w.day(notice.booked_on)} 已收妥，流水号 {notice.bank_serial}" if notice.booked_on else "",
        "department": department_name(ctx.session),
    }


def distribution_list(done: Distribution, ctx: Context) -> list[ListPaper]:
    """收益分摊清册: a row a house, and the total."""
    notice, lines = done.notice, queries.lines(ctx.session, done.id)
    rows = [
        ListRow((str(number), label, owner or "（未售）", w.area(floor_area), w.yuan(amount)))
        for number, (label, owner, floor_area, amount) in enumerate(lines, start=1)
    ]
    total = w.area(sum(line[2] for line in lines)), w.yuan(done.amount)
    rows.append(ListRow(("", "合计", f"{len(lines)} 户", *total), "sum"))
    return [
        ListPaper(
            title="收益分摊清册",
            number=notice.number,
            columns=PARTS,
            rows=rows,
            facts=(
                f"物业区域：{notice.area.name}　　受益范围：{notice.benefit}",
                f"收益类型：{notice.kind.label}　　交款单位：{notice.organisation.name}",
                f"交款金额：{w.both(notice.amount)}　　入账日期：{w.day(notice.booked_on)}",
            ),
            notes=(f"本次分摊 {w.both(done.amount)}，按建筑面积分摊，记入各分户账的利息及收益。",),
            seals=(f"{department_name(ctx.session)}（盖章）",),
            printed_at=w.moment(ctx.now),
        )
    ]


def distribution_size(done: Distribution, ctx: Context) -> int:
    """Rows that will be drawn."""
    return done.house_count
