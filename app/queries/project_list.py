"""维修项目列表: the actor's projects by filter, order and page. The guarded session decides whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import ProjectKind, ProjectState
from app.models import Contractor, Project, ProjectHouse, ProjectItem
from app.queries.gather import counts
from app.queries.overdue import Terms, is_overdue

SORTS = ("number", "budget", "since")


@dataclass(frozen=True)
class ListFilter:
    """What the list shows. `group`: "" all, "draft", "open" (在办), "overdue" (超期)."""

    search: str = ""
    area_id: int | None = None
    kind: ProjectKind | None = None
    state: ProjectState | None = None
    group: str = ""


@dataclass(frozen=True)
class Overview:
    """What stands around the list: numbers on the chips under the other filters; budget and paid (fen) of all pages."""

    counts: dict[str, int]
    budget: int
    paid: int


def project_page(
    session: Session, chosen: ListFilter, terms: Terms, *, sort: str, descending: bool, limit: int, offset: int
) -> list[tuple[Project, bool]]:
    """One page of (project, is it overdue)."""
    late = is_overdue(terms).label("late")
    statement = _ordered(_chosen(chosen, terms), sort, descending).add_columns(late).limit(limit).offset(offset)
    return [(project, bool(is_late)) for project, _budget, is_late in session.execute(statement)]


def overview(session: Session, chosen: ListFilter, terms: Terms) -> Overview:
    """By one statement; the number of what is chosen stands among the chips."""
    chips = {group: _ids(replace(chosen, group=group), terms) for group in GROUPS}
    ids = _ids(chosen, terms)
    drawn = ProjectHouse.drawn_interest + ProjectHouse.drawn_principal
    numbers = counts(
        session, *(query.with_only_columns(func.count(Project.id)) for query in chips.values()),
        select(func.sum(ProjectItem.budget)).where(ProjectItem.project_id.in_(ids)),
        select(func.sum(drawn)).where(ProjectHouse.project_id.in_(ids)),
    )  # fmt: skip
    return Overview(dict(zip(GROUPS, numbers[:-2], strict=True)), *numbers[-2:])


def all_projects(session: Session, chosen: ListFilter, terms: Terms, *, limit: int) -> Iterator[Project]:
    """Everything that the filters let through, for the export."""
    for project, _budget in session.execute(_ordered(_chosen(chosen, terms), "number", True).limit(limit)):
        yield project


def project_count(session: Session, chosen: ListFilter, terms: Terms, *, most: int) -> int:
    """How many the filters let through; counting stops at `most`."""
    return session.scalar(select(func.count()).select_from(_ids(chosen, terms).limit(most).subquery())) or 0


GROUPS = ("", "draft", "open", "overdue")


def _ids(chosen: ListFilter, terms: Terms) -> Select:
    return _filtered(select(Project.id), chosen, terms)


def _chosen(chosen: ListFilter, terms: Terms) -> Select:
    budget = select(func.coalesce(func.sum(ProjectItem.budget), 0)).where(ProjectItem.project_id == Project.id)
    statement = select(Project, budget.scalar_subquery().label("budget")).options(joinedload(Project.area))
    return _filtered(statement, chosen, terms)


def _filtered(statement: Select, chosen: ListFilter, terms: Terms) -> Select:
    if chosen.search:
        statement = statement.where(_finds(chosen.search))
    if chosen.area_id:
        statement = statement.where(Project.area_id == chosen.area_id)
    if chosen.kind:
        statement = statement.where(Project.kind == chosen.kind)
    if chosen.state:
        statement = statement.where(Project.state == chosen.state)
    if chosen.group == "draft":
        statement = statement.where(Project.state == ProjectState.DRAFT)
    elif chosen.group == "open":
        statement = statement.where(Project.state.in_((ProjectState.UNDER_REVIEW, ProjectState.RUNNING)))
    elif chosen.group == "overdue":
        statement = statement.where(is_overdue(terms))
    return statement


def _finds(search: str):
    contractor = (
        exists()
        .where(ProjectItem.project_id == Project.id)
        .where(ProjectItem.contractor_id == Contractor.id)
        .where(Contractor.name.contains(search, autoescape=True))
    )
    return or_(
        Project.name.contains(search, autoescape=True), Project.number.contains(search, autoescape=True), contractor
    )


def _ordered(statement: Select, sort: str, descending: bool) -> Select:
    column = {"budget": statement.selected_columns.budget, "since": Project.state_since}.get(sort, Project.id)
    # days waiting grow as the moment lies further back
    falls = descending if sort != "since" else not descending
    return statement.order_by(column.desc() if falls else column, Project.id.desc())
