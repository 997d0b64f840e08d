"""安居苑 of 安居物业, and 鸿雁物业 that wants it."""

from __future__ import annotations

import pytest

from tests.factories.areas import Changes


@pytest.fixture
def changes(repairs) -> Changes:
    return Changes(repairs)
