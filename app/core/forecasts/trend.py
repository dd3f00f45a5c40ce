"""Better or worse than before: the last hour against the one before it, and against the same hour of the day before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from app.core.forecasts.series import by_pod, restarts
from app.core.usage import UsageSample

HOUR = 3600.0
DAY = 86_400.0
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
    """The last hour against the hour that began `before` seconds earlier (`HOUR` or `DAY`)."""
    last, past = _within(samples, now - HOUR, now), _within(samples, now - HOUR - before, now - before)
    if not (_covered(last) and _covered(past)):
        return Change(Trend.UNKNOWN)
    count, earlier = (_restarts(samples, since, since + HOUR) for since in (now - HOUR, now - HOUR - before))
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


def _within(samples: Sequence[UsageSample], since: float, until: float) -> list[UsageSample]:
    return [one for one in samples if since < one.at <= until]


def _covered(samples: Sequence[UsageSample]) -> bool:
    """By the replica that was measured the longest."""
    pods = by_pod(samples).values()
    return any(sum(one.seconds for one in of) >= MEASURED * HOUR for of in pods)


def _restarts(samples: Sequence[UsageSample], since: float, until: float) -> int:
    return sum(since < at <= until for of in by_pod(samples).values() for at in restarts(of))
