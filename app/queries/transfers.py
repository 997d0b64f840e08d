"""Payee lines for finance and the bank. Read only; amounts are fen."""

from __future__ import annotations

import json

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import ApplicationState, TransferState
from app.models import Application, AuditEvent, Project, Transfer
from app.permissions import Actor, Permission

S = TransferState
LIVE = (ApplicationState.APPROVED, ApplicationState.SETTLED)


def transfers(
    session: Session, actor: Actor, *, states: tuple[TransferState, ...], search: str, limit: int, offset: int
) -> tuple[list[Transfer], int, int]:
    """One page of lines in these states, oldest first: rows, how many there are, and their sum in fen."""
    query = _filtered(_scope(select(Transfer), actor), states, search)
    numbers = query.with_only_columns(Transfer.id, Transfer.amount).subquery()
    total, amount = session.execute(
        select(func.count(), func.coalesce(func.sum(numbers.c.amount), 0)).select_from(numbers)
    ).one()
    rows = session.scalars(
        query.options(
            joinedload(Transfer.application).joinedload(Application.phase),
            joinedload(Transfer.application).joinedload(Application.organisation),
            joinedload(Transfer.project).joinedload(Project.area),
            joinedload(Transfer.escrow_account),
        )
        .order_by(Transfer.prepared_at, Transfer.application_id, Transfer.line)
        .limit(limit)
        .offset(offset)
    )
    return list(rows), total, int(amount)


def before_correction(session: Session, transfer: Transfer) -> list[str]:
    """The payee as it was approved, beside a correction not rechecked yet: of name, bank, account those that differ."""
    if transfer.state is not S.CORRECTED:
        return []
    query = select(AuditEvent.changes).where(
        AuditEvent.subject == Transfer.__tablename__, AuditEvent.subject_id == str(transfer.id),
        AuditEvent.action == "correct_account",
    )  # fmt: skip
    first: dict[str, str] = {}
    for changes in session.scalars(query.order_by(AuditEvent.id)):
        for name, (old, _new) in json.loads(changes).items():
            first.setdefault(name, old)
    return [
        first[name]
        for name in ("account_name", "bank_name", "account_no")
        if name in first and first[name] != getattr(transfer, name)
    ]


def paid_and_refunded(session: Session, project_id: int) -> tuple[int, int]:
    """What the bank has paid out of a project so far, and how much of it has come back (fen)."""
    sums = select(func.coalesce(func.sum(Transfer.amount), 0), func.coalesce(func.sum(Transfer.refunded), 0))
    row = session.execute(sums.where(Transfer.project_id == project_id, Transfer.state == S.PAID)).one()
    return int(row[0]), int(row[1])


def counts_by_state(session: Session, actor: Actor) -> dict[TransferState, int]:
    """How many lines stand in each state, as this actor sees them."""
    query = _scope(select(Transfer.state, func.count(Transfer.id)).select_from(Transfer), actor)
    return dict(session.execute(query.group_by(Transfer.state)).all())


def count_waiting(session: Session, actor: Actor) -> int:
    """How many lines this actor has to do something with."""
    return session.scalar(waiting(actor)) or 0


def waiting(actor: Actor) -> Select:
    """The number beside the menu's entry: what this actor has to do with lines."""
    rights = (
        (Permission.TRANSFER_CONFIRM, S.PREPARED),
        (Permission.TRANSFER_PREPARE, S.PENDING),
        (Permission.TRANSFER_RECHECK, S.CORRECTED),
        (Permission.TRANSFER_CORRECT, S.REFUSED),
    )
    wanted = next((state for right, state in rights if actor.can(right)), None)
    if wanted is None:
        return select(literal(0))
    return _scope(select(func.count(Transfer.id)).select_from(Transfer), actor).where(Transfer.state == wanted)


def of_project(session: Session, project: Project) -> list[Transfer]:
    """All lines of a project's counted applications, by application and line."""
    return list(
        session.scalars(
            select(Transfer)
            .join(Application, Application.id == Transfer.application_id)
            .where(Transfer.project_id == project.id)
            .options(joinedload(Transfer.application))
            .order_by(Transfer.application_id, Transfer.line)
        )
    )


def _scope(query: Select, actor: Actor) -> Select:
    """Lines of approved applications; a bank sees its own escrow accounts' once prepared, a company its own."""
    query = query.join(Application, Application.id == Transfer.application_id).where(Application.state.in_(LIVE))
    if actor.is_bank:
        query = query.where(Transfer.prepared_by_id.is_not(None))
        if actor.escrow_ids is not None:
            query = query.where(Transfer.escrow_account_id.in_(actor.escrow_ids))
    elif actor.is_tenant:
        query = query.where(Application.organisation_id == actor.organisation_id)
        if actor.area_ids is not None:
            query = query.where(Application.area_id.in_(actor.area_ids))
    return query


def _filtered(query: Select, states: tuple[TransferState, ...], search: str) -> Select:
    query = query.where(Transfer.state.in_(states))
    for word in search.split()[:4]:
        query = query.where(
            or_(
                Application.number.contains(word, autoescape=True),
                Transfer.account_name.contains(word, autoescape=True),
                Transfer.account_no.contains(word, autoescape=True),
                Transfer.project.has(Project.name.contains(word, autoescape=True)),
            )
        )
    return query
