"""The number of SQL statements of a page does not grow with what is on it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from app import audit, clock
from app.extensions import db
from app.permissions import SYSTEM
from app.transaction import unit_of_work
from tests.conftest import post
from tests.support.workbench import items_of, send


@pytest.fixture
def count(app):
    """`count(client, address)` → statements that the page took."""

    def ask(client, address: str) -> int:
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        client.get(address)
        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            assert client.get(address).status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    return ask


def test_list_takes_as_many_statements_for_many_projects(agent, project, city, count):
    before = count(agent, "/projects/")
    for name in ("第二个", "第三个"):
        post(agent, "/projects/new/normal", {"area_id": city.area.id, "name": name})
    assert count(agent, "/projects/") == before


@pytest.mark.parametrize("tab", ["items", "merged", "plan", "basics", "records"])
def test_tab_takes_as_many_statements_for_many_items(agent, project, city, session, count, tab):
    before = count(agent, f"/projects/{project.id}/{tab}")
    send(agent, f"/projects/{project.id}/items/add", {"equipment": [city.equipment[1].id, city.equipment[3].id]})
    assert len(items_of(session, project)) == 4
    assert count(agent, f"/projects/{project.id}/{tab}") == before


def test_records_take_as_many_statements_for_thousands_of_events(agent, project, session, count):
    before = count(agent, f"/projects/{project.id}/records?size=200")
    with unit_of_work() as work:
        for number in range(3000):
            audit.record(work, SYSTEM, "save_basics", project, now=clock.now(), summary=f"第 {number} 次")
    assert count(agent, f"/projects/{project.id}/records?size=200") == before
    assert "共 3,00" in agent.get(f"/projects/{project.id}/records").get_data(as_text=True)
