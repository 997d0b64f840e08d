"""Acts on 设施设备: defaults of warranty, moves, retirement, versions, what belongs to others."""

from __future__ import annotations

import contextlib
import json
from datetime import date

import pytest
from sqlalchemy import select

from app import tenancy
from app.domain.enums import ProjectKind, WarrantyState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import AuditEvent, Building, Equipment, EquipmentCategory, PlatformUser, ProjectItem
from app.queries.actors import actor_of
from app.transaction import unit_of_work
from app.workflows.engine import Context
from app.workflows.equipment import register
from app.workflows.equipment.register import Values
from app.workflows.projects import actions, items
from tests.support.threads import together
from tests.workflows.equipment.conftest import NOW

BASICS = {"name": "电梯维修", "reason": "异响", "contact": "李维", "phone": "13800000001", "remark": ""}


def fresh(session, key: int) -> Equipment:
    session.rollback()
    return session.get(Equipment, key)


def in_project(do, city, piece: Equipment, who: str = "agent") -> int:
    """A draft of the company with this piece."""

    def make(ctx):
        project = actions.create_project(ProjectKind.NORMAL, piece.area_id, dict(BASICS), ctx)
        items.add_items(project.id, [piece.id], ctx)
        return project.id

    return do(make, who)


def events(session, key: int) -> list[tuple[str, dict]]:
    query = select(AuditEvent).where(AuditEvent.subject == "equipment", AuditEvent.subject_id == str(key))
    return [
        (event.action, json.loads(event.changes or "{}")) for event in session.scalars(query.order_by(AuditEvent.id))
    ]


# --- add and edit --------------------------------------------------------------------------------------------


def test_added_at_a_unit_with_the_building_of_the_unit(do, city, session):
    values = Values(
        " 1号水泵 ", city.categories[1].id, None, city.units[0].id, " CDL16 ", "清源", date(2020, 5, 1), None
    )
    piece = fresh(session, do(lambda ctx: register.add(city.area.id, values, ctx)))
    assert (piece.name, piece.model, piece.maker) == ("1号水泵", "CDL16", "清源")
    assert (piece.building_id, piece.unit_id, piece.version) == (city.buildings[0].id, city.units[0].id, 1)
    assert events(session, piece.id)[0][0] == "add_equipment"


@pytest.mark.parametrize(
    ("installed", "completed", "years", "until"),
    [
        (None, date(2010, 6, 30), 2, date(2012, 6, 30)),  # from completion acceptance
        (date(2009, 11, 1), date(2010, 6, 30), 2, date(2012, 6, 30)),  # installed before it: not earlier
        (date(2024, 2, 29), date(2010, 6, 30), 5, date(2029, 2, 28)),  # replaced later: from its installation
        (date(2024, 1, 5), None, 2, date(2026, 1, 5)),
        (None, None, 2, None),
    ],
)
def test_warranty_left_empty_is_that_of_the_category(installed, completed, years, until):
    building = Building(name="1幢", completed_on=completed)
    assert register.default_warranty(EquipmentCategory(warranty_years=years), building, installed) == until


def test_warranty_that_is_typed_is_kept(do, city, session):
    values = Values("泵", city.categories[1].id, city.buildings[0].id, warranty_until=date(2030, 1, 1))
    piece = fresh(session, do(lambda ctx: register.add(city.area.id, values, ctx)))
    assert piece.warranty_until == date(2030, 1, 1)


def test_warranty_lasts_to_the_end_of_its_last_day():
    piece = Equipment(warranty_until=date(2026, 3, 2))
    assert piece.warranty_on(date(2026, 3, 2)) is WarrantyState.UNDER
    assert piece.warranty_on(date(2026, 3, 3)) is WarrantyState.OVER
    assert Equipment().warranty_on(date(2026, 3, 2)) is WarrantyState.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": "  "}, "name", "请填写设备名称"),
        ({"name": "泵" * 201}, "name", "最多 200 个字"),
        ({"model": "x" * 101}, "model", "最多 100 个字"),
        ({"category_id": 999}, "category_id", "请选择设备类型"),
        ({"installed_on": date(2026, 3, 3)}, "installed_on", "日期不能晚于今天：2026-03-03"),
        ({"installed_on": date(2025, 1, 2), "warranty_until": date(2025, 1, 1)}, "warranty_until",
         "保修截止日期不能早于安装日期"),
    ],
)  # fmt: skip
def test_faulty_values_are_refused_at_their_field(do, city, changes, field, sentence):
    values = Values(**{"name": "泵", "category_id": city.categories[1].id, **changes})
    with pytest.raises(Refusal) as refused:
        do(lambda ctx: register.add(city.area.id, values, ctx))
    assert (refused.value.field, str(refused.value)) == (field, sentence)


def test_edit_says_old_and_new_and_grows_the_version(do, city, session):
    piece = city.equipment[0]
    values = Values("甲梯", piece.category_id, piece.building_id, piece.unit_id, model="GeN2")
    do(lambda ctx: register.edit(piece.id, values, ctx, version=1))
    assert fresh(session, piece.id).version == 2
    assert events(session, piece.id) == [
        ("edit", {"name": ["1号电梯", "甲梯"], "model": [None, "GeN2"], "warranty_until": [None, "2012-06-30"]})
    ]


def test_edit_that_changes_nothing_leaves_the_version(do, city, session):
    piece = city.equipment[3]
    values = Values(piece.name, piece.category_id)
    do(lambda ctx: register.edit(piece.id, values, ctx, version=1))
    assert (fresh(session, piece.id).version, events(session, piece.id)) == (1, [])


def test_edit_of_a_stale_row_is_a_conflict(do, city, session):
    piece = city.equipment[0]
    with pytest.raises(Conflict):
        do(lambda ctx: register.edit(piece.id, Values("甲", piece.category_id), ctx, version=0))
    assert fresh(session, piece.id).name == "1号电梯"


@pytest.mark.parametrize("who", ["revenue", "reviewer", "finance", "auditor"])
def test_who_lacks_the_right_is_refused(do, city, who):
    with pytest.raises(Forbidden):
        do(lambda ctx: register.add(city.area.id, Values("泵", city.categories[1].id), ctx), who)


# --- what belongs to others, one field each --------------------------------------------------------------------


def test_foreign_area_is_refused(do, city):
    with pytest.raises(NotYours):
        do(lambda ctx: register.add(city.other.area.id, Values("泵", city.categories[1].id), ctx))


def test_foreign_building_is_refused(do, city):
    values = Values("泵", city.categories[1].id, building_id=city.other.buildings[0].id)
    with pytest.raises(NotYours):
        do(lambda ctx: register.add(city.area.id, values, ctx))


def test_foreign_unit_is_refused(do, city):
    values = Values("泵", city.categories[1].id, unit_id=city.other.units[0].id)
    with pytest.raises(NotYours):
        do(lambda ctx: register.add(city.area.id, values, ctx))


def test_place_of_another_area_is_refused_to_the_department_too(do, city):
    values = Values("泵", city.categories[1].id, building_id=city.other.buildings[0].id)
    with pytest.raises(NotYours):
        do(lambda ctx: register.add(city.area.id, values, ctx), "clerk")


def test_foreign_piece_is_neither_edited_moved_retired_nor_taken(do, city, session):
    piece = city.other.equipment[0]
    acts = (
        lambda ctx: register.edit(piece.id, Values("x", piece.category_id), ctx, version=1),
        lambda ctx: register.move(city.area.id, {piece.id: 1}, None, None, ctx),
        lambda ctx: register.move(city.other.area.id, {piece.id: 1}, None, None, ctx),
        lambda ctx: register.retire(piece.id, ctx.today, "坏", ctx, version=1),
        lambda ctx: register.take(piece.id, ctx, 1),
    )
    for act in acts:
        with pytest.raises(NotYours):
            do(act)
    assert fresh(session, piece.id).version == 1


# --- move ----------------------------------------------------------------------------------------------------------


def test_several_are_moved_with_their_history(do, city, session):
    lift, roof = city.equipment[0], city.equipment[3]
    target = city.units[2]
    do(lambda ctx: register.move(city.area.id, {lift.id: 1, roof.id: 1}, None, target.id, ctx))
    for key in (lift.id, roof.id):
        piece = fresh(session, key)
        assert (piece.building_id, piece.unit_id, piece.version) == (target.building_id, target.id, 2)
    assert events(session, roof.id) == [("move_equipment", {"location": ["小区", "2幢1单元"]})]
    assert events(session, lift.id) == [("move_equipment", {"location": ["1幢1单元", "2幢1单元"]})]


def test_move_to_the_area_itself_and_of_one_that_is_there(do, city, session):
    lift, roof = city.equipment[0], city.equipment[3]
    do(lambda ctx: register.move(city.area.id, {lift.id: 1, roof.id: 1}, None, None, ctx))
    assert (fresh(session, lift.id).building_id, fresh(session, lift.id).version) == (None, 2)
    assert fresh(session, roof.id).version == 1
    with pytest.raises(Refusal, match="所选设施设备已在该位置"):
        do(lambda ctx: register.move(city.area.id, {roof.id: 1}, None, None, ctx))


def test_one_stale_row_keeps_all_where_they_are(do, city, session):
    first, second = city.equipment[0], city.equipment[1]
    with pytest.raises(Conflict, match="“2号电梯”已被他人修改"):
        do(lambda ctx: register.move(city.area.id, {first.id: 1, second.id: 7}, None, None, ctx))
    assert fresh(session, first.id).unit_id == city.units[0].id


def test_nothing_ticked_is_refused(do, city):
    with pytest.raises(Refusal, match="请先勾选要移动的设施设备"):
        do(lambda ctx: register.move(city.area.id, {}, None, None, ctx))


def test_place_of_another_area_is_no_target(do, city, session):
    piece = city.equipment[0]
    with pytest.raises(NotYours):
        do(lambda ctx: register.move(city.area.id, {piece.id: 1}, city.other.buildings[0].id, None, ctx), "clerk")
    assert fresh(session, piece.id).version == 1


def test_piece_in_an_unfinished_project_stays_where_it_is(do, city, session):
    lift, roof = city.equipment[0], city.equipment[3]
    in_project(do, city, lift)
    with pytest.raises(Refusal, match="“1号电梯”在未办结的项目 WX2026000001 中"):
        do(lambda ctx: register.move(city.area.id, {lift.id: 1, roof.id: 1}, city.buildings[1].id, None, ctx))
    assert fresh(session, roof.id).building_id is None


# --- retire, reactivate, delete ---------------------------------------------------------------------------------------


def test_retired_piece_can_not_be_chosen_and_comes_back(do, city, session):
    piece = city.equipment[0]
    do(lambda ctx: register.retire(piece.id, date(2026, 2, 1), " 报废 ", ctx, version=1))
    found = fresh(session, piece.id)
    assert (found.retired, found.retired_on, found.retire_reason) == (True, date(2026, 2, 1), "报废")
    with pytest.raises(Refusal, match="“1号电梯”已停用，不能选择"):
        in_project(do, city, piece)
    with pytest.raises(Refusal, match="已停用，不能移动"):
        do(lambda ctx: register.move(city.area.id, {piece.id: 2}, None, None, ctx))
    with pytest.raises(Refusal, match="需要修改时请先恢复使用"):
        do(lambda ctx: register.edit(piece.id, Values("x", piece.category_id), ctx, version=2))
    do(lambda ctx: register.reactivate(piece.id, ctx, version=2))
    found = fresh(session, piece.id)
    assert (found.retired, found.retired_on, found.retire_reason, found.version) == (False, None, "", 3)
    assert [action for action, _ in events(session, piece.id)] == ["retire_equipment", "reactivate_equipment"]
    in_project(do, city, piece)


@pytest.mark.parametrize(
    ("on", "reason", "field", "sentence"),
    [
        (None, "坏", "retired_on", "请填写停用日期"),
        (date(2026, 3, 3), "坏", "retired_on", "停用日期不能晚于今天"),
        (date(2026, 3, 2), "  ", "reason", "请填写停用原因"),
        (date(2026, 3, 2), "坏" * 201, "reason", "最多 200 个字"),
    ],
)
def test_retirement_needs_a_day_and_a_reason(do, city, on, reason, field, sentence):
    piece = city.equipment[0]
    with pytest.raises(Refusal) as refused:
        do(lambda ctx: register.retire(piece.id, on, reason, ctx, version=1))
    assert (refused.value.field, str(refused.value)) == (field, sentence)


def test_piece_in_an_unfinished_project_is_not_retired(do, city, session):
    piece = city.equipment[0]
    in_project(do, city, piece)
    with pytest.raises(Refusal, match="“1号电梯”在未办结的项目 WX2026000001 中"):
        do(lambda ctx: register.retire(piece.id, ctx.today, "坏", ctx, version=1))
    assert not fresh(session, piece.id).retired


def test_another_organisations_project_holds_it_too_without_its_number(do, city, cast, session):
    """A second organisation serves the area for a while; the first one's project is not named to it."""
    from tests.factories import premises

    piece = city.equipment[0]
    in_project(do, city, piece)
    with unit_of_work() as work:
        premises.add_contract(work, cast.organisations.other_company, city.area)
    with pytest.raises(Refusal) as refused:
        do(lambda ctx: register.retire(piece.id, ctx.today, "坏", ctx, version=1), "other_agent")
    assert str(refused.value) == "“1号电梯”在其他单位未办结的项目中，须等项目办结或撤销"


def test_removed_piece_is_gone_and_its_history_stays(do, city, session):
    key = city.equipment[3].id
    do(lambda ctx: register.remove(register.take(key, ctx, 1), ctx))
    assert fresh(session, key) is None
    assert events(session, key)[-1][0] == "delete"


# --- two at once -------------------------------------------------------------------------------------------------


def test_retired_while_it_comes_into_a_project_ends_one_way_or_the_other(app, do, city, cast, session):
    """Never both: an unfinished project with a piece that is out of use."""
    piece, project = city.equipment[0].id, in_project(do, city, city.equipment[3])
    users = {name: getattr(cast, name).id for name in ("agent", "org_admin")}
    session.rollback()

    def acting(name: str, what):
        def run():
            with app.app_context(), contextlib.suppress(Refusal), unit_of_work() as work:
                actor = actor_of(work, work.get(PlatformUser, users[name]), NOW.date(), "127.0.0.1")
                tenancy.enter(work, actor)
                what(Context(work, actor, NOW))

        return run

    together(
        [
            acting("agent", lambda ctx: items.add_items(project, [piece], ctx)),
            acting("org_admin", lambda ctx: register.retire(piece, NOW.date(), "报废", ctx, version=1)),
        ]
    )
    taken = session.scalar(select(ProjectItem.id).where(ProjectItem.equipment_id == piece))
    assert (taken is not None) != fresh(session, piece).retired
