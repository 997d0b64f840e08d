"""Pages of houses that change: typed, previewed, confirmed; faults at their fields; ended houses out of sight."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.domain.enums import HouseChangeKind
from app.models import House, HouseAccount, HouseChange, Owner, Ownership
from app.queries.accounts import AccountFilter, account_totals
from tests.conftest import post
from tests.screens.generated.forms import text_of

PART = {"unit_id": "", "floor": "1", "use": "residential", "owner": "", "identity_number": "", "phone": ""}


def split_data(*parts: tuple[str, str], unit: int | None = None, **more) -> dict:
    """(room, area as typed) of each part, as the form posts its rows."""
    rows = [{**PART, "unit_id": str(unit or ""), "room": room, "floor_area": area} for room, area in parts]
    data = {name: [row[name] for row in rows] for name in (*PART, "room", "floor_area")}
    return {**data, "takes_effect_on": "2026-01-05", "reason": "分割登记", **more}


def confirmed(client, address: str, data: dict, version: int = 1):
    """Preview, then confirm with what the preview gave."""
    shown = post(client, address, {**data, "step": "preview"})
    seen = re.search(r'name="seen" value="(\w+)"', text_of(shown))
    assert seen, text_of(shown)
    return post(client, address, {**data, "step": "confirm", "seen": seen[1], "version": version})


@pytest.fixture
def clerk(signed_in):
    return signed_in("clerk")


@pytest.fixture
def ended(clerk, session, city) -> House:
    """1幢1单元101, split into 101 and 101A."""
    house = city.houses[0]
    data = split_data(("101", "46.00"), ("101A", "43.46"), unit=house.unit_id)
    confirmed(clerk, f"/house-acts/{house.id}/split", data)
    session.rollback()
    return house


def rooms(client, query: str = "") -> list[str]:
    page = text_of(client.get(f"/houses/list/?page_size=100&{query}"))
    return re.findall(r'<a href="/houses/show/\d+">([^<]+)</a>', page)


def test_split_previews_and_then_does_it(clerk, session, city):
    house = city.houses[0]
    address = f"/house-acts/{house.id}/split"
    assert 'value="101-1"' in text_of(clerk.get(address))
    data = split_data(("101", "46.00"), ("101A", "43.46"), unit=house.unit_id)
    shown = text_of(post(clerk, address, {**data, "step": "preview"}))
    assert [figure in shown for figure in ("6,170.36", "63.48", "5,829.64", "59.97", "12,123.45")] == [True] * 5
    session.rollback()
    assert session.scalars(select(HouseChange)).all() == []
    answer = confirmed(clerk, address, data)
    session.rollback()
    change = session.scalars(select(HouseChange)).one()
    assert (answer.status_code, answer.location) == (302, f"/house-changes/show/{change.id}")
    page = text_of(clerk.get(answer.location))
    assert "分户：1幢1单元101" in page
    assert "1幢1单元101A" in page


def test_faults_stand_at_their_fields_and_everything_typed_stays(clerk, session, city):
    house = city.houses[0]
    data = split_data(("", "四十六"), ("101A", "43.46"), unit=house.unit_id, reason="分割登记，证号 7")
    data["phone"][1], data["owner"][1] = "123", "何新、吕新"
    answer = post(clerk, f"/house-acts/{house.id}/split", {**data, "step": "preview"})
    page = text_of(answer)
    assert answer.status_code == 422
    faults = re.findall(r'class="field-error">([^<]+)<', page)
    assert faults == ["请填写房号", "面积不是有效的数字：四十六", "手机号码应为 1 开头的 11 位数字"]
    assert all(f'value="{typed}"' in page for typed in ("四十六", "101A", "何新、吕新", "123"))
    assert "分割登记，证号 7</textarea>" in page


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("", "请填写生效日期"), ("2026-02-30", "日期无效，格式为 2026-01-31"), ("0001-01-01", "日期过早：0001-01-01")],
)
def test_day_that_is_none_stands_at_its_field(clerk, city, day, sentence):
    data = {"owner": ["何新"], "identity_number": [""], "phone": [""], "takes_effect_on": day, "reason": "买卖"}
    answer = post(clerk, f"/house-acts/{city.houses[0].id}/sale", {**data, "step": "preview"})
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)


def test_row_in_which_only_the_preset_floor_stands_is_left_out(clerk, city):
    house = city.houses[0]
    data = split_data(("101", "46.00"), ("", ""), ("101A", "43.46"), unit=house.unit_id)
    answer = post(clerk, f"/house-acts/{house.id}/split", {**data, "step": "preview"})
    assert answer.status_code == 200
    assert text_of(answer).count('aria-label="第 3 户房号"') == 0


def test_refusal_of_the_rules_stands_at_its_field(clerk, city):
    house = city.houses[0]
    data = split_data(("101", "46.00"), ("102", "43.46"), unit=house.unit_id)
    answer = post(clerk, f"/house-acts/{house.id}/split", {**data, "step": "preview"})
    assert answer.status_code == 422
    assert "1幢1单元已有房号 102，同一单元内房号不能重复" in text_of(answer)


def test_confirming_something_else_than_was_previewed_previews_again(clerk, session, city):
    house = city.houses[0]
    address = f"/house-acts/{house.id}/split"
    data = split_data(("101", "46.00"), ("101A", "43.46"), unit=house.unit_id)
    shown = text_of(post(clerk, address, {**data, "step": "preview"}))
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    other = split_data(("101", "46.01"), ("101A", "43.45"), unit=house.unit_id)
    answer = post(clerk, address, {**other, "step": "confirm", "seen": seen, "version": 1})
    assert answer.status_code == 422
    assert "内容或余额与预览时不同，请核对新的预览后再确认" in text_of(answer)
    session.rollback()
    assert session.scalars(select(HouseChange)).all() == []


def test_merge_by_the_form(clerk, session, city):
    a, b = city.houses[3], city.houses[4]
    data = split_data(("101", ""), unit=a.unit_id, others=[str(b.id)])
    confirmed(clerk, f"/house-acts/{a.id}/merge", data)
    session.rollback()
    change = session.scalars(select(HouseChange)).one()
    (row,) = {row.after for row in change.successions}
    assert (change.kind, row.label, row.floor_area) == (HouseChangeKind.MERGE, "1幢2单元101", 19866)


def test_sale_by_the_form_with_a_co_owner(clerk, session, city):
    house = city.houses[0]
    data = {
        "owner": ["何新", "吕新", ""], "identity_number": ["11010519491231002X", "", ""], "phone": ["", "", ""],
        "takes_effect_on": "2026-01-05", "reason": "买卖",
    }  # fmt: skip
    answer = post(clerk, f"/house-acts/{house.id}/sale", {**data, "step": "preview"})
    assert "该证件号码已登记为“张一”" in text_of(answer)
    data["identity_number"][0] = ""
    confirmed(clerk, f"/house-acts/{house.id}/sale", data)
    session.rollback()
    query = select(Owner.name).join(Ownership, Ownership.owner_id == Owner.id)
    query = query.where(Ownership.house_id == house.id, Ownership.until.is_(None)).order_by(Ownership.position)
    assert session.scalars(query).all() == ["何新", "吕新"]


def test_co_owners_by_the_form(clerk, session, city):
    house = city.houses[0]
    page = text_of(clerk.get(f"/house-acts/{house.id}/owners"))
    assert "110105************" in page
    assert "11010519491231002X" not in page
    data = {
        "owner_id": ["", str(house.owner_id)], "owner": ["赵新", "张一"], "identity_number": ["", ""],
        "phone": ["", ""], "version": 1,
    }  # fmt: skip
    assert post(clerk, f"/house-acts/{house.id}/owners", data).location == f"/houses/show/{house.id}"
    session.rollback()
    assert session.get(House, house.id).owner.name == "赵新"
    stranger = {**data, "owner_id": [str(city.houses[1].owner_id)], "owner": ["张二"], "version": 2}
    assert post(clerk, f"/house-acts/{house.id}/owners", stranger).status_code == 404


def test_ended_house_is_out_of_lists_pickers_search_and_counts(clerk, signed_in, session, city, ended):
    living = rooms(clerk, "_flt_0_area=安居苑&_flt_2_building=1幢")
    first, second = ("101", "101A", "102", "201"), ("101", "102", "201")
    assert living == [f"1幢1单元{room}" for room in first] + [f"1幢2单元{room}" for room in second]
    assert rooms(clerk, "_flt_0_ended=1") == ["1幢1单元101"]
    found = clerk.get(f"/choices/house?area_id={city.area.id}&q=1单元101").json["results"]
    assert ended.id not in {row["id"] for row in found}
    assert len(found) == 3
    searched = text_of(clerk.get("/search/?q=1单元101"))
    assert f'/houses/show/{ended.id}"' not in searched
    buildings = re.findall(r'<td class="num">(\d+)</td>', text_of(clerk.get(f"/areas/show/{city.area.id}")))
    assert buildings == ["7", "6"]
    assert account_totals(session, AccountFilter(area_id=city.area.id), area_ids=None).houses == 13
    assert account_totals(session, AccountFilter(ended=True), area_ids=None).houses == 1
    assert f'/accounts/{ended.id}"' not in text_of(signed_in("agent").get("/accounts/"))
    assert f'/accounts/{ended.id}"' in text_of(signed_in("agent").get("/accounts/?ended=1"))


def test_ended_house_stays_readable_and_is_not_edited(clerk, session, city, ended):
    page = text_of(clerk.get(f"/houses/show/{ended.id}"))
    assert "已注销" in page
    assert f"/houses/edit/{ended.id}" not in page
    assert f"/house-acts/{ended.id}/split" not in page
    heir = session.scalars(select(House.id).where(House.label == "1幢1单元101A")).one()
    assert f'href="/houses/show/{heir}"' in page
    assert f'href="/houses/show/{ended.id}"' in text_of(clerk.get(f"/houses/show/{heir}"))
    assert clerk.get(f"/accounts/{ended.id}").status_code == 200
    refused = text_of(post(clerk, f"/houses/delete/{ended.id}", page=f"/houses/show/{ended.id}"))
    assert "还有" in refused
    assert session.get(HouseAccount, ended.id).principal == 0


def test_list_of_changes_goes_to_excel_and_to_the_company_of_the_area_only(clerk, signed_in, ended):
    assert "1幢1单元101、1幢1单元101A" in text_of(clerk.get("/house-changes/list/"))
    assert clerk.get("/house-changes/export").status_code == 200
    assert "1幢1单元101" in text_of(signed_in("agent").get("/house-changes/list/"))
    other = signed_in("other_agent")
    assert "1幢1单元101" not in text_of(other.get("/house-changes/list/"))
    assert other.get("/house-changes/show/1").status_code == 404
    assert other.get(f"/house-acts/{ended.id}/split").status_code == 403


def test_owner_of_a_house_with_money_is_not_changed_by_an_edit(clerk, session, city):
    house = city.houses[0]
    page = clerk.get(f"/houses/edit/{house.id}")
    seen = re.search(r'name="seen" value="(\w+)"', text_of(page))[1]
    data = {
        "seen": seen, "unit_id": house.unit_id, "floor": "1", "room": "101", "floor_area": "89.46",
        "use": "residential", "area_ground": "surveyed", "sale_state": "unsold", "owner_id": city.houses[1].owner_id,
        "first_deposit": "10,000",
    }  # fmt: skip
    assert post(clerk, f"/houses/edit/{house.id}", data).status_code == 302
    session.rollback()
    fresh = session.get(House, house.id)
    assert (fresh.owner.name, fresh.sale_state.label) == ("张一", "已售")
    assert (fresh.area_ground.label, fresh.version) == ("测绘", 2)
