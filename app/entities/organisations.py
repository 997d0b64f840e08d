"""Organisations, their users, the areas they serve, and a company's contractors."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import LicenceCheck, OrganisationKind, WishState
from app.entities.base import BigId, Encrypted, Key, LongText, Moment, Name, Short, enum_of
from app.entities.premises import Area, District


class Organisation(Model):
    """A company, an owners' committee, the department or a bank."""

    __tablename__ = "organisations"
    id: Mapped[Key]
    kind: Mapped[OrganisationKind] = mapped_column(enum_of(OrganisationKind))
    name: Mapped[Name]
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    address: Mapped[LongText]
    legal_representative: Mapped[str] = mapped_column(String(64), default="")
    contact: Mapped[str] = mapped_column(String(64), default="")
    phone: Mapped[str | None] = mapped_column(Encrypted)
    email: Mapped[str] = mapped_column(String(128), default="", server_default="")
    founded_on: Mapped[date | None] = mapped_column(Date)
    registered_capital: Mapped[int | None] = mapped_column(BigInteger)  # fen
    qualification: Mapped[str] = mapped_column(String(64), default="", server_default="")  # 资质等级
    papers_confirmed: Mapped[bool] = mapped_column(default=False)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(
        Integer, ForeignKey("ab_user.id", name="fk_organisations_confirmed_by", use_alter=True)
    )
    licence_unverified: Mapped[bool] = mapped_column(default=False, server_default=false())  # new name or code, unseen
    registered_at: Mapped[datetime | None] = mapped_column(DateTime)  # by itself; empty where the department made it
    agreement_version: Mapped[str] = mapped_column(String(16), default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)

    def __str__(self) -> str:
        return self.name


user_areas = Table(
    "user_areas",
    Model.metadata,
    Column("user_id", Integer, ForeignKey("ab_user.id"), primary_key=True),
    Column("area_id", BigId, ForeignKey("areas.id"), primary_key=True),
)


class PlatformUser(User):
    """A sign-in. `first_name` holds the whole Chinese name; `areas` limits an agent where it is not empty."""

    __tablename__ = "ab_user"
    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisations.id"))
    phone: Mapped[str | None] = mapped_column(Encrypted)
    identity_number: Mapped[str | None] = mapped_column(Encrypted)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    session_epoch: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    locale: Mapped[str] = mapped_column(String(8), default="zh", server_default="zh")
    organisation: Mapped[Organisation | None] = relationship(lazy="joined", foreign_keys=[organisation_id])
    areas: Mapped[list[Area]] = relationship(secondary=user_areas)

    def __str__(self) -> str:
        return self.first_name


class ServiceContract(Model):
    """An organisation serves an area from–to; a company's contract is exclusive, a committee's link is beside it."""

    __tablename__ = "service_contracts"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ck_service_contracts_period"),
        Index("ix_service_contracts_organisation", "organisation_id"),
        Index("ix_service_contracts_area", "area_id"),
    )
    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    application_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("applications.id"))  # that brought it
    warned_for: Mapped[date | None] = mapped_column(Date)  # the end of which both sides have been told
    organisation: Mapped[Organisation] = relationship()
    area: Mapped[Area] = relationship()

    def __str__(self) -> str:
        return f"{self.organisation} · {self.area}"


class AreaWish(Model):
    """An area that an organisation named when it registered, listed or typed; the clerk grants or declines it."""

    __tablename__ = "area_wishes"
    __table_args__ = (
        Index("ix_area_wishes_organisation", "organisation_id"),
        CheckConstraint("area_id IS NOT NULL OR typed_name <> ''", name="ck_area_wishes_named"),
    )
    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    area_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("areas.id"))
    district_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("districts.id"))
    typed_name: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[WishState] = mapped_column(enum_of(WishState), default=WishState.WAITING)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    reason: Mapped[LongText]
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime)
    organisation: Mapped[Organisation] = relationship()
    area: Mapped[Area | None] = relationship()
    district: Mapped[District | None] = relationship()


class OrganisationChange(Model):
    """信息变更: what an organisation's information was and became; a new name or code waits for a clerk's look."""

    __tablename__ = "organisation_changes"
    __table_args__ = (Index("ix_organisation_changes_organisation", "organisation_id", "at"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    at: Mapped[Moment]
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    changes: Mapped[str] = mapped_column(Text)  # JSON {field: [old, new]}; personal data masked
    needs_check: Mapped[bool] = mapped_column(default=False)
    checked_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    checked_at: Mapped[datetime | None] = mapped_column(DateTime)
    return_reason: Mapped[str] = mapped_column(Text, default="", server_default="")  # the licence doesn't bear it out
    organisation: Mapped[Organisation] = relationship()
    user: Mapped[PlatformUser] = relationship(foreign_keys=[user_id])
    checked_by: Mapped[PlatformUser | None] = relationship(foreign_keys=[checked_by_id])

    @property
    def check(self) -> LicenceCheck:
        """How far the clerk's look is."""
        if not self.needs_check:
            return LicenceCheck.NOT_NEEDED
        if self.checked_at is None:
            return LicenceCheck.WAITING
        return LicenceCheck.SENT_BACK if self.return_reason else LicenceCheck.CONFIRMED


class OrganisationPaper(Model):
    """A paper document of the registration that a clerk has in hand."""

    __tablename__ = "organisation_papers"
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"), primary_key=True)
    requirement_id: Mapped[int] = mapped_column(BigId, ForeignKey("required_attachments.id"), primary_key=True)
    copies: Mapped[int] = mapped_column(Integer, default=1)
    received_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    received_at: Mapped[Moment]


class Contractor(Model):
    """施工单位, in the register of one company; never shown to another."""

    __tablename__ = "contractors"
    __table_args__ = (UniqueConstraint("organisation_id", "name", name="uq_contractors_name"),)
    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    name: Mapped[Name]
    credit_code: Mapped[str | None] = mapped_column(String(18))
    contact: Mapped[str] = mapped_column(String(64), default="")
    phone: Mapped[str | None] = mapped_column(Encrypted)
    active: Mapped[bool] = mapped_column(default=True)
    accounts: Mapped[list[ContractorAccount]] = relationship(back_populates="contractor", cascade="all, delete-orphan")
    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class ContractorAccount(Model):
    """A bank account of a contractor: 户名, 开户行, 账号."""

    __tablename__ = "contractor_accounts"
    __table_args__ = (UniqueConstraint("contractor_id", "account_no", name="uq_contractor_accounts_no"),)
    id: Mapped[Key]
    contractor_id: Mapped[int] = mapped_column(BigId, ForeignKey("contractors.id"))
    account_name: Mapped[Name]
    bank_name: Mapped[Name]
    account_no: Mapped[Short]
    contractor: Mapped[Contractor] = relationship(back_populates="accounts")

    def __str__(self) -> str:
        return f"{self.account_name} {self.bank_name} {self.account_no}"


class Attempt(Model):
    """A try of somebody who is not signed in (registration, look-up), counted by a keyed hash of the address."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_who", "what", "who", "at"),)
    id: Mapped[Key]
    what: Mapped[str] = mapped_column(String(32))
    who: Mapped[str] = mapped_column(String(64))
    at: Mapped[Moment]


class RegistrationDraft(Model):
    """A visitor who fills in the registration: holds the files chosen so far, and the captcha asked last.

    Found by the hash of a random number in the visitor's cookie; removed with the registration or by the daily job.
    """

    __tablename__ = "registration_drafts"
    __table_args__ = (Index("ix_registration_drafts_at", "at"),)
    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[Moment]
    username: Mapped[str] = mapped_column(String(64), default="", server_default="")  # for which the password was typed
    password: Mapped[str] = mapped_column(String(256), default="", server_default="")  # its hash
    captcha: Mapped[str | None] = mapped_column(Encrypted)
    captcha_until: Mapped[datetime | None] = mapped_column(DateTime)


class LoginFailure(Model):
    """A failed sign-in; five within fifteen minutes lock the name for fifteen (`access.md`)."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_name", "username", "at"),)
    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(128))
    at: Mapped[Moment]
    address: Mapped[str] = mapped_column(String(64), default="")
