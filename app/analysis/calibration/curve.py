"""A rising curve from strength to chance, fitted on labelled answers by pooling adjacent violators."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PRIOR_HITS, PRIOR_MISSES = 2.0, 0.5
"""Each step starts as if it had been seen two and a half times, right in two: few cases make no certainty."""
CEILING = 0.99


@dataclass(frozen=True, slots=True)
class Labelled:
    """One answer: how strong it was, and whether it was right."""

    strength: float
    right: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (strength, chance), both rising; between two of them it is a straight line."""

    points: tuple[tuple[float, float], ...]

    def at(self, strength: float) -> float:
        """The chance, 0 to 1."""
        places = [x for x, _ in self.points]
        upper = bisect_right(places, strength)
        if upper == 0:
            return self.points[0][1]
        if upper == len(places):
            return self.points[-1][1]
        (x0, y0), (x1, y1) = self.points[upper - 1], self.points[upper]
        return y0 + (y1 - y0) * (strength - x0) / (x1 - x0)


def fit(answers: Sequence[Labelled], edges: Sequence[float]) -> Curve:
    """The curve of `answers`, in steps between `edges` (rising); steps that fall are pooled. Raises `ValueError`
    without answers."""
    if not answers:
        raise ValueError("a curve needs at least one labelled answer")
    pools: list[list[float]] = []  # strength sum, right, count
    for low, high in pairwise((float("-inf"), *edges, float("inf"))):
        inside = [one for one in answers if low <= one.strength < high]
        if inside:
            pools.append([sum(one.strength for one in inside), sum(one.right for one in inside), len(inside)])
    merged: list[list[float]] = []
    for pool in pools:
        merged.append(pool)
        while len(merged) > 1 and _chance(merged[-2]) >= _chance(merged[-1]):
            last = merged.pop()
            merged[-1] = [a + b for a, b in zip(merged[-1], last, strict=True)]
    return Curve(tuple((round(x / n, 3), round(min(CEILING, _chance([x, hits, n])), 3)) for x, hits, n in merged))


def _chance(pool: Sequence[float]) -> float:
    _, hits, count = pool
    return (hits + PRIOR_HITS) / (count + PRIOR_HITS + PRIOR_MISSES)
