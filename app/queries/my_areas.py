"""我的物业区域: the areas open to the actor with what they come to. The guarded session decides which they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import ProjectState
from app.models import Area, House, HouseAccount, Project, ServiceContract
from app.permissions import Actor, Permission
from app.queries.contracts import in_force_of
from app.queries.gather import gather
from app.queries.search import escaped

ENDED = (ProjectState.CLOSED, ProjectState.CANCELLED)


@dataclass(frozen=True)
class MyArea:
    """One row: floor area in 0.01 m², balance (principal and interest) in fen."""

    area: Area
    contract: ServiceContract | None
    houses: int = 0
    floor_area: int = 0
    balance: int = 0
    projects: int = 0
    unfinished: int = 0


@dataclass(frozen=True)
class Sums:
    """Over all pages."""

    areas: int
    houses: int
    floor_area: int
    balance: int


def my_areas(session: Session, actor: Actor, today: date, words: str, *, limit: int, offset: int) -> list[MyArea]:
    """One page, by name."""
    query = _named(select(Area), words).options(joinedload(Area.district)).order_by(Area.name, Area.id)
    areas = list(session.scalars(query.limit(limit).offset(offset)))
    ids = [area.id for area in areas]
    contracts = in_force_of(session, actor, today)
    living = select(House.area_id, func.count(), func.sum(House.floor_area)).where(
        House.area_id.in_(ids), House.ended_on.is_(None)
    )
    found = gather(
        session, houses=living.group_by(House.area_id), balances=_balances().where(HouseAccount.area_id.in_(ids)),
        **({"projects": _projects(ids)} if actor.can(Permission.PROJECT_VIEW) else {}),
    )  # fmt: skip
    houses, projects = ({row[0]: (row[1], row[2]) for row in found.get(name, ())} for name in ("houses", "projects"))
    balances = dict(found["balances"])
    return [
        MyArea(
            area, contracts.get(area.id), *houses.get(area.id, (0, 0)), int(balances.get(area.id, 0)),
            *projects.get(area.id, (0, 0)),
        )
        for area in areas
    ]  # fmt: skip


def sums(session: Session, words: str) -> Sums:
    """How many there are, and what they come to."""
    ids = _named(select(Area.id), words)
    in_areas = (House.area_id.in_(ids), House.ended_on.is_(None))
    row = session.execute(
        select(
            select(func.count()).select_from(_named(select(Area.id), words).subquery()).scalar_subquery(),
            select(func.count(House.id)).where(*in_areas).scalar_subquery(),
            select(func.coalesce(func.sum(House.floor_area), 0)).where(*in_areas).scalar_subquery(),
            select(func.coalesce(func.sum(HouseAccount.principal + HouseAccount.interest), 0))
            .where(HouseAccount.area_id.in_(ids))
            .scalar_subquery(),
        )
    ).one()
    return Sums(*map(int, row))


def _named(query: Select, words: str) -> Select:
    for word in words.split()[:4]:
        query = query.where(Area.name.ilike(escaped(word), escape="/"))
    return query


def _balances() -> Select:
    total = func.sum(HouseAccount.principal + HouseAccount.interest)
    return select(HouseAccount.area_id, total).group_by(HouseAccount.area_id)


def _projects(ids: list[int]) -> Select:
    unfinished = func.sum(case((Project.state.not_in(ENDED), 1), else_=0))
    return select(Project.area_id, func.count(), unfinished).where(Project.area_id.in_(ids)).group_by(Project.area_id)
