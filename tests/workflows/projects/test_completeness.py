"""What a project still lacks, in sentences with figures; the merged list; freeze; the vote that an edit voids."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import VoteState
from app.domain.errors import Refusal
from app.models import House, HouseAccount, Vote
from app.queries.projects import merged_page, merged_rows, merged_totals
from app.transaction import unit_of_work
from app.workflows import engine
from app.workflows.projects import actions, contractors, items, plan, shares, sharing
from app.workflows.projects.fingerprint import notice_fingerprint, vote_fingerprint
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.items import ItemEdit
from app.workflows.projects.plan import PhaseEdit
from app.workflows.projects.rules import missing
from app.workflows.projects.sharing import Houses
from app.workflows.votes import actions as votes

pytestmark = pytest.mark.workflow


def lacking(desk, project) -> list[str]:
    return [str(sentence) for sentence in missing(desk.fresh(project), desk.context())]


def whole(desk, city):
    """A complete project: the lift of 1幢1单元 for 1,000.00, in two phases; all three houses can pay."""
    project = desk.draft(city.equipment[0], budget=100_000)
    desk.act(shares.split_budget, project, project.items[0].id)
    desk.plan(project, 60_000, 40_000)
    return desk.fresh(project)


def test_complete_project_lacks_nothing(desk, city):
    assert lacking(desk, whole(desk, city)) == []


def test_empty_project_lacks_basics_items_and_plan(desk):
    project = desk.create(reason="", planned_start=None, planned_end=None, contact="", phone=None)
    assert lacking(desk, project) == [
        "请填写维修原因", "请填写计划开工日期", "请填写计划完工日期", "请填写联系人", "请填写联系电话",
        "还没有选择维修设施设备", "还没有拨付计划",
    ]  # fmt: skip


def test_item_without_anything_is_named(desk, city):
    project = desk.draft(city.equipment[0])
    assert lacking(desk, project) == [
        "“1号电梯”还没有填写维修内容", "“1号电梯”还没有选择施工单位", "“1号电梯”还没有填写预算金额", "还没有拨付计划",
    ]  # fmt: skip


def test_changed_budget_is_named_with_the_gap(desk, city):
    project = whole(desk, city)
    desk.act(items.save_items, project, [ItemEdit(project.items[0].id, budget=120_000)])
    assert lacking(desk, project) == ["“1号电梯”分摊合计 1,000.00 元，预算 1,200.00 元，相差 200.00 元"]


def test_house_added_afterwards_makes_the_item_wait(desk, city):
    project = whole(desk, city)
    desk.act(sharing.add_houses, project, project.items[0].id, Houses(ids=(city.houses[3].id,)))
    assert lacking(desk, project) == ["“1号电梯”分摊待重算"]


def test_floor_area_changed_afterwards_makes_the_item_wait(desk, city):
    project = whole(desk, city)
    desk.set(city.houses[0], floor_area=9000)
    assert lacking(desk, project) == ["“1号电梯”分摊待重算"]


def test_plan_that_does_not_add_up_is_named_with_the_gap(desk, city):
    project = whole(desk, city)
    desk.plan(project, 60_000, 39_999)
    assert lacking(desk, project) == ["拨付计划合计 999.99 元，须等于预算应拨付金额 1,000.00 元，差 0.01 元"]


def test_short_house_lowers_the_fund_and_amount_phases_no_longer_add_up(desk, city):
    """10,000.00 over 9933 / 9933 / 12050: 3,112.23, 3,112.23, 3,775.54. 1幢2单元102 has 1,500.50, so its owner pays
    1,611.73 and the fund 8,388.27."""
    project = desk.draft(city.equipment[1], budget=1_000_000)
    desk.act(shares.split_budget, project, project.items[0].id)
    totals = merged_totals(desk.session, desk.fresh(project))
    assert (totals.houses, totals.budget, totals.short) == (3, 1_000_000, 1)
    assert (totals.fund, totals.own) == (838_827, 161_173)
    desk.plan(project, 500_000, 500_000)
    assert lacking(desk, project) == ["拨付计划合计 10,000.00 元，须等于预算应拨付金额 8,388.27 元，差 1,611.73 元"]


def test_percent_phases_follow_the_fund_by_themselves(desk, city):
    project = desk.draft(city.equipment[1], budget=1_000_000)
    desk.act(shares.split_budget, project, project.items[0].id)
    desk.act(plan.save_plan, project, [PhaseEdit("进场", percent=5000), PhaseEdit("验收", percent=5000)])
    house = desk.session.scalar(select(House).where(House.label == "1幢2单元102", House.area_id == city.area.id))
    assert lacking(desk, project) == []
    assert [phase.amount for phase in desk.fresh(project).phases] == [419_414, 419_413]
    with unit_of_work() as session:  # another project holds all of it
        session.get(HouseAccount, house.id).held = 150_050
    assert lacking(desk, project) == []
    desk.act(actions.save_basics, project, {"remark": "x"})
    desk.do(lambda ctx: engine.apply(PROJECT, project.id, "open_vote", ctx))
    assert [phase.amount for phase in desk.fresh(project).phases] == [344_389, 344_388]


def test_merged_list_has_one_row_a_house_over_all_items(desk, city):
    project = desk.draft(city.equipment[0], city.equipment[3], budget=100_000)
    for item in project.items:
        desk.act(shares.split_budget, project, item.id)
    project = desk.fresh(project)
    first, second = (item.id for item in project.items)
    page = merged_page(desk.session, project, page=1, size=2)
    assert (page.count, [row.label for row in page.rows]) == (11, ["1幢1单元101", "1幢1单元102"])
    row = page.rows[0]
    assert row.parts == {first: 29878, second: 8750}  # 100,000 × 8946 / 102,236 = 8,750.34…
    assert (row.budget, row.fund, row.own, row.available) == (38628, 38628, 0, 1_212_345)
    rows = list(merged_rows(desk.session, project))
    assert (len(rows), sum(row.budget for row in rows)) == (11, 200_000)


def test_merged_list_is_searched_by_house_and_owner(desk, city):
    project = desk.draft(city.equipment[3], budget=100_000)
    desk.act(shares.split_budget, project, project.items[0].id)
    project = desk.fresh(project)
    assert [row.label for row in merged_page(desk.session, project, search="张一").rows] == [
        "1幢1单元101",
        "1幢2单元201",
    ]
    assert [row.label for row in merged_page(desk.session, project, search="S1").rows] == ["2幢S1"]
    assert merged_page(desk.session, project, search="100%_").rows == []
    assert [row.label for row in merged_page(desk.session, project, only="unsold").rows] == ["2幢1单元202"]
    assert merged_page(desk.session, project, building_id=city.buildings[1].id).count == 5


# --- the vote, the freeze ------------------------------------------------------------------------


def with_open_vote(desk, city):
    project = whole(desk, city)
    vote = desk.do(lambda ctx: votes.open_vote(desk.fresh(project), ctx))
    return desk.fresh(project), desk.fresh(vote)


def test_edit_that_a_vote_rests_on_warns_first_and_stores_nothing(desk, city):
    project, vote = with_open_vote(desk, city)
    with pytest.raises(Refusal) as refusal:
        desk.act(items.save_items, project, [ItemEdit(project.items[0].id, content="换整机")])
    assert str(refusal.value.sentence) == (
        f"表决 {vote.number}（表决中）以现在的维修内容、预算、房屋和分摊为准，修改后该表决作废，须重新表决"
    )
    assert desk.fresh(project).items[0].content == "更换曳引机"
    assert desk.fresh(vote).state is VoteState.OPEN


def test_confirmed_edit_voids_the_vote(desk, city):
    project, vote = with_open_vote(desk, city)
    edits = [ItemEdit(project.items[0].id, content="换整机")]
    desk.act(items.save_items, project, edits, void_vote=vote.number)
    assert desk.fresh(project).items[0].content == "换整机"
    assert desk.fresh(vote).state is VoteState.VOID


@pytest.mark.parametrize("change", ["houses", "shares", "remove"])
def test_houses_shares_and_items_void_a_vote_too(desk, city, change):
    project, vote = with_open_vote(desk, city)
    item = project.items[0].id
    call = {
        "houses": lambda: desk.act(sharing.remove_houses, project, item, Houses(ids=(city.houses[0].id,))),
        "shares": lambda: desk.act(shares.save_cells, project, item, [shares.CellEdit(city.houses[0].id, 29878, 1)]),
        "remove": lambda: desk.act(items.remove_item, project, item),
    }[change]
    with pytest.raises(Refusal):
        call()
    assert desk.fresh(vote).state is VoteState.OPEN


def test_contractor_dates_and_remark_leave_the_vote_alone(desk, city):
    project, vote = with_open_vote(desk, city)
    contractor = desk.do(lambda ctx: contractors.add_contractor({"name": "另一家"}, ctx))
    desk.act(items.save_items, project, [ItemEdit(project.items[0].id, contractor_id=contractor.id, remark="急")])
    desk.act(actions.save_basics, project, {"remark": "夏季施工"})
    assert desk.fresh(vote).state is VoteState.OPEN
    assert desk.session.scalars(select(Vote)).one().id == vote.id


def test_splitting_anew_with_the_same_result_leaves_the_vote_alone(desk, city):
    project, vote = with_open_vote(desk, city)
    desk.act(shares.split_budget, project, project.items[0].id)
    assert desk.fresh(vote).state is VoteState.OPEN


def test_fingerprints_differ_in_contractor_and_works(desk, city):
    project = whole(desk, city)
    before = vote_fingerprint(desk.session, project), notice_fingerprint(desk.session, project)
    desk.act(items.save_items, project, [ItemEdit(project.items[0].id, contractor_id=0)])
    project = desk.fresh(project)
    after = vote_fingerprint(desk.session, project), notice_fingerprint(desk.session, project)
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_draft_with_a_vote_is_not_deleted(desk, city):
    project, _vote = with_open_vote(desk, city)
    with pytest.raises(Refusal) as refusal:
        desk.act(actions.delete_draft, project)
    assert str(refusal.value.sentence) == "项目已发起过业主表决，不能删除"
