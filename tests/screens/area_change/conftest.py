"""鸿雁物业 at its browser, which wants 安居苑 of 安居物业, as of today."""

from __future__ import annotations

import pytest

from app import clock
from tests.factories.areas import Changes
from tests.factories.repairs import Repairs


@pytest.fixture
def changes(session, city, cast) -> Changes:
    desk = Repairs(session, city, cast)
    desk.now = clock.now().replace(microsecond=0, hour=0, minute=1)
    return Changes(desk)


@pytest.fixture
def company(changes, signed_in):
    """The administrator of the company that applies."""
    return signed_in("other_admin")
