"""Notices as pages, guards and papers read them. What the public reads names its columns: nothing else can leak."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.enums import NoticeKind, NoticeState
from app.domain.identifiers import mask_name
from app.models import Area, District, Notice, NoticeRow

STANDING = (NoticeState.PUBLISHED, NoticeState.ENDED)
SHOWN = (*STANDING, NoticeState.SUPERSEDED, NoticeState.WITHDRAWN)


def standing_notice(session: Session, project_id: int, kind: NoticeKind) -> Notice | None:
    """The notice of that kind that is published or has ended by date: the one the next step rests on."""
    return session.scalar(
        select(Notice)
        .where(Notice.project_id == project_id, Notice.kind == kind, Notice.state.in_(STANDING))
        .order_by(Notice.id.desc())
        .limit(1)
    )


def latest_notice(session: Session, project_id: int, kind: NoticeKind) -> Notice | None:
    """The newest notice of that kind, whatever its state."""
    return session.scalar(
        select(Notice).where(Notice.project_id == project_id, Notice.kind == kind).order_by(Notice.id.desc()).limit(1)
    )


def notices_of(session: Session, project_id: int) -> list[Notice]:
    """All notices of a project with all their editions, newest first."""
    return list(session.scalars(select(Notice).where(Notice.project_id == project_id).order_by(Notice.id.desc())))


@dataclass(frozen=True)
class Edition:
    """One edition of a notice, and what it changed of the one before."""

    id: int
    edition: int
    state: NoticeState
    published_at: datetime
    changes: list[str]


def editions_of(session: Session, notice: Notice) -> list[Edition]:
    """All editions of this kind of notice of its project, newest first."""
    return [
        Edition(row.id, row.edition, row.state, row.published_at, content_of(row)["changes"])
        for row in notices_of(session, notice.project_id)
        if row.kind == notice.kind
    ]


@dataclass(frozen=True)
class NoticeFilter:
    """`search`: area, title or number. `current` True: still running today; False: past; None: both."""

    search: str = ""
    district_id: int | None = None
    area_id: int | None = None
    kind: NoticeKind | None = None
    state: NoticeState | None = None
    current: bool | None = None


@dataclass(frozen=True)
class Listed:
    """One line of a list of notices; `amount` is the budget, or what was settled (fen)."""

    id: int
    number: str
    kind: NoticeKind
    state: NoticeState
    title: str
    area: str
    organisation: str
    amount: int
    published_at: datetime
    closes_on: date
    edition: int
    project_id: int


@dataclass(frozen=True)
class ListPage:
    rows: list[Listed]
    total: int


def list_notices(
    session: Session, chosen: NoticeFilter, today: date, *, limit: int, offset: int, states=SHOWN
) -> ListPage:
    """Notices that match, newest first. Selects entities' columns through the ORM, so the tenancy guard applies."""
    query = _narrow(select(Notice.id).join(Area, Area.id == Notice.area_id), chosen, today)
    query = query.where(Notice.state.in_(states))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    columns = select(
        Notice.id, Notice.number, Notice.kind, Notice.state, Notice.title, Area.name.label("area"), Notice.content,
        Notice.published_at, Notice.closes_on, Notice.edition, Notice.project_id,
    ).join(Area, Area.id == Notice.area_id)  # fmt: skip
    wanted = _narrow(columns, chosen, today).where(Notice.state.in_(states))
    rows = session.execute(wanted.order_by(Notice.published_at.desc(), Notice.id.desc()).limit(limit).offset(offset))
    return ListPage([_listed(row) for row in rows], total)


def districts(session: Session) -> list[tuple[int, str]]:
    """(id, name) of all districts, for the public search."""
    return [tuple(row) for row in session.execute(select(District.id, District.name).order_by(District.code))]


@dataclass(frozen=True)
class PublicRow:
    """One house of a list as everybody may see it: the owner masked, no balance.

    What the fund pays of a house is left out too: where it is less than the share, it is the house's balance.
    """

    position: int
    house_label: str
    owner: str
    floor_area: int
    budget: int
    settled: int | None


def public_row(row: Any, developer: str) -> PublicRow:
    """Mask one house of `notice_rows` or of a preview; the developer is a company, so its name may stand."""
    name = row["owner_name"]
    return PublicRow(
        row["position"], row["house_label"], name if name and name == developer else mask_name(name),
        row["floor_area"], row["budget"], row["settled"],
    )  # fmt: skip


def public_rows(
    session: Session, notice: Notice, *, search: str = "", limit: int | None = None, offset: int = 0
) -> tuple[list[PublicRow], int]:
    """Rows of a notice's list in order, masked, searched by house only; and how many match."""
    query = select(
        NoticeRow.position, NoticeRow.house_label, NoticeRow.owner_name, NoticeRow.floor_area, NoticeRow.budget,
        NoticeRow.settled,
    ).where(NoticeRow.notice_id == notice.id)  # fmt: skip
    if search:
        query = query.where(NoticeRow.house_label.contains(search, autoescape=True))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    developer = content_of(notice)["area"]["developer"]
    rows = session.execute(query.order_by(NoticeRow.position).limit(limit).offset(offset)).mappings()
    return [public_row(row, developer) for row in rows], total


def content_of(notice: Notice) -> dict[str, Any]:
    """What the notice said when it was published."""
    return json.loads(notice.content)


def _narrow(query: Select, chosen: NoticeFilter, today: date) -> Select:
    if chosen.search:
        query = query.where(
            or_(
                *(
                    column.contains(chosen.search, autoescape=True)
                    for column in (Area.name, Notice.title, Notice.number)
                )
            )
        )
    if chosen.district_id:
        query = query.where(Area.district_id == chosen.district_id)
    if chosen.area_id:
        query = query.where(Notice.area_id == chosen.area_id)
    if chosen.kind:
        query = query.where(Notice.kind == chosen.kind)
    if chosen.state:
        query = query.where(Notice.state == chosen.state)
    if chosen.current is None:
        return query
    # over at 24:00 of the closing date, whether or not the daily job has been by
    running = and_(Notice.state == NoticeState.PUBLISHED, Notice.closes_on >= today)
    past = or_(Notice.state == NoticeState.ENDED, and_(Notice.state == NoticeState.PUBLISHED, Notice.closes_on < today))
    return query.where(running if chosen.current else past)


def _listed(row) -> Listed:
    said = json.loads(row.content)
    totals = said["totals"]
    return Listed(
        row.id, row.number, row.kind, row.state, row.title, row.area, said["organisation"],
        totals["budget"] if totals["settled"] is None else totals["settled"], row.published_at, row.closes_on,
        row.edition, row.project_id,
    )  # fmt: skip
