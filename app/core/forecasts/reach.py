"""When a series that grows reaches a limit: memory, a disk.

The value is taken for a walk with a drift: medians of blocks (so that a heap's saw teeth and single spikes do not
count), the drift as median of slopes, and how far the walk strays from it measured on all blocks of the attempt at that
scale. So a rise that often came and went before carries no forecast, and no error is assumed to be independent of the
one before. Several spans are tried; each says nothing about more than twice its own length.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import median

from app.core.forecasts.estimating import Point, quantile, slope, student
from app.core.forecasts.values import COVERAGE, Estimate, NoForecast

SPANS = (600.0, 1800.0, 3600.0, 3 * 3600.0, 12 * 3600.0, 48 * 3600.0, 7 * 86_400.0)
BLOCKS = 8
FILLED = 6
"""So many of a span's blocks must hold a sample."""
PAST_BLOCKS = 64
"""How far back, in blocks, the walk's straying is measured."""
FAR, UNPROVEN = 2.0, 1.4
"""No further ahead than so many times the span the growth was seen over; `UNPROVEN` where there is nothing before that
span to tell how often such a growth ended by itself."""
CLEAR = 2.5
"""How many standard errors the drift must be away from none: many replicas are looked at, all the time."""
STALE_SECONDS = 900.0
PEAK, USUAL = 0.95, 0.9
"""What reaches the limit first is not the middle of the saw teeth but their tips."""
NOISE_FLOOR = 1e-3
"""Nothing is measured finer than this share of its value, so that a perfect line makes no interval of no width."""

_TOO_SHORT = NoForecast("too little was measured yet, ten minutes are the least")


@dataclass(frozen=True, slots=True)
class _Drift:
    """Over one span: growth and straying per second, and what is left to the limit."""

    span: float
    per_second: float
    stray: float
    """Per square root of a second."""
    left: float
    nearest: float
    """What is left for the highest tip of all."""
    furthest: float
    """What is left for a usual one."""
    late: float
    """Growth per second over the span's later half."""
    rise: float
    """How far it will rise in all, if its growth goes on slowing down as it did."""

    @property
    def clear(self) -> bool:
        return self.per_second > CLEAR * self.stray / sqrt(self.span)


def reach(points: Sequence[Point], limit: float, now: float) -> Estimate | NoForecast:
    """The moment (epoch seconds, never before `now`) at which the series, oldest first, reaches `limit`."""
    points = points[: bisect_left(points, (now, float("inf")))]
    if not points or now - points[-1][0] > STALE_SECONDS:
        return NoForecast("it was not measured lately")
    if points[-1][1] >= limit:
        return Estimate(now, now, now)
    spans = {*SPANS, max(SPANS[0], min(SPANS[-1], now - points[0][0]))}  # all of its life is one, too
    seen = [one for span in sorted(spans) if (one := _drift(points, limit, now, span)) is not None]
    if not seen:
        return _TOO_SHORT
    growing = [one for one in seen if one.clear]
    if not growing:
        return NoForecast("there is no clear growth")
    lasting = [one for one in growing if one.rise >= one.left]
    if not lasting:
        return NoForecast("its growth slows down before the limit")
    life = now - points[0][0]
    near = [one for one in lasting if one.left <= _farthest(one.span, life) * one.per_second]
    if not near:
        return NoForecast("the limit is further away than the growth was seen for")
    found = [crossing for one in near if (crossing := _crossing(one, now)) is not None]
    if not found:
        return NoForecast("the growth is too uneven")
    best = min(found, key=lambda one: (one.high - one.low) / (one.value - now + 1.0))
    return Estimate(best.value, min(one.low for one in found), best.high)


def _farthest(span: float, life: float) -> float:
    """Seconds ahead that a growth over `span`, in a life of that length, may speak of."""
    return span * min(FAR, max(UNPROVEN, life / span))


def _drift(points: Sequence[Point], limit: float, now: float, span: float) -> _Drift | None:
    """None where it was not measured for that long, or too little of it."""
    length = span / BLOCKS
    if points[0][0] > now - span + length:
        return None
    blocks = _medians(points, now, length)
    recent = [(place, value) for place, value in blocks if place >= -BLOCKS]
    if len(recent) < FILLED:
        return None
    per_block = slope(recent)
    stray = max(_straying(recent, per_block), _straying(blocks), NOISE_FLOOR * abs(recent[-1][1]))
    inside = points[bisect_left(points, (now - span, float("-inf"))) :]
    offset = median(value - per_block * place for place, value in recent)
    tips = [value - offset - per_block * _place(at, now, length) for at, value in inside]
    nearest, left, furthest = (
        max(limit - offset - max(tip, 0.0), limit * NOISE_FLOOR)
        for tip in (max(tips), quantile(tips, PEAK), quantile(tips, USUAL))
    )
    early, late = _halves(recent)
    rise = _rise(early, late)
    return _Drift(span, per_block / length, stray / sqrt(length), left, nearest, furthest, late / length, rise)


def _place(at: float, now: float, length: float) -> float:
    """The place of a moment in blocks: 0.0 is now, -1.0 the end of the block before the last."""
    return (at - now) / length


def _medians(points: Sequence[Point], now: float, length: float) -> list[Point]:
    """The middle of each block that holds samples, and the median there; oldest first."""
    found: list[Point] = []
    for number in range(-PAST_BLOCKS, 0):
        low = bisect_left(points, (now + number * length, float("-inf")))
        high = bisect_left(points, (now + (number + 1) * length, float("-inf"))) if number < -1 else len(points)
        if high > low:
            found.append((number + 0.5, median(value for _, value in points[low:high])))
    return found


def _straying(blocks: Sequence[Point], drift: float | None = None) -> float:
    """How far one block lies from what the one before and the drift (their median step where None) would have it."""
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(blocks)]
    if not steps:
        return 0.0
    usual = median(step / gap for gap, step in steps) if drift is None else drift
    squares = sum((step - usual * gap) ** 2 / gap for gap, step in steps)
    return sqrt(squares / max(1, len(steps) - 1))


def _halves(recent: Sequence[Point]) -> tuple[float, float]:
    """Growth per block, in the earlier and the later half of a span."""
    half = -BLOCKS / 2
    return slope([one for one in recent if one[0] < half]), slope([one for one in recent if one[0] >= half])


def _rise(before: float, after: float) -> float:
    """What is still to come if each half span grows by the share of the half before that it did: a damped trend."""
    if after <= 0:
        return 0.0
    if before <= after:
        return float("inf")
    share = after / before
    return after * BLOCKS / 2 * share / (1 - share)


def _crossing(drift: _Drift, now: float) -> Estimate | None:
    """Where the drift, and the two bounds of the walk around it, cross the limit; None where one never does.

    The bounds are `per_second * t ± q * stray * sqrt(t + t² / span)`: what it strays from now on, and what is not known
    of the drift.
    """
    value = drift.left / drift.per_second
    late = _bound(drift, drift.per_second, drift.furthest, latest=True)
    early = _bound(drift, max(drift.per_second, drift.late), drift.nearest, latest=False)
    if late is None or early is None:
        return None
    return Estimate(now + value, now + min(early, value), now + max(late, value))


def _bound(drift: _Drift, per_second: float, left: float, *, latest: bool) -> float | None:
    """Seconds until the lower (`latest`) or upper bound crosses: the roots of a square equation."""
    q = student((1 + COVERAGE) / 2, BLOCKS - 2)
    spread = (q * drift.stray) ** 2
    square = per_second**2 - spread / drift.span
    if square <= 0:
        return None
    middle = 2 * left * per_second + spread
    far = (middle + sqrt(max(0.0, middle**2 - 4 * square * left**2))) / (2 * square)
    return far if latest else left**2 / (square * far)  # by their product: the difference would lose digits
