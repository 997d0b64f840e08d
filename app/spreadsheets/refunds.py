"""清退 as an Excel export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from app.models import Refund
from app.spreadsheets.columns import Column, text
from app.spreadsheets.writer import stream_rows

COLUMNS = (
    Column("通知单号", "number", text(), width=16),
    Column("划转单", "transfer", text(), width=20),
    Column("维修项目", "project", text(), width=32),
    Column("物业区域", "area", text(), width=20),
    Column("退款人", "account_name", text(), width=28),
    Column("收回专户", "escrow", text(), width=28),
    Column("金额（元）", "amount", text(), number="yuan", width=16),
    Column("清退原因", "reason", text(), width=20),
    Column("开出日期", "filed_at", text(), number="day"),
    Column("有效期至", "valid_until", text(), number="day"),
    Column("状态", "state", text()),
    Column("银行流水号", "bank_serial", text(), width=20),
    Column("入账日期", "booked_on", text(), number="day"),
)


def write_refunds(target: BinaryIO, rows: Iterable[Refund]) -> int:
    """The list as filtered; returns the number of rows."""
    return stream_rows(target, COLUMNS, (_cells(row) for row in rows), title="清退")


def _cells(refund: Refund) -> list[Any]:
    return [
        refund.number, str(refund.transfer), refund.project.name, refund.project.area.name,
        refund.transfer.account_name, refund.escrow_account.account_no, refund.amount, refund.reason, refund.filed_at,
        refund.valid_until, refund.state, refund.bank_serial, refund.booked_on,
    ]  # fmt: skip
