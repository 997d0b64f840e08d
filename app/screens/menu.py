"""The left menu as data: rows are written in `app/views.py`, drawn by `layout/shell.html`.

A row is shown to whom its permission and its audience allow; what one may not open isn't there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask import current_app, request, url_for
from flask_babel import gettext
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.permissions import Actor, Permission

COMPANY, DEPARTMENT, BANK = "company", "department", "bank"
EVERYBODY = (COMPANY, DEPARTMENT, BANK)


@dataclass(frozen=True)
class Item:
    """One row. `page` is the screen's method; `count` tells how many wait (fast: it runs with every page).

    It answers with a select of one number, which is asked in one statement with the other rows', or with the number.
    """

    screen: type
    label: str
    permission: Permission
    audience: tuple[str, ...] = EVERYBODY
    page: str = "list"
    arguments: dict = field(default_factory=dict)
    count: Callable[[Session, Actor], int | Select] | None = None

    @property
    def endpoint(self) -> str:
        return f"{self.screen.__name__}.{self.page}"


@dataclass(frozen=True)
class Group:
    """A heading with its rows; without a label its one row stands by itself."""

    label: str
    icon: str
    items: tuple[Item, ...]


@dataclass
class DrawnItem:
    label: str
    address: str
    endpoint: str
    count: int
    is_current: bool = False


@dataclass
class DrawnGroup:
    label: str
    icon: str
    entries: list[DrawnItem]
    is_open: bool

    @property
    def count(self) -> int:
        return sum(entry.count for entry in self.entries)


def audience_of(actor: Actor) -> str:
    """Which of the three menus a person sees."""
    if actor.is_tenant:
        return COMPANY
    return BANK if actor.is_bank else DEPARTMENT


def questions(groups: tuple[Group, ...], actor: Actor, session: Session) -> list[int | Select]:
    """What the rows that this person sees count: a number or a select each, in their order."""
    return [item.count(session, actor) for group in groups for item in _visible(group, actor) if item.count]


def draw(groups: tuple[Group, ...], actor: Actor, numbers: Iterable[int]) -> list[DrawnGroup]:
    """The groups as this person sees them, with the present page marked and the numbers that `questions` asked for."""
    audience, drawn, told = audience_of(actor), [], iter(numbers)
    for group in groups:
        entries = [
            DrawnItem(
                gettext(item.label), url_for(item.endpoint, **item.arguments), item.endpoint,
                next(told) if item.count else 0,
            )
            for item in _visible(group, actor)
        ]  # fmt: skip
        if entries:
            drawn.append(DrawnGroup(gettext(group.label) if group.label else "", group.icon, entries, False))
    _mark_current(drawn)
    for group in drawn:
        # The department's menu is long: only the present group is open.
        group.is_open = audience != DEPARTMENT or any(entry.is_current for entry in group.entries)
    return drawn


def _visible(group: Group, actor: Actor) -> list[Item]:
    audience = audience_of(actor)
    return [
        item
        for item in group.items
        if audience in item.audience and actor.can(item.permission) and _exists(item.endpoint)
    ]


def _exists(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _mark_current(groups: list[DrawnGroup]) -> None:
    """Mark the row of this page, else the first row of its screen, else of the screen it names as `menu_screen`."""
    entries = [entry for group in groups for entry in group.entries]
    path = request.full_path.rstrip("?")
    belongs_to = getattr(_present_screen(), "menu_screen", "")
    tests = (
        lambda entry: entry.address == path,
        lambda entry: entry.endpoint == request.endpoint and "?" not in entry.address,
        lambda entry: entry.endpoint.split(".")[0] == request.blueprint,
        lambda entry: entry.endpoint.split(".")[0] == belongs_to,
    )
    for test in tests:
        if found := next((entry for entry in entries if test(entry)), None):
            found.is_current = True
            return


def _present_screen() -> object | None:
    views = getattr(current_app, "appbuilder", None)
    name = request.blueprint
    return next((view for view in views.baseviews if view.endpoint == name), None) if views and name else None
