"""What the platform keeps about itself: audit trail, policy values, numbers, jobs, messages, submissions, archive."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import Date, DateTime, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.enums import JobState
from app.entities.base import BigId, Key, Moment, enum_of


class AuditEvent(Model):
    """Who did what to what, when and from where, old → new. Append-only, chained by hash; written by `app/audit.py`."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_subject", "subject", "subject_id"),
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_actor", "actor_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    actor_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(128), default="")
    organisation_id: Mapped[int | None] = mapped_column(BigId)
    address: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64), default="")
    subject_id: Mapped[str] = mapped_column(String(64), default="")
    summary: Mapped[str] = mapped_column(String(400), default="")
    changes: Mapped[str] = mapped_column(Text, default="")  # JSON {field: [old, new]}
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class PolicyValue(Model):
    """A value of `law.md` 6, valid from a date on; the newest row not after the date in question holds."""

    __tablename__ = "policy_values"
    __table_args__ = (UniqueConstraint("name", "valid_from", name="uq_policy_values_from"),)
    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date] = mapped_column(Date)
    changed_at: Mapped[Moment]
    changed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))


class NumberSequence(Model):
    """Gapless numbers: the last one given per kind, year and scope (the area for votes, else 0)."""

    __tablename__ = "number_sequences"
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    scope: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False, default=0)
    last: Mapped[int] = mapped_column(Integer, default=0)


class Job(Model):
    """A piece of work in the background: queued by a screen or the daily schedule, run by one worker at a time."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state", "state", "id"),
        Index("ix_jobs_owner", "created_by_id"),
        UniqueConstraint("schedule_key", name="uq_jobs_schedule_key"),
    )
    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(64))  # key in the JOBS table
    arguments: Mapped[str] = mapped_column(Text, default="{}")  # JSON
    state: Mapped[JobState] = mapped_column(enum_of(JobState), default=JobState.QUEUED)
    schedule_key: Mapped[str | None] = mapped_column(String(80))  # "<name>:<date>": a scheduled job runs once
    progress: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    stage: Mapped[str] = mapped_column(String(100), default="")  # Chinese, shown under the bar
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    created_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    organisation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("organisations.id"))
    started_at: Mapped[datetime | None] = mapped_column(DateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(DateTime)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    worker: Mapped[str] = mapped_column(String(80), default="")
    result: Mapped[str] = mapped_column(Text, default="{}")  # JSON: sentences, counts, attachment to download
    error: Mapped[str] = mapped_column(Text, default="")


class Message(Model):
    """A notification for one user or all users of an organisation with a role; written in the act's own transaction."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_user", "user_id", "read_at"),)
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"))
    at: Mapped[Moment]
    text: Mapped[str] = mapped_column(String(400))
    link: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime | None] = mapped_column(DateTime)


class Submission(Model):
    """A form's one-time key: the same submission again gets the first answer again and has no second effect.

    `said` is the hash of where it was sent and what it said: the key with anything else is no repetition.
    """

    __tablename__ = "submissions"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    at: Mapped[Moment]
    said: Mapped[str] = mapped_column(String(64), default="", server_default="")
    answer: Mapped[str] = mapped_column(Text, default="")  # the address the first one was sent to


class SignInSession(Model):
    """A browser's session: the hash of its number and its values. Removed at sign-out; not used after `expires_at`."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user", "user_id"), Index("ix_sessions_expires", "expires_at"))
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(Integer)
    data: Mapped[str] = mapped_column(Text)  # JSON
    created_at: Mapped[Moment]
    touched_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class RateCount(Model):
    """How often one address has come within a window of time, for the rate limits; named by a keyed hash."""

    __tablename__ = "rate_counts"
    __table_args__ = (Index("ix_rate_counts_ends", "ends_at"),)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[Moment]


class ArchivedPaper(Model):
    """A paper as it was printed: the PDF's hash and bytes, so that it can be shown again and proven."""

    __tablename__ = "archived_papers"
    __table_args__ = (Index("ix_archived_papers_subject", "paper", "subject_id"),)
    id: Mapped[Key]
    paper: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    printed_at: Mapped[Moment]
    printed_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
