"""`apportion`: a budget split over houses by floor area, exact, against numpy doing the same largest remainder."""

from __future__ import annotations

import random
from collections.abc import Iterator

from app.domain.apportion import apportion
from bench.framework import Case

BUDGET = 1_234_567_89


def cases(options) -> Iterator[Case]:
    import numpy

    for houses in (20_000, 1_000_000):
        chance = random.Random(houses)
        areas = [chance.randrange(3000, 20000) for _ in range(houses)]  # 30 to 200 m²
        vector = numpy.array(areas, dtype=numpy.int64)
        yield Case(
            size=f"{houses:,} houses",
            ours=lambda areas=areas: apportion(BUDGET, areas),
            yardstick=f"numpy {numpy.__version__}, array to array",
            theirs=lambda vector=vector: largest_remainder(numpy, BUDGET, vector),
            target=6,
            check=lambda areas=areas, vector=vector: _same(numpy, areas, vector),
        )


def largest_remainder(numpy, total: int, weights):
    """The yardstick: quotas rounded down, the rest to the largest remainders, ties to the earlier row."""
    whole = weights.sum()
    products = total * weights
    parts = products // whole
    remainders = products - parts * whole
    left = int(total - parts.sum())
    parts[numpy.argsort(-remainders, kind="stable")[:left]] += 1
    return parts


def _same(numpy, areas: list[int], vector) -> None:
    assert apportion(BUDGET, areas) == largest_remainder(numpy, BUDGET, vector).tolist()
