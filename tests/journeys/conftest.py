"""Whole stories in a real browser, against a server on a port of its own in this process."""

from __future__ import annotations

import pytest
from waitress.server import create_server

from app import clock
from tests.journeys.person import Person
from tests.support.browser import new_page
from tests.support.threads import running


@pytest.fixture
def server(app):
    """The address of the application, served by waitress as in real life."""
    served = create_server(app, host="127.0.0.1", port=0, threads=4)
    with running(served) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def person(browser, server, cast):
    """`person("agent")` is that user of the cast at a browser of their own, signed in; `person("")` is anybody.

    The same person again is at the same browser; `place` is another one.
    """
    people: dict[tuple[str, str], Person] = {}

    def come(username: str = "", place: str = "desk") -> Person:
        if (username, place) not in people:
            people[username, place] = Person(new_page(browser, server), username)
        return people[username, place]

    yield come
    faults = [fault for somebody in people.values() for fault in somebody.faults]
    for somebody in people.values():
        somebody.page.context.close()
    assert faults == []


@pytest.fixture
def days():
    """`days(8)`: eight days later for the whole application."""
    passed = 0

    def go(count: int) -> None:
        nonlocal passed
        passed += count
        clock.set_shift(passed)

    yield go
    clock.set_shift(0)
