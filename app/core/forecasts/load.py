"""The load of the next hour from the same hour of the days before, moved half way to today's level.

It must have beaten "as in the hour before" on the last two days, else there is no forecast; how far it was off then is
the interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, floor, log, sqrt
from statistics import fmean, median

from app.core.forecasts.estimating import quantile
from app.core.forecasts.values import COVERAGE, Estimate, NoForecast
from app.core.usage import COARSE_SECONDS

HOUR = int(3600 / COARSE_SECONDS)
DAY = 24 * HOUR
DAYS = 6
FILLED = 9
"""So many of an hour's twelve fives must be known."""
STEP = HOUR // 2
"""Between the origins it is tried on."""
TRIED = 2 * DAY // STEP
FEWEST = 16
BETTER = 0.9
"""Its error must be under this share of the naive one's."""
LEAST = 1.0
"""Millicores; less is nothing."""

Load = Mapping[int, float]
"""Millicores over all replicas by number of the five minutes (`series.load`)."""


def load_ahead(load: Load, now: float) -> Estimate | NoForecast:
    """The highest five minutes of the hour from `now` on, in millicores over all replicas."""
    at = floor(now / COARSE_SECONDS)
    if not load or min(load) > at - DAY - 2 * HOUR:
        return NoForecast("the load was measured for less than a day and two hours")
    value = _seasonal(load, at)
    if value is None:
        return NoForecast("the same hour of the days before, or the hour before this one, was not measured")
    ours: list[float] = []
    naive: list[float] = []
    for origin in range(at - HOUR - (TRIED - 1) * STEP, at - HOUR + 1, STEP):
        truth, said, before = _peak(load, origin), _seasonal(load, origin), _peak(load, origin - HOUR)
        if truth is not None and said is not None and before is not None:
            ours.append(log(truth / said))
            naive.append(log(truth / before))
    if len(ours) < FEWEST:
        return NoForecast("two days are the least that shows a pattern by hour of day")
    if fmean(map(abs, ours)) >= BETTER * fmean(map(abs, naive)):
        return NoForecast("its load follows no pattern by hour of day")
    tail = (1 - COVERAGE) / 2 * len(ours) / (len(ours) + 1)
    low, high = (value * exp(quantile(ours, share)) for share in (tail, 1 - tail))
    return Estimate(value, min(low, value), max(high, value))


def _seasonal(load: Load, at: int) -> float | None:
    """From what was known when the five minutes `at` began."""
    peaks: list[float] = []
    levels: list[float] = []
    for day in range(1, DAYS + 1):
        peak, level = _peak(load, at - day * DAY), _level(load, at - day * DAY)
        if peak is not None and level is not None:
            peaks.append(peak)
            levels.append(level)
    today = _level(load, at)
    if not peaks or today is None:
        return None
    return median(peaks) * sqrt(today / median(levels))


def _hour(load: Load, begin: int) -> list[float] | None:
    known = [max(LEAST, load[place]) for place in range(begin, begin + HOUR) if place in load]
    return known if len(known) >= FILLED else None


def _peak(load: Load, begin: int) -> float | None:
    """Of the hour from `begin` on."""
    known = _hour(load, begin)
    return max(known) if known else None


def _level(load: Load, end: int) -> float | None:
    """The mean of the hour before `end`."""
    known = _hour(load, end - HOUR)
    return fmean(known) if known else None
