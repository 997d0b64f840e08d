"""The office of the tests of organisations."""

from __future__ import annotations

import pytest

from tests.factories.office import Office, add_office


@pytest.fixture
def office(session, city, cast) -> Office:
    """Two companies that manage themselves."""
    return add_office(session, cast)
