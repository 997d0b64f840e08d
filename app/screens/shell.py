"""What the frame around every page shows: menu, organisation, unread messages, own pages. One object a request."""

from __future__ import annotations

from functools import cached_property

from flask import Flask, current_app, request, url_for
from flask_babel import get_locale, gettext
from flask_login import current_user

from app.extensions import db
from app.permissions import ROLE_LABELS
from app.queries.gather import told
from app.screens import menu
from app.screens.request import actor


class Shell:
    """Read by the layouts; everything is worked out only when a layout asks for it."""

    @cached_property
    def actor(self):
        return actor()

    @cached_property
    def is_signed_in(self) -> bool:
        return bool(current_user and current_user.is_authenticated)

    @cached_property
    def language(self) -> str:
        return "en" if str(get_locale() or "zh").startswith("en") else "zh-CN"

    @cached_property
    def user_name(self) -> str:
        return str(current_user) if self.is_signed_in else ""

    @cached_property
    def organisation(self) -> str:
        return str(current_user.organisation) if self.is_signed_in and current_user.organisation else ""

    @cached_property
    def is_unconfirmed(self) -> bool:
        """资料待核: a clerk has not seen the papers of this company's or committee's registration."""
        organisation = current_user.organisation if self.is_signed_in and self.actor.is_tenant else None
        return organisation is not None and not organisation.papers_confirmed

    @cached_property
    def role_names(self) -> str:
        return "、".join(gettext(ROLE_LABELS[name]) for name in sorted(self.actor.roles) if name in ROLE_LABELS)

    @cached_property
    def menu(self) -> menu.Menu:
        return current_app.extensions["menu"].of(self.actor, self.language, request.script_root)

    @cached_property
    def numbers(self) -> list[int]:
        """The unread messages, then what the menu's rows count: one statement for all."""
        return told(db.session(), self.menu.question) if self.is_signed_in else [0]

    @property
    def unread(self) -> int:
        return self.numbers[0]

    @cached_property
    def groups(self) -> list[menu.DrawnGroup]:
        return self.menu.draw(self.numbers[1:]) if self.is_signed_in else []

    @property
    def waiting(self) -> list[menu.DrawnItem]:
        """Menu rows with something to do."""
        return [entry for group in self.groups for entry in group.entries if entry.count]

    @cached_property
    def trail(self) -> list[tuple[str, str]]:
        """Breadcrumb of a page that gives none: its group and row in the menu."""
        for group in self.groups:
            for entry in group.entries:
                if entry.is_current:
                    return [(group.label, ""), (entry.label, "")] if group.label else [(entry.label, "")]
        return []

    @cached_property
    def group(self) -> str:
        """Heading of the present page's group, for breadcrumbs that go deeper."""
        return self.trail[0][0] if len(self.trail) > 1 else ""

    @cached_property
    def heading(self) -> str:
        return self.trail[-1][0] if self.trail else gettext("首页")

    @property
    def searched(self) -> str:
        return request.args.get("q", "")[:60] if request.blueprint == "Search" else ""

    @cached_property
    def own_pages(self) -> list[tuple[str, str]]:
        return [(gettext(label), url_for(endpoint)) for label, endpoint in OWN_PAGES if _exists(endpoint)]

    @cached_property
    def sign_out(self) -> str:
        return _first_address(SIGN_OUT)

    @cached_property
    def sign_in(self) -> str:
        return _first_address(SIGN_IN)

    @cached_property
    def public_home(self) -> str:
        return _first_address(PUBLIC_HOME)

    @cached_property
    def public_pages(self) -> list[tuple[str, str, bool]]:
        pages = current_app.extensions.get("public_menu", ())
        return [
            (gettext(label), url_for(endpoint), endpoint == request.endpoint)
            for label, endpoint in pages
            if _exists(endpoint)
        ]


OWN_PAGES = (("我的账号", "Account.index"), ("修改密码", "Account.password"))
SIGN_OUT = ("SignIn.sign_out", "SignIn.logout")
SIGN_IN = ("SignIn.login",)
PUBLIC_HOME = ("Public.index", "SignIn.login")


def _exists(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _first_address(endpoints: tuple[str, ...]) -> str:
    return next((url_for(endpoint) for endpoint in endpoints if _exists(endpoint)), "/")


def register(app: Flask) -> None:
    """Give every template `shell` and the city's name."""

    @app.context_processor
    def frame() -> dict:
        return {"shell": Shell(), "city_name": app.config.get("CITY_NAME", "云溪市")}
