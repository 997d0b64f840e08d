"""信息变更 in lists: an organisation's own history, and what waits for a clerk's look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Attachment, Organisation, OrganisationChange
from app.permissions import Actor

SUBJECT = OrganisationChange.__tablename__
NAME = "信息变更"


def credit_code_taken(session: Session, code: str, *, besides: int) -> bool:
    """Does any other organisation have it? Core: a company can't see the others, and isn't told which one it is."""
    table = Organisation.__table__
    return session.scalar(select(table.c.id).where(table.c.credit_code == code, table.c.id != besides)) is not None


def history(session: Session, organisation_id: int, *, limit: int = 50) -> list[OrganisationChange]:
    """The organisation's changes with who made and who checked them, newest first."""
    query = select(OrganisationChange).where(OrganisationChange.organisation_id == organisation_id)
    return list(session.scalars(_with_people(query).order_by(*_NEWEST).limit(limit)))


def to_check(
    session: Session, *, only_waiting: bool, search: str, limit: int, offset: int
) -> tuple[list[OrganisationChange], int]:
    """One page of what waits for a look (oldest first), or of all changes (newest first), and how many there are."""
    query = select(OrganisationChange).join(OrganisationChange.organisation)
    if only_waiting:
        query = query.where(*_WAITING)
    for word in search.split()[:4]:
        query = query.where(
            or_(Organisation.name.contains(word, autoescape=True), Organisation.credit_code == word.upper())
        )
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(OrganisationChange.id).subquery()))
    order = (OrganisationChange.at, OrganisationChange.id) if only_waiting else _NEWEST
    return list(session.scalars(_with_people(query).order_by(*order).limit(limit).offset(offset))), total or 0


def own_changes(actor: Actor, *, search: str, names: Mapping[str, str] = MappingProxyType({})) -> Select:
    """信息变更 among the matters of 我的业务单; unordered. Words are looked for in the old and new values and, by
    `names` (field → what the reader calls it), in the fields that changed."""
    query = select(OrganisationChange).where(OrganisationChange.organisation_id == actor.organisation_id)
    for word in search.split()[:4]:
        if word not in NAME:
            fields = [f'"{field}": [' for field, name in names.items() if word in name]
            looked_for = [OrganisationChange.changes.contains(text, autoescape=True) for text in (word, *fields)]
            query = query.where(or_(*looked_for))
    return query


def by_ids(session: Session, ids: Collection[int]) -> dict[int, OrganisationChange]:
    """{id: change} with the people of it."""
    return {row.id: row for row in session.scalars(_with_people(select(OrganisationChange).where(_ID.in_(ids))))}


def waiting(actor: Actor) -> Select:
    """The number beside the menu's 机构信息变更."""
    return select(func.count(OrganisationChange.id)).where(*_WAITING)


def unchecked_of(session: Session, organisation_id: int) -> int:
    """How many changes of this organisation wait for a look."""
    mine = OrganisationChange.organisation_id == organisation_id
    return session.scalar(select(func.count(OrganisationChange.id)).where(mine, *_WAITING)) or 0


def last_to_check(session: Session, organisation_id: int) -> OrganisationChange | None:
    """The newest change that needs or needed a look."""
    mine = (OrganisationChange.organisation_id == organisation_id, OrganisationChange.needs_check)
    return session.scalars(select(OrganisationChange).where(*mine).order_by(*_NEWEST).limit(1)).first()


def last_licence(session: Session, organisation_id: int) -> Attachment | None:
    """The scan that came with the newest change that had one."""
    query = select(Attachment).where(Attachment.subject == SUBJECT, Attachment.organisation_id == organisation_id)
    return session.scalars(query.order_by(Attachment.id.desc()).limit(1)).first()


def licences(session: Session, change_ids: Collection[int]) -> dict[int, Attachment]:
    """{change id: its scan}."""
    query = select(Attachment).where(Attachment.subject == SUBJECT, Attachment.subject_id.in_(change_ids))
    return {row.subject_id: row for row in session.scalars(query)}


_ID = OrganisationChange.id
_NEWEST = (OrganisationChange.at.desc(), OrganisationChange.id.desc())
_WAITING = (OrganisationChange.needs_check, OrganisationChange.checked_at.is_(None))


def _with_people(query: Select) -> Select:
    return query.options(
        joinedload(OrganisationChange.organisation), joinedload(OrganisationChange.user),
        joinedload(OrganisationChange.checked_by),
    )  # fmt: skip
