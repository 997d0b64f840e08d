"""收益交款 and 收益分摊清册 as Excel exports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from app.models import RevenueNotice
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

COLUMNS = (
    Column("通知书编号", "number", text(), width=16),
    Column("物业区域", "area", text(), width=20),
    Column("交款单位", "organisation", text(), width=28),
    Column("收益类型", "kind", text()),
    Column("受益范围", "benefit", text(), width=28),
    Column("金额（元）", "amount", text(), number="yuan", width=16),
    Column("已分摊（元）", "distributed", text(), number="yuan", width=16),
    Column("收款专户", "escrow", text(), width=28),
    Column("开出日期", "filed_at", text(), number="day"),
    Column("有效期至", "valid_until", text(), number="day"),
    Column("状态", "state", text()),
    Column("银行流水号", "bank_serial", text(), width=20),
    Column("入账日期", "booked_on", text(), number="day"),
)


def write_revenue(target: BinaryIO, rows: Iterable[RevenueNotice]) -> int:
    """The list as filtered; returns the number of rows."""
    return stream_rows(target, COLUMNS, (_cells(row) for row in rows), title="收益交款")


def _cells(notice: RevenueNotice) -> list[Any]:
    return [
        notice.number, notice.area.name, notice.organisation.name, notice.kind, notice.benefit, notice.amount,
        notice.distributed, notice.escrow_account.account_no, notice.filed_at, notice.valid_until, notice.state,
        notice.bank_serial, notice.booked_on,
    ]  # fmt: skip
