"""Signs that nobody sees don't come in: by form, by address, by JSON."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.models import Project
from app.screens.typed_text import seen
from tests.conftest import post
from tests.support.workbench import send


def test_seen_keeps_what_a_person_sees():
    text = "第一行\r\n\t“二”　𠮷😀 ①"
    assert seen(text) == text


def test_seen_goes_into_lists_and_objects():
    assert seen({"a": ["\u202eb\x00", 1, None], "c": {"d": "\ud800e"}}) == {"a": ["b", 1, None], "c": {"d": "e"}}


def test_form_name_with_direction_override_is_stored_as_seen(signed_in, city, session):
    agent = signed_in("agent")
    post(agent, "/projects/new/normal", {"area_id": city.area.id, "name": "\u202e屋面\x00维修\u200b"})
    session.rollback()
    assert session.scalars(select(Project)).one().name == "屋面维修"


def test_json_with_nul_is_stored_as_seen(signed_in, city, session):
    agent = signed_in("agent")
    post(agent, "/projects/new/normal", {"area_id": city.area.id, "name": "屋面维修"})
    session.rollback()
    project = session.scalars(select(Project)).one()
    answer = send(agent, f"/projects/{project.id}/contractors", {"name": "宏达\x00\ud83d公司", "bank_name": "工行"})
    assert answer.status_code < 500


@pytest.mark.parametrize("address", ["/projects/?q=%00%E7%94%B5", "/search/?q=%00", "/accounts/?owner=%00"])
def test_nul_in_an_address_is_no_fault(signed_in, city, address):
    assert signed_in("agent").get(address).status_code < 500
