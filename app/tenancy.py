"""What an organisation may see, enforced on the session for every ORM query and every write (fence 1).

RULES (`tenancy_rules.py`) is the table: for every class that belongs to somebody, the condition under which a company,
a bank and the public see a row. A class without a rule is common (districts, categories, policy values …). The
department and the system see everything; rights are `permissions.py`'s business.

Outside of the guard: Core statements and `text()`. They stand in `queries/` and `ledger/` only and take their scope as
an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app import clock, models
from app.domain.errors import NotYours
from app.permissions import COMPANY_ROLES, Actor
from app.queries.actors import actor_of
from app.tenancy_rules import PASSING, RULES, Scope

CHUNK = 500
KINDS_OF_ROLES = COMPANY_ROLES | {"Bank"}


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
            if (value := _written(row, key, relation)) is not None:
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
    state = inspect(row)
    passes = type(row) in PASSING and state.persistent and not state.attrs.organisation_id.history.has_changes()
    if value != actor.organisation_id and not passes:
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


def _written(row: Any, key: str, relation: str) -> Any:
    """What this flush writes into a foreign key; None where it stays, or where the target is still to be stored.

    A pointer that stays is none of the writer's: the application that a bank settles names its notice.
    """
    state = inspect(row)
    if relation and state.attrs[relation].history.has_changes():
        return _identity(getattr(row, relation))
    if state.persistent and not state.attrs[key].history.has_changes():
        return None
    return getattr(row, key)


def _identity(row: Any) -> Any:
    """The key of a stored row, None of one that is still to be stored."""
    identity = inspect(row).identity if row is not None else None
    return identity[0] if identity else None


event.listen(Session, "do_orm_execute", _guard_query)
event.listen(Session, "before_flush", _guard_flush)
