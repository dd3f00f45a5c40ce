"""Better or worse than before: the last hour against the one before it, and against the same hour of the day before."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from app.core.forecasts.series import by_pod, restarts
from app.core.usage import COARSE_SECONDS, UsageSample

HOUR = 3600.0
DAY = 86_400.0
EDGE_SECONDS = 2 * COARSE_SECONDS
MEASURED = 0.5
"""So much of an hour must be covered by samples to be compared."""
MARGIN = 1.25
"""Memory per replica counts as more where it is over so many times what it was."""


class Trend(StrEnum):
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    UNKNOWN = "unknown"
    """Too little was measured of one of the two."""


@dataclass(frozen=True, slots=True)
class Change:
    """Of one app between two hours. `memory` and `cpu` are shares (0.1 = a tenth more), per replica."""

    trend: Trend
    restarts: int = 0
    restarts_before: int = 0
    memory: float = 0.0
    cpu: float = 0.0


def compare(samples: Sequence[UsageSample], now: float, *, before: float = HOUR) -> Change:
    """The last hour against the hour that began `before` seconds earlier (`HOUR` or `DAY`); `samples` oldest first."""
    last, past = _hour(samples, now), _hour(samples, now - before)
    if not (_covered(last) and _covered(past)):
        return Change(Trend.UNKNOWN)
    count, earlier = _restarts(samples, now), _restarts(samples, now - before)
    memory, cpu = (
        fmean(getattr(one, name) for one in last) / max(1.0, fmean(getattr(one, name) for one in past))
        for name in ("memory_bytes", "cpu_millicores")
    )
    if count > earlier or (count == earlier and memory > MARGIN):
        trend = Trend.WORSE
    elif count < earlier:
        trend = Trend.BETTER
    else:
        trend = Trend.SAME
    return Change(trend, count, earlier, memory - 1.0, cpu - 1.0)


def _hour(samples: Sequence[UsageSample], end: float, *, sooner: float = 0.0) -> Sequence[UsageSample]:
    """That ended at `end`, begun `sooner` seconds earlier."""
    return samples[_place(samples, end - HOUR - sooner) : _place(samples, end)]


def _place(samples: Sequence[UsageSample], at: float) -> int:
    return bisect_right(samples, at, key=lambda one: one.at)


def _covered(samples: Sequence[UsageSample]) -> bool:
    """By the replica that was measured the longest."""
    return any(sum(one.seconds for one in of) >= MEASURED * HOUR for of in by_pod(samples).values())


def _restarts(samples: Sequence[UsageSample], end: float) -> int:
    """Seen in that hour, against the last sample before it."""
    every = by_pod(_hour(samples, end, sooner=EDGE_SECONDS)).values()
    return sum(end - HOUR < at <= end for of in every for at in restarts(of))
