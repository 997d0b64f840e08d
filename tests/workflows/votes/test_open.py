"""Opening a vote: the snapshot of houses, heads, areas, shares, rule and codes, and its number."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.enums import ProjectState, SaleState, VoteRule, VoteState
from app.domain.errors import Conflict, Forbidden, NotYours, Refusal
from app.models import Ballot, NumberSequence, PolicyValue, Vote
from app.transaction import unit_of_work
from app.workflows.votes import actions
from app.workflows.votes.ballots import ALPHABET

pytestmark = pytest.mark.workflow


@pytest.fixture
def project(repairs):
    """Three houses, 30.00 yuan each; two phases."""
    houses = repairs.houses([10_000, 10_000, 10_000])
    return repairs.project([dict.fromkeys(houses, 3000)], [4500, 4500])


def ballots(repairs, vote) -> list[Ballot]:
    return list(repairs.session.scalars(select(Ballot).where(Ballot.vote_id == vote.id).order_by(Ballot.sort_key)))


def open_vote(repairs, project, who="agent", **options) -> Vote:
    return repairs.do(who, lambda ctx: actions.open_vote(repairs.fresh(project), ctx, **options))


def test_vote_takes_houses_areas_shares_and_rule_of_the_day(repairs, project):
    vote = open_vote(repairs, project)
    assert (vote.number, vote.state, vote.rule, vote.budget, vote.starts_on) == (
        "JX2026001", VoteState.OPEN, VoteRule.TWO_THIRDS, 9000, date(2026, 3, 2),
    )  # fmt: skip
    rows = [(row.house_label, row.floor_area, row.share, row.source) for row in ballots(repairs, vote)]
    assert rows == [("11幢001", 10000, 3000, None), ("11幢002", 10000, 3000, None), ("11幢003", 10000, 3000, None)]


def test_codes_are_unambiguous_distinct_and_the_same_when_read_again(repairs, project):
    vote = open_vote(repairs, project)
    codes = [row.code for row in ballots(repairs, vote)]
    assert len(set(codes)) == 3
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(ALPHABET)
    assert not set("0O1IL") & set(ALPHABET)
    repairs.session.expire_all()
    assert [row.code for row in ballots(repairs, vote)] == codes


def test_codes_are_encrypted_in_the_database(repairs, project):
    vote = open_vote(repairs, project)
    stored = repairs.session.connection().exec_driver_sql("SELECT code FROM ballots").scalars().all()
    assert not {row.code for row in ballots(repairs, vote)} & set(stored)


def test_owner_of_two_houses_is_one_head_and_unsold_houses_are_the_developers(repairs):
    first, second, third, fourth, fifth = houses = repairs.houses([10_000] * 5)
    with unit_of_work() as session:
        session.merge(second).owner_id = first.owner_id
        session.merge(third).owner.identity_hash = None
        for house in (fourth, fifth):
            unsold = session.merge(house)
            unsold.sale_state, unsold.owner_id = SaleState.UNSOLD, None
        repairs.city.area.developer_name = "云溪置业"
        session.merge(repairs.city.area)
    project = repairs.project([dict.fromkeys(houses, 1000)], [2500, 2500])
    rows = ballots(repairs, open_vote(repairs, project))
    heads = [row.head for row in rows]
    assert heads[0] == heads[1] == f"owner:{repairs.fresh(first).owner.identity_hash}"
    assert heads[2] == f"house:{third.id}"
    assert heads[3] == heads[4] == "developer"
    assert [row.head_unproven for row in rows] == [False, False, True, False, False]
    assert [row.owner_name for row in rows][3:] == ["云溪置业", "云溪置业"]


def test_house_without_a_share_is_not_in_the_vote(repairs):
    houses = repairs.houses([10_000, 10_000, 10_000])
    project = repairs.project([{houses[0]: 6000, houses[1]: 3000, houses[2]: 0}], [4500, 4500])
    vote = open_vote(repairs, project)
    assert [row.house_id for row in ballots(repairs, vote)] == [houses[0].id, houses[1].id]


def test_second_vote_is_refused_while_one_is_open(repairs, project):
    open_vote(repairs, project)
    with pytest.raises(Refusal) as refused:
        open_vote(repairs, project)
    assert str(refused.value) == "表决 JX2026001 正在进行，请先结束表决"
    assert repairs.session.query(Vote).count() == 1


def test_number_that_somebody_typed_is_stepped_over(repairs, project):
    vote = open_vote(repairs, project)
    repairs.do("agent", lambda ctx: actions.enter_answers(vote, ctx, {}, number="JX2026002"))
    repairs.do("agent", lambda ctx: actions.void_vote(vote, ctx, reason="重新组织"))
    assert open_vote(repairs, project).number == "JX2026003"


def test_refused_opening_gives_its_number_back(repairs, project):
    with pytest.raises(Refusal) as refused:
        open_vote(repairs, project, ends_on=date(2026, 3, 1))
    assert (refused.value.field, str(refused.value)) == ("ends_on", "表决截止日期不能早于今天")
    assert repairs.session.query(NumberSequence).filter_by(kind="JX").count() == 0


def test_incomplete_project_opens_no_vote(repairs, project):
    with unit_of_work() as session:
        session.merge(project).items[0].contractor_id = None
    with pytest.raises(Refusal):
        open_vote(repairs, project)


def test_rule_is_the_policy_of_the_opening_day(repairs, project):
    with unit_of_work() as session:
        row = PolicyValue(name="vote_rule", value="civil_code_use", valid_from=date(2026, 3, 2), changed_at=repairs.now)
        session.add(row)
    assert open_vote(repairs, project).rule == VoteRule.CIVIL_CODE_USE


def test_other_company_finds_no_project_and_the_clerk_may_not(repairs, project):
    with pytest.raises(NotYours):
        open_vote(repairs, project, "other_agent")
    with pytest.raises(Forbidden):
        open_vote(repairs, project, "clerk")


def test_stale_page_opens_nothing(repairs, project):
    with pytest.raises(Conflict):
        open_vote(repairs, project, version=project.version + 1)
    assert repairs.fresh(project).state == ProjectState.DRAFT
