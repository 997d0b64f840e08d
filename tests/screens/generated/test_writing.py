"""Adding, editing and deleting through generated forms: one commit with its audit event, nothing orphaned."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from app.models import Area, AuditEvent, Building, Contractor, District, House, Owner, Ownership, Unit
from tests.conftest import post
from tests.screens.generated.forms import edit, errors, text_of


def last_event(session) -> AuditEvent:
    session.rollback()
    return session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()


def house_data(city, **values) -> dict:
    return {
        "area_id": city.area.id, "building_id": city.buildings[0].id, "room": "301", "floor": "3",
        "floor_area": "112.38", "area_ground": "registered", "use": "residential", "sale_state": "unsold",
        "first_deposit": "11,240.00", **values,
    }  # fmt: skip


def test_added_house_has_label_sort_key_and_hundredths(signed_in, session, city):
    unit = session.scalars(select(Unit).where(Unit.building_id == city.buildings[0].id).order_by(Unit.id)).first()
    answer = post(signed_in("clerk"), "/houses/add", house_data(city, unit_id=unit.id))
    session.rollback()
    house = session.scalars(select(House).where(House.room == "301")).one()
    assert answer.location == f"/houses/show/{house.id}"
    assert (house.label, house.floor_area, house.first_deposit) == ("1幢1单元301", 11238, 1124000)
    first = session.scalars(select(House).where(House.label == "1幢1单元201")).one()
    second = session.scalars(select(House).where(House.label == "1幢2单元101")).one()
    assert first.sort_key < house.sort_key < second.sort_key


def test_money_and_area_stand_in_the_form_as_typed_units(signed_in, city):
    page = text_of(signed_in("clerk").get(f"/houses/edit/{city.houses[0].id}"))
    assert 'name="floor_area" required type="text" value="89.46"' in page
    assert 'name="first_deposit" type="text" value="10,000.00"' in page


def test_saving_unchanged_changes_nothing(signed_in, session, city):
    house = city.houses[0]
    before = (house.floor_area, house.first_deposit, house.label, house.sort_key)
    edit(
        signed_in("clerk"), f"/houses/edit/{house.id}",
        {
            "unit_id": house.unit_id, "floor": house.floor, "room": house.room, "floor_area": "89.46",
            "area_ground": "registered", "use": "residential", "sale_state": "sold", "owner_id": house.owner_id,
            "first_deposit": "10,000.00",
        },
    )  # fmt: skip
    event = last_event(session)
    assert (event.action, event.changes) == ("edit", "")
    session.refresh(house)
    assert (house.floor_area, house.first_deposit, house.label, house.sort_key) == before


def test_second_house_of_the_same_room_is_refused_at_the_field_and_nothing_typed_is_lost(signed_in, city):
    unit = city.houses[0].unit_id
    answer = post(signed_in("clerk"), "/houses/add", house_data(city, unit_id=unit, room="101", floor="9"))
    assert answer.status_code == 422
    assert errors(answer) == {"room": "1幢1单元已有房号 101，同一单元内房号不能重复"}
    assert 'name="floor" type="text" value="9"' in text_of(answer)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("floor_area", "112.385", "面积最多两位小数：112.385"),
        ("floor_area", "0", "面积必须大于零"),
        ("floor_area", "", "请填写面积"),
        ("first_deposit", "一万", "金额不是有效的数字：一万"),
        ("room", "", "请填写房号"),
        ("use", "castle", "请从列表中选择"),
        ("deposited_on", "2026-02-30", "日期无效，格式为 2026-01-31"),
    ],
)
def test_faulty_field_is_told_in_chinese(signed_in, session, city, field, value, sentence):
    answer = post(signed_in("clerk"), "/houses/add", house_data(city, **{field: value}))
    assert answer.status_code == 422
    assert errors(answer) == {field: sentence}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(House).where(House.room == "301")) == 0


def test_posted_row_of_another_building_is_refused(signed_in, city):
    foreign = city.other.houses[0].unit_id
    answer = post(signed_in("clerk"), "/houses/add", house_data(city, unit_id=foreign))
    assert errors(answer) == {"unit_id": "请从列表中选择"}


def test_area_of_a_house_cannot_be_changed_by_an_edit(signed_in, session, city):
    house = city.houses[0]
    edit(signed_in("clerk"), f"/houses/edit/{house.id}", house_data(city, area_id=city.other.area.id, room="101"))
    session.refresh(house)
    assert house.area_id == city.area.id


def test_new_owner_of_a_house_without_money_ends_the_old_ownership(signed_in, session, city):
    """Once there is money on the account, another owner is a sale: tests/screens/houses."""
    house, owner = city.houses[11], city.houses[1].owner_id
    old = house.owner_id
    edit(
        signed_in("clerk"), f"/houses/edit/{house.id}",
        house_data(city, room="C1", use="parking", sale_state="sold", owner_id=owner),
    )  # fmt: skip
    session.rollback()
    rows = session.scalars(select(Ownership).where(Ownership.house_id == house.id).order_by(Ownership.id)).all()
    assert [(row.owner_id, row.until is None) for row in rows] == [(old, False), (owner, True)]


def test_stale_form_answers_conflict(signed_in, session, city):
    client = signed_in("clerk")
    data = {"code": "330101", "name": "新城区"}
    answer = post(client, f"/districts/edit/{city.area.district_id}", {"seen": "0" * 32, **data})
    assert answer.status_code == 409
    assert "已被他人修改，请刷新后再看" in text_of(answer)


def test_edit_is_an_audit_event_with_old_and_new(signed_in, session, city):
    edit(signed_in("clerk"), f"/districts/edit/{city.area.district_id}", {"code": "330101", "name": "新城区"})
    event = last_event(session)
    assert (event.action, event.subject, event.actor_name) == ("edit", "districts", "陈窗")
    assert json.loads(event.changes) == {"name": ["城中区", "新城区"]}


def test_personal_data_is_masked_in_the_audit_trail(signed_in, session, city):
    owner = city.houses[0].owner
    edit(signed_in("clerk"), f"/owners/edit/{owner.id}", {"name": owner.name, "phone": "13911112222"})
    changes = json.loads(last_event(session).changes)
    assert list(changes) == ["phone"]
    assert changes["phone"][1] == "139****2222"


def test_repeated_submission_adds_once(signed_in, session, city):
    client = signed_in("clerk")
    data = {"code": "330199", "name": "开发区", "form_key": "k" * 32}
    first = post(client, "/districts/add", data)
    second = post(client, "/districts/add", data)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(District).where(District.code == "330199")) == 1
    assert first.location == second.location


def test_twin_is_refused_by_the_field_s_name(signed_in, city):
    answer = post(signed_in("clerk"), "/districts/add", {"code": "330101", "name": "另一区"})
    assert errors(answer) == {"code": "代码已有相同的记录，不能重复"}


@pytest.mark.parametrize("code", ["abc", "33010", "3301011", "330101\n", "３３０１９９"])
def test_district_with_a_code_that_is_none_is_refused(signed_in, city, code):
    answer = post(signed_in("clerk"), "/districts/add", {"code": code, "name": "另一区"})
    assert errors(answer) == {"code": "代码应为 6 位或 9 位数字"}


def test_delete_of_what_others_hang_on_is_refused_with_numbers(signed_in, session, city):
    building = city.buildings[0]
    answer = post(signed_in("clerk"), f"/buildings/delete/{building.id}")
    assert answer.status_code == 422
    assert "不能删除楼幢“1幢”：还有" in text_of(answer)
    assert "6 条房屋" in text_of(answer)
    session.rollback()
    assert session.get(Building, building.id) is not None


def test_delete_removes_the_row_and_leaves_its_last_state_in_the_trail(signed_in, session, city):
    post(signed_in("clerk"), "/districts/add", {"code": "330199", "name": "开发区"})
    session.rollback()
    key = session.scalars(select(District.id).where(District.code == "330199")).one()
    answer = post(signed_in("clerk"), f"/districts/delete/{key}")
    assert answer.location == "/districts/list/"
    event = last_event(session)
    assert (event.action, json.loads(event.changes)) == ("delete", {"code": ["330199", None], "name": ["开发区", None]})


def test_delete_by_get_is_not_allowed(signed_in, city):
    assert signed_in("clerk").get(f"/buildings/delete/{city.buildings[0].id}").status_code == 405


def test_reveal_shows_the_number_once_and_is_an_audit_event(signed_in, session, city):
    client, owner = signed_in("clerk"), city.houses[0].owner
    number = owner.identity_number
    assert number not in text_of(client.get(f"/owners/show/{owner.id}"))
    assert number in text_of(post(client, f"/owners/show/{owner.id}/reveal"))
    event = last_event(session)
    assert (event.action, event.summary) == ("reveal", f"业主 {owner.name}：证件号码、联系电话")


def test_reveal_needs_the_right(signed_in, city):
    owner = city.houses[0].owner
    client = signed_in("reviewer")
    assert "显示" not in text_of(client.get(f"/owners/show/{owner.id}"))
    assert post(client, f"/owners/show/{owner.id}/reveal").status_code == 403


def test_personal_number_is_never_printed_into_the_form(signed_in, city):
    owner = city.houses[0].owner
    page = text_of(signed_in("clerk").get(f"/owners/edit/{owner.id}"))
    assert owner.identity_number not in page
    assert "留空表示不改" in page


def test_contractor_belongs_to_the_company_that_adds_it(signed_in, session, cast, city):
    post(signed_in("agent"), "/contractors/add", {"name": "新建工程公司", "active": "y"})
    session.rollback()
    added = session.scalars(select(Contractor).where(Contractor.name == "新建工程公司")).one()
    assert added.organisation_id == cast.organisations.company.id


def test_account_cannot_be_added_to_another_company_s_contractor(signed_in, city):
    account = {"account_name": "甲", "bank_name": "乙", "account_no": "12345678"}
    data = {"contractor_id": city.other.contractor.id, **account}
    answer = post(signed_in("agent"), "/contractor-accounts/add", data)
    assert errors(answer) == {"contractor_id": "请从列表中选择"}


def test_renamed_building_renames_its_houses(signed_in, session, city):
    building = city.buildings[0]
    edit(signed_in("clerk"), f"/buildings/edit/{building.id}", {"name": "10号楼", "kind": "tower"})
    session.rollback()
    labels = session.scalars(select(House.label).where(House.building_id == building.id)).all()
    assert sorted(labels)[0] == "10号楼1单元101"
    assert session.get(Building, building.id).sort_key == "50210号楼"


def test_area_with_accounts_keeps_its_escrow_account(signed_in, session, city):
    area = city.area
    data = {"district_id": area.district_id, "name": area.name, "escrow_account_id": city.other.escrow.id}
    answer = edit(signed_in("clerk"), f"/areas/edit/{area.id}", data)
    assert errors(answer) == {"escrow_account_id": "该区域已有账目，专户不能在此更换；换专户须办理转移"}
    session.rollback()
    assert session.get(Area, area.id).escrow_account_id == city.escrow.id


def test_second_company_for_the_same_area_and_time_is_refused(signed_in, cast, city):
    data = {
        "organisation_id": cast.organisations.other_company.id, "area_id": city.area.id, "starts_on": "2026-01-01",
    }  # fmt: skip
    answer = post(signed_in("clerk"), "/service-contracts/add", data)
    told = "该区域同期已由“安居物业服务有限公司”服务，一个区域同一时间只能有一家物业服务企业"
    assert errors(answer) == {"area_id": told}


def test_same_person_twice_in_an_area_is_refused(signed_in, session, city):
    owner = session.get(Owner, city.houses[0].owner_id)
    data = {"area_id": city.area.id, "name": "张一一", "identity_number": owner.identity_number}
    answer = post(signed_in("clerk"), "/owners/add", data)
    assert answer.status_code == 422
    assert "物业区域、证件号码已有相同的记录，不能重复" in text_of(answer)
