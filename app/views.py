"""The menu on one page: every screen, its label, group and right (`screens.md`), and what else is reachable."""

from __future__ import annotations

from flask import Flask

from app.permissions import Permission as P
from app.screens.home import Home
from app.screens.menu import BANK, COMPANY, DEPARTMENT, Group, Item
from app.screens.search import Search

# One row a menu entry: a screen may stand under different headings for a company, the department and a bank.
MENU: tuple[Group, ...] = (
    Group("", "fa-house", (Item(Home, "首页", P.HOME, page="index"),)),
    # --- a company, a committee ------------------------------------------------------------------
    Group("业务办理", "fa-folder-open", ()),
    Group("机构管理", "fa-building-user", ()),
    Group("物业区域管理", "fa-map-location-dot", ()),
    Group("维修项目管理", "fa-screwdriver-wrench", ()),
    Group("综合查询", "fa-magnifying-glass", ()),
    # --- the department --------------------------------------------------------------------------
    Group("窗口受理", "fa-inbox", ()),
    Group("业务审核", "fa-stamp", ()),
    Group("资金管理", "fa-coins", ()),
    Group("账户查询", "fa-book", ()),
    Group("公示管理", "fa-bullhorn", ()),
    Group("基础数据", "fa-database", ()),
    Group("系统管理", "fa-gear", ()),
)

# Reachable, but not from the menu.
UNLISTED: tuple[type, ...] = (Search,)

# The public site's own row of links: label, endpoint.
PUBLIC_MENU: tuple[tuple[str, str], ...] = ()


def register_views(app: Flask) -> None:
    """Give every screen its routes and the shell its menu."""
    builder = app.appbuilder
    screens = [item.screen for group in MENU for item in group.items]
    for screen in dict.fromkeys([*screens, *UNLISTED]):
        if screen is not Home:  # FAB's index view: registered by FAB_INDEX_VIEW
            builder.add_view_no_menu(screen)
    app.extensions["menu"] = MENU
    app.extensions["public_menu"] = PUBLIC_MENU
