"""The project's flow: its literal rows, who may do what, the freeze from the submission on, 办结."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import NoticeKind
from app.domain.enums import ProjectState as S
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import Application
from app.workflows.engine import apply, available
from app.workflows.projects import actions, items, plan, shares, sharing
from app.workflows.projects.flow import PROJECT
from app.workflows.projects.items import ItemEdit
from app.workflows.projects.menu import offers
from app.workflows.projects.plan import PhaseEdit
from app.workflows.projects.sharing import Houses

pytestmark = pytest.mark.workflow

ROWS = {
    (S.DRAFT, "save", S.DRAFT),
    (S.DRAFT, "open_vote", S.DRAFT),
    (S.DRAFT, "enter_votes", S.DRAFT),
    (S.DRAFT, "publish_initiation", S.DRAFT),
    (S.DRAFT, "file_initiation", S.DRAFT),
    (S.DRAFT, "submit_initiation", S.UNDER_REVIEW),
    (S.DRAFT, "submit_acceptance", S.DRAFT),
    (S.DRAFT, "publish_acceptance", S.DRAFT),
    (S.UNDER_REVIEW, "reopen", S.DRAFT),
    (S.UNDER_REVIEW, "start", S.RUNNING),
    (S.RUNNING, "file_payout", S.RUNNING),
    (S.RUNNING, "submit_acceptance", S.RUNNING),
    (S.RUNNING, "publish_acceptance", S.RUNNING),
    (S.DRAFT, "publish_cancellation", S.DRAFT),
    (S.UNDER_REVIEW, "publish_cancellation", S.UNDER_REVIEW),
    (S.RUNNING, "publish_cancellation", S.RUNNING),
    (S.RUNNING, "change_plan", S.RUNNING),
    (S.RUNNING, "supplement", S.RUNNING),
    (S.RUNNING, "close", S.CLOSED),
    (S.RUNNING, "file_refund", S.RUNNING),
    (S.CLOSED, "file_refund", S.CLOSED),
    (S.DRAFT, "cancel", S.CANCELLED),
    (S.UNDER_REVIEW, "cancel", S.CANCELLED),
    (S.RUNNING, "cancel", S.CANCELLED),
}


def test_flow_has_these_rows_and_no_others():
    rows = {(source, row.name, row.target) for row in PROJECT.transitions for source in row.sources}
    assert rows == ROWS


def test_every_state_is_reached_and_only_the_terminal_ones_have_no_way_out():
    assert {target for _, _, target in ROWS} == set(S)
    left = {source for source, _, target in ROWS if target is not source}  # 项目清退 of a closed one leaves it closed
    assert set(S) - left == PROJECT.terminal


def test_act_from_a_wrong_state_is_a_conflict(desk):
    project = desk.create()
    for name in {name for _, name, _ in ROWS} - {name for source, name, _ in ROWS if source is S.DRAFT}:
        with pytest.raises((Conflict, Forbidden)):
            desk.do(lambda ctx, name=name: apply(PROJECT, project.id, name, ctx))
    assert desk.fresh(project).state is S.DRAFT


def test_nobody_outside_of_the_company_acts(desk):
    project = desk.create()
    with pytest.raises(NotYours):
        desk.do(lambda ctx: apply(PROJECT, project.id, "save", ctx), who="other_agent")
    with pytest.raises(Forbidden):
        desk.do(lambda ctx: apply(PROJECT, project.id, "save", ctx), who="reviewer")
    with pytest.raises(NotYours):
        desk.do(lambda ctx: apply(PROJECT, project.id, "save", ctx), who="bank")


def test_menu_of_an_empty_draft_says_what_each_act_waits_for(desk):
    project = desk.create()
    found = offers(desk.fresh(project), desk.context())
    assert {name: str(offer.reason) for name, offer in found.items() if offer.reason} == {
        "open_vote": "项目尚不完整（2 项）：还没有选择维修设施设备 等",
        "enter_votes": "没有正在进行的表决，请先打印投票表决签字表",
        "publish_initiation": "项目尚不完整（2 项）：还没有选择维修设施设备 等",
        "file_initiation": "项目尚不完整（2 项）：还没有选择维修设施设备 等",
        "submit_initiation": "项目尚不完整（2 项）：还没有选择维修设施设备 等",
        "file_payout": "立项申请尚未审核通过",
        "submit_acceptance": "立项申请尚未审核通过",
        "publish_acceptance": "尚未提交项目验收",
        "change_plan": "立项申请尚未审核通过",
        "supplement": "立项申请尚未审核通过",
        "close": "立项申请尚未审核通过",
        "file_refund": "没有已拨付的款项，无须清退",
        "cancel": "尚未发布撤销公示",
    }


def test_reader_is_offered_no_act(desk):
    project = desk.create()
    assert offers(desk.fresh(project), desk.context("auditor")) == {}
    assert available(PROJECT, desk.fresh(project), desk.context("other_agent")) == []


@pytest.fixture
def filed(repairs):
    """A project whose initiation is submitted."""
    first, second = repairs.houses([100_000, 100_000])
    project = repairs.ready([{first: 10_000, second: 10_000}], [10_000, 10_000])
    repairs.submit(repairs.open_initiation(project))
    return repairs.fresh(project)


def test_items_shares_and_plan_are_frozen_from_the_submission_on(filed, repairs, city):
    assert filed.state is S.UNDER_REVIEW
    item = filed.items[0].id
    calls = (
        lambda ctx: items.save_items(filed.id, [ItemEdit(item, budget=1)], ctx),
        lambda ctx: items.add_items(filed.id, [city.equipment[0].id], ctx),
        lambda ctx: items.remove_item(filed.id, item, ctx),
        lambda ctx: items.add_equipment(filed.id, {"name": "泵", "category_id": city.categories[1].id}, ctx),
        lambda ctx: shares.split_budget(filed.id, item, ctx),
        lambda ctx: shares.merge_shares(filed.id, item, ctx),
        lambda ctx: shares.save_cells(filed.id, item, [], ctx),
        lambda ctx: shares.import_shares(filed.id, item, {}, ctx),
        lambda ctx: sharing.remove_houses(filed.id, item, Houses(everything=True), ctx),
        lambda ctx: sharing.reset_range(filed.id, item, ctx),
        lambda ctx: plan.save_plan(filed.id, [PhaseEdit("一", 1), PhaseEdit("二", 1)], ctx),
        lambda ctx: actions.save_basics(filed.id, {"name": "x"}, ctx),
        lambda ctx: actions.delete_draft(filed.id, ctx),
    )
    for call in calls:
        with pytest.raises(Refusal) as refusal:
            repairs.do("agent", call)
        assert str(refusal.value.sentence) == "项目立项审核中，维修设施设备、分摊和拨付计划不能再改"


def test_returned_project_may_be_edited_again_and_its_fund_is_live(filed, repairs):
    application = repairs.session.scalars(select(Application).where(Application.project_id == filed.id)).one()
    assert (filed.fund_fixed, repairs.column(filed, "fund")) == (True, [10_000, 10_000])
    repairs.act("clerk", application, "return", opinion="缺合同")
    project = repairs.fresh(filed)
    assert (project.state, project.fund_fixed, repairs.column(project, "fund")) == (S.DRAFT, False, [])
    repairs.do("agent", lambda ctx: actions.save_basics(filed.id, {"remark": "已补"}, ctx))
    assert repairs.fresh(filed).remark == "已补"


def test_project_with_an_open_application_is_not_closed(repairs):
    (house,) = repairs.houses([100_000])
    project = repairs.running([{house: 10_000}], [4_000, 6_000])
    application = repairs.submit(repairs.open_payout(project, 1, 4_000))
    with pytest.raises(Refusal) as refusal:
        repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "close", ctx))
    assert str(refusal.value.sentence) == "项目验收公示尚未发布"
    repairs.act("agent", application, "withdraw")
    repairs.accept_works(project, 9_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    second = repairs.submit(repairs.open_payout(project, 1, 4_000))
    with pytest.raises(Refusal) as refusal:
        repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "close", ctx))
    assert str(refusal.value.sentence) == f"还有 1 个业务单未办完：{second.number}"


def test_company_closes_what_will_not_be_claimed_and_the_rest_is_free_again(repairs):
    (house,) = repairs.houses([100_000])
    project = repairs.running([{house: 10_000}], [4_000, 6_000])
    repairs.paid_out(project, 1, 4_000)
    repairs.accept_works(project, 9_000)
    repairs.published(project, NoticeKind.ACCEPTANCE)
    assert repairs.column(project, "held") == [5_000]
    repairs.do("agent", lambda ctx: apply(PROJECT, project.id, "close", ctx))
    assert (repairs.fresh(project).state, repairs.column(project, "held"), repairs.paid(project)) == (
        S.CLOSED, [0], [4_000],
    )  # fmt: skip
