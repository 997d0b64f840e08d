"""A form counts once: double click, repeated by a nervous network, many at the same time."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.models import AuditEvent, District, NumberSequence, Project
from tests.conftest import csrf_token, sign_in
from tests.support.threads import together

pytestmark = pytest.mark.isolation


def values(client, key: str = "a" * 24, **changes) -> dict:
    token = csrf_token(client.get("/districts/add"))
    return {"csrf_token": token, "form_key": key, "code": "330199", "name": "新城区", **changes}


def count(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(District))


def test_second_click_gets_the_first_answer_and_has_no_effect(signed_in, session, city):
    client, before = signed_in("clerk"), count(session)
    data = values(client)
    first, second = client.post("/districts/add", data=data), client.post("/districts/add", data=data)
    assert (first.status_code, second.status_code, first.location) == (302, 302, second.location)
    assert count(session) == before + 1


def test_key_of_a_form_swallows_no_other_act_and_no_other_words(signed_in, session, city):
    client, before = signed_in("clerk"), count(session)
    data = values(client)
    assert client.post("/districts/add", data=data).status_code == 302
    for address, changes in (
        ("/districts/add", {"name": "改后的名称", "code": "330198"}),  # gone back, changed, sent again
        (f"/districts/delete/{city.district.id}", {}),
        ("/messages/read", {}),
    ):
        assert client.post(address, data={**data, **changes}).status_code == 409, address
    assert count(session) == before + 1
    assert client.post("/districts/add", data=data).status_code == 302


def test_another_users_key_is_another_form(signed_in, session, city):
    first, second = signed_in("clerk"), signed_in("clerk")
    assert first.post("/districts/add", data=values(first)).status_code == 302
    agent = signed_in("agent")
    assert agent.post("/districts/add", data=values(second)).status_code in (400, 403)


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "ä" * 20, "a b" * 8])
def test_form_without_a_proper_key_is_refused(signed_in, session, city, key):
    client, before = signed_in("clerk"), count(session)
    assert client.post("/districts/add", data=values(client, key)).status_code == 400
    assert count(session) == before


def test_refused_form_may_be_sent_again_with_the_same_key(signed_in, session, city):
    client = signed_in("clerk")
    assert client.post("/districts/add", data=values(client, code=city.district.code)).status_code == 422
    assert client.post("/districts/add", data=values(client)).status_code == 302


def test_many_at_once_have_one_effect_and_the_same_answer(app, session, city):
    clients = [app.test_client() for _ in range(12)]
    for client in clients:
        sign_in(client, "clerk")
    sent, before, answers = [values(client) for client in clients], count(session), []

    def press(client, data):
        answers.append(client.post("/districts/add", data=data))

    together([partial(press, *pair) for pair in zip(clients, sent, strict=True)])
    assert {(answer.status_code, answer.location) for answer in answers} == {(302, answers[0].location)}
    assert count(session) == before + 1


def test_a_hundred_at_once_make_one_project_with_one_number(app, signed_in, session, city):
    """One person's form, sent a hundred times by a nervous network while the first one is still at work."""
    person = signed_in("agent")
    token = csrf_token(person.get("/projects/new/normal"))
    cookie = person.get_cookie("fund_session").value
    data = {"csrf_token": token, "form_key": "h" * 24, "area_id": str(city.area.id), "name": "一百次"}
    answers = []

    def press():
        client = app.test_client()
        client.set_cookie("fund_session", cookie)
        for _ in range(5):
            answer = client.post("/projects/new/normal", data=data)
            answers.append((answer.status_code, answer.location))

    together([press] * 20)
    session.rollback()
    project = session.scalars(select(Project)).one()
    assert (len(answers), set(answers)) == (100, {(302, f"/projects/{project.id}/items")})
    numbers = session.scalars(select(NumberSequence.last).where(NumberSequence.kind == "WX")).all()
    created = session.scalar(select(func.count()).where(AuditEvent.action == "create_project"))
    assert (project.number[-6:], numbers, created) == ("000001", [1], 1)


def test_act_that_could_not_be_stored_is_not_reported_as_done(signed_in, session, city, monkeypatch):
    """The commit itself fails (disk full, database gone): the next page must not say 已保存."""
    client, before = signed_in("clerk"), count(session)
    data = values(client)

    def fails(*_):
        raise OperationalError("COMMIT", {}, Exception("disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr("app.transaction.audit.write_queue", fails)
        assert client.post("/districts/add", data=data).status_code == 503
    assert "已保存" not in client.get("/districts/list/").get_data(as_text=True)
    assert count(session) == before
    address = client.post("/districts/add", data=data).location
    assert "已保存" in client.get(address).get_data(as_text=True)
