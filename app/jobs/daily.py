"""The daily work of the house."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app import audit
from app.backup import shelf
from app.extensions import db
from app.jobs.run import Run
from app.ledger import chain, checks
from app.models import Attachment, ChainHead, LoginFailure, RateCount, SignInSession, Submission
from app.transaction import unit_of_work
from app.workflows.attachments import actions as attachments
from app.workflows.attachments import staged
from app.workflows.engine import Context
from app.workflows.notices import actions as notices
from app.workflows.projects import overdue
from app.workflows.refunds.actions import expire_refunds as expire
from app.workflows.registration import attempts, drafts
from app.workflows.revenue.actions import expire_notices
from app.workflows.roster.uploads import SUBJECT as ROSTERS


def end_notices(run: Run) -> None:
    """Notices whose closing date has passed become 已结束 (over at 24:00 of that day)."""
    with unit_of_work() as session:
        ended = notices.end_notices(Context(session, run.actor, run.now))
    run.result(ended=ended)


def expire_revenue(run: Run) -> None:
    """Revenue notices that nobody paid in time; their filers hear of it."""
    with unit_of_work() as session:
        expired = expire_notices(Context(session, run.actor, run.now))
    run.result(expired=expired)


def expire_refunds(run: Run) -> None:
    """Refund notices whose last day has passed become 已失效."""
    with unit_of_work() as session:
        expired = expire(Context(session, run.actor, run.now))
    run.result(expired=expired)


def remind_overdue(run: Run) -> None:
    """The filers of overdue projects are told, once of each last day."""
    with unit_of_work() as session:
        told = overdue.remind(Context(session, run.actor, run.now))
    run.result(told=told)


def verify_ledger(run: Run) -> None:
    """All checks of the ledger; what is wrong is named in the result and fails the job."""
    _report(run, checks.verify(run.session), chain.CHAIN)


def verify_audit(run: Run) -> None:
    """The audit chain, likewise."""
    _report(run, audit.verify(run.session), audit.CHAIN)


def tidy(run: Run) -> None:
    """What is of no use any more: sessions and counters that are over, old failed sign-ins and form keys."""
    with unit_of_work() as session:
        session.execute(delete(SignInSession).where(SignInSession.expires_at <= run.now))
        session.execute(delete(RateCount).where(RateCount.ends_at <= run.now))
        session.execute(delete(LoginFailure).where(LoginFailure.at < run.now - timedelta(days=1)))
        session.execute(delete(Submission).where(Submission.at < run.now - timedelta(days=30)))
        # An uploaded roster holds identity numbers in clear, which its houses no longer do; its file goes with the row.
        old = (Attachment.subject == ROSTERS) & (Attachment.uploaded_at < run.now - timedelta(days=30))
        session.execute(delete(Attachment).where(old))
        attempts.forget_old(session, run.now)
        drafts.forget_old(session, run.now)


def sweep_files(run: Run) -> None:
    """Uploaded files that no row names any more (deleted, given up, or never committed) are removed a day later."""
    with unit_of_work() as session:
        staged.forget_old(session, run.now)
        removed = attachments.sweep_files(session)
    run.result(removed=removed)


def backup(run: Run) -> None:
    """Database and files into one archive on the backup shelf; archives that are too many go."""
    name, removed = shelf.save(db.engine, run.now)
    run.result(archive=name, removed=removed)


def write_heads(run: Run) -> None:
    """The last hash of each chain goes to a file beside the backups, to be copied to another machine."""
    run.result(heads=shelf.write_heads(run.session, run.now))


def _report(run: Run, faults: list[str], name: str) -> None:
    """What was found, and how far the chain was walked."""
    head = run.session.get(ChainHead, name)
    run.result(faults=faults[:200], count=len(faults), heads={name: (head.last_id, head.hash)} if head else {})
    if faults:
        raise RuntimeError("；".join(faults[:3]))
