"""How many restarts are to come, and when they become a crash loop.

Counts are Poisson with a rate that is itself uncertain and may change, so older hours weigh less. A crash loop is near
where the times between restarts shrink steadily: each is taken for a share of the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from statistics import median

from app.core.backoff import HEALTHY_AFTER_SECONDS, MAX_SECONDS
from app.core.forecasts.estimating import negative_binomial, slope, student
from app.core.forecasts.values import COVERAGE, Estimate, NoForecast

HOUR = 3600.0
SEEN_SECONDS = HOUR
"""Less says nothing of a rate."""
HALF_LIVES = (3 * HOUR, HOUR / 2, 12 * HOUR)
"""A restart this long ago counts half. Which of them, is what told the past hours best; the first in doubt."""
DOUBT = 0.5
"""By so much (in logarithms of chance) another one must have been better."""
TRIED_HOURS = 36
PRIOR = 0.1
"""Restarts added to those seen: where there were few, there may be one more."""
MAX_STEPS = 12
"""No further ahead than so many more restarts."""
LATEST = 8
"""So many times between restarts are looked at."""
FEWEST = 4
CLEAR = 3.0
"""Standard errors by which they must shrink."""
ROUNDING = 0.05
"""A moment is known to the nearest sample, so no interval shrinks more evenly than this (in logarithms)."""
PATIENCE = 2.0
"""Shrinking has ended where the last restart is longer ago than so many times what was due."""


def restarts_ahead(moments: Sequence[float], since: float, now: float) -> Estimate | NoForecast:
    """How many restarts the hour from `now` on brings, where those at `moments` were seen since `since`."""
    seen = now - since
    if seen < SEEN_SECONDS:
        return NoForecast("it was watched for less than an hour")
    past = sorted(at for at in moments if since <= at <= now)
    if not past:
        return NoForecast("no restart was seen")
    shape, expected = _rate(past, since, now, _half_life(past, since, now))
    gaps = _gaps(past)
    if isinstance(gaps, _Shrinking) and gaps.lasts(now - past[-1]):
        expected = max(expected, (expected + gaps.within(HOUR)) / 2)
    tail = (1 - COVERAGE) / 2
    low, high = (negative_binomial(share, shape, expected) for share in (tail, 1 - tail))
    return Estimate(expected, min(float(low), expected), max(float(high), expected))


def _rate(past: Sequence[float], since: float, now: float, half_life: float) -> tuple[float, float]:
    """How many restarts are known, the older ones counted less, and how many an hour that makes."""
    fade = log(2) / half_life
    weighed = sum(exp(-fade * (now - at)) for at in past if at <= now) + PRIOR
    return weighed, weighed * fade * HOUR / (1 - exp(-fade * (now - since)))


def _half_life(past: Sequence[float], since: float, now: float) -> float:
    hours = range(1, min(TRIED_HOURS, int((now - since) / HOUR) - 1) + 1)
    counts = [(now - hour * HOUR, sum(0 < at - (now - hour * HOUR) <= HOUR for at in past)) for hour in hours]

    def told(half_life: float) -> float:
        """The logarithm of the chance it gave to what came, but for what is the same for all."""
        rates = [(_rate(past, since, origin, half_life)[1], count) for origin, count in counts]
        return sum(count * log(rate) - rate for rate, count in rates)

    usual, *others = HALF_LIVES
    best = max(others, key=told)
    return best if told(best) > told(usual) + DOUBT else usual


@dataclass(frozen=True, slots=True)
class _Shrinking:
    """Times between restarts, each a share of the one before, in logarithms of seconds: the one that follows, what is
    added from one to the next (below zero), and how far off either may be."""

    following: float
    step: float
    following_off: float
    step_off: float

    def lasts(self, quiet: float) -> bool:
        """So many seconds after the last restart the next one is not overdue yet."""
        return quiet <= PATIENCE * exp(self.following)

    def until_loop(self, off: float = 0.0) -> float | None:
        """Seconds from the last restart until the one that comes too fast; None where that is too far away. `off`: as
        many times as far off as may be."""
        total, gap = 0.0, self.following + off * self.following_off
        for _ in range(MAX_STEPS):
            total += exp(gap)
            if gap < log(HEALTHY_AFTER_SECONDS):
                return total
            gap += self.step + off * self.step_off
        return None

    def within(self, seconds: float) -> int:
        """Restarts in so many seconds after the last one; they come no faster than the back-off lets them."""
        count, left, gap = 0, seconds, self.following
        while (left := left - max(exp(gap), MAX_SECONDS)) >= 0:
            count, gap = count + 1, gap + self.step
        return count


def _gaps(past: Sequence[float]) -> _Shrinking | NoForecast:
    """`past` oldest first."""
    gaps = [after - before for before, after in pairwise(past) if after > before][-LATEST:]
    if len(gaps) < FEWEST:
        return NoForecast("there were too few restarts for it")
    logs = [(float(number), log(gap)) for number, gap in enumerate(gaps)]
    step = slope(logs)
    level = median(value - step * number for number, value in logs)
    freedom = len(logs) - 2
    off = max(ROUNDING, sqrt(sum((value - level - step * number) ** 2 for number, value in logs) / freedom))
    error = off / sqrt(len(logs) * (len(logs) ** 2 - 1) / 12)
    if step > -CLEAR * error:
        return NoForecast("the times between its restarts do not shrink")
    return _Shrinking(level + step * len(logs), step, off, student((1 + COVERAGE) / 2, freedom) * error)


def crash_loop(moments: Sequence[float], now: float) -> Estimate | NoForecast:
    """When (epoch seconds, never before `now`) one replica's restarts come within the time that a healthy run lasts."""
    past = sorted(at for at in moments if at <= now)
    gaps = _gaps(past)
    if len(past) > FEWEST and max(now - past[-1], past[-1] - past[-2]) < HEALTHY_AFTER_SECONDS:
        return NoForecast("its restarts follow each other that fast already")
    if isinstance(gaps, NoForecast):
        return gaps
    if not gaps.lasts(now - past[-1]):
        return NoForecast("the times between its restarts do not shrink any more")
    early, value, late = (gaps.until_loop(off) for off in (-1.0, 0.0, 1.0))
    if early is None or value is None or late is None:
        return NoForecast("they shrink too unevenly")
    dates = [max(now, past[-1] + span) for span in (early, value, late)]
    return Estimate(dates[1], min(dates), max(dates))
