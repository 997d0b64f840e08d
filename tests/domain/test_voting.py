"""The vote: heads, both scales, exact thresholds."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.enums import Answer, VoteRule
from app.domain.voting import ANSWERS, RULES, Ballot, Tally, answer_of_head, count_votes, head_key


def vote(*rows, rule="two_thirds"):
    """Rows are (area, head, answer); the houses are numbered from 1."""
    return count_votes([Ballot(number, *row) for number, row in enumerate(rows, 1)], rule)


def sentences(result):
    return [str(threshold.sentence) for threshold in result.unmet]


def test_count_votes_worked_example_of_both_scales():
    """Six houses: Zhang owns two, the developer's unsold two are one head; 450.00 m², four heads."""
    result = vote(
        (90_00, "zhang", "agree"),
        (60_00, "zhang", "none"),
        (100_00, "developer", "agree"),
        (50_00, "developer", "agree"),
        (80_00, "li", "against"),
        (70_00, "wang", "none"),
    )
    assert result.area == Tally(450_00, 320_00, 240_00, 80_00, 0, 130_00)
    assert result.heads == Tally(4, 3, 2, 1, 0, 1)
    assert result.heads_by_answer == {"zhang": "agree", "developer": "agree", "li": "against", "wang": "none"}
    assert result.unanswered == (2, 6)
    assert not result.passed
    assert [(t.scale, t.counted, t.base, t.needed, t.missing) for t in result.thresholds] == [
        ("area", 240_00, 450_00, 300_00, 60_00),
        ("heads", 2, 4, 3, 1),
    ]
    assert sentences(result) == [
        "同意的面积 240.00 平方米，须达到总面积的三分之二即 300.00 平方米，还差 60.00 平方米",
        "同意的业主 2 人，须达到总人数的三分之二即 3 人，还差 1 人",
    ]


def test_two_thirds_exactly_reached_passes():
    result = vote((1, "a", "agree"), (1, "b", "agree"), (1, "c", "against"))
    assert result.passed
    assert [threshold.share for threshold in result.thresholds] == [Fraction(2, 3), Fraction(2, 3)]


def test_two_thirds_missed_by_one_hundredth_of_a_square_metre_fails_on_area_alone():
    result = vote((99_99, "a", "agree"), (100_00, "b", "agree"), (100_00, "c", "none"))
    assert [(t.scale, t.missing) for t in result.unmet] == [("area", 1)]


def test_two_thirds_missed_on_heads_alone():
    result = vote((900_00, "a", "agree"), (1_00, "b", "none"))
    assert [(t.scale, t.missing) for t in result.unmet] == [("heads", 1)]


def test_civil_code_use_one_half_exactly_is_not_enough():
    result = vote((50_00, "a", "agree"), (50_00, "b", "against"), rule="civil_code_use")
    assert sentences(result) == [
        "同意的面积 50.00 平方米，须超过参与表决面积的一半即至少 50.01 平方米，还差 0.01 平方米",
        "同意的业主 1 人，须超过参与表决人数的一半即至少 2 人，还差 1 人",
    ]


def test_civil_code_use_half_of_two_thirds_passes_where_two_thirds_of_all_does_not():
    rows = [(10, number, "agree") for number in range(4)] + [(10, number, "abstain") for number in range(4, 7)]
    rows += [(10, number, "none") for number in range(7, 10)]
    assert vote(*rows, rule="civil_code_use").passed
    assert not vote(*rows, rule="two_thirds").passed


def test_civil_code_use_too_few_taking_part_fails_though_all_agree():
    result = vote((10, "a", "agree"), (10, "b", "none"), rule="civil_code_use")
    assert [(t.condition.counted, t.scale) for t in result.unmet] == [("taking_part", "area"), ("taking_part", "heads")]


def test_civil_code_raise_three_quarters_exactly_passes():
    rows = [(10, "a", "agree"), (10, "b", "agree"), (10, "c", "agree"), (10, "d", "against")]
    assert vote(*rows, rule="civil_code_raise").passed
    assert not vote(*rows[1:], rule="civil_code_raise").passed


def test_civil_code_raise_three_quarters_of_nobody_are_not_reached():
    result = vote((10, "a", "none"), rule="civil_code_raise")
    assert [(t.condition.counted, t.scale, t.missing) for t in result.unmet] == [
        ("taking_part", "area", 7),
        ("taking_part", "heads", 1),
        ("agree", "area", 1),
        ("agree", "heads", 1),
    ]


@pytest.mark.parametrize("rule", RULES)
def test_vote_that_nobody_answered_fails_under_every_rule(rule):
    assert not vote((10, "a", "none"), rule=rule).passed


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        (["agree", "agree"], "agree"),
        (["agree", "none"], "agree"),
        (["agree", "abstain"], "abstain"),
        (["abstain", "none"], "abstain"),
        (["agree", "against"], "against"),
        (["abstain", "against"], "against"),
        (["none", "none"], "none"),
        ([], "none"),
    ],
)
def test_answer_of_head_with_several_houses(answers, answer):
    assert answer_of_head(answers) == answer


def test_head_key_same_owner_developer_and_unknown_identity():
    assert head_key(1, unsold=False, identity="hash") == head_key(2, unsold=False, identity="hash")
    assert head_key(1, unsold=True, identity=None) == head_key(2, unsold=True, identity="hash")
    assert head_key(1, unsold=False, identity=None) != head_key(2, unsold=False, identity=None)


def test_answers_and_rules_are_those_of_the_enums():
    assert [answer.value for answer in Answer] == list(ANSWERS)
    assert [rule.value for rule in VoteRule] == list(RULES)


def test_count_votes_takes_enum_members():
    assert vote((1, "a", Answer.AGREE), rule=VoteRule.TWO_THIRDS).passed


@pytest.mark.parametrize(
    ("ballots", "rule", "message"),
    [
        ([], "two_thirds", "a vote needs at least one house"),
        ([Ballot(1, 10, "a"), Ballot(1, 10, "b")], "two_thirds", "house stands twice: 1"),
        ([Ballot(1, 0, "a")], "two_thirds", "area of house 1 must be an int above 0: 0"),
        ([Ballot(1, 1.5, "a")], "two_thirds", "area of house 1 must be an int above 0: 1.5"),
        ([Ballot(1, 10, "a", "yes")], "two_thirds", "unknown answer of house 1: 'yes'"),
        ([Ballot(1, 10, "a")], "half", "unknown rule: 'half'"),
    ],
)
def test_count_votes_wrong_input_says_which(ballots, rule, message):
    with pytest.raises(ValueError) as error:
        count_votes(ballots, rule)
    assert str(error.value) == message


ROWS = st.lists(st.tuples(st.integers(1, 300_00), st.integers(0, 5), st.sampled_from(ANSWERS)), min_size=1, max_size=30)


@given(ROWS, st.sampled_from(sorted(RULES)))
def test_tallies_add_up_on_both_scales(rows, rule):
    result = vote(*rows, rule=rule)
    for tally in (result.area, result.heads):
        assert tally.taking_part == tally.agree + tally.against + tally.abstain
        assert tally.total == tally.taking_part + tally.not_voted
    assert result.area.total == sum(area for area, _, _ in rows)
    assert result.heads.total == len({head for _, head, _ in rows})


@given(ROWS, st.sampled_from(sorted(RULES)))
def test_thresholds_agree_with_exact_fractions(rows, rule):
    result = vote(*rows, rule=rule)
    for threshold in result.thresholds:
        above = threshold.condition.above
        reached = threshold.share > threshold.required if above else threshold.share >= threshold.required
        assert threshold.met == reached


@given(ROWS, st.sampled_from(sorted(RULES)))
def test_missing_is_the_least_that_meets_the_threshold(rows, rule):
    for threshold in vote(*rows, rule=rule).unmet:
        condition, base = threshold.condition, threshold.base
        if base == 0:
            assert threshold.missing == 1
            continue
        margins = [
            condition.denominator * (threshold.counted + more) - condition.numerator * base
            for more in (threshold.missing - 1, threshold.missing)
        ]
        assert [margin > 0 if condition.above else margin >= 0 for margin in margins] == [False, True]


@given(ROWS)
def test_one_more_agreeing_house_never_turns_a_passed_two_thirds_vote(rows):
    if vote(*rows).passed:
        assert all(vote(*rows[:i], (rows[i][0], rows[i][1], "agree"), *rows[i + 1 :]).passed for i in range(len(rows)))
