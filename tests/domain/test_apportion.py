"""Splitting: worked by hand first, then the promises of `apportion` for any input."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import apportion as module
from app.domain.apportion import apportion, draw_down, give_back, split_by_percents
from app.domain.errors import Refusal

WEIGHTS = st.lists(st.integers(0, 10**8), max_size=40)
FEW_WEIGHTS = st.lists(st.integers(0, 5), max_size=40)
TOTALS = st.integers(-(10**14), 10**14)
SOME_WEIGHTS = st.one_of(WEIGHTS, FEW_WEIGHTS).filter(any)


def test_apportion_thirds_gives_the_odd_fen_to_the_first_row():
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]


def test_apportion_by_area_worked_example():
    # 1,000.00 yuan over 89.46, 112.38 and 76.05 m²: 277.89 m² in all.
    # 100000 × 8946 / 27789 = 32192.59…, × 11238 = 40440.46…, × 7605 = 27366.94…; two fen left, to .94 and .59.
    assert apportion(100_000, [8946, 11238, 7605]) == [32193, 40440, 27367]


def test_apportion_largest_remainders_get_the_leftover_units():
    # Quotas 1.4, 2.8, 2.8 of 7 over 1 : 2 : 2.
    assert apportion(7, [1, 2, 2]) == [1, 3, 3]


def test_apportion_equal_remainders_of_unequal_weights_go_to_the_earlier_row():
    # Quotas 0.5 and 1.5 of 2 over 1 : 3; one fen left.
    assert apportion(2, [1, 3]) == [1, 1]
    assert apportion(2, [3, 1]) == [2, 0]


def test_apportion_zero_weight_gets_zero():
    assert apportion(5, [0, 3, 0, 3]) == [0, 3, 0, 2]


def test_apportion_fewer_fen_than_rows():
    assert apportion(2, [1, 1, 1, 1]) == [1, 1, 0, 0]


def test_apportion_negative_total_is_the_mirror():
    assert apportion(-100, [1, 1, 1]) == [-34, -33, -33]


def test_apportion_total_zero_gives_zeros_whatever_the_weights():
    assert apportion(0, [3, 4]) == [0, 0]
    assert apportion(0, [0, 0]) == [0, 0]
    assert apportion(0, []) == []


def test_apportion_is_not_monotone_in_the_total_so_payments_draw_down():
    # The Alabama paradox: with one fen more, the smallest weight gets one less.
    assert apportion(10, [6, 6, 2]) == [4, 4, 2]
    assert apportion(11, [6, 6, 2]) == [5, 5, 1]


@pytest.mark.parametrize(
    ("total", "weights", "message"),
    [
        (1, [0, 0], "权重全部为零，无法分摊"),
        (1, [], "权重全部为零，无法分摊"),
        (1, [3, -2], "第 2 行的权重为负数：-2"),
        (0, [-1], "第 1 行的权重为负数：-1"),
        (1, [3, True], "weight of row 1 must be an int, not bool: True"),
        (1, [3, 4, 2.0], "weight of row 2 must be an int, not float: 2.0"),
        (1, [Decimal(1)], "weight of row 0 must be an int, not Decimal: Decimal('1')"),
        (1, [None], "weight of row 0 must be an int, not NoneType: None"),
        (True, [1], "total must be an int, not bool: True"),
        (1.0, [1], "total must be an int, not float: 1.0"),
    ],
)
def test_apportion_wrong_input_says_which(total, weights, message):
    with pytest.raises(ValueError) as error:
        apportion(total, weights)
    assert str(error.value) == message


@given(TOTALS, SOME_WEIGHTS)
def test_apportion_parts_add_up_and_are_quotas_rounded_down_or_up(total, weights):
    parts = apportion(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    for part, weight in zip(parts, weights, strict=True):
        floor, rest = divmod(total * weight, sum(weights))
        assert part - floor in ((0, 1) if rest else (0,))


@given(TOTALS, SOME_WEIGHTS)
def test_apportion_larger_weight_never_gets_less_equal_weights_differ_by_one(total, weights):
    pairs = sorted(zip(weights, map(abs, apportion(total, weights)), strict=True))
    for (weight, part), (next_weight, next_part) in pairwise(pairs):
        if weight == next_weight:
            assert next_part - part <= 1
        else:
            assert part <= next_part


@given(TOTALS, SOME_WEIGHTS)
def test_apportion_zero_weights_get_zero(total, weights):
    assert [p for p, w in zip(apportion(total, weights), weights, strict=True) if w == 0] == [0] * weights.count(0)


@given(TOTALS, SOME_WEIGHTS)
def test_apportion_of_the_negative_total_is_the_mirror(total, weights):
    assert apportion(-total, weights) == [-part for part in apportion(total, weights)]


def plain_largest_remainder(total, weights):
    """The textbook, row by row: round down, then one unit each in order of remainder, then of row."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda row: (-(total * weights[row] % whole), row))
    for row in order[: total - sum(parts)]:
        parts[row] += 1
    return parts


@given(st.integers(0, 10**12), SOME_WEIGHTS)
def test_apportion_equals_the_textbook(total, weights):
    assert apportion(total, weights) == plain_largest_remainder(total, weights)


@given(st.integers(0, 10**12), SOME_WEIGHTS)
def test_apportion_by_sample_equals_the_textbook(total, weights):
    """The short cut for long lists, made to work on short ones by a sample of three rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SAMPLE", 3)
        patch.setattr(module, "_MARGIN", 1)
        assert apportion(total, weights) == plain_largest_remainder(total, weights)


@pytest.mark.parametrize("distinct", [1, 2, 400, 1_000_000])
def test_apportion_of_many_houses_equals_the_textbook(distinct):
    # Areas from a fixed multiplicative sequence, so that the test is the same every time.
    weights = [3000 + pow(7, row % 9973, 9973) * row % distinct for row in range(30_000)]
    assert apportion(123_456_789, weights) == plain_largest_remainder(123_456_789, weights)


def test_draw_down_worked_example_of_the_specification():
    """money.md 2: b = 100/100/100, f = 100/40/100; 60 % is paid, the item settles at 270, the rest is paid."""
    budget, fund = [100, 100, 100], [100, 40, 100]
    first = draw_down(sum(fund) * 60 // 100, fund)
    assert first == [60, 24, 60]
    settled = draw_down(270, budget)
    assert settled == [90, 90, 90]
    limit = [min(pair) for pair in zip(fund, settled, strict=True)]
    assert limit == [90, 40, 90]
    owed = [u - p for u, p in zip(limit, first, strict=True)]
    last = draw_down(76, owed)
    assert last == [30, 16, 30]
    assert [p + q for p, q in zip(first, last, strict=True)] == limit
    assert settled[1] - limit[1] == 50


def test_draw_down_of_nothing_gives_zeros():
    assert draw_down(0, [5, 0]) == [0, 0]
    assert draw_down(0, [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("split", "amount", "message"),
    [
        (draw_down, 201, "金额 2.01 超过尚可支付的合计 2.00"),
        (draw_down, -1, "金额不能为负数"),
        (give_back, 201, "退回金额 2.01 超过已支付的合计 2.00"),
        (give_back, -1, "金额不能为负数"),
    ],
)
def test_draw_down_and_give_back_outside_the_range_are_refused(split, amount, message):
    with pytest.raises(Refusal) as error:
        split(amount, [150, 50])
    assert str(error.value) == message


@given(st.one_of(WEIGHTS, FEW_WEIGHTS), st.data())
def test_draw_down_in_any_steps_never_takes_more_than_owed_and_ends_at_zero(owed, data):
    left = list(owed)
    for step in range(5):
        amount = sum(left) if step == 4 else data.draw(st.integers(0, sum(left)))
        left = [before - part for before, part in zip(left, draw_down(amount, left), strict=True)]
        assert all(rest >= 0 for rest in left)
    assert left == [0] * len(owed)


@given(st.one_of(WEIGHTS, FEW_WEIGHTS))
def test_draw_down_of_the_whole_sum_closes_every_row(owed):
    assert draw_down(sum(owed), owed) == owed


@given(st.one_of(WEIGHTS, FEW_WEIGHTS), st.data())
def test_give_back_never_returns_more_than_was_paid(paid, data):
    parts = give_back(data.draw(st.integers(0, sum(paid))), paid)
    assert all(0 <= part <= before for part, before in zip(parts, paid, strict=True))


def test_split_by_percents_three_phases():
    assert split_by_percents(10_001, ["30", "40.00%", 30]) == [3000, 4001, 3000]


def test_split_by_percents_with_two_decimals():
    assert split_by_percents(100_00, [Decimal("33.33"), 33.33, "33.34"]) == [3333, 3333, 3334]


@pytest.mark.parametrize(
    ("percents", "message"),
    [
        ([30, 60], "各期比例之和须为 100%，现为 90.00%"),
        (["33.33", "33.33", "33.33"], "各期比例之和须为 100%，现为 99.99%"),
        ([], "各期比例之和须为 100%，现为 0.00%"),
        (["33.333", "66.667"], "比例最多两位小数：33.333"),
        ([0, 100], "比例必须大于零"),
        ([-50, 150], "比例不能为负数"),
        ([150], "比例不能超过 100.00"),
        ([None], "请填写比例"),
    ],
)
def test_split_by_percents_wrong_percents_are_refused(percents, message):
    with pytest.raises(Refusal) as error:
        split_by_percents(100, percents)
    assert str(error.value) == message
