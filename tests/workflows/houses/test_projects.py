"""Houses in projects and votes: what is under way refuses a split; drafts take the successors in; refunds find them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.enums import HouseUse, ProjectState, VoteState
from app.domain.errors import Refusal
from app.models import House, HouseAccount, ItemShare, Message, Project, ProjectItem, Vote
from app.transaction import unit_of_work
from app.workflows.houses import actions
from app.workflows.houses.rules import refuse_rewrite
from app.workflows.projects import sharing
from app.workflows.projects.rules import missing
from app.workflows.votes import actions as votes
from tests.workflows.houses.conftest import SPLIT, Register, split_plan
from tests.workflows.payouts.test_at_once import at_once


@pytest.fixture
def pair(repairs) -> list[House]:
    """Two houses of 100.00 m², 1,000.00 each."""
    return repairs.houses([100_000, 100_000])


def told(what) -> list[str]:
    with pytest.raises(Refusal) as refused:
        what()
    return [str(refused.value), *map(str, refused.value.details)]


def halves(register: Register, house: House, **more) -> list[House]:
    return register.split(house, (house.room, 5000), (f"{house.room}A", 5000), **more)


def shares(register: Register, project: Project) -> list[tuple[str, int, int]]:
    """(label, floor area, share) in list order."""
    register.session.rollback()
    query = select(House.label, ItemShare.floor_area, ItemShare.amount).join(House, House.id == ItemShare.house_id)
    rows = query.where(ItemShare.project_id == project.id).order_by(ItemShare.sort_key)
    return [tuple(row) for row in register.session.execute(rows)]


def test_running_project_refuses_split_and_merge_with_its_number(register: Register, repairs, pair):
    project = repairs.running([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    sentence = f"现在不能分户：{pair[0].label} 在项目 {project.number}（实施中）的分摊范围内"
    assert told(lambda: halves(register, pair[0])) == [sentence]
    assert told(lambda: register.merge(*pair)) == [
        f"现在不能合户：{pair[0].label} 在项目 {project.number}（实施中）的分摊范围内",
        f"{pair[1].label} 在项目 {project.number}（实施中）的分摊范围内",
    ]


def test_project_under_review_refuses(register: Register, repairs, pair):
    project = repairs.ready([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    repairs.submit(repairs.open_initiation(project))
    assert told(lambda: halves(register, pair[0])) == [
        f"现在不能分户：{pair[0].label} 在项目 {project.number}（立项审核中）的分摊范围内"
    ]


def test_open_vote_refuses(register: Register, repairs, pair):
    project = repairs.project([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    vote = repairs.do("agent", lambda ctx: votes.open_vote(project, ctx))
    assert told(lambda: halves(register, pair[0])) == [
        f"现在不能分户：{pair[0].label} 在项目 {project.number} 正在进行的表决 {vote.number} 中"
    ]


def test_sale_goes_on_while_the_project_runs(register: Register, repairs, pair):
    project = repairs.running([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    register.sell(pair[0], "何新")
    account = register.session.get_one(HouseAccount, pair[0].id)
    assert (account.principal, account.held) == (100_000, 50_000)
    assert register.session.get_one(Project, project.id).state is ProjectState.RUNNING


def test_draft_takes_the_successors_in_and_waits_for_new_shares(register: Register, repairs, pair):
    project = repairs.project([{pair[0]: 50_001, pair[1]: 50_000}], [60_001, 40_000])
    plan = split_plan(pair[0], ("001", 5000), ("001A", 5000))
    with unit_of_work():
        shown = actions.preview(SPLIT, pair[0].id, plan, repairs.context("clerk"))
    assert list(map(str, shown.notes)) == [
        f"编制中的项目 {project.number}：分摊范围内的原房屋由新房屋替换，分摊待重算"
    ]
    register.change(SPLIT, pair[0], plan)
    name = pair[0].building.name
    assert shares(register, project) == [
        (f"{name}001", 5000, 0), (f"{name}001A", 5000, 0), (f"{name}002", 10000, 50_000),
    ]  # fmt: skip
    item = register.session.scalars(select(ProjectItem).where(ProjectItem.project_id == project.id)).one()
    assert item.shares_stale
    fresh = register.session.get_one(Project, project.id)
    lacking = [str(sentence) for sentence in missing(fresh, repairs.context("agent"))]
    assert lacking[0] == f"“{item.equipment.name}”分摊合计 500.00 元，预算 1,000.01 元，相差 500.01 元"
    messages = register.session.scalars(select(Message.text).where(Message.text.contains(project.number)))
    assert f"项目 {project.number}：房屋 {pair[0].label} 已分户，分摊待重算" in set(messages)


def test_successor_that_bears_nothing_stays_out_of_the_range(register: Register, repairs, pair):
    project = repairs.project([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    plan = split_plan(pair[0], ("C1", 1000), ("001", 9000), use=HouseUse.PARKING)
    register.change(SPLIT, pair[0], plan)
    name = pair[0].building.name
    assert [label for label, _area, _share in shares(register, project)] == [f"{name}001", f"{name}002"]


def test_passed_vote_of_a_draft_falls_after_it_was_said(register: Register, repairs, pair):
    project = repairs.project([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    vote = repairs.voted(project)
    notice = repairs.published(project)
    plan = split_plan(pair[0], ("001", 5000), ("001A", 5000))
    with unit_of_work():
        shown = actions.preview(SPLIT, pair[0].id, plan, repairs.context("clerk"))
    assert list(map(str, shown.notes[1:])) == [
        f"项目 {project.number} 的表决 {vote.number}（通过）将作废，须重新表决",
        f"项目 {project.number} 的立项公示 {notice.number} 须重新发布",
    ]
    register.change(SPLIT, pair[0], plan)
    assert register.session.get_one(Vote, vote.id).state is VoteState.VOID


def test_new_range_takes_living_houses_only(register: Register, repairs, pair):
    project = repairs.project([{pair[1]: 50_000}], [30_000, 20_000])
    halves(register, pair[0])
    item = repairs.fresh(project).items[0].id
    chosen = sharing.Houses(building_id=pair[0].building_id, everything=True)
    assert repairs.do("agent", lambda ctx: sharing.add_houses(project.id, item, chosen, ctx)) == 2
    labels = [label for label, *_ in shares(register, project)]
    assert labels == [f"{pair[0].building.name}{room}" for room in ("001", "001A", "002")]
    assert sorted(labels) == sorted(set(labels))


def test_floor_area_of_a_shared_house_stays_while_the_project_runs(register: Register, repairs, pair):
    project = repairs.running([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    house = register.session.get_one(House, pair[0].id)
    with pytest.raises(Refusal) as refused:
        refuse_rewrite(register.session, house, {"floor_area", "room"})
    assert (str(refused.value), refused.value.field) == (
        f"现在不能改建筑面积：{house.label} 在项目 {project.number}（实施中）的分摊范围内", "floor_area",
    )  # fmt: skip
    refuse_rewrite(register.session, house, {"room", "first_deposit"})


def test_use_that_bears_nothing_waits_until_the_company_has_taken_the_house_out(register: Register, repairs, pair):
    project = repairs.project([{pair[0]: 50_000, pair[1]: 50_000}], [60_000, 40_000])
    house = register.session.get_one(House, pair[0].id)
    house.use = HouseUse.PARKING
    with pytest.raises(Refusal) as refused:
        refuse_rewrite(register.session, house, {"use"})
    register.session.rollback()
    assert (str(refused.value), refused.value.field) == (
        f"房屋在编制中的项目 {project.number} 的分摊范围内，该用途不参与分摊，须由企业先移出", "use",
    )  # fmt: skip


def test_two_splits_of_one_house_at_once(app, register: Register, repairs, pair):
    key, plan = pair[0].id, split_plan(pair[0], ("001", 5000), ("001A", 5000))
    with unit_of_work():
        seen = actions.preview(SPLIT, key, plan, repairs.context("clerk")).seen
    clerk = repairs.cast.clerk.id

    def press(ctx):
        actions.change_houses(SPLIT, key, plan, ctx(), version=1, seen=seen)

    assert at_once(app, repairs, (clerk, press), (clerk, press)) == sorted(["done", "已被他人处理，请刷新后再看"])
    register.session.rollback()
    living = select(House.label).where(House.building_id == pair[0].building_id, House.ended_on.is_(None))
    assert len(register.session.scalars(living).all()) == 3


def test_split_and_new_range_at_once_never_share_on_the_ended_house(app, register: Register, repairs, pair):
    project = repairs.project([{pair[1]: 50_000}], [30_000, 20_000])
    key, plan = pair[0].id, split_plan(pair[0], ("001", 5000), ("001A", 5000))
    with unit_of_work():
        seen = actions.preview(SPLIT, key, plan, repairs.context("clerk")).seen
    item, number = repairs.fresh(project).items[0].id, project.id

    def split(ctx):
        actions.change_houses(SPLIT, key, plan, ctx(), version=1, seen=seen)

    def add(ctx):
        sharing.add_houses(number, item, sharing.Houses(ids=(key,)), ctx())

    answers = at_once(app, repairs, (repairs.cast.clerk.id, split), (repairs.cast.agent.id, add))
    assert answers[0] == "done" or answers[1] == "done"
    register.session.rollback()
    ended = select(ItemShare.house_id).join(House, House.id == ItemShare.house_id).where(House.ended_on.is_not(None))
    assert register.session.scalars(ended).all() == []
    assert register.whole()


