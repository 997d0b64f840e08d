"""Splitting money (分摊) exactly: largest remainder on whole numbers.

Everything here is in fen and whole-number weights (0.01 m², fen, hundredths of a percent); nothing is rounded
that is not shown in a test. Callers order the rows (building, unit, floor, room in natural order, then house
number), because ties go to the earlier row.

A wrong type is a programmer's mistake and a plain `ValueError`; a wrong value is a `Refusal` (a `ValueError`
too) with a Chinese sentence, as it may come from what a user has chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.errors import Refusal, say
from app.domain.money import format_yuan, parse_percent

_SAMPLE = 2000
_MARGIN = 80


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` over `weights`; the parts stand in the order of the weights and add up to `total`.

    Each part is the exact quota rounded down or up, equal weights differ by at most 1, a larger weight never
    gets less, a zero weight gets zero. The leftover units go to the largest remainders, ties to the earlier row.
    A negative total is its positive mirror. A total of 0 gives zeros whatever the weights are, also when all are
    zero or there are none: there is nothing to split. Source: money.md 1.

    Not monotone in the total: never split a grown total anew to pay the difference, use `draw_down`.

    Raises ValueError: a bool, float or other non-int (which row); a negative weight (which row); all weights
    zero while the total is not.
    """
    _check_whole_numbers(total, weights)
    if total == 0:
        return [0] * len(weights)
    whole = sum(weights)
    if whole == 0:
        raise Refusal(say("权重全部为零，无法分摊"))
    if total < 0:
        return [-part for part in _largest_remainder(-total, weights, whole)]
    return _largest_remainder(total, weights, whole)


def draw_down(amount: int, owed: Sequence[int]) -> list[int]:
    """Take `amount` fen from rows that still owe `owed` fen each, in proportion to what they owe.

    Nobody pays more than owed: amount ≤ sum(owed), so a quota is at most the row's `owed`, and as that is a whole
    number the quota rounded up is too. A payment of the whole sum closes every row. Source: money.md 1.

    Raises ValueError: amount negative or above the sum, and as `apportion`.
    """
    _check_whole_numbers(amount, owed)
    if amount < 0:
        raise Refusal(say("金额不能为负数"))
    if amount > sum(owed):
        limit = format_yuan(sum(owed))
        raise Refusal(say("金额 %(amount)s 超过尚可支付的合计 %(limit)s", amount=format_yuan(amount), limit=limit))
    return apportion(amount, owed)


def give_back(amount: int, paid: Sequence[int]) -> list[int]:
    """Return `amount` fen to rows that have paid `paid` fen each, in proportion; nobody gets back more than paid.

    The mirror of `draw_down`, with its own sentence. Source: money.md 1.

    Raises ValueError: amount negative or above what was paid, and as `apportion`.
    """
    _check_whole_numbers(amount, paid)
    if amount < 0:
        raise Refusal(say("金额不能为负数"))
    if amount > sum(paid):
        limit = format_yuan(sum(paid))
        raise Refusal(say("退回金额 %(amount)s 超过已支付的合计 %(limit)s", amount=format_yuan(amount), limit=limit))
    return apportion(amount, paid)


def split_by_percents(total: int, percents: Sequence[object]) -> list[int]:
    """Turn a payout plan's percents (比例, at most two decimals each) into amounts in fen that add up to `total`.

    Percents are read as `parse_percent` reads them: Decimal, int, float or text such as "33.33". Source:
    workflows.md 5.1 (拨付计划).

    Raises Refusal: a percent that is no number, is zero or negative, has more than two places; a sum that is
    not exactly 100.
    """
    hundredths = [parse_percent(percent) for percent in percents]
    if sum(hundredths) != 100_00:
        raise Refusal(say("各期比例之和须为 100%%，现为 %(sum)s%%", sum=str(Decimal(sum(hundredths)).scaleb(-2))))
    return apportion(total, hundredths)


def _check_whole_numbers(total: object, weights: Sequence[object]) -> None:
    """Refuse anything but plain ints, and negative weights; names the first row (from 0) that is wrong."""
    if type(total) is not int:
        raise ValueError(f"total must be an int, not {type(total).__name__}: {total!r}")
    if not set(map(type, weights)) <= {int}:
        row = next(row for row, weight in enumerate(weights) if type(weight) is not int)
        raise ValueError(f"weight of row {row} must be an int, not {type(weights[row]).__name__}: {weights[row]!r}")
    if weights and min(weights) < 0:
        row = next(row for row, weight in enumerate(weights) if weight < 0)
        raise Refusal(say("第 %(row)s 行的权重为负数：%(weight)s", row=row + 1, weight=weights[row]))


def _largest_remainder(total: int, weights: Sequence[int], whole: int) -> list[int]:
    """Split a positive total over weights that add up to `whole` (above 0), in three passes over the rows.

    `left` units remain when every quota is rounded down. They go to the remainders above the `left`-th largest
    one, and to the earlier rows of those equal to it. Adding `whole - 1 - threshold` before the division rounds
    up exactly the rows whose remainder is above the threshold.
    """
    remainders = [total * weight % whole for weight in weights]
    left = sum(remainders) // whole
    if left == 0:
        return [total * weight // whole for weight in weights]
    threshold = _nth_largest(remainders, left)
    shift = whole - 1 - threshold
    parts = [(total * weight + shift) // whole for weight in weights]
    row = -1
    for _ in range(total - sum(parts)):
        row = remainders.index(threshold, row + 1)
        parts[row] += 1
    return parts


def _nth_largest(values: list[int], n: int) -> int:
    """The n-th largest value (n from 1), like `sorted(values)[-n]`, but without sorting a million of them.

    Every so many-th value makes a sorted sample; it tells between which two values the answer very likely lies,
    and only those between are sorted. Where the sample misleads (periodic data), all are: slower, still right.
    """
    if len(values) > 4 * _SAMPLE:
        sample = sorted(values[:: len(values) // _SAMPLE])
        place = len(sample) - n * len(sample) // len(values)
        low = sample[max(place - _MARGIN, 0)]
        high = sample[min(place + _MARGIN, len(sample) - 1)]
        above = sum(map(high.__lt__, values))
        between = sorted([value for value in values if low <= value <= high])
        if above < n <= above + len(between):
            return between[above - n]
    return sorted(values)[-n]
