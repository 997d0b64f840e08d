"""Search, order, pages and export of generated lists (fence 5 of architecture.md)."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from app.models import AuditEvent
from tests.screens.generated.forms import text_of

ROOMS = re.compile(r'<a href="/houses/show/\d+">([^<]+)</a>')


def rooms(client, query: str = "") -> list[str]:
    return ROOMS.findall(text_of(client.get(f"/houses/list/{query}")))


def test_list_shows_a_company_its_own_rows_only(signed_in, city):
    assert rooms(signed_in("agent")) == [
        "1幢1单元101", "1幢1单元102", "1幢1单元201", "1幢2单元101", "1幢2单元102", "1幢2单元201",
        "2幢C1", "2幢S1", "2幢1单元101", "2幢1单元102", "2幢1单元201", "2幢1单元202",
    ]  # fmt: skip


def test_filter_by_text_of_a_related_row(signed_in, city):
    assert rooms(signed_in("clerk"), "?_flt_0_owner=王五") == ["1幢2单元102", "鸿雁1幢鸿雁2单元102"]


def test_filter_by_member_and_by_area_in_square_metres(signed_in, city):
    client = signed_in("agent")
    assert rooms(client, "?_flt_0_use=parking") == ["2幢C1"]
    assert rooms(client, "?_flt_0_floor_area=120.5") == ["1幢1单元201", "1幢2单元201"]


def test_percent_sign_is_searched_for_itself(signed_in, city):
    assert rooms(signed_in("agent"), "?_flt_0_room=%25") == []


def test_filters_are_remembered_for_the_person_and_forgotten_on_demand(signed_in, city):
    agent, other = signed_in("agent"), signed_in("org_admin")
    rooms(agent, "?_flt_2_room=C1")
    assert agent.get("/houses/list/").location == "/houses/list/?_flt_2_room=C1"
    assert len(rooms(other)) == 12
    assert agent.get("/houses/list/?clear=1").location == "/houses/list/"
    assert len(rooms(agent)) == 12


@pytest.mark.parametrize(
    "query",
    [
        "?_flt_0_area_id=1", "?_flt_9_room=1", "?_flt_x_room=1", "?_flt_0_identity_number=1", "?sort=owner_id",
        "?page=x", "?page=-1", "?size=0",
    ],
)  # fmt: skip
def test_bad_argument_answers_400(signed_in, city, query):
    assert signed_in("clerk").get(f"/houses/list/{query}").status_code == 400


def test_value_that_cannot_be_read_is_named_and_left_out(signed_in, city):
    answer = signed_in("agent").get("/houses/list/?_flt_0_floor_area=abc")
    assert answer.status_code == 200
    assert "“建筑面积（m²）”的过滤值无效：abc" in text_of(answer)


def test_page_size_is_clamped(signed_in, city):
    answer = text_of(signed_in("clerk").get("/houses/list/?size=100000"))
    assert "第 1–24 条，共 24 条" in answer
    assert "每页 100000 条" not in answer


def test_page_past_the_end_is_the_last_one(signed_in, city):
    assert len(rooms(signed_in("agent"), "?page=99")) == 12


def test_order_by_a_number_and_back(signed_in, city):
    client = signed_in("agent")
    assert rooms(client, "?sort=floor_area&order=desc")[:2] == ["1幢1单元201", "1幢2单元201"]
    assert rooms(client, "?sort=floor_area&order=asc")[:2] == ["2幢C1", "2幢S1"]


def test_totals_are_those_of_all_pages(signed_in, city):
    page = text_of(signed_in("agent").get("/houses/list/"))
    assert "全部 12 条合计" in page
    # 89.46·2 + 120.50·2 + 99.33·2 + 13.25 + 50.00 + 75.88·2 + 101.01·2
    assert '<td class="num">1,035.61</td>' in page


def test_number_columns_carry_their_class(signed_in, city):
    page = text_of(signed_in("agent").get("/houses/list/"))
    assert '<td class="num">89.46</td>' in page
    assert re.search(r'<th class="num"><a [^>]*>建筑面积（m²）', page)


def test_export_holds_what_is_filtered(signed_in, session, city):
    answer = signed_in("agent").get("/houses/export?_flt_0_use=parking")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["房屋", "物业区域", "业主", "用途", "销售状态", "建筑面积（m²）", "首期交存额（元）"],
        ["2幢C1", "安居苑", "郑十", "车位", "已售", 13.25, 10000],
    ]


def test_export_is_an_audit_event(signed_in, session, city):
    signed_in("agent").get("/houses/export?_flt_0_use=parking").get_data()
    session.rollback()
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "export")).one()
    assert (event.subject, event.summary) == ("houses", "导出房屋 1 行（用途：车位）")


def test_export_keeps_personal_data_masked(signed_in, city):
    answer = signed_in("clerk").get("/owners/export")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    numbers = {row[2].value for row in sheet.iter_rows(min_row=2)} - {None}
    assert numbers and all(number.endswith("*" * 12) for number in numbers)


def test_choices_of_another_company_are_not_found(signed_in, city):
    found = signed_in("agent").get("/choices/area").get_json()["results"]
    assert [row["text"] for row in found] == ["安居苑"]
    assert signed_in("agent").get("/choices/organisation").status_code == 403
    assert signed_in("agent").get("/choices/secret").status_code == 404


def test_choices_narrow_by_the_area(signed_in, city):
    found = signed_in("clerk").get(f"/choices/building?area_id={city.other.area.id}").get_json()["results"]
    assert [row["text"] for row in found] == ["鸿雁1幢", "鸿雁2幢"]
