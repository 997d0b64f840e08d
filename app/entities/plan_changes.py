"""拨付计划变更: what an application of that kind asks to change of a running project. Amounts are fen."""

from __future__ import annotations

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from app.entities.applications import Application
from app.entities.base import BigId, Fen, LongText
from app.entities.organisations import Contractor
from app.entities.projects import ProjectItem


class PlanChange(Model):
    """The reason, the planned dates asked for; `before`: what stood in their places at the last submission (JSON)."""

    __tablename__ = "plan_changes"
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("applications.id"), primary_key=True)
    reason: Mapped[LongText]
    planned_start: Mapped[date | None] = mapped_column(Date)
    planned_end: Mapped[date | None] = mapped_column(Date)
    before: Mapped[str] = mapped_column(Text, default="")
    application: Mapped[Application] = relationship(
        backref=backref("plan_change", uselist=False, cascade="all, delete-orphan")
    )
    items: Mapped[list[PlanChangeItem]] = relationship(
        order_by="PlanChangeItem.item_id", cascade="all, delete-orphan"
    )
    phases: Mapped[list[PlanChangePhase]] = relationship(
        order_by="PlanChangePhase.sequence", cascade="all, delete-orphan"
    )


class PlanChangeItem(Model):
    """Another contractor for one item of the project."""

    __tablename__ = "plan_change_items"
    __table_args__ = (Index("ix_plan_change_items_item", "item_id"),)
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_changes.application_id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("project_items.id"), primary_key=True)
    contractor_id: Mapped[int] = mapped_column(BigId, ForeignKey("contractors.id"))
    item: Mapped[ProjectItem] = relationship()
    contractor: Mapped[Contractor] = relationship()


class PlanChangePhase(Model):
    """One phase of the plan as it shall be, those that stay as they are included."""

    __tablename__ = "plan_change_phases"
    __table_args__ = (CheckConstraint("amount >= 0", name="ck_plan_change_phases_amount"),)
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("plan_changes.application_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    condition: Mapped[str] = mapped_column(String(400), default="")
    amount: Mapped[Fen]
