"""Two agents at one project: neither loses anything; the later one is shown theirs against mine, and may go over it."""

from __future__ import annotations

import html
import json
import re

import pytest
from sqlalchemy import select

from app.models import ItemShare
from app.screens.projects_shares import pack
from tests.support.workbench import items_of, post, send, text_of

pytestmark = pytest.mark.isolation
BASICS = {"name": "电梯与屋面维修", "reason": "", "contact": "", "phone": "", "remark": "", "emergency_type": ""}


@pytest.fixture
def other(signed_in):
    """The second agent of the company: its administrator."""
    return signed_in("org_admin")


def drawn_of(client, address: str) -> dict:
    """What the page's form would send beside what is typed: version and `drawn`."""
    return drawn_in(text_of(client.get(address)))


def drawn_in(page: str) -> dict:
    fields = {name: re.search(rf'name="{name}" value="([^"]*)"', page).group(1) for name in ("version", "drawn")}
    return {name: html.unescape(value) for name, value in fields.items()}


def clashes(page: str) -> list[list[str]]:
    table = re.search(r'<div class="table-scroll clashes".*?</table>', page, re.S).group(0)
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("</thead>")[1], re.S)
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row)] for row in rows]


def test_basics_that_only_one_has_changed_are_both_kept(agent, other, project, session):
    address = f"/projects/{project.id}/basics"
    seen = drawn_of(agent, address)
    assert post(other, address, {**BASICS, **drawn_of(other, address), "contact": "王安"}).status_code == 302
    assert post(agent, address, {**BASICS, **seen, "reason": "渗漏"}).status_code == 302
    session.refresh(project)
    assert (project.contact, project.reason) == ("王安", "渗漏")


def test_basics_that_both_have_changed_are_shown_and_may_be_stored_knowingly(agent, other, project, session):
    address = f"/projects/{project.id}/basics"
    seen = drawn_of(agent, address)
    post(other, address, {**BASICS, **drawn_of(other, address), "reason": "老化", "contact": "王安"})
    answer = post(agent, address, {**BASICS, **seen, "reason": "渗漏"})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "您修改的 1 处已被他人改动；您填写的都还在，再次保存以您的为准" in page
    (row,) = clashes(page)
    assert row[:4] == ["维修原因", "—", "老化", "渗漏"]
    assert row[4].startswith("王安 20")
    assert re.search(r'name="contact"[^>]*value="王安"', page) or re.search(r'value="王安"[^>]*name="contact"', page)
    again = drawn_in(page)
    assert post(agent, address, {**BASICS, **again, "reason": "渗漏", "contact": "王安"}).status_code == 302
    session.refresh(project)
    assert (project.contact, project.reason) == ("王安", "渗漏")


def test_faulty_basics_forget_nothing_of_what_was_seen(agent, other, project, session):
    address = f"/projects/{project.id}/basics"
    seen = drawn_of(agent, address)
    post(other, address, {**BASICS, **drawn_of(other, address), "reason": "老化"})
    page = text_of(post(agent, address, {**BASICS, **seen, "reason": "渗漏", "phone": "1"}))
    again = html.unescape(re.search(r'name="drawn" value="([^"]*)"', page).group(1))
    assert json.loads(again)["reason"] == ""
    assert post(agent, address, {**BASICS, "drawn": again, "reason": "渗漏"}).status_code == 409


def test_plan_of_another_is_shown_phase_by_phase(agent, other, project, session):
    address = f"/projects/{project.id}/plan"
    seen = drawn_of(agent, address)
    theirs = {"mode": "amount", "condition": ["进场", "完工"], "amount": ["10", "20"], "percent": ["", ""]}
    assert post(other, address, {**drawn_of(other, address), **theirs}).status_code == 302
    mine = {**theirs, "amount": ["10", "25"]}
    answer = post(agent, address, {**seen, **mine})
    assert answer.status_code == 409
    assert [row[:4] for row in clashes(text_of(answer))] == [["拨付计划 · 2", "—", "完工 20.00", "完工 25.00"]]
    assert 'value="25"' in text_of(answer)
    again = drawn_of(agent, address)
    assert post(agent, address, {**again, **mine}).status_code == 302
    session.refresh(project)
    assert [phase.amount for phase in project.phases] == [1000, 2500]


def test_plan_is_no_clash_with_another_tab(agent, other, project, session):
    address = f"/projects/{project.id}/plan"
    seen = drawn_of(agent, address)
    basics = f"/projects/{project.id}/basics"
    post(other, basics, {**BASICS, **drawn_of(other, basics), "reason": "老化"})
    mine = {"mode": "amount", "condition": ["进场", "完工"], "amount": ["10", "20"], "percent": ["", ""]}
    assert post(agent, address, {**seen, **mine}).status_code == 302


def test_items_changed_by_both_come_back_with_theirs(agent, other, project, session):
    address, item = f"/projects/{project.id}/items/save", items_of(session, project)[0]
    version = project.version
    drawn = {"content": "", "budget": "", "remark": ""}
    theirs = {"id": item.id, "content": "换绳", "budget": "100", "drawn": drawn}
    assert send(other, address, {"items": [theirs], "version": version}).status_code == 200
    mine = {"id": item.id, "content": "换机", "remark": "急", "drawn": drawn}
    answer = send(agent, address, {"items": [mine], "version": version})
    body = answer.get_json()
    assert (answer.status_code, body["version"]) == (409, version + 1)
    assert [{**clash, "at": ""} for clash in body["clashes"]] == [
        {
            "row": item.equipment.name, "label": "维修内容", "drawn": "", "theirs": "换绳", "mine": "换机",
            "input": f"content-{item.id}", "now": "换绳", "who": "王安", "at": "",
        }
    ]  # fmt: skip
    knowing = {**mine, "drawn": {**drawn, "content": "换绳"}}
    assert send(agent, address, {"items": [knowing], "version": body["version"]}).status_code == 200
    (stored, _) = items_of(session, project)
    assert (stored.content, stored.remark, stored.budget) == ("换机", "急", 10000)


def test_different_fields_of_items_are_both_kept(agent, other, project, session, city):
    address, (first, second) = f"/projects/{project.id}/items/save", items_of(session, project)
    version = project.version
    theirs = {"id": first.id, "budget": "100", "contractor": city.contractor.id}
    theirs["drawn"] = {"budget": "", "contractor": ""}
    assert send(other, address, {"items": [theirs], "version": version}).status_code == 200
    mine = [{"id": key, "content": "翻新", "drawn": {"content": ""}} for key in (first.id, second.id)]
    assert send(agent, address, {"items": mine, "version": version}).status_code == 200
    assert [(row.content, row.budget) for row in items_of(session, project)] == [("翻新", 10000), ("翻新", 0)]


def test_item_that_another_has_removed_is_said_and_nothing_is_stored(agent, other, project, session):
    first, second = items_of(session, project)
    version, keys = project.version, (first.id, second.id)
    post(other, f"/projects/{project.id}/items/{second.id}/remove")
    mine = [{"id": key, "content": "翻新", "drawn": {"content": ""}} for key in keys]
    answer = send(agent, f"/projects/{project.id}/items/save", {"items": mine, "version": version})
    assert answer.status_code == 409
    assert [detail.split("：")[0][-2:] for detail in answer.get_json()["details"]] == ["王安"]
    assert items_of(session, project)[0].content == ""


def test_shares_changed_by_both_come_back_with_theirs(agent, other, project, session):
    address, item = f"/projects/{project.id}/items/save", items_of(session, project)[0]
    version = project.version
    houses = session.scalars(select(ItemShare.house_id).where(ItemShare.item_id == item.id).order_by("sort_key")).all()
    theirs = {"item": item.id, "cells": [[houses[0], 0, "10"], [houses[1], 0, "20"]], "version": version}
    assert send(other, address, theirs).status_code == 200
    mine = {"item": item.id, "cells": [[houses[0], 0, "15"], [houses[2], 0, "30"]], "version": version}
    answer = send(agent, address, mine)
    (clash,) = answer.get_json()["clashes"]
    assert answer.status_code == 409
    assert (clash["drawn"], clash["theirs"], clash["mine"], clash["now"], clash["who"]) == (
        "0.00", "10.00", "15.00", 1000, "王安",
    )  # fmt: skip
    mine["cells"][0][1] = clash["now"]
    assert send(agent, address, mine).status_code == 200
    session.rollback()
    rows = select(ItemShare.house_id, ItemShare.amount).where(ItemShare.item_id == item.id)
    amounts = dict(session.execute(rows).all())
    assert [amounts[house] for house in houses[:3]] == [1500, 2000, 3000]


def test_import_on_a_stale_page_keeps_its_file(agent, other, project, session):
    item = items_of(session, project)[0]
    houses = session.scalars(select(ItemShare.house_id).where(ItemShare.item_id == item.id)).all()
    version, packed = project.version, pack(dict.fromkeys(houses, 700))
    theirs = {"item": item.id, "cells": [[houses[0], 0, "10"]], "version": version}
    assert send(other, f"/projects/{project.id}/items/save", theirs).status_code == 200
    address = f"/projects/{project.id}/items/{item.id}/import/confirm"
    answer = post(agent, address, {"packed": packed, "version": version})
    page = text_of(answer)
    assert (answer.status_code, "王安" in page) == (409, True)
    again = re.search(r'name="packed" value="([^"]*)"', page).group(1)
    assert post(agent, address, {"packed": again}).status_code == 302
    session.rollback()
    assert set(session.scalars(select(ItemShare.amount).where(ItemShare.item_id == item.id))) == {700}
