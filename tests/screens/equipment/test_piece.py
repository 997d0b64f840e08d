"""One piece's page: the label's QR code leads here; repairs, history, 停用, 恢复使用, 删除."""

from __future__ import annotations

import pytest

from app.documents import site
from app.documents.contexts_equipment import MOST, equipment_labels
from app.domain.errors import Refusal
from app.models import Equipment
from app.permissions import SYSTEM
from app.queries.equipment import Chosen
from app.transaction import unit_of_work
from app.workflows.engine import Context
from tests.conftest import csrf_token, post
from tests.documents.conftest import pdf_text
from tests.factories.people import LONG_AGO, PASSWORD
from tests.screens.equipment.test_list import statements


def text(answer) -> str:
    return answer.get_data(as_text=True)


# --- the page -----------------------------------------------------------------------------------------------------


def test_scanned_label_asks_for_sign_in_and_then_opens_the_page(client, cast, city):
    address = f"/equipment/{city.equipment[0].id}"
    asked = client.get(address)
    assert asked.location == f"/login?next={address}"
    data = {"username": "agent", "password": PASSWORD, "csrf_token": csrf_token(client.get(asked.location))}
    signed_in = client.post(asked.location, data=data)
    assert signed_in.location == address
    assert "1号电梯" in text(client.get(address))


def test_label_of_another_company_answers_404(agent, city):
    assert agent.get(f"/equipment/{city.other.equipment[0].id}").status_code == 404


def test_role_without_the_right_is_told_so(signed_in, city):
    assert signed_in("revenue").get(f"/equipment/{city.equipment[0].id}").status_code == 403


def test_page_takes_at_most_eight_statements(app, agent, businesses, city):
    assert statements(app, agent, f"/equipment/{city.equipment[0].id}")[0] <= 8


def test_repairs_are_those_of_the_own_projects(signed_in, businesses, city):
    piece = businesses.own.project.items[0].equipment_id
    number = businesses.own.project.number
    assert number in text(signed_in("agent").get(f"/equipment/{piece}"))
    assert number in text(signed_in("reviewer").get(f"/equipment/{piece}"))


def test_repairs_of_a_company_before_are_not_shown(signed_in, businesses, city, cast):
    """The area passes to another company; the project that the first one had finished stays its own."""
    from tests.factories import premises

    piece, number = businesses.own.project.items[0].equipment_id, businesses.own.project.number
    with unit_of_work() as work:
        premises.add_contract(work, cast.organisations.other_company, city.area)
    page = text(signed_in("other_agent").get(f"/equipment/{piece}"))
    assert "没有维修记录" in page
    assert number not in page


def test_history_names_people_of_the_own_company_and_the_department_only(agent, signed_in, city, cast):
    from tests.factories import premises

    piece = city.equipment[0]
    data = {"place": "a", "category_id": piece.category_id, "name": "甲梯", "version": 1}
    post(agent, f"/equipment/edit/{piece.id}", data)
    page = text(agent.get(f"/equipment/{piece.id}"))
    assert "李维" in page and "名称：1号电梯 → 甲梯" in page and "位置：1幢1单元 → 小区" in page
    with unit_of_work() as work:
        premises.add_contract(work, cast.organisations.other_company, city.area)
    page = text(signed_in("other_agent").get(f"/equipment/{piece.id}"))
    assert "其他机构" in page
    assert "李维" not in page


# --- 停用, 恢复使用, 删除 ---------------------------------------------------------------------------------------------


def test_retired_with_day_and_reason_and_brought_back(agent, city, session):
    key = city.equipment[0].id
    data = {"version": 1, "retired_on": "2026-01-05", "reason": "报废"}
    assert post(agent, f"/equipment/{key}/retire", data).location == f"/equipment/{key}"
    page = text(agent.get(f"/equipment/{key}"))
    assert "已停用" in page and "2026-01-05" in page and "报废" in page and "恢复使用" in page
    assert post(agent, f"/equipment/{key}/retire", data).status_code == 409
    assert post(agent, f"/equipment/{key}/reactivate", {"version": 2}).location == f"/equipment/{key}"
    session.rollback()
    assert not session.get(Equipment, key).retired


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"retired_on": "", "reason": "坏"}, "请填写停用日期"),
        ({"retired_on": "2026-02-30", "reason": "坏"}, "日期无效，格式为 2026-01-31"),
        ({"retired_on": "2026-01-05", "reason": " "}, "请填写停用原因"),
    ],
)
def test_retirement_refused_keeps_the_dialog_open_with_what_was_typed(agent, city, data, sentence):
    answer = post(agent, f"/equipment/{city.equipment[0].id}/retire", {"version": 1, **data})
    assert answer.status_code == 422
    assert "data-open" in text(answer)
    assert f'<p class="field-error">{sentence}</p>' in text(answer)
    assert f'value="{data["retired_on"]}"' in text(answer)


def test_version_is_asked_for(agent, city):
    key = city.equipment[0].id
    for address in (f"/equipment/{key}/retire", f"/equipment/{key}/reactivate", f"/equipment/delete/{key}"):
        assert post(agent, address).status_code == 400


def test_piece_with_nothing_on_it_is_deleted(agent, city, session):
    key = city.equipment[3].id
    answer = post(agent, f"/equipment/delete/{key}", {"version": 1})
    assert answer.location == f"/equipment/?area={city.area.id}"
    session.rollback()
    assert session.get(Equipment, key) is None


def test_piece_of_a_project_is_not_deleted_and_says_why(agent, businesses, session):
    key = businesses.own.project.items[0].equipment_id
    answer = post(agent, f"/equipment/delete/{key}", {"version": 1})
    assert answer.status_code == 422
    assert "还有1 条维修设施设备与它关联" in text(answer)
    session.rollback()
    assert session.get(Equipment, key) is not None


@pytest.mark.parametrize("act", ["{key}/retire", "{key}/reactivate", "delete/{key}"])
def test_foreign_piece_is_not_found_by_any_act(agent, city, act):
    address = "/equipment/" + act.format(key=city.other.equipment[0].id)
    assert post(agent, address, {"version": 1}).status_code == 404


# --- labels -------------------------------------------------------------------------------------------------------


def labels(session, area, **data) -> list:
    return equipment_labels(area, Context(session, SYSTEM, LONG_AGO, data))[0].labels


def test_label_leads_to_the_piece_at_the_platforms_own_address(session, city):
    site.configure("https://fund.example.cn/")
    try:
        found = labels(session, city.area)
    finally:
        site.configure("http://127.0.0.1:8080")
    assert [(label.name, label.location, label.category, label.area) for label in found] == [
        ("门卫室屋面", "小区", "防水层", "安居苑"), ("1号电梯", "1幢1单元", "曳引机", "安居苑"),
        ("2号电梯", "1幢2单元", "曳引机", "安居苑"), ("2幢屋面", "2幢", "防水层", "安居苑"),
    ]  # fmt: skip
    assert found[1].link == f"https://fund.example.cn/equipment/{city.equipment[0].id}"


def test_labels_of_what_is_chosen_or_ticked(session, city):
    chosen = Chosen(building_id=city.buildings[0].id)
    assert [label.name for label in labels(session, city.area, chosen=chosen)] == ["1号电梯", "2号电梯"]
    assert [label.name for label in labels(session, city.area, picked=[city.equipment[2].id])] == ["2幢屋面"]


def test_too_many_or_no_labels_are_refused(session, city):
    with pytest.raises(Refusal, match="没有可打印标签"):
        labels(session, city.area, chosen=Chosen(search="没有"))
    with unit_of_work() as work:
        work.add_all(
            Equipment(area_id=city.area.id, category_id=city.categories[1].id, name=f"灯{n}") for n in range(MOST)
        )
    with pytest.raises(Refusal, match="一次最多打印 1,000 张标签"):
        labels(session, city.area)


def test_sheet_of_25_labels_takes_two_pages(agent, city, session):
    with unit_of_work() as work:
        work.add_all(
            Equipment(area_id=city.area.id, category_id=city.categories[1].id, name=f"路灯{n}") for n in range(21)
        )
    answer = agent.get(f"/papers/equipment_labels/{city.area.id}.pdf")
    found = pdf_text(answer.data)
    assert answer.mimetype == "application/pdf"
    assert "第1页/共2页" in found and "路灯20" in found and "1幢2单元" in found


def test_labels_of_a_foreign_area_are_not_found(agent, city):
    assert agent.get(f"/papers/equipment_labels/{city.other.area.id}.pdf").status_code == 404
    foreign = city.other.equipment[0].id
    assert agent.get(f"/papers/equipment_labels/{city.area.id}.pdf?pick={foreign}").status_code == 422
    assert agent.get(f"/papers/equipment_labels/{city.area.id}.pdf?pick=x").status_code == 400
