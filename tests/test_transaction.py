"""One act, one unit: what is done inside lands together or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.domain.errors import Refusal
from app.models import District
from app.transaction import unit_of_work

pytestmark = pytest.mark.isolation


def add(session, code: str) -> None:
    session.add(District(code=code, name=f"区{code}"))
    session.flush()


def count(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(District))


def test_inner_unit_joins_the_outer_one(session):
    with unit_of_work() as work:
        add(work, "330101")
        with unit_of_work() as inner:
            assert inner is work
            add(inner, "330102")
    assert count(session) == 2


def test_outer_unit_does_not_go_on_after_an_inner_one_has_failed(session):
    """The inner one has rolled everything back: going on would store the second half of the act only."""
    with pytest.raises(RuntimeError), unit_of_work() as work:
        add(work, "330101")
        with pytest.raises(Refusal), unit_of_work():
            raise Refusal("不行")
        add(work, "330102")
    assert count(session) == 0
    with unit_of_work() as work:
        add(work, "330103")
    assert count(session) == 1
