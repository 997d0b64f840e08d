"""The access table: every route × method × role and what is decided (`python run.py permissions`).

A route's Permission is what `@requires` left on its function; routes of plain Flask stand in OPEN. A route with neither
is UNDECIDED, and the test of the table fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

from app.permissions import ROLES, Permission

OPEN = {"static": Permission.PUBLIC, "appbuilder.static": Permission.PUBLIC, "health.healthz": Permission.PUBLIC}
ALLOWED, REFUSED, SIGN_IN, UNDECIDED = "allowed", "403", "sign in", "undecided"


def routes(app: Flask) -> Iterator[tuple[str, str, str, Permission | None]]:
    """(route, method, endpoint, permission or None), sorted."""
    found = []
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            found.append((rule.rule, method, rule.endpoint, permission_of(app, rule.endpoint)))
    return iter(sorted(found, key=lambda row: row[:3]))


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """What guards the endpoint."""
    function = app.view_functions[endpoint]
    return OPEN.get(endpoint) or getattr(function, "_permission", None)


def decision(permission: Permission | None, role: str) -> str:
    """What this role gets on a route guarded by the permission."""
    if permission is None:
        return UNDECIDED
    if permission is Permission.PUBLIC or permission in ROLES[role]:
        return ALLOWED
    return SIGN_IN if role == "Public" else REFUSED


def access_rows(app: Flask) -> Iterator[tuple[str, str, str, str]]:
    """The rows of the table."""
    for route, method, _endpoint, permission in routes(app):
        for role in ROLES:
            yield route, method, role, decision(permission, role)
