"""Robust statistics on short lists, in plain Python: what is needed here does not pay for a numeric library (ADR 17).

Callers keep the lists short: a median of slopes looks at every pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from statistics import NormalDist, median

Point = tuple[float, float]
"""A moment (epoch seconds) or a number in a row, and a value."""

_NORMAL = NormalDist()


def slope(points: Sequence[Point]) -> float:
    """Theil and Sen's: the median over all pairs; 0.0 where there is no pair with two moments."""
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in combinations(points, 2) if x1 != x0]
    return median(slopes) if slopes else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Between the two nearest ranks, in a straight line. Raises `ValueError` without values."""
    if not values:
        raise ValueError("a quantile needs a value")
    ranked = sorted(values)
    place = share * (len(ranked) - 1)
    under = int(place)
    over = min(under + 1, len(ranked) - 1)
    return ranked[under] + (ranked[over] - ranked[under]) * (place - under)


def student(share: float, freedom: int) -> float:
    """The quantile of Student's t, by Cornish and Fisher's series (off by under 2 % from 3 degrees on)."""
    z = _NORMAL.inv_cdf(share)
    square = z * z
    first = z * (square + 1) / 4
    second = z * ((5 * square + 16) * square + 3) / 96
    third = z * (((3 * square + 19) * square + 17) * square - 15) / 384
    return z + (first + (second + third / freedom) / freedom) / freedom


def negative_binomial(share: float, shape: float, mean: float) -> int:
    """The least count whose cumulative chance reaches `share`: Poisson counts whose rate is itself uncertain.

    `shape` > 0, `mean` >= 0."""
    if mean <= 0:
        return 0
    fail = mean / (mean + shape)
    chance = (1 - fail) ** shape
    total, count = chance, 0
    while total < share and count < mean + 20 * sqrt(mean + mean * mean / shape) + 20:
        chance *= fail * (shape + count) / (count + 1)
        count += 1
        total += chance
    return count
