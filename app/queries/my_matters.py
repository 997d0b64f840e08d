"""我的业务单: an organisation's applications and, finished as they were saved, the changes of its information."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from app.domain.enums import ApplicationKind, ApplicationState
from app.models import Application, OrganisationChange
from app.permissions import Actor
from app.queries import inbox, organisation_changes
from app.queries.gather import gather

FINISHED = "finished"  # the only state of a change, beside those of applications
CHANGE = "organisation_change"  # its kind, likewise


@dataclass(frozen=True)
class Matters:
    """One page, newest first; how many are found, and how many there are in each state whatever is asked for."""

    rows: list[Application | OrganisationChange]
    total: int
    counts: dict[ApplicationState | str, int]


def my_matters(
    session: Session, actor: Actor, *, state: ApplicationState | str | None, search: str,
    kind: ApplicationKind | str | None, area_id: int | None, limit: int, offset: int,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Matters:  # fmt: skip
    """`names`: what a search calls the fields of an organisation."""
    A, C, parts = Application, OrganisationChange, []
    if state != FINISHED and kind != CHANGE:
        query = inbox.own_applications(actor, state=state or None, search=search, kind=kind or None, area_id=area_id)
        parts.append(query.with_only_columns(A.id.label("id"), A.created_at.label("at"), literal(0).label("sort")))
    if state in (None, FINISHED) and kind in (None, CHANGE) and area_id is None:
        query = organisation_changes.own_changes(actor, search=search, names=names)
        parts.append(query.with_only_columns(C.id.label("id"), C.at.label("at"), literal(1).label("sort")))
    finished = organisation_changes.own_changes(actor, search="").with_only_columns(func.count(C.id).label("count"))
    questions = {"states": inbox.own_states(actor), "finished": finished}
    if parts:
        found = union_all(*parts).subquery()
        questions["total"] = select(func.count().label("count")).select_from(found)
        page = select(found.c.sort, found.c.id).order_by(found.c.at.desc(), found.c.sort, found.c.id.desc())
        questions["keys"] = page.limit(limit).offset(offset)
    numbers = gather(session, **questions)
    counts = {row[0]: row[1] for row in numbers["states"]}
    if numbers["finished"][0][0]:
        counts[FINISHED] = numbers["finished"][0][0]
    if not parts:
        return Matters([], 0, counts)
    return Matters(_rows(session, [tuple(key) for key in numbers["keys"]]), numbers["total"][0][0], counts)


def _rows(session: Session, keys: list[tuple[int, int]]) -> list[Application | OrganisationChange]:
    """The rows of (0 application or 1 change, id), in that order."""
    loaders = (inbox.by_ids, organisation_changes.by_ids)
    ids: tuple[list[int], list[int]] = ([], [])
    for sort, key in keys:
        ids[sort].append(key)
    found = [load(session, wanted) if wanted else {} for load, wanted in zip(loaders, ids, strict=True)]
    return [found[sort][key] for sort, key in keys]
