"""Usage samples. The Engine's own two-sample answer takes a second per container, so we keep the earlier sample."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from app.core.pods import PodId, PodStats
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.streams import Sample, sample, usage
from app.runtimes.docker.wire import container_name, container_path

SAMPLES_AT_ONCE = 8
SHORTEST_SPAN = 1.0
"""Seconds between the two samples of a usage, at least, once there is one: a shorter span measures noise."""

FORGET_AFTER = 600.0
"""Seconds after which a sample nobody asked about again is dropped."""


class UsageMeter:
    """Remembers the last sample of each pod and measures from it."""

    def __init__(self, client: EngineClient, instance: str) -> None:
        self._client, self._instance = client, instance
        self._before: dict[PodId, Sample] = {}
        self._slots = asyncio.Semaphore(SAMPLES_AT_ONCE)

    async def measure(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """Usage since the sample before, for each that runs. A pod asked about for the first time is left out: zero
        would read as idle, and an autoscaler would believe it."""
        wanted = list(dict.fromkeys(pods))
        samples = await asyncio.gather(*(self._sample(pod) for pod in wanted))
        found: dict[PodId, PodStats] = {}
        for pod, now in zip(wanted, samples, strict=True):
            if now is not None and (stats := self._since_before(pod, now)) is not None:
                found[pod] = stats
        self._forget_old(max((now.at for now in samples if now), default=0.0))
        return found

    async def _sample(self, pod: PodId) -> Sample | None:
        path = f"{container_path(container_name(self._instance, pod))}/stats"
        async with self._slots:
            answer = await self._client.call("GET", path, params={"stream": "false", "one-shot": "true"})
        return None if answer.status in (404, 409) else sample(answer.expect(200))

    def _since_before(self, pod: PodId, now: Sample) -> PodStats | None:
        before = self._before.get(pod)
        stats = usage(before, now) if before else None
        if before is None or stats is None or now.at - before.at >= SHORTEST_SPAN:
            self._before[pod] = now
        return stats

    def _forget_old(self, newest: float) -> None:
        for pod in [pod for pod, before in self._before.items() if before.at < newest - FORGET_AFTER]:
            del self._before[pod]
