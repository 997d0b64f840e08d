"""The workflow engine: states move here and nowhere else. It knows no subject.

A business writes its flow as a table of Transition rows (`flow.py`), guards (`rules.py`) and effects (`actions.py`).
Pages draw their buttons from `available()`; acts go through `apply()`. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import NO_VALUE

from app import audit
from app.domain.enums import Labelled
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal, Sentence, say
from app.permissions import Actor, Permission

TAKEN = say("已被他人处理，请刷新后再看")
FOUR_EYES = say("同一人不能办理同一事项的两个环节")


@dataclass(frozen=True)
class Context:
    """What an act knows besides its subject: who, when (the city's time), the session, and the form's data."""

    session: Session
    actor: Actor
    now: datetime
    data: dict[str, Any] = field(default_factory=dict)
    memo: dict[Any, Any] | None = None  # while a page is drawn

    @property
    def today(self) -> date:
        return self.now.date()

    def once(self, key: Any, work: Callable[[], Any]) -> Any:
        """What `work()` gives: asked once while a page is drawn, and each time anew in an act, which changes things."""
        if self.memo is None:
            return work()
        if key not in self.memo:
            self.memo[key] = work()
        return self.memo[key]


Guard = Callable[[Any, Context], Sentence | None]
Effect = Callable[[Any, Context], None]
Persons = Callable[[Any], Iterable[int | None]]


@dataclass(frozen=True)
class Transition:
    """One row of a flow. `not_by` gives the user ids that may not press this button (four eyes)."""

    name: str
    label: str
    sources: tuple[Labelled, ...]
    target: Labelled
    permission: Permission
    form: str = ""
    guards: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    prints: tuple[str, ...] = ()
    not_by: Persons | None = None
    icon: str = ""
    danger: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.permission, Permission):
            raise TypeError(f"transition {self.name} names no permission")
        if not self.sources:
            raise TypeError(f"transition {self.name} has no source state")


@dataclass(frozen=True)
class Flow:
    """A business: its subject's class, its states with the fields still editable in each, and its transitions."""

    subject: type
    initial: Labelled
    terminal: frozenset[Labelled]
    transitions: tuple[Transition, ...]
    in_scope: Callable[[Any, Actor], bool]
    editable: dict[Labelled, frozenset[str]] = field(default_factory=dict)
    state: str = "state"

    def __post_init__(self) -> None:
        names = [(source, row.name) for row in self.transitions for source in row.sources]
        if len(names) != len(set(names)):
            raise TypeError(f"flow of {self.subject.__name__}: a (source, name) stands twice")
        _guard_column(self.subject, self.state)

    def find(self, name: str, state: Labelled | None = None) -> Transition:
        """The row of that name that leaves `state`, else the first of that name (its refusal tells why)."""
        rows = [row for row in self.transitions if row.name == name]
        if not rows:
            raise KeyError(name)
        return next((row for row in rows if state in row.sources), rows[0])

    def state_of(self, subject: Any) -> Labelled:
        return getattr(subject, self.state)


@dataclass(frozen=True)
class Offer:
    """A transition as the page shows it: open, or closed with the reason."""

    transition: Transition
    reason: Sentence | None

    @property
    def is_open(self) -> bool:
        return self.reason is None


def available(flow: Flow, subject: Any, context: Context) -> list[Offer]:
    """Every transition that the actor has the permission for and the state allows or will allow, with its reason."""
    return [
        Offer(row, reason_against(flow, row, subject, context))
        for row in flow.transitions
        if context.actor.can(row.permission) and flow.in_scope(subject, context.actor)
    ]


def reason_against(flow: Flow, row: Transition, subject: Any, context: Context) -> Sentence | None:
    """Why this row is closed now; None when it is open. Order: state, four eyes, guards."""
    if flow.state_of(subject) not in row.sources:
        return say("当前状态为“%(state)s”，不能%(label)s", state=flow.state_of(subject).label, label=row.label)
    if row.not_by and context.actor.user_id in set(row.not_by(subject)):
        return FOUR_EYES
    for guard in row.guards:
        if reason := guard(subject, context):
            return reason
    return None


def lock(session: Session, model: type, key: Any, version: int | None = None) -> Any:
    """The row, locked and fresh. NotYours when there is none in scope, Conflict when its version is another."""
    subject = session.get(model, key, with_for_update={"of": model}, populate_existing=True)
    if subject is None:
        raise NotYours(f"{model.__name__} {key}")
    if version is not None and subject.version != version:
        raise Conflict(TAKEN)
    return subject


def apply(flow: Flow, key: Any, name: str, context: Context, *, version: int | None = None) -> Any:
    """Move one subject: lock the row → scope and permission → source state → not_by → guards → effects → state → log.

    `version` is what the form was drawn with; another one in the database means a stale page (Conflict).
    Errors: NotYours, Forbidden, Conflict, Refusal. To be called inside a unit of work.
    """
    subject = lock(context.session, flow.subject, key)
    if not flow.in_scope(subject, context.actor):
        raise NotYours(f"{flow.subject.__name__} {key}")
    row = flow.find(name, flow.state_of(subject))
    if not context.actor.can(row.permission):
        raise Forbidden(row.permission.value)
    if flow.state_of(subject) not in row.sources or (version is not None and subject.version != version):
        raise Conflict(TAKEN)
    if reason := reason_against(flow, row, subject, context):
        raise Refusal(reason)
    _perform(flow, row, subject, context)
    return subject


def move(flow: Flow, subject: Any, target: Labelled, context: Context) -> None:
    """Set the state column. For `apply()` and for effects that carry a dependent record along (its flow, its row)."""
    with _moving():
        setattr(subject, flow.state, target)
    touch(subject)
    if hasattr(subject, "state_since"):
        subject.state_since = context.now


def carry(flow: Flow, subject: Any, name: str, context: Context) -> None:
    """Move a dependent record by a row of its own flow, with its effects, without asking for the actor's permission.

    For effects only: the act that carries it along has been permitted and locked the record. Guards are the caller's.
    """
    row = flow.find(name, flow.state_of(subject))
    if flow.state_of(subject) not in row.sources:
        raise Conflict(TAKEN)
    _perform(flow, row, subject, context)


def _perform(flow: Flow, row: Transition, subject: Any, context: Context) -> None:
    before = flow.state_of(subject)
    for effect in row.effects:
        effect(subject, context)
    move(flow, subject, row.target, context)
    audit.record(
        context.session, context.actor, row.name, subject, now=context.now,
        summary=f"{subject}：{row.label}", changes={"state": [before.value, row.target.value]},
    )  # fmt: skip


def touch(subject: Any) -> None:
    """A change that makes earlier drawn pages stale."""
    subject.version = (subject.version or 0) + 1


_open: ContextVar[bool] = ContextVar("state_column_open", default=False)


@contextmanager
def _moving():
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def _guard_column(model: type, column: str) -> None:
    """The state column refuses assignment outside of `move()`; a new row may start with a state."""

    def refuse(_target, value, old, _initiator):
        if not _open.get() and old is not NO_VALUE and value != old:
            raise AttributeError(f"{model.__name__}.{column} moves only through the workflow engine")

    event.listen(getattr(model, column), "set", refuse, active_history=True)
