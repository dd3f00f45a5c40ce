"""From stored samples to what is looked at: memory of one attempt, load over all replicas, moments of restarts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from app.core.forecasts.estimating import Point
from app.core.usage import COARSE_SECONDS, KEPT_SECONDS, UsageSample

COVERED_SECONDS = 90.0
"""Five minutes of which less was measured say nothing of the load."""
MANY_REPLICAS = 10
FEWEST_SECONDS = 3 * 86_400.0


def worth_reading(replicas: int) -> float:
    """How far back (seconds) samples of an app are read: all that is kept, less of one with many replicas, so that a
    look never holds up others; three days at the least, which show what an hour of the day is like."""
    return max(FEWEST_SECONDS, KEPT_SECONDS * MANY_REPLICAS / max(replicas, MANY_REPLICAS))


def by_pod(samples: Iterable[UsageSample]) -> Mapping[str, list[UsageSample]]:
    """Oldest first."""
    found: defaultdict[str, list[UsageSample]] = defaultdict(list)
    for sample in samples:
        found[sample.pod].append(sample)
    return {pod: sorted(of, key=lambda one: one.at) for pod, of in found.items()}


def attempt(samples: Sequence[UsageSample], started_at: float | None) -> list[Point]:
    """Memory of the attempt that runs: what a replica used before its last restart says nothing of this one."""
    since = started_at if started_at is not None else float("-inf")
    for before, after in pairwise(samples):
        if before.restarts != after.restarts:
            since = max(since, before.at)
    return [(one.at, float(one.memory_bytes)) for one in samples if one.at > since]


def load(samples: Iterable[UsageSample]) -> dict[int, float]:
    """CPU of all replicas together by number of the five minutes, as mean over what was measured of them."""
    work: defaultdict[int, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    covered: defaultdict[int, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in samples:
        place = int(one.at // COARSE_SECONDS)
        work[place][one.pod] += one.cpu_millicores * one.seconds
        covered[place][one.pod] += one.seconds
    longest = {place: max(pods.values()) for place, pods in covered.items()}
    return {
        place: sum(pods.values()) / longest[place] for place, pods in work.items() if longest[place] >= COVERED_SECONDS
    }


def restarts(samples: Sequence[UsageSample]) -> list[float]:
    """Moments at which one replica's count was seen to have grown, once for each restart; oldest first."""
    moments: list[float] = []
    for before, after in pairwise(samples):
        moments += [after.at] * max(0, after.restarts - before.restarts)
    return moments
