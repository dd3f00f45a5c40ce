"""Usage samples. The Engine's own two-sample answer takes a second per container, so we keep the earlier sample."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from app.core.pods import PodId, PodStats
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.streams import Sample, sample, usage
from app.runtimes.docker.wire import container_name, container_path

SAMPLES_AT_ONCE = 8
SHORTEST_SPAN = 1.0
"""Seconds between the two samples of a usage, at least, once there is one: a shorter span measures noise."""

FORGET_AFTER = 600.0
"""Seconds after which a sample nobody asked about again is dropped."""


class UsageMeter:
    """Remembers the last sample of each container and measures from it. A pod's usage is the sum of its containers'."""

    def __init__(self, client: EngineClient, finder: Finder, instance: str) -> None:
        self._client, self._finder, self._instance = client, finder, instance
        self._before: dict[str, Sample] = {}
        self._slots = asyncio.Semaphore(SAMPLES_AT_ONCE)

    async def measure(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """Usage since the sample before, for each that runs. A pod asked about for the first time is left out: zero
        would read as idle, and an autoscaler would believe it."""
        wanted, running = list(dict.fromkeys(pods)), self._finder.running()
        names = {pod: running.get(pod) or [container_name(self._instance, pod)] for pod in wanted}
        samples = await asyncio.gather(*(self._pod(names[pod]) for pod in wanted))
        found: dict[PodId, PodStats] = {}
        for pod, now in zip(wanted, samples, strict=True):
            if now and (stats := self._since_before(now)) is not None:
                found[pod] = stats
        self._forget_old(max((each.at for now in samples for each in now), default=0.0))
        return found

    async def _pod(self, containers: Sequence[str]) -> list[Sample]:
        samples = await asyncio.gather(*(self._sample(container) for container in containers))
        return [each for each in samples if each is not None]

    async def _sample(self, container: str) -> Sample | None:
        path = f"{container_path(container)}/stats"
        async with self._slots:
            answer = await self._client.call("GET", path, params={"stream": "false", "one-shot": "true"})
        found = None if answer.status in (404, 409) else answer.expect(200)
        # Of a container that is removed meanwhile the Engine answers 200 and no object.
        return sample(found) if isinstance(found, dict) else None

    def _since_before(self, samples: Sequence[Sample]) -> PodStats | None:
        """None when one of them has no sample before: half of a pod is no usage of it."""
        found = [self._one(now) for now in samples]
        stats = [each for each in found if each is not None]
        if len(stats) < len(found):
            return None
        cpu, memory = sum(each.cpu_millicores for each in stats), sum(each.memory_bytes for each in stats)
        return PodStats(cpu, memory, max(each.at for each in stats))

    def _one(self, now: Sample) -> PodStats | None:
        before = self._before.get(now.container)
        stats = usage(before, now) if before else None
        if before is None or stats is None or now.at - before.at >= SHORTEST_SPAN:
            self._before[now.container] = now
        return stats

    def _forget_old(self, newest: float) -> None:
        for container in [each for each, before in self._before.items() if before.at < newest - FORGET_AFTER]:
            del self._before[container]
