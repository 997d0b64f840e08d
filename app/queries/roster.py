"""Read-only rows of the roster's screens: opening batches with area and people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import JobState, OpeningState
from app.models import Area, Building, House, HouseAccount, Job, OpeningBatch, Owner, Ownership, Unit


def recent_batches(session: Session, *, limit: int = 50) -> list[OpeningBatch]:
    """The waiting ones first, then the newest."""
    waiting_first = (OpeningBatch.state != OpeningState.WAITING, OpeningBatch.id.desc())
    return list(
        session.scalars(select(OpeningBatch).options(joinedload(OpeningBatch.area)).order_by(*waiting_first).limit(limit))
    )


def waiting_batches(_actor) -> Select:
    """How many wait for finance, for the menu."""
    return select(func.count(OpeningBatch.id)).where(OpeningBatch.state == OpeningState.WAITING)


def areas_to_choose(session: Session, *, limit: int = 3000) -> list[tuple[int, str]]:
    """(id, name) of the areas, by name."""
    return [tuple(row) for row in session.execute(select(Area.id, Area.name).order_by(Area.name).limit(limit))]


def last_check(session: Session, attachment_id: int) -> Job | None:
    """The finished background check of an uploaded roster."""
    return session.scalars(
        select(Job)
        .where(
            Job.name == "check_roster",
            Job.state == JobState.DONE,
            Job.arguments == f'{{"attachment_id": {attachment_id}}}',
        )
        .order_by(Job.id.desc())
        .limit(1)
    ).first()


def house_rows(session: Session, area_id: int, *, personal: bool) -> Iterator[dict[str, Any]]:
    """The area's living houses as rows of the roster's columns, in list order; amounts fen, areas 0.01 m².

    The balances of today stand where a roster brings the opening ones. Without `personal`, identity numbers and phones
    are left out.
    """
    secret = (Owner.identity_number, Owner.phone) if personal else ()
    query = (
        select(
            House.id, Building.name.label("building"), func.coalesce(Unit.name, "").label("unit"), House.room,
            House.floor, House.floor_area, House.area_ground, House.use, House.sale_state,
            func.coalesce(Owner.name, "").label("owner"), House.first_deposit, House.deposited_on,
            func.coalesce(HouseAccount.principal, 0).label("principal"),
            func.coalesce(HouseAccount.interest, 0).label("interest"), *secret,
        )
        .join(Building, Building.id == House.building_id)
        .outerjoin(Unit, Unit.id == House.unit_id)
        .outerjoin(Owner, Owner.id == House.owner_id)
        .outerjoin(HouseAccount, HouseAccount.house_id == House.id)
        .where(House.area_id == area_id, House.ended_on.is_(None))
        .order_by(House.sort_key, House.id)
    )  # fmt: skip
    shared = co_owners(session, area_id)
    for row in session.execute(query.execution_options(yield_per=1000)).mappings():
        yield {"identity_number": None, "phone": None, **row, "owners": shared.get(row["id"], [row["owner"]])}


def co_owners(session: Session, area_id: int) -> dict[int, list[str]]:
    """{house: names of its owners} of the area's houses that have several, the first-named first."""
    several = (
        select(Ownership.house_id)
        .join(House, House.id == Ownership.house_id)
        .where(House.area_id == area_id, House.ended_on.is_(None), Ownership.until.is_(None))
        .group_by(Ownership.house_id)
        .having(func.count() > 1)
    )
    query = (
        select(Ownership.house_id, Owner.name)
        .join(Owner, Owner.id == Ownership.owner_id)
        .where(Ownership.house_id.in_(several), Ownership.until.is_(None))
        .order_by(Ownership.house_id, Ownership.position, Ownership.id)
    )
    found: dict[int, list[str]] = {}
    for house_id, name in session.execute(query):
        found.setdefault(house_id, []).append(name)
    return found
