"""异议: what somebody has against a published notice, and how it was answered."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import ObjectionSource, ObjectionState
from app.entities.base import BigId, Encrypted, Key, LongText, Moment, Short, enum_of
from app.entities.organisations import PlatformUser
from app.entities.premises import Area
from app.entities.projects import Notice, Project


class Objection(Model):
    """异议. Open until it is answered in writing or closed; one of a verified owner holds up final approval.

    `house_id` is the house of the notice's list that the objector named, `is_verified` whether it was found theirs.
    """

    __tablename__ = "objections"
    __table_args__ = (
        Index("ix_objections_project", "project_id", "state"),
        Index("ix_objections_state", "state", "filed_at"),
        Index("ix_objections_notice", "notice_id", "house_id"),
    )
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(16), unique=True)  # YY2026000001
    state: Mapped[ObjectionState] = mapped_column(enum_of(ObjectionState), default=ObjectionState.OPEN)
    version: Mapped[int] = mapped_column(Integer, default=1)
    source: Mapped[ObjectionSource] = mapped_column(enum_of(ObjectionSource))
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    notice_id: Mapped[int] = mapped_column(BigId, ForeignKey("notices.id"))
    filed_at: Mapped[Moment]
    recorded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))  # at the window
    name: Mapped[Short]
    phone: Mapped[str] = mapped_column(Encrypted)
    house_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("houses.id"))
    house_label: Mapped[str] = mapped_column(String(200), default="")
    is_verified: Mapped[bool] = mapped_column(default=False)
    content: Mapped[LongText]
    answer: Mapped[LongText]  # or why the department closed it
    answered_at: Mapped[datetime | None] = mapped_column(DateTime)
    answered_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    project: Mapped[Project] = relationship()
    area: Mapped[Area] = relationship()
    notice: Mapped[Notice] = relationship()
    answered_by: Mapped[PlatformUser | None] = relationship(foreign_keys=[answered_by_id])

    def __str__(self) -> str:
        return self.number
