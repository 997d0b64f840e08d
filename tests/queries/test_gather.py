"""Many questions in one statement: the rows are those that each select gives by itself, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from app import tenancy
from app.extensions import db
from app.models import Area, Building, House, Notice, Organisation, Project
from app.queries.gather import counts, gather
from tests.factories import people

QUESTIONS = {
    "projects": select(
        Project.id, Project.state, Project.created_at, Project.planned_start, Project.fund_fixed
    ).order_by(Project.id),
    "phones": select(Project.phone),
    "sums": select(House.use, func.count(), func.sum(House.floor_area)).group_by(House.use).order_by(House.use),
    "nothing": select(Notice.id).where(Notice.number == "none"),
    "areas": select(Area.name, Building.sort_key).join(Building, Building.area_id == Area.id).order_by(Building.id),
}


def test_gather_gives_what_each_select_gives(session, businesses):
    project = session.get(Project, businesses.own.project.id)
    project.phone, project.planned_start = "13800000000", date(2024, 2, 29)
    session.flush()
    found = gather(session, **QUESTIONS)
    for name, question in QUESTIONS.items():
        assert [tuple(row) for row in found[name]] == [tuple(row) for row in session.execute(question)], name
    assert found["projects"][0].state is project.state
    assert found["nothing"] == []


def test_gather_is_one_statement(session, businesses):
    seen = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *given: seen.append(given[2]))
    try:
        gather(session, **QUESTIONS)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len([text for text in seen if not text.startswith("BEGIN")]) == 1


@pytest.mark.parametrize("user", ["agent", "other_agent", "bank", "clerk"])
def test_gather_is_guarded_as_each_select_is(session, businesses, cast, user):
    tenancy.enter(session, people.actor(session, getattr(cast, user)))
    found = gather(session, **QUESTIONS)
    for name, question in QUESTIONS.items():
        assert sorted(map(whole, found[name])) == sorted(map(whole, session.execute(question))), name
    one = select(func.count(Project.id))
    assert counts(session, one, select(func.count(Organisation.id))) == [
        session.scalar(one), session.scalar(select(func.count(Organisation.id)))
    ]  # fmt: skip
    own = {"agent": 1, "other_agent": 1, "clerk": 2}.get(user)
    assert own is None or len(found["projects"]) == own


def whole(row) -> str:
    """The row as text; PostgreSQL's sums are whole numbers too."""
    return str([int(value) if isinstance(value, Decimal) else value for value in row])
