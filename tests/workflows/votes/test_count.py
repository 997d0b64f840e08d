"""Entering, ending and voiding a vote: exact at the boundary, heads merged, nothing edited afterwards."""

from __future__ import annotations

import pytest

from app.domain.enums import Answer, ApplicationState, BallotSource, SaleState, VoteState
from app.domain.errors import Conflict, NotYours, Refusal
from app.models import Ballot, PolicyValue, Vote
from app.queries import votes as queries
from app.transaction import unit_of_work
from app.workflows.votes import actions, rules

pytestmark = pytest.mark.workflow
AGREE, AGAINST, ABSTAIN, NONE = Answer.AGREE, Answer.AGAINST, Answer.ABSTAIN, Answer.NONE


class Poll:
    """A vote over houses of these areas (0.01 m²), one owner each unless told otherwise."""

    def __init__(self, repairs, areas: list[int], *, same_owner: tuple[int, ...] = (), unsold: tuple[int, ...] = ()):
        self.repairs = repairs
        self.houses = repairs.houses([10_000] * len(areas))
        with unit_of_work() as session:
            for index, area in enumerate(areas):
                house = session.merge(self.houses[index])
                house.floor_area = area
                if index in same_owner:
                    house.owner_id = self.houses[same_owner[0]].owner_id
                if index in unsold:
                    house.sale_state, house.owner_id = SaleState.UNSOLD, None
        count = len(areas)
        self.project = repairs.project([dict.fromkeys(self.houses, 1000)], [count * 500, count * 500])
        self.vote = repairs.do("agent", lambda ctx: actions.open_vote(self.project, ctx))

    def enter(self, *answers: Answer, who: str = "agent", **options) -> int:
        given = {house.id: answer for house, answer in zip(self.houses, answers, strict=False)}
        return self.repairs.do(who, lambda ctx: actions.enter_answers(self.vote, ctx, given, **options))

    def close(self) -> VoteState:
        return self.repairs.do("agent", lambda ctx: actions.close_vote(self.vote, ctx)).state

    def missing(self) -> str:
        return str(rules.vote_passed(self.repairs.fresh(self.project), self.repairs.context("agent")))


def test_two_of_three_houses_of_equal_area_pass(repairs):
    poll = Poll(repairs, [10000, 10000, 10000])
    poll.enter(AGREE, AGREE)
    assert poll.close() == VoteState.PASSED
    assert rules.vote_passed(repairs.fresh(poll.project), repairs.context("agent")) is None


def test_area_short_of_two_thirds_by_one_hundredth_square_metre_fails(repairs):
    poll = Poll(repairs, [10000, 9999, 10001])
    poll.enter(AGREE, AGREE, AGAINST)
    assert poll.missing() == "尚未通过业主表决：同意面积还差 0.01 m²"
    assert poll.close() == VoteState.FAILED
    assert poll.missing() == "尚未通过业主表决：同意面积还差 0.01 m²"


def test_one_head_short_of_two_thirds_fails(repairs):
    poll = Poll(repairs, [90000, 90000, 90000, 100, 100])
    poll.enter(AGREE, AGREE, AGREE)
    assert poll.missing() == "尚未通过业主表决：同意人数还差 1 人"
    assert poll.close() == VoteState.FAILED


def test_both_scales_short_are_named_together(repairs):
    poll = Poll(repairs, [10000, 10000, 10000])
    poll.enter(AGREE)
    assert poll.missing() == "尚未通过业主表决：同意面积还差 100.00 m²，同意人数还差 1 人"


def test_owner_of_several_houses_counts_once(repairs):
    poll = Poll(repairs, [10000, 10000, 10000, 10000], same_owner=(0, 1, 2))
    poll.enter(AGREE, AGREE, AGREE)
    heads = queries.count(repairs.session, repairs.fresh(poll.vote)).result.heads
    assert (heads.agree, heads.total) == (1, 2)
    assert poll.missing() == "尚未通过业主表决：同意人数还差 1 人"


def test_owner_who_is_against_with_one_house_is_against(repairs):
    poll = Poll(repairs, [10000, 10000, 10000], same_owner=(0, 1))
    poll.enter(AGREE, AGAINST, AGREE)
    heads = queries.count(repairs.session, repairs.fresh(poll.vote)).result.heads
    assert (heads.agree, heads.against, heads.total) == (1, 1, 2)


def test_developer_with_all_unsold_houses_is_one_head(repairs):
    poll = Poll(repairs, [10000, 10000, 10000, 10000], unsold=(1, 2, 3))
    poll.enter(AGREE, AGREE, AGREE, AGREE)
    counted = queries.count(repairs.session, repairs.fresh(poll.vote))
    assert (counted.result.heads.agree, counted.result.heads.total, counted.houses["agree"]) == (2, 2, 4)


def test_vote_without_any_opens_nothing(repairs):
    project = repairs.project([dict.fromkeys(repairs.houses([10000]), 1000)], [500, 500])
    assert str(rules.vote_passed(project, repairs.context("agent"))) == "尚未通过业主表决"


def test_entered_answers_keep_their_source_and_only_changes_are_counted(repairs):
    poll = Poll(repairs, [10000, 10000, 10000])
    assert poll.enter(AGREE, AGREE, NONE) == 3
    assert poll.enter(AGREE, AGAINST, NONE) == 1
    row = repairs.session.get(Ballot, (poll.vote.id, poll.houses[1].id))
    assert (row.answer, row.source, row.entered_by_id) == (AGAINST, BallotSource.ENTERED, repairs.cast.agent.id)


def test_house_of_another_vote_is_refused_and_nothing_is_stored(repairs):
    poll, other = Poll(repairs, [10000, 10000]), repairs.city.houses[0]
    answers = {poll.houses[0].id: AGREE, other.id: AGREE}
    with pytest.raises(Refusal) as refused:
        repairs.do("agent", lambda ctx: actions.enter_answers(poll.vote, ctx, answers))
    assert str(refused.value) == "有 1 户不在本次表决范围内"
    repairs.session.rollback()
    assert queries.count(repairs.session, repairs.fresh(poll.vote)).houses["agree"] == 0


def test_house_answered_online_is_not_overwritten(repairs):
    poll = Poll(repairs, [10000, 10000])
    poll.enter(AGAINST, source=BallotSource.ONLINE)
    with pytest.raises(Refusal) as refused:
        poll.enter(AGREE)
    assert str(refused.value) == "11幢001 的业主已在网上表决，不能代为录入"


def test_number_is_unique_in_the_area(repairs):
    first, second = Poll(repairs, [10000]), Poll(repairs, [10000])
    with pytest.raises(Refusal) as refused:
        second.enter(AGREE, number=first.vote.number)
    assert (refused.value.field, str(refused.value)) == ("number", "编号 JX2026001 已被使用，请换一个")
    second.enter(AGREE, number=" 第 3 次表决 ")
    assert repairs.fresh(second.vote).number == "第 3 次表决"


@pytest.mark.parametrize("number", ["", "   ", "长" * 41, "a\x07b"])
def test_number_that_is_none_is_refused(repairs, number):
    poll = Poll(repairs, [10000])
    with pytest.raises(Refusal) as refused:
        poll.enter(AGREE, number=number)
    assert refused.value.field == "number"


def test_passed_vote_is_not_edited(repairs):
    poll = Poll(repairs, [10000])
    poll.enter(AGREE)
    poll.close()
    with pytest.raises(Conflict):
        poll.enter(AGAINST)


def test_failed_vote_is_repeated_under_a_new_number(repairs):
    poll = Poll(repairs, [10000, 10000])
    assert poll.close() == VoteState.FAILED
    again = repairs.do("agent", lambda ctx: actions.open_vote(repairs.fresh(poll.project), ctx))
    assert (poll.vote.number, again.number) == ("JX2026001", "JX2026002")


def test_stale_entry_is_a_conflict(repairs):
    poll = Poll(repairs, [10000, 10000])
    version = repairs.fresh(poll.vote).version
    poll.enter(AGREE, version=version)
    with pytest.raises(Conflict):
        poll.enter(AGREE, AGREE, version=version)


def test_other_company_finds_no_vote(repairs):
    poll = Poll(repairs, [10000])
    with pytest.raises(NotYours):
        poll.enter(AGREE, who="other_agent")


def test_void_asks_for_a_reason(repairs):
    poll = Poll(repairs, [10000])
    with pytest.raises(Refusal) as refused:
        repairs.do("agent", lambda ctx: actions.void_vote(poll.vote, ctx, reason="  "))
    assert str(refused.value) == "请填写作废原因"


def test_passed_vote_is_voided_with_a_reason_and_may_be_repeated(repairs):
    poll = Poll(repairs, [10000])
    poll.enter(AGREE)
    poll.close()
    vote = repairs.do("agent", lambda ctx: actions.void_vote(poll.vote, ctx, reason="录入有误"))
    assert (vote.state, vote.void_reason) == (VoteState.VOID, "录入有误")
    assert poll.missing() == "尚未通过业主表决"
    assert repairs.do("agent", lambda ctx: actions.open_vote(repairs.fresh(poll.project), ctx)).number == "JX2026002"


def test_vote_is_not_voided_once_an_initiation_is_submitted(repairs):
    houses = repairs.houses([10_000, 10_000])
    project = repairs.ready([dict.fromkeys(houses, 1000)], [1000, 1000])
    application = repairs.submit(repairs.open_initiation(project))
    assert application.state == ApplicationState.SUBMITTED
    vote = repairs.session.query(Vote).filter_by(project_id=project.id).one()
    with pytest.raises(Refusal) as refused:
        repairs.do("agent", lambda ctx: actions.void_vote(vote, ctx, reason="录入有误"))
    assert str(refused.value) == f"立项申请 {application.number} 已提交，不能作废表决"


def test_returned_initiation_lets_the_company_void_what_was_entered_wrongly(repairs):
    project = repairs.ready([dict.fromkeys(repairs.houses([10_000]), 1000)], [500, 500])
    application = repairs.submit(repairs.open_initiation(project))
    repairs.act("clerk", application, "return", opinion="表决结果与签字表不符")
    vote = repairs.session.query(Vote).filter_by(project_id=project.id).one()
    repairs.do("agent", lambda ctx: actions.void_vote(vote, ctx, reason="录入有误"))
    with pytest.raises(Refusal) as refused:
        repairs.submit(application)
    assert str(refused.value) == "尚未通过业主表决"


def test_rule_of_a_running_vote_stays_what_it_was_when_it_was_opened(repairs):
    """Of four, two agree and one abstains: not enough by 双三分之二, but by 民法典第278条 (three of four take part)."""
    before = Poll(repairs, [10000] * 4)
    with unit_of_work() as session:
        row = {"name": "vote_rule", "value": "civil_code_use", "valid_from": repairs.now.date()}
        session.add(PolicyValue(**row, changed_at=repairs.now))
    after = Poll(repairs, [10000] * 4)
    for poll in (before, after):
        poll.enter(AGREE, AGREE, ABSTAIN)
    assert [before.close(), after.close()] == [VoteState.FAILED, VoteState.PASSED]


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        # six houses of one size, six owners: four must take part, more than half of those must agree
        ((AGREE, AGREE, AGAINST, AGAINST), VoteState.FAILED),  # one half exactly is not more than half
        ((AGREE, AGREE, AGREE, AGAINST), VoteState.PASSED),
        ((AGREE, AGREE, AGREE), VoteState.FAILED),  # all agree, but only one half take part
        ((AGREE, AGREE, AGREE, ABSTAIN), VoteState.PASSED),  # four of six take part: two thirds exactly
    ],
)
def test_civil_code_just_inside_and_just_outside(repairs, answers, state):
    with unit_of_work() as session:
        row = {"name": "vote_rule", "value": "civil_code_use", "valid_from": repairs.now.date()}
        session.add(PolicyValue(**row, changed_at=repairs.now))
    poll = Poll(repairs, [10000] * 6)
    poll.enter(*answers)
    assert poll.close() == state


@pytest.mark.parametrize(
    ("areas", "answers", "state"),
    [
        ([10000, 10000, 10000], (AGREE, AGREE), VoteState.PASSED),  # two thirds exactly on both scales
        ([10001, 10000, 10000], (AGAINST, AGREE, AGREE), VoteState.FAILED),  # 0.01 m² short: 200.00 of 300.01
        ([9999, 10000, 10000], (AGAINST, AGREE, AGREE), VoteState.PASSED),
        ([30000, 1000, 1000, 1000], (AGREE, AGREE), VoteState.FAILED),  # enough area, one person short
    ],
)
def test_two_thirds_just_inside_and_just_outside(repairs, areas, answers, state):
    poll = Poll(repairs, areas)
    poll.enter(*answers)
    assert poll.close() == state


def test_change_of_works_voids_the_vote_and_of_the_contractor_does_not(repairs):
    poll = Poll(repairs, [10000])
    poll.enter(AGREE)
    poll.close()
    other = repairs.contractor("云溪恒升机电有限公司", "6222000000009999")

    def rename(**values):
        def do(ctx):
            project = ctx.session.get(type(poll.project), poll.project.id)
            for name, value in values.items():
                setattr(project.items[0], name, value)
            actions.void_if_changed(project, ctx)

        repairs.do("agent", do)
        return repairs.fresh(poll.vote).state

    assert rename(contractor_id=other.id) == VoteState.PASSED
    assert rename(content="更换整机") == VoteState.VOID
