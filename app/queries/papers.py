"""What papers read beside the queries of their businesses. Read only; amounts are fen, areas 0.01 m²."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.enums import AccountKind, OrganisationKind, TransferState
from app.models import (
    Acceptance,
    Application,
    ArchivedPaper,
    Ballot,
    Building,
    House,
    ItemShare,
    JournalEntry,
    Notice,
    NoticeRow,
    Organisation,
    Posting,
    ProjectItem,
    Transfer,
    Unit,
    Vote,
)


@dataclass(frozen=True)
class SheetRow:
    """One house of the voting sheet; `code` is its one-time code."""

    building: str
    unit: str
    room: str
    label: str
    owner: str
    floor_area: int
    share: int
    code: str
    head: str


def sheet_rows(session: Session, vote: Vote) -> list[SheetRow]:
    """Every house of a vote in the order of the sheet."""
    query = (
        select(
            Building.name, func.coalesce(Unit.name, ""), House.room, Ballot.house_label, Ballot.owner_name,
            Ballot.floor_area, Ballot.share, Ballot.code, Ballot.head,
        )
        .join(House, House.id == Ballot.house_id)
        .join(Building, Building.id == House.building_id)
        .outerjoin(Unit, Unit.id == House.unit_id)
        .where(Ballot.vote_id == vote.id)
        .order_by(Ballot.sort_key, Ballot.house_id)
    )  # fmt: skip
    return [SheetRow(*row) for row in session.execute(query)]


def department_name(session: Session) -> str:
    """The department's name, as it stands on its papers."""
    query = select(Organisation.name).where(Organisation.kind == OrganisationKind.DEPARTMENT)
    return session.scalar(query.order_by(Organisation.id).limit(1)) or "维修资金管理部门"


def notice_rows(session: Session, notice: Notice) -> Iterator[NoticeRow]:
    """The rows of a notice's list as published, in order."""
    query = select(NoticeRow).where(NoticeRow.notice_id == notice.id).order_by(NoticeRow.position)
    yield from session.scalars(query)


@dataclass(frozen=True)
class Part:
    """A house's share of one item: budget and, after acceptance, settled."""

    budget: int
    settled: int | None


def parts_of(session: Session, project_id: int) -> dict[int, dict[int, Part]]:
    """{house: {item: its share}} of the project as it stands."""
    query = select(ItemShare.house_id, ItemShare.item_id, ItemShare.amount, ItemShare.settled)
    parts: dict[int, dict[int, Part]] = {}
    for house, item, amount, settled in session.execute(query.where(ItemShare.project_id == project_id)):
        parts.setdefault(house, {})[item] = Part(amount, settled)
    return parts


@dataclass(frozen=True)
class Standing:
    """A house's account at a moment, and what the project had drawn from it by then."""

    interest: int = 0
    principal: int = 0
    drawn_interest: int = 0
    drawn_principal: int = 0


def standings(session: Session, notice: Notice, moment: datetime) -> dict[int, Standing]:
    """{house: its account} for the houses of a notice, counted from the entries stored up to that moment."""

    def total(kind: AccountKind, sign: int, *more):
        matches = (Posting.kind == kind) & True
        for condition in more:
            matches &= condition
        return func.coalesce(func.sum(case((matches, sign * Posting.amount), else_=0)), 0)

    of_project = JournalEntry.project_id == notice.project_id
    houses = select(NoticeRow.house_id).where(NoticeRow.notice_id == notice.id)
    query = (
        select(
            Posting.house_id, total(AccountKind.INTEREST, -1), total(AccountKind.PRINCIPAL, -1),
            total(AccountKind.INTEREST, 1, of_project), total(AccountKind.PRINCIPAL, 1, of_project),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.house_id.in_(houses), JournalEntry.created_at <= moment)
        .group_by(Posting.house_id)
    )  # fmt: skip
    return {row[0]: Standing(*map(int, row[1:])) for row in session.execute(query)}


def paid_before(session: Session, application: Application, *, phase_id: int | None = None) -> int:
    """Fen that the bank had paid for the project (of one phase), less refunds, when this application was submitted."""
    query = (
        select(func.coalesce(func.sum(Transfer.amount - Transfer.refunded), 0))
        .join(Application, Application.id == Transfer.application_id)
        .where(
            Transfer.project_id == application.project_id,
            Transfer.state == TransferState.PAID,
            Transfer.application_id != application.id,
            Transfer.paid_at <= application.submitted_at,
        )
    )
    if phase_id is not None:
        query = query.where(Application.phase_id == phase_id)
    return int(session.scalar(query))


def settled_before(session: Session, application: Application) -> bool:
    """Was an acceptance in force when this application was submitted?"""
    query = select(Acceptance.id).where(
        Acceptance.project_id == application.project_id, Acceptance.in_force_at <= application.submitted_at
    )
    return session.scalar(query.limit(1)) is not None


def sheet_size(session: Session, vote: Vote) -> int:
    """Rows of a vote's sheet."""
    return session.scalar(select(func.count()).select_from(Ballot).where(Ballot.vote_id == vote.id)) or 0


def notice_size(session: Session, notice: Notice) -> int:
    """Houses of a notice's list."""
    return session.scalar(select(func.count()).select_from(NoticeRow).where(NoticeRow.notice_id == notice.id)) or 0


def range_size(session: Session, project_id: int) -> int:
    """Houses that bear anything of a project."""
    houses = select(ItemShare.house_id).where(ItemShare.project_id == project_id, ItemShare.amount > 0).distinct()
    return session.scalar(select(func.count()).select_from(houses.subquery())) or 0


def item_count(session: Session, project_id: int) -> int:
    return session.scalar(select(func.count()).where(ProjectItem.project_id == project_id)) or 0


def kept_paper(session: Session, paper: str, subject_id: int, since: datetime) -> ArchivedPaper | None:
    """The oldest copy of a paper that was archived at or after that moment."""
    query = select(ArchivedPaper).where(
        ArchivedPaper.paper == paper, ArchivedPaper.subject_id == subject_id, ArchivedPaper.printed_at >= since
    )
    return session.scalar(query.order_by(ArchivedPaper.id).limit(1))
