"""设施设备查询: trees with numbers, filters, the row in place, moving; what a role may and may not."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import event, insert, select

from app.extensions import db
from app.models import Equipment, EquipmentCategory, ServiceContract
from app.transaction import unit_of_work
from tests.conftest import post

ALL = ["门卫室屋面", "1号电梯", "2号电梯", "2幢屋面"]


def counts(answer) -> dict[str, str]:
    """{node: its number} of both trees."""
    return dict(
        re.findall(r'class="node[^>]*>([^<]+)<span class="count">([\d,]+)</span>', answer.get_data(as_text=True))
    )


def row(city, **changes) -> dict:
    """A typed row."""
    values = {"area_id": city.area.id, "place": "a", "category_id": city.categories[1].id, "name": "生活水泵"}
    return {**values, "model": "", "maker": "", "installed_on": "", "warranty_until": "", **changes}


# --- list and trees ----------------------------------------------------------------------------


def test_one_area_is_chosen_by_itself_and_counted(agent, city, names):
    answer = agent.get("/equipment/")
    assert names(answer) == ALL
    assert counts(answer) == {
        "安居苑": "4", "1幢": "2", "1单元": "0", "2单元": "1", "2幢": "1", "全部类型": "4", "电梯": "2", "曳引机": "2",
        "屋面": "2", "防水层": "2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("building={b0}", ["1号电梯", "2号电梯"]),
        ("building={b0}&below=0", []),
        ("building={b0}&unit={u1}", ["2号电梯"]),
        ("below=0", ["门卫室屋面"]),
        ("category={c0}", ["1号电梯", "2号电梯"]),  # 电梯: what is below it
        ("category={c3}&building={b1}", ["2幢屋面"]),
        ("search=屋面", ["门卫室屋面", "2幢屋面"]),
        ("search=%25", []),
        ("sort=name&order=desc", ["门卫室屋面", "2幢屋面", "2号电梯", "1号电梯"]),
        ("use=retired", []),
        ("warranty=unknown", ALL),
        ("warranty=under", []),
    ],
)
def test_list_is_narrowed(agent, city, names, query, found):
    keys = {f"b{n}": row.id for n, row in enumerate(city.buildings)} | {f"u{n}": r.id for n, r in enumerate(city.units)}
    keys |= {f"c{n}": row.id for n, row in enumerate(city.categories)}
    assert names(agent.get(f"/equipment/?area={city.area.id}&" + query.format(**keys))) == found


def test_each_tree_counts_what_the_other_lets_through(agent, city):
    shown = counts(agent.get(f"/equipment/?building={city.buildings[0].id}&category={city.categories[2].id}"))
    assert (shown["安居苑"], shown["1幢"], shown["2幢"]) == ("2", "0", "1")  # roofs by place
    assert (shown["全部类型"], shown["电梯"], shown["屋面"]) == ("2", "2", "0")  # 1幢 by kind


def test_category_of_any_depth_counts_for_all_above_it(agent, city, session, names):
    with unit_of_work() as work:
        deeper = EquipmentCategory(name="钢丝绳", parent_id=city.categories[1].id, position=0)
        work.add(deeper)
        work.flush()
        work.add(Equipment(area_id=city.area.id, category_id=deeper.id, name="主绳"))
    answer = agent.get(f"/equipment/?category={city.categories[0].id}")
    assert names(answer) == ["主绳", "1号电梯", "2号电梯"]
    assert (counts(answer)["电梯"], counts(answer)["曳引机"], counts(answer)["钢丝绳"]) == ("3", "3", "1")


def test_department_sees_all_areas_and_adds_only_in_one(signed_in, city, names):
    clerk = signed_in("clerk")
    answer = clerk.get("/equipment/?search=号电梯")
    assert sorted(names(answer)) == ["1号电梯", "2号电梯", "鸿雁1号电梯", "鸿雁2号电梯"]
    assert "请先选择物业区域" in answer.get_data(as_text=True)
    assert clerk.get("/equipment/add").location == "/equipment/"
    assert clerk.get(f"/equipment/add?area={city.area.id}").status_code == 200


@pytest.mark.parametrize("query", ["use=old", "warranty=x", "area=x", "building=1e3", "sort=maker", "page=0"])
def test_nonsense_in_the_address_is_refused(agent, city, query):
    assert agent.get(f"/equipment/?{query}").status_code == 400


def test_foreign_area_in_the_address_is_not_found(agent, city):
    assert agent.get(f"/equipment/?area={city.other.area.id}").status_code == 404


def test_area_that_is_no_longer_theirs_does_not_come_back_with_the_next_click(agent, city, names):
    agent.get(f"/equipment/?area={city.area.id}")
    with unit_of_work() as work:
        work.get(ServiceContract, city.contract.id).ends_on = date(2020, 2, 1)
    remembered = agent.get("/equipment/").location
    assert agent.get(remembered).status_code == 404
    assert agent.get("/equipment/").status_code == 200


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/equipment/?added=99999999999999999999", None), ("/equipment/import/?area=99999999999999999999", None),
        ("/equipment/add", {"area_id": "99999999999999999999"}), ("/equipment/move", {"area_id": "1e9", "to": "a"}),
        ("/equipment/import/", {"area": "x"}), ("/equipment/move", {"area_id": "1", "to": "a", "pick": "1:x"}),
    ],
)  # fmt: skip
def test_number_that_is_none_is_refused(agent, address, data):
    assert (agent.get(address) if data is None else post(agent, address, data)).status_code == 400


def test_who_only_reads_is_offered_no_act(signed_in, city):
    page = signed_in("reviewer").get(f"/equipment/?area={city.area.id}").get_data(as_text=True)
    assert [word for word in ("移动到", "/equipment/add", "/equipment/edit", "/equipment/import") if word in page] == []


# --- the row in place --------------------------------------------------------------------------


def test_new_row_stands_in_the_list_at_the_chosen_place_and_type(agent, city):
    unit, kind = city.units[1], city.categories[3]
    page = agent.get(
        f"/equipment/add?area={city.area.id}&building={unit.building_id}&unit={unit.id}&category={kind.id}"
    ).get_data(as_text=True)
    assert f'<option value="u{unit.id}" selected>1幢2单元</option>' in page
    assert f'<option value="{kind.id}" selected>防水层</option>' in page
    assert page.count("data-row") == 1


def test_added_piece_stands_on_top_of_the_list_it_was_added_in(agent, city, session, names):
    address = f"/equipment/add?area={city.area.id}&building={city.buildings[1].id}"
    answer = post(agent, address, row(city, place=f"b{city.buildings[1].id}", installed_on="2020-05-01"))
    assert answer.status_code == 302
    assert names(agent.get(answer.location)) == ["生活水泵", "2幢屋面"]
    session.rollback()
    piece = session.scalars(select(Equipment).where(Equipment.name == "生活水泵")).one()
    assert (piece.building_id, piece.installed_on) == (city.buildings[1].id, date(2020, 5, 1))
    assert piece.warranty_until == date(2022, 5, 1)  # the category's two years


def test_piece_added_elsewhere_is_shown_where_it_is(agent, city, names):
    address = f"/equipment/add?area={city.area.id}&building={city.buildings[1].id}&search=x"
    answer = post(agent, address, row(city, place=f"u{city.units[0].id}"))
    assert names(agent.get(answer.location))[0] == "生活水泵"


def test_faults_stand_at_their_cells_and_nothing_typed_is_lost(agent, city):
    typed = row(city, name="", category_id="", model="CDL16-8", maker="清源", installed_on="2020-13-01")
    answer = post(agent, f"/equipment/add?area={city.area.id}", typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field, sentence in (
        ("name", "请填写设备名称"), ("category_id", "请选择设备类型"), ("installed_on", "日期无效，格式为 2026-01-31"),
    ):  # fmt: skip
        assert f'<p class="field-error" id="{field}-error">{sentence}</p>' in page
    assert 'value="CDL16-8"' in page and 'value="清源"' in page and 'value="2020-13-01"' in page


def test_refusal_of_the_register_stands_at_its_cell(agent, city):
    typed = row(city, installed_on="2020-05-01", warranty_until="2019-05-01")
    answer = post(agent, f"/equipment/add?area={city.area.id}", typed)
    assert answer.status_code == 422
    error = '<p class="field-error" id="warranty_until-error">保修截止日期不能早于安装日期</p>'
    assert error in answer.get_data(as_text=True)


def test_same_row_sent_twice_is_one_piece(agent, city, session):
    data = row(city) | {"form_key": "the-same-form-key-0001"}
    first, second = (post(agent, f"/equipment/add?area={city.area.id}", data) for _ in range(2))
    assert first.location == second.location
    session.rollback()
    assert len(session.scalars(select(Equipment).where(Equipment.name == "生活水泵")).all()) == 1


def test_row_is_edited_in_place(agent, city, session):
    piece = city.equipment[0]
    page = agent.get(f"/equipment/edit/{piece.id}?area={city.area.id}").get_data(as_text=True)
    assert 'value="1号电梯"' in page
    assert f'<option value="u{piece.unit_id}" selected>1幢1单元</option>' in page
    typed = row(city, name="甲梯", place=f"u{piece.unit_id}", version=1)
    answer = post(agent, f"/equipment/edit/{piece.id}?area={city.area.id}&sort=name", typed)
    assert answer.location == f"/equipment/?area={city.area.id}&sort=name#e{piece.id}"
    session.rollback()
    assert session.get(Equipment, piece.id).name == "甲梯"


def test_row_changed_meanwhile_is_drawn_again_with_what_was_typed(agent, city, session):
    piece = city.equipment[0]
    with unit_of_work():
        piece.version = 5
    typed = row(city, name="甲梯", place=f"u{piece.unit_id}", version=1)
    answer = post(agent, f"/equipment/edit/{piece.id}?area={city.area.id}", typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "已被他人修改，请核对后再保存" in page
    assert 'value="甲梯"' in page and 'name="version" value="5"' in page


# --- posted numbers of others, one field each --------------------------------------------------


@pytest.mark.parametrize(
    "field",
    ["area_id", "building", "unit", "category_id", "piece", "move_area", "move_building", "move_unit", "move_piece"],
)
def test_posted_number_of_another_company_is_refused(agent, city, session, field):
    other, own = city.other, city.equipment[0]
    add, edit, move = "/equipment/add", f"/equipment/edit/{own.id}", "/equipment/move"
    moved = {"area_id": city.area.id, "pick": f"{own.id}:1", "to": "a"}
    address, data = {
        "area_id": (add, row(city, area_id=other.area.id)),
        "building": (add, row(city, place=f"b{other.buildings[0].id}")),
        "unit": (edit, row(city, place=f"u{other.units[0].id}", version=1)),
        "category_id": (add, row(city, category_id=999)),
        "piece": (f"/equipment/edit/{other.equipment[0].id}", row(city, version=1)),
        "move_area": (move, moved | {"area_id": other.area.id}),
        "move_building": (move, moved | {"to": f"b{other.buildings[0].id}"}),
        "move_unit": (move, moved | {"to": f"u{other.units[0].id}"}),
        "move_piece": (move, moved | {"pick": f"{other.equipment[0].id}:1"}),
    }[field]
    before = stored(session)
    answer = post(agent, address, data)
    assert answer.status_code == (422 if field == "category_id" else 404)
    assert stored(session) == before


def stored(session) -> list:
    session.rollback()
    return [tuple(row) for row in session.execute(select(Equipment.__table__).order_by(Equipment.id))]


# --- several -----------------------------------------------------------------------------------


def test_ticked_ones_are_moved(agent, city, session):
    first, second = city.equipment[:2]
    data = {"area_id": city.area.id, "pick": [f"{first.id}:1", f"{second.id}:1"], "to": f"b{city.buildings[1].id}"}
    answer = post(agent, f"/equipment/move?area={city.area.id}", data)
    assert answer.location == f"/equipment/?area={city.area.id}"
    session.rollback()
    assert [session.get(Equipment, key).building_id for key in (first.id, second.id)] == [city.buildings[1].id] * 2


def test_stale_move_moves_nothing_and_keeps_the_ticks(agent, city, session):
    first, second = city.equipment[:2]
    data = {"area_id": city.area.id, "pick": [f"{first.id}:1", f"{second.id}:9"], "to": "a"}
    answer = post(agent, f"/equipment/move?area={city.area.id}", data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "“2号电梯”已被他人修改，没有移动任何设施设备" in page
    assert page.count(" checked aria-label=") == 2
    session.rollback()
    assert session.get(Equipment, first.id).unit_id == city.units[0].id


@pytest.mark.parametrize("data", [{"to": "a"}, {"to": "c1", "pick": "1:1"}, {"to": "", "pick": "1:1"}])
def test_move_without_a_piece_or_a_place_moves_nothing(agent, city, data):
    assert post(agent, "/equipment/move", {"area_id": city.area.id, **data}).status_code in (404, 422)


# --- ten thousand ------------------------------------------------------------------------------


@pytest.fixture
def ten_thousand(city, session):
    """10,000 pieces more in the area."""
    kinds, units = [row.id for row in city.categories], [(row.building_id, row.id) for row in city.units]
    rows = [
        {
            "area_id": city.area.id, "building_id": units[n % 3][0], "unit_id": units[n % 3][1],
            "category_id": kinds[n % 4], "name": f"灭火器{n}",
        }
        for n in range(10_000)
    ]  # fmt: skip
    with unit_of_work() as work:
        work.execute(insert(Equipment), rows)


def statements(app, client, address: str) -> tuple[int, str]:
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    client.get(address)
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = client.get(address)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200
    return len(seen), answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["", "&building={b}&page=7", "&search=灭火器9&category={c}", "&sort=name&order=desc&page=100"]
)
def test_page_of_ten_thousand_takes_at_most_eight_statements(app, agent, city, ten_thousand, query):
    keys = {"b": city.buildings[0].id, "c": city.categories[0].id}
    number, page = statements(app, agent, f"/equipment/?area={city.area.id}" + query.format(**keys))
    assert page.count('class="main-cell"') == 50
    assert number <= 8
