"""The list and the workbench through the browser's requests: pages, saves, refusals at the field, other companies."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.models import ItemShare, Project, Submission
from tests.support.workbench import items_of, post, send, text_of

pytestmark = pytest.mark.isolation


def test_list_shows_the_own_projects_with_their_step(agent, project):
    page = text_of(agent.get("/projects/"))
    assert re.findall(r'<span class="sub">(WX\d+)</span>', page) == [project.number]
    assert re.findall(r"新建\w+维修项目", page) == ["新建正常维修项目", "新建紧急维修项目", "新建简单拨付维修项目"]


def test_kind_that_does_not_exist_has_no_page(agent):
    assert agent.get("/projects/new/other").status_code == 404


def test_start_page_offers_every_kind(agent):
    offered = re.findall(r'href="(/projects/new/\w+)"', text_of(agent.get("/")))
    assert offered == ["/projects/new/normal", "/projects/new/emergency", "/projects/new/simple"]
    assert [agent.get(address).status_code for address in offered] == [200, 200, 200]


def test_filters_are_remembered_until_they_are_cleared(agent, project):
    agent.get("/projects/?q=没有这个")
    assert agent.get("/projects/").location == "/projects/?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E4%B8%AA"
    agent.get("/projects/?clear=1")
    assert agent.get("/projects/").status_code == 200


@pytest.mark.parametrize("query", ["kind=x", "state=x", "area=x", "group=x", "page=0", "sort=name", "size=x"])
def test_list_with_bad_arguments_answers_400(agent, query):
    assert agent.get(f"/projects/?{query}").status_code == 400


@pytest.mark.parametrize("tab", ["basics", "items", "merged", "plan", "records"])
def test_every_tab_has_its_own_address(agent, project, tab):
    answer = agent.get(f"/projects/{project.id}/{tab}")
    assert answer.status_code == 200
    assert "None" not in re.sub(r"<[^>]*>", "", text_of(answer))


@pytest.mark.parametrize("query", ["key=9", "_scheme=javascript&_external=1", "tab=x", "endpoint=x"])
@pytest.mark.parametrize("page", ["", "{key}/merged", "{key}/items"])
def test_strange_arguments_lead_nowhere(agent, project, page, query):
    answer = agent.get(f"/projects/{page.format(key=project.id)}?{query}", follow_redirects=True)
    assert answer.status_code == 200
    assert "javascript:" not in text_of(answer)
    assert "/projects/9" not in text_of(answer)


def test_new_project_typed_badly_keeps_what_was_typed(agent, city):
    values = {
        "area_id": city.area.id, "name": "", "phone": "12345", "planned_start": "2026-05-02",
        "planned_end": "2026-05-01", "reason": "<script>alert(1)</script>", "contact": "长" * 31,
    }  # fmt: skip
    answer = post(agent, "/projects/new/normal", values)
    page = text_of(answer)
    assert answer.status_code == 422
    errors = re.findall(r'<p class="field-error" id="(\w+)-error">([^<]*)</p>', page)
    assert errors == [
        ("name", "请填写项目名称"),
        ("planned_end", "计划完工日期不能早于计划开工日期"),
        ("contact", "最多 30 个字"),
        ("phone", "电话号码不正确，请填写手机号码，或带区号的固定电话如 0750-3123456"),
    ]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "12345" in page


def test_area_of_another_company_is_no_choice(agent, city, session):
    answer = post(agent, "/projects/new/normal", {"area_id": city.other.area.id, "name": "x"})
    assert answer.status_code == 422
    session.rollback()
    assert session.scalars(select(Project)).all() == []


def test_same_form_twice_makes_one_project(agent, city, session):
    values = {"area_id": city.area.id, "name": "一次", "form_key": "k" * 24}
    first = post(agent, "/projects/new/normal", values)
    second = post(agent, "/projects/new/normal", values)
    assert first.location == second.location
    session.rollback()
    assert len(session.scalars(select(Project)).all()) == 1
    assert len(session.scalars(select(Submission)).all()) == 1


def test_stale_page_is_drawn_again_with_what_was_typed(agent, project):
    values = {"name": "第一次", "version": project.version}
    assert post(agent, f"/projects/{project.id}/basics", values).status_code == 302
    answer = post(agent, f"/projects/{project.id}/basics", {**values, "name": "第二次"})
    assert answer.status_code == 409
    assert "您打开页面之后，项目已被修改，请核对后再保存" in text_of(answer)
    assert 'value="第二次"' in text_of(answer)


@pytest.mark.parametrize("act", ["basics", "plan", "delete", "items/save"])
def test_what_is_posted_without_the_version_seen_is_no_request_of_the_page(agent, project, act):
    assert post(agent, f"/projects/{project.id}/{act}", {"name": "x", "version": ""}).status_code == 400


# --- items and shares -----------------------------------------------------------------------------


def test_picker_lists_the_equipment_of_a_place(agent, project, city):
    page = text_of(agent.get(f"/projects/{project.id}/picker?unit={city.units[1].id}"))
    assert re.findall(r'data-name="([^"]+)"', page) == ["2号电梯"]
    page = text_of(agent.get(f"/projects/{project.id}/picker?below=0"))
    assert re.findall(r'data-name="([^"]+)"', page) == ["门卫室屋面"]


def test_saved_fields_and_cells_land_together(agent, project, city, session):
    lift = items_of(session, project)[0]
    typed = {"content": " 更换曳引机 ", "budget": "１，０００.5", "contractor": str(city.contractor.id)}
    body = {
        "version": project.version, "item": lift.id, "items": [{"id": lift.id, **typed}],
        "cells": [[city.houses[0].id, 0, "1,000.50"]],
    }  # fmt: skip
    answer = send(agent, f"/projects/{project.id}/items/save", body)
    assert answer.get_json() == {"address": f"/projects/{project.id}/items"}
    lift = items_of(session, project)[0]
    assert (lift.content, lift.budget, lift.contractor_id) == ("更换曳引机", 100_050, city.contractor.id)
    assert session.get(ItemShare, (lift.id, city.houses[0].id)).amount == 100_050


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("abc", "金额不是有效的数字：abc"),
        ("-1", "金额不能为负数"),
        ("1.234", "金额最多两位小数：1.234"),
        ("=1+1", "金额不能是公式：=1+1"),
        ("9" * 40, "金额不能超过 99,999,999.99"),
        ("NaN", "金额不是有效的数字：NaN"),
    ],
)
def test_cell_typed_badly_is_named_and_nothing_is_stored(agent, project, city, session, typed, sentence):
    lift = items_of(session, project)[0]
    body = {
        "version": project.version, "item": lift.id, "items": [{"id": lift.id, "content": "好"}],
        "cells": [[city.houses[0].id, 0, typed]],
    }  # fmt: skip
    answer = send(agent, f"/projects/{project.id}/items/save", body)
    assert answer.status_code == 422
    assert answer.get_json()["cells"] == {f"share-{city.houses[0].id}": sentence}
    assert answer.get_json()["error"] == "有 1 处填写不正确，没有保存"
    assert items_of(session, project)[0].content == ""


@pytest.mark.parametrize("body", [{"items": "x"}, {"items": [1]}, {"cells": [[1, 2]]}, {"version": "x"}])
def test_broken_json_answers_400(agent, project, body):
    assert send(agent, f"/projects/{project.id}/items/save", body).status_code == 400


def test_chosen_house_of_another_company_answers_404(agent, project, city, session):
    lift = items_of(session, project)[0]
    address = f"/projects/{project.id}/items/{lift.id}/houses/add"
    assert send(agent, address, {"houses": [city.other.houses[0].id]}).status_code == 404
    assert send(agent, address, {"houses": ["x"]}).status_code == 404
    assert send(agent, address, {"houses": []}).get_json()["error"] == "请先勾选房屋"


def test_equipment_of_another_company_answers_404(agent, project, city):
    answer = send(agent, f"/projects/{project.id}/items/add", {"equipment": [city.other.equipment[0].id]})
    assert answer.status_code == 404


def test_contractor_of_another_company_is_refused(agent, project, city, session):
    lift = items_of(session, project)[0]
    body = {"version": project.version, "items": [{"id": lift.id, "contractor": city.other.contractor.id}]}
    answer = send(agent, f"/projects/{project.id}/items/save", body)
    assert (answer.status_code, answer.get_json()["field"]) == (422, f"contractor-{lift.id}")


def test_new_equipment_typed_badly_is_refused_at_the_field(agent, project, city):
    address = f"/projects/{project.id}/equipment"
    category = city.categories[1].id
    for values, field in (
        ({"name": " "}, "name"),
        ({"name": "泵"}, "category_id"),
        ({"name": "泵" * 101, "category_id": category}, "name"),
        ({"name": "泵", "category_id": category, "installed_on": "2026-02-30"}, "installed_on"),
        (
            {"name": "泵", "category_id": category, "installed_on": "2026-02-01", "warranty_until": "2026-01-01"},
            "warranty_until",
        ),
    ):
        answer = send(agent, address, values)
        assert (answer.status_code, answer.get_json()["field"]) == (422, field)


def test_new_equipment_is_answered_with_its_key(agent, project, city):
    values = {"name": "排污泵", "category_id": city.categories[1].id, "unit_id": city.units[0].id}
    answer = send(agent, f"/projects/{project.id}/equipment", values)
    assert re.fullmatch(rf"/projects/{project.id}/items\?added=\d+", answer.get_json()["address"])


# --- export and import -----------------------------------------------------------------------------


def exported(agent, project, item):
    data = agent.get(f"/projects/{project.id}/items/{item.id}/shares.xlsx").get_data()
    return load_workbook(io.BytesIO(data))


def upload(agent, project, item, book):
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return post(agent, f"/projects/{project.id}/items/{item.id}/import", {"file": (stream, "分摊.xlsx")})


def test_exported_list_is_locked_but_for_the_amounts(agent, project, session, city):
    sheet = exported(agent, project, items_of(session, project)[0]).active
    assert [cell.value for cell in sheet[1]] == ["房屋编号", "位置", "业主", "建筑面积", "分摊金额"]
    assert [cell.value for cell in sheet[2]] == [str(city.houses[0].id), "1幢1单元101", "张一", 89.46, 0]
    assert sheet.protection.sheet is True
    assert [cell.protection.locked for cell in sheet[2]] == [True, True, True, True, False]


def test_list_filled_in_excel_comes_back_and_sets_the_budget(agent, project, session):
    lift = items_of(session, project)[0]
    book = exported(agent, project, lift)
    for row, amount in zip((2, 3, 4), (100, "200.5", 0), strict=True):
        book.active.cell(row, 5).value = amount
    page = text_of(upload(agent, project, lift, book))
    assert "确定导入 3 户" in page
    assert session.get(ItemShare, (lift.id, session.scalars(select(ItemShare.house_id)).first())).amount == 0
    packed = re.search(r'name="packed" value="([^"]+)"', page).group(1)
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    answer = post(
        agent, f"/projects/{project.id}/items/{lift.id}/import/confirm", {"packed": packed, "version": version}
    )
    assert answer.status_code == 302
    post(agent, f"/projects/{project.id}/items/{lift.id}/merge")
    assert items_of(session, project)[0].budget == 30_050


def test_faulty_list_names_every_cell_and_stores_nothing(agent, project, session, city):
    lift = items_of(session, project)[0]
    book = exported(agent, project, lift)
    sheet = book.active
    sheet.cell(2, 5).value = -1
    sheet.cell(3, 5).value = "=1+1"
    sheet.cell(4, 1).value = str(city.houses[6].id)
    sheet.cell(4, 5).value = 5
    sheet.append([str(city.houses[0].id), "", "", None, "十元"])
    answer = upload(agent, project, lift, book)
    faults = re.findall(
        r'<tr class="is-faulty"><td class="num">(.*?)</td><td class="nowrap">(.*?)</td><td>.*?</td><td>(.*?)</td></tr>',
        text_of(answer),
    )
    assert answer.status_code == 422
    assert faults == [
        ("2", "分摊金额", "金额不能为负数"),
        ("3", "分摊金额", "是公式，请改为填写数值"),
        ("4", "房屋编号", "不在本设施设备的分摊范围内"),
        ("5", "分摊金额", "金额不是有效的数字：十元"),
    ]
    session.rollback()
    assert set(session.scalars(select(ItemShare.amount).where(ItemShare.item_id == lift.id))) == {0}


def test_missing_and_repeated_houses_are_named(agent, project, session, city):
    lift = items_of(session, project)[0]
    book = exported(agent, project, lift)
    book.active.cell(3, 1).value = str(city.houses[0].id)
    page = text_of(upload(agent, project, lift, book))
    assert "与第 2 行重复" in page
    book = exported(agent, project, lift)
    book.active.delete_rows(3)
    assert "缺少房屋 1幢1单元102" in text_of(upload(agent, project, lift, book))


def test_file_that_is_no_workbook_is_refused(agent, project, session):
    lift = items_of(session, project)[0]
    address = f"/projects/{project.id}/items/{lift.id}/import"
    answer = post(agent, address, {"file": (io.BytesIO(b"PK\x03\x04junk"), "x.xlsx")})
    assert answer.status_code == 422
    assert "文件不是有效的 Excel（xlsx）文件，请用 Excel 或 WPS 另存为 xlsx 后再上传" in text_of(answer)
    assert "请选择填写好的分摊清册" in text_of(post(agent, address))


def test_packed_amounts_that_are_broken_answer_400(agent, project, session):
    lift = items_of(session, project)[0]
    for packed in ("", "x", "eJyLjjYyiwUAAwwBJg==", "eJyrVqpQslIy1FEqU7IyrAUAFcMDHg=="):
        address = f"/projects/{project.id}/items/{lift.id}/import/confirm"
        assert post(agent, address, {"packed": packed}).status_code == 400


# --- plan, merged ------------------------------------------------------------------------------------


def test_plan_typed_badly_keeps_the_rows_and_names_the_cells(agent, project):
    values = {"mode": "amount", "condition": ["进场", "验收"], "amount": ["一万", "0"], "percent": ["", ""]}
    answer = post(agent, f"/projects/{project.id}/plan", values)
    page = text_of(answer)
    assert answer.status_code == 422
    assert re.findall(r'<p class="field-error">([^<]+)</p>', page) == ["金额不是有效的数字：一万", "金额必须大于零"]
    assert 'value="一万"' in page


def test_one_phase_is_refused_and_stays_typed(agent, project):
    values = {"mode": "amount", "condition": ["验收后"], "amount": ["100"], "percent": [""]}
    answer = post(agent, f"/projects/{project.id}/plan", values)
    assert answer.status_code == 422
    assert "正常维修项目至少分 2 期拨付；只拨付一次的，请新建简单拨付维修项目" in text_of(answer)
    assert 'value="验收后"' in text_of(answer)


def test_merged_list_and_its_export_have_the_same_sums(agent, project, session):
    for item in items_of(session, project):
        send(agent, f"/projects/{project.id}/items/save", {"items": [{"id": item.id, "budget": "1000"}]})
        post(agent, f"/projects/{project.id}/items/{item.id}/split")
    page = text_of(agent.get(f"/projects/{project.id}/merged"))
    assert "全部 8 户合计" in page
    sheet = load_workbook(io.BytesIO(agent.get(f"/projects/{project.id}/merged.xlsx").get_data())).active
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert (len(rows), round(sum(row[7] for row in rows), 2)) == (8, 2000.0)


# --- who may see ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["", "items", "merged", "plan", "records", "picker", "merged.xlsx", "items/1/shares.xlsx", "items/1/houses"]
)
def test_project_of_another_company_answers_404(signed_in, project, path):
    assert signed_in("other_agent").get(f"/projects/{project.id}/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["basics", "delete", "plan", "items/1/remove", "items/1/split", "items/1/merge", "items/1/import/confirm"]
)
def test_act_on_a_project_of_another_company_answers_404(signed_in, project, session, path):
    answer = post(
        signed_in("other_agent"), f"/projects/{project.id}/{path}", {"name": "抢", "packed": "eJyLjgUAARUAuQ=="}
    )
    assert answer.status_code == 404
    session.rollback()
    assert session.get(Project, project.id).name == "电梯与屋面维修"


def test_department_reads_but_does_not_edit(signed_in, project):
    clerk = signed_in("clerk")
    page = text_of(clerk.get(f"/projects/{project.id}/items"))
    assert 'data-editable="no"' in page
    assert post(clerk, f"/projects/{project.id}/basics", {"name": "x"}).status_code == 403


def test_bank_has_no_projects(signed_in, project):
    assert signed_in("bank").get(f"/projects/{project.id}/").status_code == 403
