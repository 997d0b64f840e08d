"""维修项目列表: the actor's projects by filter, order and page. The guarded session decides whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.enums import ProjectKind, ProjectState, VoteState
from app.models import Acceptance, Contractor, Project, ProjectHouse, ProjectItem, Vote

OPEN = (ProjectState.DRAFT, ProjectState.UNDER_REVIEW, ProjectState.RUNNING)
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
class Overdue:
    """When a project is overdue (`workflows.md` 5.3 rule 9): the days, by policy."""

    today: date
    completion_days: int
    vote_days: int


def project_page(
    session: Session, chosen: ListFilter, overdue: Overdue, *, sort: str, descending: bool, limit: int, offset: int
) -> list[tuple[Project, int]]:
    """One page of (project, budget in fen)."""
    statement = _ordered(_chosen(chosen, overdue), sort, descending).limit(limit).offset(offset)
    return [(project, int(budget)) for project, budget in session.execute(statement)]


def project_count(session: Session, chosen: ListFilter, overdue: Overdue) -> int:
    statement = _chosen(chosen, overdue).with_only_columns(func.count(Project.id)).order_by(None)
    return session.scalar(statement.options()) or 0


def all_projects(session: Session, chosen: ListFilter, overdue: Overdue) -> Iterator[tuple[Project, int]]:
    """Everything that the filters let through, for the export."""
    for project, budget in session.execute(_ordered(_chosen(chosen, overdue), "number", True)):
        yield project, int(budget)


def list_totals(session: Session, chosen: ListFilter, overdue: Overdue) -> tuple[int, int]:
    """(budget, paid) in fen over all pages."""
    ids = _chosen(chosen, overdue).with_only_columns(Project.id).order_by(None)
    budget = session.scalar(select(func.sum(ProjectItem.budget)).where(ProjectItem.project_id.in_(ids)))
    drawn = ProjectHouse.drawn_interest + ProjectHouse.drawn_principal
    paid = session.scalar(select(func.sum(drawn)).where(ProjectHouse.project_id.in_(ids)))
    return int(budget or 0), int(paid or 0)


def group_counts(session: Session, chosen: ListFilter, overdue: Overdue) -> dict[str, int]:
    """Numbers on the chips, under the other filters."""
    return {
        group: project_count(
            session, ListFilter(chosen.search, chosen.area_id, chosen.kind, chosen.state, group), overdue
        )
        for group in ("", "draft", "open", "overdue")
    }


def overdue_ids(session: Session, ids: list[int], overdue: Overdue) -> set[int]:
    """Those of the projects that are overdue."""
    return set(session.scalars(select(Project.id).where(Project.id.in_(ids), _is_overdue(overdue))))


def _chosen(chosen: ListFilter, overdue: Overdue) -> Select:
    budget = select(func.coalesce(func.sum(ProjectItem.budget), 0)).where(ProjectItem.project_id == Project.id)
    statement = select(Project, budget.scalar_subquery().label("budget")).options(joinedload(Project.area))
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
        statement = statement.where(_is_overdue(overdue))
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


def _is_overdue(overdue: Overdue):
    accepted = exists().where(Acceptance.project_id == Project.id)
    late_works = (
        (Project.state == ProjectState.RUNNING)
        & (Project.planned_end < overdue.today - timedelta(days=overdue.completion_days))
        & ~accepted
    )
    long_ago = overdue.today - timedelta(days=overdue.vote_days)
    old_vote = exists().where(Vote.project_id == Project.id, Vote.state == VoteState.PASSED, Vote.closed_at < long_ago)
    return late_works | ((Project.state == ProjectState.DRAFT) & old_vote)


def _ordered(statement: Select, sort: str, descending: bool) -> Select:
    column = {"budget": statement.selected_columns.budget, "since": Project.state_since}.get(sort, Project.id)
    # days waiting grow as the moment lies further back
    falls = descending if sort != "since" else not descending
    return statement.order_by(column.desc() if falls else column, Project.id.desc())
