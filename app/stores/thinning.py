"""How usage samples age: which five minutes one lies in, from when on it is folded, and the mean of several. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from app.core.usage import COARSE_SECONDS, FINE_SECONDS, UsageSample


def bucket(at: float) -> int:
    """The number of the five minutes that this moment (epoch seconds) lies in."""
    return int(at // COARSE_SECONDS)


def fold_before(now: float) -> float:
    """Samples before this moment are folded: only whole five minutes, so that each of them is folded once."""
    return bucket(now - FINE_SECONDS) * COARSE_SECONDS


def folded(samples: Iterable[UsageSample]) -> list[UsageSample]:
    """One mean for each replica and five minutes."""

    def place(sample: UsageSample) -> tuple[str, str, int]:
        return str(sample.app), sample.pod, bucket(sample.at)

    return [_mean(list(group)) for _, group in groupby(sorted(samples, key=place), key=place)]


def _mean(samples: Sequence[UsageSample]) -> UsageSample:
    seconds = sum(sample.seconds for sample in samples)
    weights = [sample.seconds / seconds if seconds else 1 / len(samples) for sample in samples]
    return UsageSample(
        app=samples[0].app,
        pod=samples[0].pod,
        at=max(sample.at for sample in samples),
        cpu_millicores=round(sum(one.cpu_millicores * weight for one, weight in zip(samples, weights, strict=True))),
        memory_bytes=round(sum(one.memory_bytes * weight for one, weight in zip(samples, weights, strict=True))),
        restarts=max(sample.restarts for sample in samples),
        seconds=seconds,
    )
