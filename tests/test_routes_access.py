"""Every route × method × role does what the checked-in table says, on own and on foreign rows.

After adding a route: `python run.py permissions > tests/access_table.csv`, and read the difference before the commit.
"""

from __future__ import annotations

import csv
import io
import os
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.routing import AnyConverter, IntegerConverter

from app import tenancy
from app.permissions import ROLES, SYSTEM
from app.screens import access
from tests.conftest import csrf_token, sign_in
from tests.factories.city import CANARY

TABLE = Path(__file__).with_name("access_table.csv")
USER_OF = {
    "OrgAdmin": "org_admin", "ProjectAgent": "agent", "RevenueAgent": "revenue", "Clerk": "clerk",
    "Reviewer": "reviewer", "Supervisor": "supervisor", "Finance": "finance", "Bank": "bank", "Auditor": "auditor",
    "SecurityAdmin": "security", "SystemAdmin": "system",
}  # fmt: skip
# Arguments that are words: a value that exists, so that the walk gets past the route.
WORDS = {"kind": "initiation", "tab": "basics", "business": "projects"}
# In the businesses of the factories own rows have number 1, foreign ones 2; the other place's houses begin at 13.
OWN, FOREIGN = ("1",), ("2", "13")
# Applications 1 and 2 are payouts; 3 and 4 are area changes, which have other pages.
AREA_CHANGES, THEIR_PAGES = {"1": "3", "2": "4"}, ("/area-change/<", "/applications/<")
ENDS_THE_SESSION = {"/logout"}
# Open to all who may see the subject; who may act on it depends on the row, so a 403 is right here too.
DECIDED_BY_ROW = {"/attachments/<int:key>/delete"}


def checked_in() -> list[tuple[str, str, str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def addresses(app, numbers) -> list[tuple[str, str, str]]:
    """(route, method, address) for every route, with each of the numbers put in for its keys."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith("static"):
            continue
        for number in _numbers(rule, numbers):
            values = {name: _value(rule._converters[name], name, number) for name in rule.arguments}
            with app.test_request_context():
                address = app.url_for(rule.endpoint, **values)
            found += [(rule.rule, method, address) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return sorted(set(found), key=lambda row: (row[1], row))  # reading first, then what may change something


def _numbers(rule, numbers) -> list[str]:
    found = list(numbers if rule.arguments else numbers[:1])
    if rule.rule.startswith(THEIR_PAGES):
        found += [AREA_CHANGES[number] for number in numbers if number in AREA_CHANGES]
    return found


def _value(converter, name: str, number: str):
    if isinstance(converter, IntegerConverter):
        return int(number)
    if isinstance(converter, AnyConverter):
        return next(iter(converter.items))
    return WORDS.get(name, number)


class Walker:
    """A signed-in (or not) browser that posts with a valid token, one-time key and version."""

    def __init__(self, app, username: str | None):
        self.client = app.test_client()
        if username:
            sign_in(self.client, username)
        self.token = csrf_token(self.client.get("/account/password" if username else "/login"))

    def ask(self, method: str, address: str, *, briefly: bool = False):
        """The answer; `briefly` asks as a script does, so that a refusal comes without a page around it."""
        headers = {"X-Requested-With": "XMLHttpRequest"} if briefly else {}
        if method == "GET":
            return self.client.get(address, headers=headers)
        data = {"csrf_token": self.token, "form_key": os.urandom(12).hex(), "version": "1"}
        return self.client.open(address, method=method, data=data, headers=headers)


def test_every_route_has_a_decision(app):
    undecided = sorted({row[0] for row in access.access_rows(app) if row[3] == access.UNDECIDED})
    assert undecided == []


def test_the_table_is_the_one_checked_in(app):
    assert list(access.access_rows(app)) == checked_in()


def test_no_get_route_needs_a_right_to_change_things(app):
    """GET changes nothing: whatever is done by GET must be open to a role that only reads, or draw a form."""
    methods = {}
    for route, method, _endpoint, _permission in access.routes(app):
        methods.setdefault(route, set()).add(method)
    words = ("delete", "remove", "confirm", "decline", "cancel", "publish", "withdraw", "submit", "accept")
    changing = [route for route, found in methods.items() if found == {"GET"} and route.rsplit("/", 1)[-1] in words]
    assert changing == []


@pytest.mark.parametrize("role", [*USER_OF, "Public"])
def test_each_role_gets_what_the_table_says(app, businesses, role):
    decisions = {(route, method): found for route, method, of, found in access.access_rows(app) if of == role}
    walker = Walker(app, USER_OF.get(role))
    wrong = []
    for route, method, address in addresses(app, OWN):
        if route in ENDS_THE_SESSION:
            continue
        expected = decisions[route, method]
        answer = walker.ask(method, address, briefly=expected == "403")
        to_sign_in = answer.status_code == 401 or (answer.status_code == 302 and answer.location.startswith("/login"))
        got = {True: "sign in"}.get(to_sign_in, "403" if answer.status_code == 403 else "allowed")
        if got == "403" and route in DECIDED_BY_ROW and answer.status_code < 500:
            continue
        if got != expected or answer.status_code >= 500:
            wrong.append(f"{method} {address}: {answer.status_code}, expected {expected}")
    assert not wrong, "\n" + "\n".join(wrong)


def readable(answer) -> str:
    """The text of an answer; workbooks and archives unpacked, papers read, JSON without escapes."""
    body = answer.get_data()
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if body.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    if answer.is_json:
        return str(answer.json)
    return body.decode("utf-8", "replace")


def foreign_rows(session) -> dict[str, list]:
    """All rows of all guarded tables that only the other company sees."""
    tenancy.enter(session, SYSTEM)
    return {
        model.__tablename__: [tuple(row) for row in session.execute(select(model.__table__)) if CANARY in str(row)]
        for model in tenancy.RULES
    }


@pytest.mark.isolation
@pytest.mark.parametrize("username", ["agent", "org_admin", "revenue", "bank"])
def test_nothing_of_another_company_is_shown_or_changed(app, session, businesses, username):
    before = foreign_rows(session)
    session.rollback()
    walker = Walker(app, username)
    leaks, broken = [], []
    for route, method, address in addresses(app, FOREIGN):
        if route in ENDS_THE_SESSION or route.startswith(("/public", "/papers/public")):
            continue
        answer = walker.ask(method, address)
        if CANARY in readable(answer) or CANARY in unquote(str(answer.headers)):
            leaks.append(f"{method} {address}")
        if answer.status_code >= 500:
            broken.append(f"{method} {address}")
    assert not leaks + broken, "\n" + "\n".join(["shown:", *leaks, "broken:", *broken])
    assert foreign_rows(session) == before


@pytest.mark.isolation
def test_what_one_company_opens_the_other_does_not_find(app, businesses):
    """A page with a number that answers 200 to its own company answers 404 to the other, and never 403."""
    shared = {"/districts", "/equipment-categories", "/policies", "/holidays", "/public", "/choices", "/papers/public"}
    own, other = Walker(app, "agent"), Walker(app, "other_agent")
    found = []
    for route, method, address in addresses(app, OWN):
        if method != "GET" or "<" not in route or any(route.startswith(start) for start in shared):
            continue
        mine = own.ask("GET", address).status_code
        theirs = other.ask("GET", address).status_code
        if mine == 200 and theirs != 404:
            found.append(f"{address}: {theirs}")
    assert found == []


def test_every_role_has_a_user_in_the_walk():
    assert {*USER_OF, "Public"} == set(ROLES)
