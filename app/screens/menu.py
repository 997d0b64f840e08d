"""The left menu as data: rows are written in `app/views.py`, drawn by `layout/shell.html`.

A row is shown to whom its permission and its audience allow; what one may not open isn't there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from flask import current_app, request, url_for
from flask_babel import gettext
from sqlalchemy import Select, func, select

from app.models import Message
from app.permissions import Actor, Permission
from app.queries.gather import counting

COMPANY, DEPARTMENT, BANK = "company", "department", "bank"
EVERYBODY = (COMPANY, DEPARTMENT, BANK)


@dataclass(frozen=True)
class Item:
    """One row. `page` is the screen's method; `count` tells how many wait (fast: it runs with every page).

    It answers with a select of one number, which is asked in one statement with the other rows' and kept for the actor:
    it may depend on nothing else, as on the day.
    """

    screen: type
    label: str
    permission: Permission
    audience: tuple[str, ...] = EVERYBODY
    page: str = "list"
    arguments: dict = field(default_factory=dict)
    count: Callable[[Actor], Select] | None = None

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
    count: int = 0
    is_current: bool = False


@dataclass
class DrawnGroup:
    label: str
    icon: str
    entries: list[DrawnItem]
    is_open: bool = False

    @property
    def count(self) -> int:
        return sum(entry.count for entry in self.entries)


class Menus:
    """The menus of an application. What one person sees in one language is worked out once.

    An Actor is equal to the one of the last request unless roles, organisation, areas or standing have changed, so a
    kept menu is never another's and never an old one.
    """

    def __init__(self, groups: tuple[Group, ...]):
        self.groups = groups
        self.of = lru_cache(maxsize=1000)(self._of)

    def _of(self, actor: Actor, _language: str, _root: str) -> Menu:
        shown = [(group, _visible(group, actor)) for group in self.groups]
        counted = [item for _group, items in shown for item in items if item.count]
        unread = select(func.count()).where(Message.user_id == actor.user_id, Message.read_at.is_(None))
        return Menu(
            groups=tuple((_label(group), group.icon, tuple(map(_row, items))) for group, items in shown if items),
            question=counting(unread, *(item.count(actor) for item in counted)),
            # the department's menu is long: only the present group is open
            is_open=audience_of(actor) != DEPARTMENT,
        )


@dataclass(frozen=True)
class Menu:
    """What one person sees, without what differs from page to page.

    Groups are (label, icon, rows), rows (label, address, endpoint, has it a number); `question` asks for the number of
    unread messages and of each such row.
    """

    groups: tuple[tuple[str, str, tuple[tuple[str, str, str, bool], ...]], ...]
    question: Select
    is_open: bool

    def draw(self, numbers: Iterable[int]) -> list[DrawnGroup]:
        """The groups with the present page marked and the rows' numbers."""
        told = iter(numbers)
        drawn = [
            DrawnGroup(label, icon, [DrawnItem(*row[:-1], next(told) if row[-1] else 0) for row in rows])
            for label, icon, rows in self.groups
        ]
        _mark_current(drawn)
        for group in drawn:
            group.is_open = self.is_open or any(entry.is_current for entry in group.entries)
        return drawn


def audience_of(actor: Actor) -> str:
    """Which of the three menus a person sees."""
    if actor.is_tenant:
        return COMPANY
    return BANK if actor.is_bank else DEPARTMENT


def _label(group: Group) -> str:
    return gettext(group.label) if group.label else ""


def _row(item: Item) -> tuple[str, str, str, bool]:
    return gettext(item.label), url_for(item.endpoint, **item.arguments), item.endpoint, item.count is not None


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
