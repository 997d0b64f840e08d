"""New projects, basic information, items, plan, contractors: what is stored, what is refused, in which words."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.enums import ProjectKind, ProjectState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import AuditEvent, Contractor, Equipment, ItemShare, Project, ProjectItem
from app.workflows.projects import actions, contractors, items, plan, shares
from app.workflows.projects.items import ItemEdit
from app.workflows.projects.plan import PhaseEdit

pytestmark = pytest.mark.workflow


def refused(call) -> str:
    with pytest.raises(Refusal) as refusal:
        call()
    return str(refusal.value.sentence)


# --- new, basics, delete ------------------------------------------------------------------------


def test_new_project_has_its_number_and_belongs_to_the_company(desk, city):
    first, second = desk.create(), desk.create()
    assert [first.number, second.number] == ["WX2026000001", "WX2026000002"]
    project = desk.fresh(first)
    assert (project.state, project.organisation_id, project.area_id) == (
        ProjectState.DRAFT, city.company.id, city.area.id,
    )  # fmt: skip


def test_area_of_another_company_does_not_exist(desk, city):
    with pytest.raises(NotYours):
        desk.create(area=city.other.area)


def test_clerk_makes_no_project(desk):
    with pytest.raises(Forbidden):
        desk.create(who="clerk")


@pytest.mark.parametrize(
    ("kind", "phases"),
    [
        (ProjectKind.EMERGENCY, []),
        (ProjectKind.SIMPLE, [(1, "工程竣工验收合格并公示后一次拨付", 100_00)]),
    ],
)
def test_the_system_makes_the_one_phase_of_a_simple_project_only(desk, city, kind, phases):
    project = desk.do(lambda ctx: actions.create_project(kind, city.area.id, {"name": "外墙"}, ctx))
    found = desk.fresh(project)
    assert [(phase.sequence, phase.condition, phase.percent) for phase in found.phases] == phases


def test_end_before_start_is_refused_at_its_field(desk):
    with pytest.raises(Refusal) as refusal:
        desk.create(planned_start=date(2026, 5, 2), planned_end=date(2026, 5, 1))
    assert (refusal.value.field, str(refusal.value.sentence)) == ("planned_end", "计划完工日期不能早于计划开工日期")


def test_basics_are_saved_and_logged_without_the_phone(desk):
    project = desk.create()
    desk.act(actions.save_basics, project, {"name": "改名", "phone": "13900000009", "remark": None})
    fresh = desk.fresh(project)
    assert (fresh.name, fresh.phone, fresh.remark, fresh.version) == ("改名", "13900000009", "", 2)
    event = desk.session.scalars(select(AuditEvent).where(AuditEvent.action == "save_basics")).one()
    assert event.changes == '{"name": ["1 幢电梯维修", "改名"], "phone": ["***", "***"]}'
    assert "13900000009" not in event.summary


def test_stale_page_is_refused_with_what_was_done_meanwhile(desk):
    project = desk.create()
    desk.act(actions.save_basics, project, {"name": "第一次"}, version=1)
    with pytest.raises(Conflict) as conflict:
        desk.act(actions.save_basics, project, {"name": "第二次"}, version=1, who="org_admin")
    assert [str(detail) for detail in conflict.value.details] == [
        f"03-02 09:00 {desk.cast.agent.first_name}：{project.number} 保存项目基本信息"
    ]
    assert desk.fresh(project).name == "第一次"


def test_draft_is_deleted_with_everything_in_it(desk, city):
    project = desk.draft(city.equipment[0], budget=1000)
    desk.act(actions.delete_draft, project)
    assert desk.session.scalars(select(Project)).all() == []
    assert desk.session.scalars(select(ProjectItem)).all() == []
    assert desk.session.scalars(select(ItemShare)).all() == []


def test_project_of_another_company_does_not_exist(desk, city):
    project = desk.create()
    with pytest.raises(NotYours):
        desk.act(actions.save_basics, project, {"name": "抢"}, who="other_agent")
    with pytest.raises(NotYours):
        desk.act(actions.delete_draft, project, who="other_agent")


# --- items ----------------------------------------------------------------------------------------


def test_equipment_of_another_area_does_not_exist(desk, city):
    project = desk.create()
    with pytest.raises(NotYours):
        desk.act(items.add_items, project, [city.other.equipment[0].id])


def test_equipment_already_in_the_project_is_refused(desk, city):
    project = desk.draft(city.equipment[0])
    call = lambda: desk.act(items.add_items, project, [city.equipment[0].id])  # noqa: E731
    assert refused(call) == "所选设施设备都已在项目中"


def test_warranty_and_another_project_warn_and_ask_for_a_reason(desk, city):
    first = desk.draft(city.equipment[0])
    desk.set(city.equipment[0], warranty_until=date(2026, 3, 2))
    project = desk.create()
    with pytest.raises(Refusal) as refusal:
        desk.act(items.add_items, project, [city.equipment[0].id])
    assert refusal.value.field == "reason"
    assert [str(detail) for detail in refusal.value.details] == [
        "“1号电梯”尚在保修期（至 2026-03-02）",
        f"“1号电梯”已在未办结的项目 {first.number} 中",
    ]
    desk.do(lambda ctx: items.add_items(project.id, [city.equipment[0].id], ctx, reason="人为损坏，不属保修"))
    assert desk.fresh(project).items[0].warning_reason == "人为损坏，不属保修"


def test_warranty_that_ended_yesterday_does_not_warn(desk, city):
    desk.set(city.equipment[0], warranty_until=date(2026, 3, 1))
    assert len(desk.draft(city.equipment[0]).items) == 1


def test_removed_item_takes_its_shares_along_and_the_others_move_up(desk, city):
    project = desk.draft(city.equipment[0], city.equipment[1])
    first, second = project.items
    desk.act(items.remove_item, project, first.id)
    assert [(item.id, item.position) for item in desk.fresh(project).items] == [(second.id, 1)]
    assert desk.session.scalars(select(ItemShare.item_id).distinct()).all() == [second.id]


def test_contractor_of_another_company_is_refused_at_its_field(desk, city):
    project = desk.draft(city.equipment[0])
    item = project.items[0]
    with pytest.raises(Refusal) as refusal:
        desk.act(items.save_items, project, [ItemEdit(item.id, contractor_id=city.other.contractor.id)])
    assert (refusal.value.field, str(refusal.value.sentence)) == (
        f"contractor-{item.id}", "没有这个施工单位，请从列表中选择",
    )  # fmt: skip


def test_item_of_another_project_does_not_exist(desk, city):
    first, second = desk.draft(city.equipment[0]), desk.create()
    with pytest.raises(NotYours):
        desk.act(items.save_items, second, [ItemEdit(first.items[0].id, budget=1)])


def test_missing_equipment_is_added_at_a_unit_and_category(desk, city):
    project = desk.create()
    values = {"name": " 排污泵 ", "category_id": city.categories[1].id, "unit_id": city.units[0].id}
    piece = desk.do(lambda ctx: items.add_equipment(project.id, values, ctx))
    piece = desk.session.get(Equipment, piece.id)
    assert (piece.name, piece.building_id, piece.unit_id) == ("排污泵", city.buildings[0].id, city.units[0].id)


def test_equipment_is_not_added_at_a_foreign_building(desk, city):
    project = desk.create()
    values = {"name": "泵", "category_id": city.categories[1].id, "building_id": city.other.buildings[0].id}
    with pytest.raises(NotYours):
        desk.do(lambda ctx: items.add_equipment(project.id, values, ctx))


# --- plan ------------------------------------------------------------------------------------------


def test_plan_in_percents_follows_the_fund(desk, city):
    """100.00 over three lift houses is fully covered; 30 % / 30 % / 40 % are 30.00 / 30.00 / 40.00."""
    project = desk.draft(city.equipment[0], budget=10_000)
    desk.act(shares.split_budget, project, project.items[0].id)
    desk.act(
        plan.save_plan,
        project,
        [PhaseEdit("进场", percent=3000), PhaseEdit("过半", percent=3000), PhaseEdit("验收", percent=4000)],
    )
    assert [phase.amount for phase in desk.fresh(project).phases] == [3000, 3000, 4000]


def test_one_phase_points_to_the_simple_kind(desk):
    project = desk.create()
    call = lambda: desk.act(plan.save_plan, project, [PhaseEdit("验收后", 1000)])  # noqa: E731
    assert refused(call) == "正常维修项目至少分 2 期拨付；只拨付一次的，请新建简单拨付维修项目"


def test_percents_must_be_one_hundred(desk):
    project = desk.create()
    rows = [PhaseEdit("一", percent=5000), PhaseEdit("二", percent=4999)]
    assert refused(lambda: desk.act(plan.save_plan, project, rows)) == "各期比例之和须为 100%，现为 99.99%"


def test_plan_may_be_shortened_and_keeps_the_first_phases(desk):
    project = desk.create()
    desk.plan(project, 100, 200, 300)
    first = desk.fresh(project).phases[0].id
    desk.plan(project, 150, 250)
    assert [(phase.sequence, phase.amount) for phase in desk.fresh(project).phases] == [(1, 150), (2, 250)]
    assert desk.fresh(project).phases[0].id == first


# --- contractors -----------------------------------------------------------------------------------


def test_contractor_is_added_to_the_own_register_with_an_account(desk, city):
    values = {"name": "江门 恒升电梯", "credit_code": "", "bank_name": "工行", "account_no": "6222 0212 3456"}
    row = desk.do(lambda ctx: contractors.add_contractor(values, ctx))
    row = desk.session.get(Contractor, row.id)
    assert (row.organisation_id, row.accounts[0].account_name, row.accounts[0].account_no) == (
        city.company.id, "江门 恒升电梯", "622202123456",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": ""}, "name", "请填写施工单位名称"),
        ({"name": "甲", "credit_code": "123"}, "credit_code", "统一社会信用代码应为 18 位，现为 3 位"),
        ({"name": "甲", "bank_name": "工行"}, "account_no", "请填写银行账号"),
        ({"name": "甲", "account_no": "62220212"}, "bank_name", "请填写开户行"),
        ({"name": "甲", "bank_name": "工行", "account_no": "一二三"}, "account_no", "银行账号应为 8 至 32 位数字"),
        ({"name": "长" * 201}, "name", "不能超过 200 个字"),
    ],
)
def test_contractor_typed_badly_is_refused_at_the_field(desk, values, field, sentence):
    with pytest.raises(Refusal) as refusal:
        desk.do(lambda ctx: contractors.add_contractor(values, ctx))
    assert (refusal.value.field, str(refusal.value.sentence)) == (field, sentence)
