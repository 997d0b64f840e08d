"""清退 for the bank, the department and the project's dialog. Read only; amounts are fen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import RefundReason, RefundState, TransferState
from app.models import Application, Area, PayoutPhase, Project, Refund, Transfer
from app.permissions import Actor
from app.queries.gather import counts, gather


@dataclass(frozen=True)
class RefundFilter:
    """What the list shows; `since` and `until` are days of filing."""

    state: RefundState
    search: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Overview:
    """How many stand in each state under the other filters; how many and how much (fen) the chosen state has."""

    counts: dict[RefundState, int]
    amount: int

    def total(self, state: RefundState) -> int:
        return self.counts[state]


@dataclass(frozen=True)
class PaidLine:
    """A paid payee line in the dialog 资金清退: `issued` waits for the bank, `left` may still be filed."""

    id: int
    number: str
    line: int
    phase: int | None
    account_name: str
    account: str
    amount: int
    refunded: int
    issued: int

    @property
    def left(self) -> int:
        return self.amount - self.refunded - self.issued

    def __str__(self) -> str:
        return f"{self.number}-{self.line}"


@dataclass(frozen=True)
class Filed:
    """A refund of the project, below the dialog."""

    id: int
    number: str
    state: RefundState
    amount: int
    reason: RefundReason
    filed_at: datetime
    valid_until: date
    booked_on: date | None
    application: str
    line: int


def refunds(session: Session, actor: Actor, chosen: RefundFilter, *, limit: int, offset: int) -> list[Refund]:
    """One page, the oldest that waits first, of what is over the newest."""
    order = Refund.id.asc() if chosen.state is RefundState.ISSUED else Refund.id.desc()
    query = _chosen(_scope(select(Refund), actor), chosen).order_by(order).limit(limit).offset(offset)
    return list(session.scalars(query.options(*_WITH)))


def all_refunds(session: Session, actor: Actor, chosen: RefundFilter, *, limit: int) -> Iterator[Refund]:
    """Everything that the filters let through, for the export."""
    query = _chosen(_scope(select(Refund), actor), chosen).order_by(Refund.id.desc()).limit(limit)
    yield from session.scalars(query.options(*_WITH))


_WITH = (
    joinedload(Refund.transfer).joinedload(Transfer.application).joinedload(Application.phase),
    joinedload(Refund.project).joinedload(Project.area),
    joinedload(Refund.project).joinedload(Project.organisation),
    joinedload(Refund.escrow_account),
)


def refund(session: Session, key: int) -> Refund | None:
    """One with all that its page shows."""
    return session.scalar(select(Refund).where(Refund.id == key).options(*_WITH))


def overview(session: Session, actor: Actor, chosen: RefundFilter) -> Overview:
    """By one statement."""
    every = [
        _chosen(_scope(select(func.count(Refund.id)), actor), RefundFilter(state, chosen.search, chosen.since,
                                                                          chosen.until))
        for state in RefundState
    ]  # fmt: skip
    amount = _chosen(_scope(select(func.sum(Refund.amount)), actor), chosen)
    numbers = counts(session, *every, amount)
    return Overview(dict(zip(RefundState, numbers[:-1], strict=True)), numbers[-1])


def waiting(actor: Actor) -> Select:
    """The number beside the bank's 清退确认."""
    return _scope(select(func.count(Refund.id)), actor).where(Refund.state == RefundState.ISSUED)


def of_project(session: Session, project_id: int) -> tuple[list[PaidLine], list[Filed]]:
    """The paid lines with what of them is still refundable, and all refunds, the newest first; by one statement."""
    issued = (
        select(Refund.transfer_id, func.sum(Refund.amount).label("issued"))
        .where(Refund.project_id == project_id, Refund.state == RefundState.ISSUED)
        .group_by(Refund.transfer_id)
        .subquery()
    )
    lines = (
        select(
            Transfer.id,
            Application.number,
            Transfer.line,
            PayoutPhase.sequence.label("phase"),
            Transfer.account_name,
            Transfer.bank_name,
            Transfer.account_no,
            Transfer.amount,
            Transfer.refunded,
            func.coalesce(issued.c.issued, 0).label("issued"),
        )
        .select_from(Transfer)
        .join(Application, Application.id == Transfer.application_id)
        .join(PayoutPhase, PayoutPhase.id == Application.phase_id, isouter=True)
        .join(issued, issued.c.transfer_id == Transfer.id, isouter=True)
        .where(Transfer.project_id == project_id, Transfer.state == TransferState.PAID)
        .order_by(Transfer.application_id, Transfer.line)
    )
    filed = (
        select(
            Refund.id,
            Refund.number,
            Refund.state,
            Refund.amount,
            Refund.reason,
            Refund.filed_at,
            Refund.valid_until,
            Refund.booked_on,
            Application.number.label("application"),
            Transfer.line,
        )
        .select_from(Refund)
        .join(Transfer, Transfer.id == Refund.transfer_id)
        .join(Application, Application.id == Transfer.application_id)
        .where(Refund.project_id == project_id)
        .order_by(Refund.id.desc())
    )
    rows = gather(session, lines=lines, filed=filed)
    return [_paid_line(row) for row in rows["lines"]], [Filed(*row) for row in rows["filed"]]


def of_transfer(session: Session, transfer_id: int) -> list[Refund]:
    """The refunds of one line, in order."""
    query = select(Refund).where(Refund.transfer_id == transfer_id).order_by(Refund.id)
    return list(session.scalars(query))


def _paid_line(row) -> PaidLine:
    return PaidLine(
        row.id, row.number, row.line, row.phase, row.account_name, f"{row.bank_name} {row.account_no}",
        int(row.amount), int(row.refunded), int(row.issued),
    )  # fmt: skip


def _scope(query: Select, actor: Actor) -> Select:
    """A bank sees those of its own escrow accounts, a company those of its projects, as the session's guard."""
    if actor.is_bank and actor.escrow_ids is not None:
        return query.where(Refund.escrow_account_id.in_(actor.escrow_ids))
    if actor.is_tenant:
        query = query.where(Refund.project.has(Project.organisation_id == actor.organisation_id))
        if actor.area_ids is not None:
            query = query.where(Refund.project.has(Project.area_id.in_(actor.area_ids)))
    return query


def _chosen(query: Select, chosen: RefundFilter) -> Select:
    query = query.where(Refund.state == chosen.state)
    if chosen.since:
        query = query.where(Refund.filed_at >= datetime.combine(chosen.since, datetime.min.time()))
    if chosen.until:
        query = query.where(Refund.filed_at <= datetime.combine(chosen.until, datetime.max.time()))
    for word in chosen.search.split()[:4]:
        query = query.where(
            or_(
                Refund.number.contains(word, autoescape=True),
                Refund.transfer.has(Transfer.account_name.contains(word, autoescape=True)),
                Refund.transfer.has(Transfer.account_no.contains(word, autoescape=True)),
                Refund.project.has(Project.name.contains(word, autoescape=True)),
                Refund.project.has(Project.area.has(Area.name.contains(word, autoescape=True))),
            )
        )
    return query
