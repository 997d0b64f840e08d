"""我的业务单: an organisation's applications and, finished as they were saved, the changes of its information."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from app.domain.enums import ApplicationKind, ApplicationState
from app.models import Application, OrganisationChange
from app.permissions import Actor
from app.queries import inbox, organisation_changes

FINISHED = "finished"  # the only state of a change, beside those of applications
CHANGE = "organisation_change"  # its kind, likewise


def my_matters(
    session: Session, actor: Actor, *, state: ApplicationState | str | None, search: str,
    kind: ApplicationKind | str | None, area_id: int | None, limit: int, offset: int,
    names: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[Application | OrganisationChange], int]:  # fmt: skip
    """One page, newest first, and how many there are; `names`: what a search calls the fields of an organisation."""
    A, C, parts = Application, OrganisationChange, []
    if state != FINISHED and kind != CHANGE:
        query = inbox.own_applications(actor, state=state or None, search=search, kind=kind or None, area_id=area_id)
        parts.append(query.with_only_columns(A.id.label("id"), A.created_at.label("at"), literal(0).label("sort")))
    if state in (None, FINISHED) and kind in (None, CHANGE) and area_id is None:
        query = organisation_changes.own_changes(actor, search=search, names=names)
        parts.append(query.with_only_columns(C.id.label("id"), C.at.label("at"), literal(1).label("sort")))
    if not parts:
        return [], 0
    found = union_all(*parts).subquery()
    total = session.scalar(select(func.count()).select_from(found)) or 0
    page = select(found.c.sort, found.c.id).order_by(found.c.at.desc(), found.c.sort, found.c.id.desc())
    keys = session.execute(page.limit(limit).offset(offset)).all()
    return _rows(session, [tuple(key) for key in keys]), total


def counts_by_state(session: Session, actor: Actor) -> dict[ApplicationState | str, int]:
    """For the chips."""
    states = inbox.counts_by_state(session, actor)
    changes = organisation_changes.own_changes(actor, search="").with_only_columns(func.count(OrganisationChange.id))
    finished = session.scalar(changes)
    return {**states, FINISHED: finished} if finished else states


def _rows(session: Session, keys: list[tuple[int, int]]) -> list[Application | OrganisationChange]:
    """The rows of (0 application or 1 change, id), in that order."""
    loaders = (inbox.by_ids, organisation_changes.by_ids)
    ids: tuple[list[int], list[int]] = ([], [])
    for sort, key in keys:
        ids[sort].append(key)
    found = [load(session, wanted) if wanted else {} for load, wanted in zip(loaders, ids, strict=True)]
    return [found[sort][key] for sort, key in keys]
