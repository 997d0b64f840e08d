"""Repair projects: items, shares, plan, votes, notices, acceptance. Amounts are fen, floor areas 0.01 m²."""

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
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import (
    AcceptanceState,
    Answer,
    BallotSource,
    EmergencyType,
    NoticeKind,
    NoticeState,
    ProjectKind,
    ProjectState,
    ShareMethod,
    VoteRule,
    VoteState,
)
from app.entities.base import Area as SquareMetres
from app.entities.base import BigId, BinaryText, Encrypted, Fen, Key, LongText, Moment, Name, Short, enum_of
from app.entities.equipment import Equipment
from app.entities.organisations import Contractor, Organisation
from app.entities.premises import Area


class Project(Model):
    """维修项目. `state` moves only through the workflow engine; `version` grows with every act and save."""

    __tablename__ = "projects"
    __table_args__ = (
        Index("ix_projects_organisation", "organisation_id"),
        Index("ix_projects_area", "area_id"),
        Index("ix_projects_state", "state"),
    )
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(16), unique=True)  # WX2026000001
    kind: Mapped[ProjectKind] = mapped_column(enum_of(ProjectKind))
    state: Mapped[ProjectState] = mapped_column(enum_of(ProjectState), default=ProjectState.DRAFT)
    state_since: Mapped[Moment]
    version: Mapped[int] = mapped_column(Integer, default=1)
    organisation_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    created_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    created_at: Mapped[Moment]
    name: Mapped[Name]
    reason: Mapped[LongText]
    planned_start: Mapped[date | None] = mapped_column(Date)
    planned_end: Mapped[date | None] = mapped_column(Date)
    contact: Mapped[str] = mapped_column(String(64), default="")
    phone: Mapped[str | None] = mapped_column(Encrypted)
    remark: Mapped[LongText]
    emergency_type: Mapped[EmergencyType | None] = mapped_column(enum_of(EmergencyType))
    supplements_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("projects.id"))
    overdue_told_for: Mapped[date | None] = mapped_column(Date)  # the last day in time that the filer was reminded of
    fund_fixed: Mapped[bool] = mapped_column(default=False)  # fᵢ stands in project_houses since the submission
    organisation: Mapped[Organisation] = relationship()
    area: Mapped[Area] = relationship()
    items: Mapped[list[ProjectItem]] = relationship(
        back_populates="project", order_by="ProjectItem.position", cascade="all, delete-orphan"
    )
    phases: Mapped[list[PayoutPhase]] = relationship(
        back_populates="project", order_by="PayoutPhase.sequence", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ProjectItem(Model):
    """维修设施设备: one piece of equipment repaired, its works, contractor and budget Bⱼ; settles at Sⱼ ≤ Bⱼ."""

    __tablename__ = "project_items"
    __table_args__ = (
        UniqueConstraint("project_id", "equipment_id", name="uq_project_items_equipment"),
        Index("ix_project_items_equipment", "equipment_id"),
        CheckConstraint("budget >= 0", name="ck_project_items_budget"),
        CheckConstraint("settled IS NULL OR (settled >= 0 AND settled <= budget)", name="ck_project_items_settled"),
    )
    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    position: Mapped[int] = mapped_column(Integer)
    equipment_id: Mapped[int] = mapped_column(BigId, ForeignKey("equipment.id"))
    content: Mapped[LongText]
    contractor_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("contractors.id"))
    remark: Mapped[LongText]
    budget: Mapped[Fen] = mapped_column(default=0)
    share_method: Mapped[ShareMethod] = mapped_column(enum_of(ShareMethod), default=ShareMethod.BY_AREA)
    shares_stale: Mapped[bool] = mapped_column(default=True)  # 分摊待重算
    warning_reason: Mapped[LongText]  # why in spite of warranty or of another unfinished project
    settled: Mapped[int | None] = mapped_column(BigInteger)  # Sⱼ of the acceptance in force, fen
    project: Mapped[Project] = relationship(back_populates="items")
    equipment: Mapped[Equipment] = relationship()
    contractor: Mapped[Contractor | None] = relationship()


class ItemShare(Model):
    """House i's budget share bᵢⱼ of item j and, after acceptance, its settled share; `floor_area` as shared by."""

    __tablename__ = "item_shares"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="ck_item_shares_amount"),
        Index("ix_item_shares_house", "house_id"),
        # all that the merged list and a page's sums read: they take 200,000 shares from the index alone
        Index("ix_item_shares_project", "project_id", "house_id", "item_id", "amount", "floor_area"),
    )
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("project_items.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    sort_key: Mapped[str] = mapped_column(BinaryText)
    floor_area: Mapped[SquareMetres]
    amount: Mapped[Fen] = mapped_column(default=0)
    settled: Mapped[int | None] = mapped_column(BigInteger)


class ProjectHouse(Model):
    """A house's money in a project: b, f, t, u, p of `money.md` 2 (fen). Made when the initiation is submitted.

    `limit` is uᵢ; paid is pᵢ = `drawn_interest` + `drawn_principal`; `held` is what this project holds of the account.
    Written only by `app/ledger/`.
    """

    __tablename__ = "project_houses"
    __table_args__ = (
        CheckConstraint(
            "0 <= drawn_interest + drawn_principal AND drawn_interest + drawn_principal <= fund_limit "
            "AND fund_limit <= budget",
            name="ck_project_houses_order",
        ),
        CheckConstraint("drawn_interest >= 0 AND drawn_principal >= 0", name="ck_project_houses_drawn"),
        CheckConstraint(
            "held = 0 OR held = fund_limit - drawn_interest - drawn_principal", name="ck_project_houses_held"
        ),
        Index("ix_project_houses_house", "house_id"),
        Index("ix_project_houses_sort", "project_id", "sort_key"),
    )
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    sort_key: Mapped[str] = mapped_column(BinaryText)
    budget: Mapped[Fen]
    fund: Mapped[Fen]
    settled: Mapped[int | None] = mapped_column(BigInteger)
    fund_limit: Mapped[Fen]
    drawn_interest: Mapped[Fen] = mapped_column(default=0)
    drawn_principal: Mapped[Fen] = mapped_column(default=0)
    held: Mapped[Fen] = mapped_column(default=0)


class CollectedShare(Model):
    """The company's tick: this house's 业主自筹 of this `amount` (fen) is collected; it holds while bᵢ − fᵢ is that.

    It stands beside `project_houses`, whose rows go when the initiation is returned; what an owner paid does not.
    Written only by `app/ledger/`.
    """

    __tablename__ = "collected_shares"
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_collected_shares_amount"),
        Index("ix_collected_shares_house", "house_id"),
    )
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    amount: Mapped[Fen]


class PayoutPhase(Model):
    """拨付计划: one phase. `percent` (0.01 %) is set where the amount follows from it."""

    __tablename__ = "payout_phases"
    __table_args__ = (
        UniqueConstraint("project_id", "sequence", name="uq_payout_phases_sequence"),
        CheckConstraint("amount >= 0", name="ck_payout_phases_amount"),
    )
    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    sequence: Mapped[int] = mapped_column(Integer)
    condition: Mapped[str] = mapped_column(String(400), default="")
    amount: Mapped[Fen]
    percent: Mapped[int | None] = mapped_column(Integer)
    project: Mapped[Project] = relationship(back_populates="phases")

    def __str__(self) -> str:
        return f"第 {self.sequence} 期"


class Vote(Model):
    """业主表决: range, areas, owners, rule and shares stand in its ballots as they were when it was opened."""

    __tablename__ = "votes"
    __table_args__ = (
        UniqueConstraint("area_id", "number", name="uq_votes_number"),
        Index("ix_votes_project", "project_id"),
    )
    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    number: Mapped[str] = mapped_column(String(40))  # 表决编号, JX2026001 proposed, may be typed
    state: Mapped[VoteState] = mapped_column(enum_of(VoteState), default=VoteState.OPEN)
    version: Mapped[int] = mapped_column(Integer, default=1)
    rule: Mapped[VoteRule] = mapped_column(enum_of(VoteRule))
    opened_at: Mapped[Moment]
    opened_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime)
    budget: Mapped[Fen]
    fingerprint: Mapped[str] = mapped_column(String(64))  # of what the vote rests on: items, works, houses, shares
    void_reason: Mapped[str] = mapped_column(Text, default="")
    project: Mapped[Project] = relationship()

    def __str__(self) -> str:
        return self.number


class Ballot(Model):
    """One house of a vote: snapshot, one-time code (encrypted, so that a reprint shows the same), answer."""

    __tablename__ = "ballots"
    __table_args__ = (Index("ix_ballots_sort", "vote_id", "sort_key"),)
    vote_id: Mapped[int] = mapped_column(BigId, ForeignKey("votes.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    sort_key: Mapped[str] = mapped_column(BinaryText)
    house_label: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("owners.id"))
    owner_name: Mapped[str] = mapped_column(String(200), default="")
    head: Mapped[str] = mapped_column(String(80))  # equal for all houses of one owner; "developer"; "house:<id>"
    head_unproven: Mapped[bool] = mapped_column(default=False)  # no identity number: each house its own head
    floor_area: Mapped[SquareMetres]
    share: Mapped[Fen]
    code: Mapped[str] = mapped_column(Encrypted)
    answer: Mapped[Answer] = mapped_column(enum_of(Answer), default=Answer.NONE)
    source: Mapped[BallotSource | None] = mapped_column(enum_of(BallotSource))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime)
    entered_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))


class Notice(Model):
    """公示. What it said stands in `content` (JSON) and its rows, unchanged by later edits of the project."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_project", "project_id"),
        Index("ix_notices_public", "state", "published_at"),
        Index("ix_notices_area", "area_id"),
    )
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(16), unique=True)  # GS…, cancellation CX…
    kind: Mapped[NoticeKind] = mapped_column(enum_of(NoticeKind))
    state: Mapped[NoticeState] = mapped_column(enum_of(NoticeState), default=NoticeState.PUBLISHED)
    version: Mapped[int] = mapped_column(Integer, default=1)
    edition: Mapped[int] = mapped_column(Integer, default=1)
    supersedes_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("notices.id"))
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    acceptance_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("acceptances.id"))
    title: Mapped[Name]
    content: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[Moment]
    published_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    closes_on: Mapped[date] = mapped_column(Date)  # over at 24:00 of this day
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
    project: Mapped[Project] = relationship()
    area: Mapped[Area] = relationship()

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class NoticeRow(Model):
    """One house of a notice's list (预算清册, 决算清册) as published."""

    __tablename__ = "notice_rows"
    notice_id: Mapped[int] = mapped_column(BigId, ForeignKey("notices.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"))
    building_name: Mapped[Short]
    house_label: Mapped[str] = mapped_column(String(200))
    owner_name: Mapped[str] = mapped_column(String(200), default="")
    floor_area: Mapped[SquareMetres]
    budget: Mapped[Fen]
    fund: Mapped[Fen]
    settled: Mapped[int | None] = mapped_column(BigInteger)


class Acceptance(Model):
    """项目验收: settlement per item; in force with its notice."""

    __tablename__ = "acceptances"
    __table_args__ = (Index("ix_acceptances_project", "project_id"),)
    id: Mapped[Key]
    project_id: Mapped[int] = mapped_column(BigId, ForeignKey("projects.id"))
    state: Mapped[AcceptanceState] = mapped_column(enum_of(AcceptanceState), default=AcceptanceState.SUBMITTED)
    version: Mapped[int] = mapped_column(Integer, default=1)
    completed_on: Mapped[date] = mapped_column(Date)
    members: Mapped[LongText]
    opinion: Mapped[LongText]
    works_from: Mapped[date | None] = mapped_column(Date)  # 施工日期, asked by the notice
    works_to: Mapped[date | None] = mapped_column(Date)
    content: Mapped[LongText]  # 验收内容
    warranty_until: Mapped[date | None] = mapped_column(Date)
    submitted_at: Mapped[Moment]
    submitted_by_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    in_force_at: Mapped[datetime | None] = mapped_column(DateTime)
    project: Mapped[Project] = relationship()
    items: Mapped[list[AcceptanceItem]] = relationship(cascade="all, delete-orphan")

    @property
    def settlements(self) -> dict[int, int]:
        """{item id: Sⱼ}, fen."""
        return {row.item_id: row.settled for row in self.items}


class AcceptanceItem(Model):
    """结算金额 of one item, fen; never above the item's budget."""

    __tablename__ = "acceptance_items"
    __table_args__ = (CheckConstraint("settled >= 0", name="ck_acceptance_items_settled"),)
    acceptance_id: Mapped[int] = mapped_column(BigId, ForeignKey("acceptances.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("project_items.id"), primary_key=True)
    settled: Mapped[Fen]
    warranty_before: Mapped[date | None]  # the equipment's, before this acceptance came in force
    item: Mapped[ProjectItem] = relationship()
