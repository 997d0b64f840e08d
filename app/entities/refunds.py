"""项目清退: money of one paid payee line that comes back to the escrow account it left (manual 1.5.4)."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import RefundReason, RefundState
from app.entities.applications import Transfer
from app.entities.base import BigId, Fen, Key, LongText, Moment, enum_of
from app.entities.ledger import EscrowAccount
from app.entities.organisations import PlatformUser
from app.entities.projects import Project


class Refund(Model):
    """清退通知单: the whole or a part of one line, confirmed by the bank when the money is back.

    One that the bank sent back by itself (退汇) has no notice to print: it is filed and paid in the same act.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_refunds_amount"),
        Index("ix_refunds_project", "project_id"),
        Index("ix_refunds_transfer", "transfer_id"),
        Index("ix_refunds_state", "state", "escrow_account_id"),
        Index(
            "uq_refunds_bank_serial", "escrow_account_id", "bank_serial", unique=True,
            sqlite_where=text("bank_serial <> ''"), postgresql_where=text("bank_serial <> ''"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(16), unique=True)  # QT2026000001
    state: Mapped[RefundState] = mapped_column(enum_of(RefundState), default=RefundState.ISSUED)
    version: Mapped[int] = mapped_column(Integer, default=1)
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    transfer_id: Mapped[int] = mapped_column(BigId, ForeignKey("transfers.id"))
    escrow_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("escrow_accounts.id"))
    amount: Mapped[Fen]
    reason: Mapped[RefundReason] = mapped_column(enum_of(RefundReason))
    reason_text: Mapped[LongText]
    filed_at: Mapped[Moment]
    filed_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    valid_until: Mapped[date] = mapped_column(Date)  # the last day on which the bank takes it
    void_reason: Mapped[LongText]
    bank_serial: Mapped[str] = mapped_column(String(64), default="")
    booked_on: Mapped[date | None] = mapped_column(Date)  # the bank's day
    confirmed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    paid_at: Mapped[datetime | None] = mapped_column(DateTime)
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    project: Mapped[Project] = relationship()
    transfer: Mapped[Transfer] = relationship()
    escrow_account: Mapped[EscrowAccount] = relationship()
    filed_by: Mapped[PlatformUser] = relationship(foreign_keys=[filed_by_id])

    def __str__(self) -> str:
        return self.number
