"""Acts on the register, each in its own unit of work by the person who may do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app import tenancy
from app.models import Equipment
from app.permissions import SYSTEM
from app.queries.actors import actor_of
from app.transaction import unit_of_work
from app.workflows.engine import Context

NOW = datetime(2026, 3, 2, 9, 0)


@pytest.fixture
def do(session, cast) -> Callable[..., Any]:
    """`do(lambda ctx: …, who="agent")`: guarded as that person, afterwards the test sees everything again."""

    def act(what: Callable[[Context], Any], who: str = "agent") -> Any:
        actor = actor_of(session, getattr(cast, who), NOW.date(), "127.0.0.1")
        tenancy.enter(session, actor)
        try:
            with unit_of_work() as work:
                result = what(Context(work, actor, NOW))
                return result.id if isinstance(result, Equipment) else result
        finally:
            tenancy.enter(session, SYSTEM)

    return act
