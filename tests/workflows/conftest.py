"""The desk of the workflow tests."""

from __future__ import annotations

import pytest

from tests.factories.repairs import Repairs


@pytest.fixture
def repairs(session, city, cast) -> Repairs:
    """Projects brought to any step by real acts."""
    return Repairs(session, city, cast)
