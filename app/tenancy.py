"""What an organisation may see, enforced on the session for every ORM query and every write (fence 1).

RULES is the table: for every class that belongs to somebody, the condition under which a company, a bank and the public
see a row. A class without a rule is common (districts, categories, policy values …). The department and the system see
everything; rights are `permissions.py`'s business.

Outside of the guard: Core statements and `text()`. They stand in `queries/` and `ledger/` only and take their scope as
an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, event, exists, false, inspect, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app import clock, models
from app.domain.enums import OrganisationKind
from app.domain.errors import NotYours
from app.permissions import COMPANY_ROLES, Actor
from app.queries.actors import actor_of

CHUNK = 500
COMPANY, BANK, OUTSIDER = 0, 1, 2  # places in a row of RULES
KINDS_OF_ROLES = COMPANY_ROLES | {"Bank"}


class Scope:
    """What belongs to an actor, as conditions and subqueries on tables (classes would be guarded anew)."""

    def __init__(self, actor: Actor):
        self.actor = actor
        self.column = _column_of(actor)
        self.areas = tuple(sorted(actor.area_ids or ()))
        self.escrows = tuple(sorted(actor.escrow_ids or ()))
        self.organisation_id = actor.organisation_id

    def projects(self) -> Select:
        """Ids of projects: a company's own in its areas, a bank's by its transfers, the public's by their notices."""
        table, transfers, notices = _table("Project"), _table("Transfer"), _table("Notice")
        if self.column == COMPANY:
            return select(table.c.id).where(self.own(table), table.c.area_id.in_(self.areas))
        if self.column == BANK:
            return select(transfers.c.project_id).where(transfers.c.escrow_account_id.in_(self.escrows))
        return select(notices.c.project_id)

    def applications(self) -> Select:
        """Ids of the applications: a project's follow the project, others are their filer's; a bank's by its transfers.

        So whoever takes over a project reads its whole course, and who handed it over reads the hand-over (`Handover`).
        """
        table, transfers = _table("Application"), _table("Transfer")
        if self.column == BANK:
            return select(transfers.c.application_id).where(transfers.c.escrow_account_id.in_(self.escrows))
        in_areas = or_(table.c.area_id.is_(None), table.c.area_id.in_(self.areas))
        filed = and_(table.c.project_id.is_(None), self.own(table), in_areas)
        return select(table.c.id).where(or_(filed, table.c.project_id.in_(self.projects())))

    def contractors(self) -> Select:
        """Ids of contractors: the own register, and those that an earlier company named in a project taken over."""
        table, items = _table("Contractor"), _table("ProjectItem")
        named = select(items.c.contractor_id).where(items.c.project_id.in_(self.projects()))
        return select(table.c.id).where(or_(self.own(table), table.c.id.in_(named)))

    def of_projects(self, name: str) -> Select:
        """Ids of rows of a table with `project_id`."""
        table = _table(name)
        return select(table.c.id).where(table.c.project_id.in_(self.projects()))

    def of_areas(self, name: str) -> Select:
        """Ids of rows of a table with `area_id`."""
        table = _table(name)
        return select(table.c.id).where(table.c.area_id.in_(self.areas))

    def own(self, table: Any) -> ColumnElement[bool]:
        """The row names the actor's organisation."""
        return table.c.organisation_id == self.organisation_id


Rule = Callable[[Scope, Any], ColumnElement[bool]]


def _nothing(scope: Scope, t: Any) -> ColumnElement[bool]:
    return false()


def _by_area(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.area_id.in_(scope.areas)


def _area_itself(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id.in_(scope.areas)


def _by_organisation(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.organisation_id == scope.organisation_id


def _by_project(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.project_id.in_(scope.projects())


def _by_application(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.application_id.in_(scope.applications())


def _by_escrow(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.escrow_account_id.in_(scope.escrows)


def _own_message(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.user_id == scope.actor.user_id


def _one_of(ids: Callable[[Scope], Select], column: str = "id") -> Rule:
    return lambda scope, t: getattr(t, column).in_(ids(scope))


def _everybody(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id == t.id


def _organisation_of_company(scope: Scope, t: Any) -> ColumnElement[bool]:
    """Its own, the public bodies whose names stand on its papers, and who filed for a project before it did."""
    public = t.kind.in_((OrganisationKind.DEPARTMENT, OrganisationKind.BANK))
    table = _table("Application")
    before = select(table.c.organisation_id).where(table.c.project_id.in_(scope.projects()))
    return or_(t.id == scope.organisation_id, public, t.id.in_(before))


def _organisation_of_bank(scope: Scope, t: Any) -> ColumnElement[bool]:
    projects = _table("Project")
    payers = select(projects.c.organisation_id).where(projects.c.id.in_(scope.projects()))
    return or_(t.id == scope.organisation_id, t.kind == OrganisationKind.DEPARTMENT, t.id.in_(payers))


def _organisation_of_notice(scope: Scope, t: Any) -> ColumnElement[bool]:
    projects = _table("Project")
    return t.id.in_(select(projects.c.organisation_id).where(projects.c.id.in_(scope.projects())))


def _colleague(scope: Scope, t: Any) -> ColumnElement[bool]:
    """Users of the own organisation, those of the department, and who else stands in the history of its reviews."""
    organisations, reviews = _table("Organisation"), _table("Review")
    departments = select(organisations.c.id).where(organisations.c.kind == OrganisationKind.DEPARTMENT)
    acted = select(reviews.c.actor_id).where(reviews.c.application_id.in_(scope.applications()))
    return or_(t.organisation_id == scope.organisation_id, t.organisation_id.in_(departments), t.id.in_(acted))


def _escrow_of_areas(scope: Scope, t: Any) -> ColumnElement[bool]:
    areas = _table("Area")
    return t.id.in_(select(areas.c.escrow_account_id).where(areas.c.id.in_(scope.areas)))


def _escrow_itself(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id.in_(scope.escrows)


def _posting_of_houses(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.house_id.in_(scope.of_areas("House"))


def _entry_of_houses(scope: Scope, t: Any) -> ColumnElement[bool]:
    postings, houses = _table("Posting"), _table("House")
    joined = postings.join(houses, houses.c.id == postings.c.house_id)
    mine = exists().select_from(joined).where(postings.c.entry_id == t.id, houses.c.area_id.in_(scope.areas))
    return or_(t.project_id.in_(scope.projects()), mine)


def _contractor_of_transfers(scope: Scope, t: Any) -> ColumnElement[bool]:
    transfers = _table("Transfer")
    return t.id.in_(select(transfers.c.contractor_id).where(transfers.c.escrow_account_id.in_(scope.escrows)))


def _area_of_notices(scope: Scope, t: Any) -> ColumnElement[bool]:
    return t.id.in_(select(_table("Notice").c.area_id))


# class: (a company or committee, a bank, the public and whoever has no role)
RULES: dict[type, tuple[Rule, Rule, Rule]] = {
    # organisations and their people
    models.Organisation: (_organisation_of_company, _organisation_of_bank, _organisation_of_notice),
    models.PlatformUser: (_colleague, _colleague, _nothing),
    models.ServiceContract: (_by_organisation, _nothing, _nothing),
    models.AreaWish: (_by_organisation, _nothing, _nothing),
    models.OrganisationChange: (_by_organisation, _nothing, _nothing),
    models.OrganisationPaper: (_by_organisation, _nothing, _nothing),
    models.Attempt: (_nothing, _nothing, _nothing),
    models.RegistrationDraft: (_nothing, _nothing, _nothing),
    models.Contractor: (_one_of(Scope.contractors), _contractor_of_transfers, _nothing),
    models.ContractorAccount: (_one_of(Scope.contractors, "contractor_id"), _nothing, _nothing),
    models.LoginFailure: (_nothing, _nothing, _nothing),
    # premises
    models.Area: (_area_itself, _area_itself, _area_of_notices),
    models.Building: (_by_area, _by_area, _nothing),
    models.Unit: (_by_area, _by_area, _nothing),
    models.House: (_by_area, _by_area, _nothing),
    models.Owner: (_by_area, _nothing, _nothing),
    models.Ownership: (_one_of(lambda s: s.of_areas("House"), "house_id"), _nothing, _nothing),
    models.HouseChange: (_by_area, _nothing, _nothing),
    models.HouseSuccession: (_one_of(lambda s: s.of_areas("HouseChange"), "change_id"), _nothing, _nothing),
    models.Equipment: (_by_area, _nothing, _nothing),
    # money
    models.EscrowAccount: (_escrow_of_areas, _escrow_itself, _nothing),
    models.HouseAccount: (_by_area, _by_escrow, _nothing),
    models.PoolAccount: (_by_area, _by_escrow, _nothing),
    models.JournalEntry: (_entry_of_houses, _by_project, _nothing),
    models.Posting: (_posting_of_houses, _posting_of_houses, _nothing),
    models.OpeningBatch: (_by_area, _nothing, _nothing),
    models.OpeningLine: (_one_of(lambda s: s.of_areas("OpeningBatch"), "batch_id"), _nothing, _nothing),
    # projects
    models.Project: (_one_of(Scope.projects), _one_of(Scope.projects), _one_of(Scope.projects)),
    models.ProjectItem: (_by_project, _by_project, _nothing),
    models.ItemShare: (_by_project, _by_project, _nothing),
    models.ProjectHouse: (_by_project, _by_project, _nothing),
    models.CollectedShare: (_by_project, _by_project, _nothing),
    models.PayoutPhase: (_by_project, _by_project, _nothing),
    models.Vote: (_by_project, _nothing, _nothing),
    models.Ballot: (_one_of(lambda s: s.of_projects("Vote"), "vote_id"), _nothing, _nothing),
    models.Notice: (_by_project, _nothing, _everybody),
    models.NoticeRow: (
        _one_of(lambda s: s.of_projects("Notice"), "notice_id"), _nothing,
        _one_of(lambda s: select(_table("Notice").c.id), "notice_id"),
    ),
    models.Acceptance: (_by_project, _by_project, _nothing),
    models.AcceptanceItem: (
        _one_of(lambda s: s.of_projects("Acceptance"), "acceptance_id"),
        _one_of(lambda s: s.of_projects("Acceptance"), "acceptance_id"),
        _nothing,
    ),
    # applications
    models.Application: (_one_of(Scope.applications), _one_of(Scope.applications), _nothing),
    models.AreaChange: (_by_application, _nothing, _nothing),
    models.AreaChangeArea: (_by_application, _nothing, _nothing),
    models.Handover: (_by_organisation, _nothing, _nothing),
    models.Review: (_by_application, _nothing, _nothing),
    models.Transfer: (_by_application, _by_escrow, _nothing),
    models.ReceivedPaper: (_by_application, _nothing, _nothing),
    models.Attachment: (_by_organisation, _nothing, _nothing),
    models.AttachmentCheck: (_nothing, _nothing, _nothing),
    # records
    models.AuditEvent: (_nothing, _nothing, _nothing),
    models.Job: (_by_organisation, _by_organisation, _nothing),
    models.Message: (_own_message, _own_message, _nothing),
}  # fmt: skip


def enter(session: Session, actor: Actor) -> None:
    """Put the actor on the session; from here on it reads and writes only what the actor may."""
    session.info["actor"] = actor
    session.info["tenancy"] = criteria_for(actor) if is_limited(actor) else ()


def actor_of_user(session: Session, user_id: int) -> Actor:
    """The Actor of a user, for jobs that work in somebody's name."""
    with unguarded(session):
        return actor_of(session, session.get_one(models.PlatformUser, user_id), clock.today())


@contextmanager
def unguarded(session: Session) -> Iterator[None]:
    """A look beyond the actor's own rows, for what the platform itself has to do (tell others, find a sign-in)."""
    kept = session.info.get("tenancy", ())
    session.info["tenancy"] = ()
    try:
        with session.no_autoflush:
            yield
    finally:
        session.info["tenancy"] = kept


def is_limited(actor: Actor) -> bool:
    """Companies, banks, the public and users without a role are; the department and the system aren't."""
    return not actor.is_system and (actor.is_tenant or actor.is_bank or not actor.is_department)


def criteria_for(actor: Actor) -> tuple:
    """The guard of one actor: one loader criterion for each class of RULES."""
    return _criteria(replace(actor, name="", roles=actor.roles & KINDS_OF_ROLES, address=""))


@lru_cache(maxsize=256)
def _criteria(actor: Actor) -> tuple:
    """Kept, as they take some milliseconds to make and everybody asks again with every page."""
    scope = Scope(actor)
    # Propagated, as joined loading takes only propagated criteria into its ON clause.
    return tuple(
        with_loader_criteria(model, rules[scope.column](scope, model), include_aliases=True)
        for model, rules in RULES.items()
    )


def _column_of(actor: Actor) -> int:
    if actor.is_tenant:
        return COMPANY
    return BANK if actor.is_bank else OUTSIDER


def _table(name: str) -> Any:
    return getattr(models, name).__table__


def _guard_query(state: ORMExecuteState) -> None:
    """Every ORM statement, lazy loads too, gets its own criteria; a refresh of a loaded row needs none."""
    criteria = state.session.info.get("tenancy")
    if not criteria or state.is_column_load:
        return
    if state.is_insert:
        _guard_insert(state)
    else:
        state.statement = state.statement.options(*criteria)


def _guard_insert(state: ORMExecuteState) -> None:
    """`insert(Model)` with rows: what they point to must be the actor's own, as in a flush."""
    model = state.bind_mapper.class_ if state.bind_mapper else None
    if model not in RULES:
        return
    rows = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
    for key, target, _ in _pointers(model):
        keys = {row[key] for row in rows if row.get(key) is not None}
        if keys:
            _check_visible(state.session, target, keys)


def _guard_flush(session: Session, _context: Any, _instances: Any) -> None:
    """What is written must be the actor's own, and must point only to what the actor may see."""
    if not session.info.get("tenancy"):
        return
    actor = session.info["actor"]
    pointed: dict[type, set] = {}
    for row in (*session.new, *session.dirty, *session.deleted):
        if type(row) not in RULES:
            continue
        _check_organisation(row, actor)
        state = inspect(row)
        if state.persistent and len(state.identity) == 1:
            pointed.setdefault(type(row), set()).add(state.identity[0])
        for key, target, relation in _pointers(type(row)):
            value = getattr(row, key)
            if value is None and relation and relation in row.__dict__:
                value = _identity(row.__dict__[relation])
            if value is not None:
                pointed.setdefault(target, set()).add(value)
    for target, keys in pointed.items():
        _check_visible(session, target, keys)


def _check_organisation(row: Any, actor: Actor) -> None:
    """A company writes rows of its own organisation only."""
    if not actor.is_tenant or "organisation_id" not in inspect(type(row)).columns:
        return
    value = row.organisation_id
    if value is None and row.__dict__.get("organisation") is not None:
        value = _identity(row.__dict__["organisation"])
    if value != actor.organisation_id:
        raise NotYours(f"{type(row).__name__} of organisation {value}")


def _check_visible(session: Session, target: type, keys: Iterable[Any]) -> None:
    """Ask through the guard itself whether all these rows are there."""
    column = inspect(target).primary_key[0]
    attribute = getattr(target, inspect(target).get_property_by_column(column).key)
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        wanted = set(ordered[start : start + CHUNK])
        found = set(session.scalars(select(attribute).where(attribute.in_(wanted))))
        if wanted - found:
            raise NotYours(f"{target.__name__} {sorted(wanted - found)[:3]}")


@cache
def _pointers(model: type) -> tuple[tuple[str, type, str], ...]:
    """(attribute, class, relationship or "") of each foreign key to a guarded class. Users are never posted."""
    classes = {rule.__table__: rule for rule in RULES if rule is not models.PlatformUser}
    mapper, found = inspect(model), []
    for column in mapper.columns:
        for key in column.foreign_keys:
            target = classes.get(key.column.table)
            if target is not None:
                relation = next(
                    (r.key for r in mapper.relationships if column in r.local_columns and not r.uselist), ""
                )
                found.append((mapper.get_property_by_column(column).key, target, relation))
    return tuple(found)


def _identity(row: Any) -> Any:
    """The key of a stored row, None of one that is still to be stored."""
    identity = inspect(row).identity if row is not None else None
    return identity[0] if identity else None


event.listen(Session, "do_orm_execute", _guard_query)
event.listen(Session, "before_flush", _guard_flush)
