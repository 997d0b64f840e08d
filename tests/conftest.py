"""Fixtures of all tests: the application on SQLite or (TEST_DATABASE=postgresql) PostgreSQL, clients, cast and city.

`city` and `cast` come with a filled database; without them it holds roles and chain heads only. Each test gets the
database as it was. `session` is the test's own: after a request, `session.expire_all()` or `session.rollback()` before
looking again.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient

import config
from app import clock, create_app
from app.commands.init import prepare
from app.entities.base import FieldCipher
from app.extensions import db
from app.transaction import unit_of_work
from tests.factories import people
from tests.factories.business import add_area_change, add_business
from tests.factories.city import CANARY, City, add_city, load_city
from tests.support import sessions
from tests.support.attack_files import attack, clamd
from tests.support.browser import launch_chromium, playwright_session
from tests.support.databases import BARE, CITY, PostgresStore, SqliteStore
from tests.support.postgres import postgres_server, postgres_url
from tests.support.selection import pytest_collection_modifyitems

__all__ = ["attack", "clamd", "postgres_server", "postgres_url", "pytest_collection_modifyitems"]
ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
FILLED = {"city", "cast", "signed_in", "businesses"}


@pytest.fixture(scope="session")
def browser():
    """The machine's Chromium, one for all tests of a process: Playwright's driver can't be started a second time."""
    with playwright_session() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def prepared(request):
    """(application, store): migrated and filled once a process."""
    base = "/dev/shm" if os.path.isdir("/dev/shm") and os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="fund-tests-", dir=base) as folder:
        if ON_POSTGRESQL:
            url = request.getfixturevalue("postgres_server").create_database("fund")
            store = PostgresStore(url, [table.name for table in db.metadata.sorted_tables])
        else:
            store = SqliteStore(Path(folder))
        app = new_app(store.url, folder)
        with app.app_context():
            prepare(app)
            store.keep(db.engine, BARE)
            with unit_of_work() as session:
                people.add_cast(session)
                add_city(session)
            store.keep(db.engine, CITY)
        for username in people.CAST:
            client = app.test_client()
            sign_in(client, username)
            sessions.keep(app, client, username, csrf_token(client.get("/account/password")))
        yield app, store
        with app.app_context():
            db.engine.dispose()


def new_app(url: str, folder: str):
    """An application on that database, with the tests' settings."""

    class Settings(config.Testing):
        SQLALCHEMY_DATABASE_URI = url
        DATA_DIR = folder

    app = create_app(Settings())
    app.test_client_class = Browser
    return app


class Browser(FlaskClient):
    """Gives every request an application context of its own, as a server does, also while a test holds one open.

    Answers are read whole and their files closed, as a server does too.
    """

    def open(self, *args, buffered: bool = True, **kwargs):
        with self.application.app_context():
            return super().open(*args, buffered=buffered, **kwargs)


@pytest.fixture
def app(request, prepared):
    """The application, its database as it was at the start, its clock unshifted."""
    app, store = prepared
    FieldCipher.configure(app.config["FIELD_KEY"])
    clock.set_shift(0)
    for thread in threading.enumerate():  # a job of the test before may be about to renew its lease on the old database
        if thread.name.startswith("lease "):
            thread.join(5)
    with app.app_context():
        store.restore(db.engine, CITY if FILLED.intersection(request.fixturenames) else BARE)
    return app


@pytest.fixture
def session(app):
    """The test's own database session, in an application context of its own; sees everything (no actor)."""
    with app.app_context():
        yield db.session()
        db.session.remove()


@pytest.fixture
def client(app):
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def cast(session) -> SimpleNamespace:
    """The users by login name (see tests/factories/people.py) and `cast.organisations`."""
    return people.load_cast(session)


@pytest.fixture
def city(session) -> City:
    """The two places; `city.other` belongs to the other company."""
    return load_city(session)


@pytest.fixture
def businesses(session, cast, city) -> SimpleNamespace:
    """`own` and `other`: a project with one row of everything for both places (see tests/factories/business.py)."""
    with unit_of_work():
        own = add_business(session, city, cast.agent)
        other = add_business(session, city.other, cast.other_agent, CANARY)
        add_area_change(session, city, cast.org_admin)
        add_area_change(session, city.other, cast.other_admin, CANARY)
    return SimpleNamespace(own=own, other=other)


@pytest.fixture
def signed_in(app, cast):
    """`signed_in("agent")` gives a client signed in as that user of the cast, in a session of its own.

    The session is one that the form has made at the start of the run, under a new number: the form itself is tried in
    tests/security/test_sign_in.py.
    """

    def make(username: str):
        if username in sessions.KEPT:
            return sessions.signed_in(app, username)
        client = app.test_client()  # a user that the test itself has made
        sign_in(client, username)
        return client

    return make


def sign_in(client, username: str, password: str = people.PASSWORD):
    """Sign in through the form, as a person does; the response of the post."""
    token = csrf_token(client.get("/login"))
    answer = client.post("/login", data={"username": username, "password": password, "csrf_token": token})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer


def csrf_token(answer) -> str:
    """The token that a page carries for its forms and scripts."""
    return re.search(r'name="csrf-token" content="([^"]+)"', answer.get_data(as_text=True)).group(1)


def post(client, address: str, data: dict | None = None, *, page: str = "/account/password", **options):
    """Post a form with the token and the one-time key that its page would carry."""
    token = sessions.token_of(client, page)
    values = {"csrf_token": token, "form_key": os.urandom(12).hex(), **(data or {})}
    return client.post(address, data=values, **options)
