"""Applications (业务单), their reviews, papers received, payee lines, and the lists of required attachments."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import (
    ApplicationKind,
    ApplicationState,
    AttachmentCondition,
    Business,
    ReviewAct,
    TransferState,
)
from app.entities.base import BigId, Fen, Key, LongText, Moment, Name, Short, enum_of
from app.entities.ledger import EscrowAccount
from app.entities.organisations import Contractor, Organisation, PlatformUser
from app.entities.premises import Area
from app.entities.projects import Notice, PayoutPhase, Project


class Application(Model):
    """业务单: whatever goes to the window, with one number, one set of attachments, one review history."""

    __tablename__ = "applications"
    __table_args__ = (
        Index("ix_applications_state", "state", "submitted_at"),
        Index("ix_applications_waiting", "state", "waiting_since", "id"),
        Index("ix_applications_project", "project_id"),
        Index("ix_applications_organisation", "organisation_id"),
        Index("ix_applications_area", "area_id"),
    )
    id: Mapped[Key]
    kind: Mapped[ApplicationKind] = mapped_column(enum_of(ApplicationKind))
    number: Mapped[str | None] = mapped_column(String(16), unique=True)  # given at the first submission
    state: Mapped[ApplicationState] = mapped_column(enum_of(ApplicationState), default=ApplicationState.DRAFT)
    version: Mapped[int] = mapped_column(Integer, default=1)
    levels_approved: Mapped[int] = mapped_column(Integer, default=0)
    levels_needed: Mapped[int] = mapped_column(Integer, default=2)
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    project_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("projects.id"))
    phase_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payout_phases.id"))
    notice_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("notices.id"))  # the initiation rests on
    amount: Mapped[Fen] = mapped_column(default=0)  # sum of the payee lines
    remark: Mapped[LongText]
    created_at: Mapped[Moment]
    created_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    filed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime)
    accepted_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(DateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    organisation: Mapped[Organisation] = relationship()
    area: Mapped[Area | None] = relationship()
    project: Mapped[Project | None] = relationship()
    phase: Mapped[PayoutPhase | None] = relationship()
    notice: Mapped[Notice | None] = relationship()
    filed_by: Mapped[PlatformUser | None] = relationship(foreign_keys=[filed_by_id])
    accepted_by: Mapped[PlatformUser | None] = relationship(foreign_keys=[accepted_by_id])
    transfers: Mapped[list[Transfer]] = relationship(
        back_populates="application", order_by="Transfer.line", cascade="all, delete-orphan"
    )
    reviews: Mapped[list[Review]] = relationship(back_populates="application", order_by="Review.id")
    area_change: Mapped[AreaChange | None] = relationship(viewonly=True)  # of that kind: to be read along

    def __str__(self) -> str:
        return f"{self.kind.label} {self.number or ''}".strip()


class AreaChange(Model):
    """What an application of kind `area_change` asks for beside its areas: the contract's days, and when it took hold.

    It takes effect at the later of final approval and the contract's start (`workflows.md` 3).
    """

    __tablename__ = "area_changes"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ck_area_changes_period"),
        Index("ix_area_changes_effective", "effective_on", "effected_at"),
    )
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("applications.id"), primary_key=True)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    effective_on: Mapped[date | None] = mapped_column(Date)  # known from final approval on
    effected_at: Mapped[datetime | None] = mapped_column(DateTime)
    application: Mapped[Application] = relationship()


class AreaChangeArea(Model):
    """One area of the application, with its size and its company on the day of submission."""

    __tablename__ = "area_change_areas"
    __table_args__ = (
        UniqueConstraint("application_id", "area_id", name="uq_area_change_areas_area"),
        Index("ix_area_change_areas_area", "area_id"),
    )
    id: Mapped[Key]
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("applications.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    former_organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisations.id"))
    former_name: Mapped[str] = mapped_column(String(200), default="")
    buildings: Mapped[int] = mapped_column(Integer, default=0)
    houses: Mapped[int] = mapped_column(Integer, default=0)
    floor_area: Mapped[int] = mapped_column(BigInteger, default=0)  # 0.01 m²
    application: Mapped[Application] = relationship()
    area: Mapped[Area] = relationship()


class Handover(Model):
    """A project as its company left it when another took over the area: the old company reads this, unchanged."""

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_organisation", "organisation_id", "area_id"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))  # that handed it over
    successor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisations.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    application_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("applications.id"))  # the area change
    at: Mapped[Moment]
    number: Mapped[str] = mapped_column(String(16), default="")
    title: Mapped[Name]
    content: Mapped[str] = mapped_column(Text)  # JSON, finished texts and figures; no personal data in clear


class Review(Model):
    """One act on an application: who, when, at which level, with which opinion or reason. Never edited."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_application", "application_id"), Index("ix_reviews_actor", "actor_id", "at"))
    id: Mapped[Key]
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("applications.id"))
    act: Mapped[ReviewAct] = mapped_column(enum_of(ReviewAct))
    level: Mapped[int] = mapped_column(Integer, default=0)
    actor_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    at: Mapped[Moment]
    opinion: Mapped[LongText]
    application: Mapped[Application] = relationship(back_populates="reviews")
    actor: Mapped[PlatformUser] = relationship()


class Transfer(Model):
    """划转: one payee line of an approved payout, with its own state and journal entry."""

    __tablename__ = "transfers"
    __table_args__ = (
        UniqueConstraint("application_id", "line", name="uq_transfers_line"),
        CheckConstraint("amount > 0", name="ck_transfers_amount"),
        Index("ix_transfers_state", "state", "escrow_account_id"),
        Index("ix_transfers_project", "project_id"),
        Index(
            "uq_transfers_bank_serial", "escrow_account_id", "bank_serial", unique=True,
            sqlite_where=text("bank_serial <> ''"), postgresql_where=text("bank_serial <> ''"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("applications.id"))
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    escrow_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("escrow_accounts.id"))
    line: Mapped[int] = mapped_column(Integer)
    state: Mapped[TransferState] = mapped_column(enum_of(TransferState), default=TransferState.PENDING)
    version: Mapped[int] = mapped_column(Integer, default=1)
    contractor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("contractors.id"))
    account_name: Mapped[Name]
    bank_name: Mapped[Name]
    account_no: Mapped[Short]
    amount: Mapped[Fen]
    refunded: Mapped[Fen] = mapped_column(default=0)
    foreign_reason: Mapped[LongText]  # why the payee is none of the project's contractors
    refusal_reason: Mapped[LongText]
    end_reason: Mapped[LongText]
    bank_serial: Mapped[str] = mapped_column(String(64), default="")
    prepared_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    prepared_at: Mapped[datetime | None] = mapped_column(DateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    rechecked_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    booked_on: Mapped[date | None] = mapped_column(Date)  # the bank's day
    paid_at: Mapped[datetime | None] = mapped_column(DateTime)
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    application: Mapped[Application] = relationship(back_populates="transfers")
    project: Mapped[Project] = relationship()
    contractor: Mapped[Contractor | None] = relationship()
    escrow_account: Mapped[EscrowAccount] = relationship()

    def __str__(self) -> str:
        return f"{self.application.number}-{self.line}"


class RequiredAttachment(Model):
    """要件清单: one document that a business asks for, kept by the department."""

    __tablename__ = "required_attachments"
    __table_args__ = (UniqueConstraint("business", "name", "condition", name="uq_required_attachments_name"),)
    id: Mapped[Key]
    business: Mapped[Business] = mapped_column(enum_of(Business))
    name: Mapped[Short]
    condition: Mapped[AttachmentCondition] = mapped_column(
        enum_of(AttachmentCondition), default=AttachmentCondition.ALWAYS
    )
    required: Mapped[bool] = mapped_column(default=True)
    copies: Mapped[int] = mapped_column(Integer, default=1)  # paper copies, A4, 加盖单位公章
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(default=True)

    def __str__(self) -> str:
        return self.name


class ReceivedPaper(Model):
    """A paper document that the clerk ticked as handed in with an application."""

    __tablename__ = "received_papers"
    application_id: Mapped[int] = mapped_column(BigId, ForeignKey("applications.id"), primary_key=True)
    requirement_id: Mapped[int] = mapped_column(BigId, ForeignKey("required_attachments.id"), primary_key=True)
    copies: Mapped[int] = mapped_column(Integer, default=1)
    requirement: Mapped[RequiredAttachment] = relationship()


class Attachment(Model):
    """An uploaded file of a project, an application, a vote or an import; `subject` names the table."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_subject", "subject", "subject_id"),)
    id: Mapped[Key]
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisations.id"), index=True)
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    requirement_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("required_attachments.id"))
    file_name: Mapped[str] = mapped_column(String(255))  # as the user named it
    stored_name: Mapped[str] = mapped_column(String(64), unique=True)  # made up by us
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[Moment]
    uploaded_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    requirement: Mapped[RequiredAttachment | None] = relationship()


class AttachmentCheck(Model):
    """A reviewer ticked a file as checked."""

    __tablename__ = "attachment_checks"
    attachment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("attachments.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), primary_key=True)
    at: Mapped[Moment]


class Holiday(Model):
    """The department's calendar: a weekday off, or a weekend day worked (`works`)."""

    __tablename__ = "holidays"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    works: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")

    def __str__(self) -> str:
        return self.day.isoformat()
