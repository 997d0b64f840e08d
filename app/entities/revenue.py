"""收益交款 and 收益分摊 (manual 1.4): income from common parts, paid in by notice, spread over its houses."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import RevenueKind, RevenueState
from app.entities.base import Area as SquareMetres
from app.entities.base import BigId, BinaryText, Fen, Key, LongText, Moment, enum_of
from app.entities.ledger import EscrowAccount
from app.entities.organisations import Organisation, PlatformUser
from app.entities.premises import Area, Building, House, Unit


class RevenueNotice(Model):
    """收益交款通知书: one payment into the area's 收益户. `distributed` grows to `amount`, fen."""

    __tablename__ = "revenue_notices"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_revenue_notices_amount"),
        CheckConstraint("distributed >= 0 AND distributed <= amount", name="ck_revenue_notices_distributed"),
        Index("ix_revenue_notices_area", "area_id"),
        Index("ix_revenue_notices_organisation", "organisation_id"),
        Index("ix_revenue_notices_state", "state", "escrow_account_id"),
        Index(
            "uq_revenue_notices_bank_serial", "escrow_account_id", "bank_serial", unique=True,
            sqlite_where=text("bank_serial <> ''"), postgresql_where=text("bank_serial <> ''"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(16), unique=True)  # JK2026000001
    state: Mapped[RevenueState] = mapped_column(enum_of(RevenueState), default=RevenueState.ISSUED)
    version: Mapped[int] = mapped_column(Integer, default=1)
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    escrow_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("escrow_accounts.id"))
    kind: Mapped[RevenueKind] = mapped_column(enum_of(RevenueKind))
    amount: Mapped[Fen]
    distributed: Mapped[Fen] = mapped_column(default=0)
    benefit: Mapped[str] = mapped_column(String(400), default="")  # 受益范围 in words, as printed
    remark: Mapped[LongText]
    filed_at: Mapped[Moment]
    filed_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    valid_until: Mapped[date] = mapped_column(Date)  # the last day on which the bank takes it
    void_reason: Mapped[LongText]
    keep_reason: Mapped[LongText]  # why it stays in the 收益户
    bank_serial: Mapped[str] = mapped_column(String(64), default="")
    booked_on: Mapped[date | None] = mapped_column(Date)  # the bank's day
    confirmed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    paid_at: Mapped[datetime | None] = mapped_column(DateTime)
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    organisation: Mapped[Organisation] = relationship()
    area: Mapped[Area] = relationship()
    escrow_account: Mapped[EscrowAccount] = relationship()
    filed_by: Mapped[PlatformUser] = relationship(foreign_keys=[filed_by_id])
    ranges: Mapped[list[RevenueRange]] = relationship(order_by="RevenueRange.id")

    def __str__(self) -> str:
        return self.number

    @property
    def left(self) -> int:
        """What has not been distributed, fen."""
        return self.amount - self.distributed


class RevenueRange(Model):
    """受益范围: one building, unit or house of it. A notice without any is about the whole area."""

    __tablename__ = "revenue_ranges"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN building_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN house_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_revenue_ranges_one",
        ),
        Index("ix_revenue_ranges_notice", "notice_id"),
    )  # fmt: skip
    id: Mapped[Key]
    notice_id: Mapped[int] = mapped_column(BigId, ForeignKey("revenue_notices.id"))
    building_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("buildings.id"))
    unit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("units.id"))
    house_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("houses.id"))
    building: Mapped[Building | None] = relationship()
    unit: Mapped[Unit | None] = relationship()
    house: Mapped[House | None] = relationship()


class Distribution(Model):
    """收益分摊: one payment, or a part of it, spread over the houses of its range; posted as one entry."""

    __tablename__ = "distributions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_distributions_amount"),
        Index("ix_distributions_notice", "notice_id"),
        Index("ix_distributions_area", "area_id"),
    )
    id: Mapped[Key]
    notice_id: Mapped[int] = mapped_column(BigId, ForeignKey("revenue_notices.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    amount: Mapped[Fen]
    house_count: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[Moment]
    made_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    notice: Mapped[RevenueNotice] = relationship()
    made_by: Mapped[PlatformUser] = relationship()


class DistributionLine(Model):
    """One house's part, and the floor area (0.01 m²) it was shared by."""

    __tablename__ = "distribution_lines"
    distribution_id: Mapped[int] = mapped_column(BigId, ForeignKey("distributions.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    sort_key: Mapped[str] = mapped_column(BinaryText)
    floor_area: Mapped[SquareMetres]
    amount: Mapped[Fen]
