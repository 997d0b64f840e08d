"""The double-entry ledger (`money.md` 3): append-only entries and postings, and the balances they sum to.

A posting's `amount` is signed: debit positive, credit negative; an entry's postings sum to zero. Balances are kept on
the normal side: a bank account's in debit, all others in credit, so a healthy balance is never negative.
Written only by `app/ledger/`.
"""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.enums import AccountKind, EntryKind, OpeningState
from app.entities.base import BigId, Fen, Key, Moment, Name, enum_of
from app.entities.organisations import Organisation
from app.entities.premises import Area, House


class EscrowAccount(Model):
    """专户: a bank account that holds the money of one or more areas."""

    __tablename__ = "escrow_accounts"
    id: Mapped[Key]
    bank_id: Mapped[int] = mapped_column(BigId, ForeignKey("organisations.id"), index=True)
    name: Mapped[Name]  # 户名
    bank_name: Mapped[Name]  # 开户行
    account_no: Mapped[str] = mapped_column(String(64), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    bank: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.bank_name} {self.account_no}"


class HouseAccount(Model):
    """分户账 of one house: principal, interest, and what running projects hold of them (all fen)."""

    __tablename__ = "house_accounts"
    __table_args__ = (
        CheckConstraint("principal >= 0", name="ck_house_accounts_principal"),
        CheckConstraint("interest >= 0", name="ck_house_accounts_interest"),
        CheckConstraint("held >= 0", name="ck_house_accounts_held"),
        CheckConstraint("principal + interest >= held", name="ck_house_accounts_available"),
        Index("ix_house_accounts_area", "area_id"),
        Index("ix_house_accounts_escrow", "escrow_account_id"),
    )
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True, autoincrement=False)
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"))
    escrow_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("escrow_accounts.id"))
    principal: Mapped[Fen] = mapped_column(default=0)
    interest: Mapped[Fen] = mapped_column(default=0)
    held: Mapped[Fen] = mapped_column(default=0)
    house: Mapped[House] = relationship()

    @property
    def balance(self) -> int:
        """余额 in fen."""
        return self.principal + self.interest

    @property
    def available(self) -> int:
        """余额 less holds, in fen."""
        return self.principal + self.interest - self.held


class PoolAccount(Model):
    """An account of no house: bank, undistributed, suspense (one an escrow account), revenue (one an area).

    `area_id` is 0 where the account belongs to the escrow account as a whole: the key is unique on both databases.
    """

    __tablename__ = "pool_accounts"
    __table_args__ = (
        UniqueConstraint("kind", "escrow_account_id", "area_id", name="uq_pool_accounts_owner"),
        CheckConstraint("balance >= 0", name="ck_pool_accounts_balance"),
    )
    id: Mapped[Key]
    kind: Mapped[AccountKind] = mapped_column(enum_of(AccountKind))
    escrow_account_id: Mapped[int] = mapped_column(BigId, ForeignKey("escrow_accounts.id"))
    area_id: Mapped[int] = mapped_column(BigId, default=0)
    balance: Mapped[Fen] = mapped_column(default=0)
    escrow_account: Mapped[EscrowAccount] = relationship()


class JournalEntry(Model):
    """One movement of money. `business_key` is unique: one event posts once. `hash` chains to `previous_hash`."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        UniqueConstraint("business_key", name="uq_journal_entries_business_key"),
        Index("ix_journal_entries_booked_on", "booked_on"),
        Index("ix_journal_entries_project", "project_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # gapless, given by the chain head
    kind: Mapped[EntryKind] = mapped_column(enum_of(EntryKind))
    business_key: Mapped[str] = mapped_column(String(120))
    booked_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[Moment]
    actor_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    project_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("projects.id"))
    reverses_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    summary: Mapped[str] = mapped_column(String(400), default="")
    posting_count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[Fen]  # sum of the debits
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Posting(Model):
    """One line of an entry. Account = kind + house (principal, interest) or kind + escrow account + area (pool)."""

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="ck_postings_amount"),
        CheckConstraint(
            "(house_id IS NOT NULL) = (kind IN ('principal', 'interest')) "
            "AND (pool_account_id IS NULL) = (house_id IS NOT NULL)",
            name="ck_postings_account",
        ),
        Index("ix_postings_house", "house_id", "entry_id"),
        Index("ix_postings_pool", "pool_account_id", "entry_id"),
    )
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("journal_entries.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[AccountKind] = mapped_column(enum_of(AccountKind))
    house_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("houses.id"))
    pool_account_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("pool_accounts.id"))
    amount: Mapped[Fen]  # debit positive, credit negative


class ChainHead(Model):
    """The last number and hash of a chain ("ledger", "audit"); its row lock puts writers in order."""

    __tablename__ = "chain_heads"
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    last_id: Mapped[int] = mapped_column(BigId, default=0)
    hash: Mapped[str] = mapped_column(String(64), default="0" * 64)


class ClosedMonth(Model):
    """A closed month refuses postings; `month` is YYYY-MM."""

    __tablename__ = "closed_months"
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    closed_at: Mapped[Moment]
    closed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))


class OpeningBatch(Model):
    """Opening balances of one imported roster; posted once finance has confirmed count and total."""

    __tablename__ = "opening_batches"
    id: Mapped[Key]
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), index=True)
    state: Mapped[OpeningState] = mapped_column(enum_of(OpeningState), default=OpeningState.WAITING)
    version: Mapped[int] = mapped_column(Integer, default=1)
    house_count: Mapped[int] = mapped_column(Integer)
    principal_total: Mapped[Fen]
    interest_total: Mapped[Fen]
    file_name: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[Moment]
    created_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(DateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    entry_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("journal_entries.id"))
    area: Mapped[Area] = relationship()


class OpeningLine(Model):
    """One house of an opening batch."""

    __tablename__ = "opening_lines"
    batch_id: Mapped[int] = mapped_column(BigId, ForeignKey("opening_batches.id"), primary_key=True)
    house_id: Mapped[int] = mapped_column(BigId, ForeignKey("houses.id"), primary_key=True)
    principal: Mapped[Fen]
    interest: Mapped[Fen]
