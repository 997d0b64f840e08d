"""Users across all organisations: what is unique in the whole platform, and what an organisation's own list shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.models import Area, PlatformUser, user_areas


def login_name_taken(session: Session, name: str) -> bool:
    """Is it anybody's, in whatever case? Core: a company can't see the users of others, but may not share a name."""
    table = PlatformUser.__table__
    return session.scalar(select(table.c.id).where(func.lower(table.c.username) == name.lower())) is not None


def users_of(
    session: Session, organisation_id: int, *, search: str, active: bool | None, limit: int, offset: int
) -> tuple[list[PlatformUser], int]:
    """One page of an organisation's users with their roles, those at work first; and how many there are."""
    query = select(PlatformUser).where(PlatformUser.organisation_id == organisation_id)
    if active is not None:
        query = query.where(PlatformUser.active == active)
    for word in search.split()[:4]:
        query = query.where(
            or_(
                PlatformUser.first_name.contains(word, autoescape=True),
                PlatformUser.username.contains(word.lower(), autoescape=True),
            )
        )
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(PlatformUser.id).subquery())) or 0
    rows = query.options(selectinload(PlatformUser.roles)).order_by(PlatformUser.active.desc(), PlatformUser.id)
    return list(session.scalars(rows.limit(limit).offset(offset)).unique()), total


@dataclass
class AreaLimit:
    """The areas an agent is limited to: those still served by name, and how many the organisation has lost since."""

    names: list[str] = field(default_factory=list)
    lost: int = 0

    @property
    def is_set(self) -> bool:
        return bool(self.names or self.lost)


def area_limits(session: Session, user_ids: Collection[int], served: Collection[int]) -> dict[int, AreaLimit]:
    """{user id: its limit} of those that have one. Core: an area that is no longer served is out of the guard's sight,
    and still limits."""
    areas = Area.__table__
    query = (
        select(user_areas.c.user_id, areas.c.id, areas.c.name)
        .join(areas, areas.c.id == user_areas.c.area_id)
        .where(user_areas.c.user_id.in_(user_ids))
        .order_by(areas.c.name)
    )
    limits: dict[int, AreaLimit] = {}
    for user_id, area_id, name in session.execute(query):
        limit = limits.setdefault(user_id, AreaLimit())
        if area_id in served:
            limit.names.append(name)
        else:
            limit.lost += 1
    return limits
