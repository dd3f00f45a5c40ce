"""CPU and memory of what runs: the newest sample of each replica in memory, all of them over time in the store.

Every 15 s whatever happens, because autoscaling and "what was it like last night" need it; every 5 s while somebody
looks at the board; never while nothing runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from app.core.errors import PortError
from app.core.pods import ObservedPod, PodId, PodPhase, PodStats
from app.core.usage import SAMPLE_SECONDS, UsageSample
from app.engine.observing.site import Site
from app.ports.clock import Clock
from app.ports.store import SampleStore

log = logging.getLogger(__name__)

WATCHED_SECONDS = 5.0
"""Between samples while somebody looks."""
INTEREST_SECONDS = 20.0
"""How long after the last look somebody is taken to look."""
STALE_SECONDS = 40.0
"""Older samples are not shown: the runtime gave none twice in a row."""
THIN_SECONDS = 300.0
SLACK_SECONDS = 0.5
"""A round that is due within this is not put off to the next one."""


class Usage:
    """`restarts(pod)` is the count of a replica's slot, kept beside each sample."""

    def __init__(
        self,
        sites: Mapping[str, Site],
        clock: Clock,
        store: SampleStore,
        restarts: Callable[[PodId], int] = lambda _pod: 0,
    ) -> None:
        self._sites = sites
        self._clock = clock
        self._store = store
        self._restarts = restarts
        self._asked_at = float("-inf")
        self._looked = asyncio.Event()
        self._samples: dict[str, tuple[float, Mapping[PodId, PodStats]]] = {}
        """By runtime: when they were taken, and what."""
        self._asked: dict[str, set[PodId]] = {}
        """By runtime: what the last round asked for."""
        self._unmeasured = False
        """The last round met replicas for the first time, and a runtime measures from one sample to the next."""
        self._unkept: defaultdict[PodId, list[PodStats]] = defaultdict(list)
        """Since the last time samples were put into the store."""

    def latest(self, pod: PodId) -> PodStats | None:
        """Its newest sample; None where there is none of the last 40 s."""
        return next((samples[pod] for samples in self._fresh() if pod in samples), None)

    def total(self, pods: tuple[ObservedPod, ...]) -> tuple[int | None, int | None]:
        """CPU in millicores and memory in bytes over these pods; None where nothing was sampled lately."""
        fresh = self._fresh()
        found = [samples[pod.id] for samples in fresh for pod in pods if pod.id in samples]
        if not found:
            return None, None
        return sum(sample.cpu_millicores for sample in found), sum(sample.memory_bytes for sample in found)

    def _fresh(self) -> list[Mapping[PodId, PodStats]]:
        oldest = self._clock.now() - STALE_SECONDS
        return [samples for at, samples in self._samples.values() if at >= oldest]

    def asked(self) -> None:
        """Somebody looks."""
        if not self._watched():
            self._looked.set()
        self._asked_at = self._clock.now()

    def _watched(self) -> bool:
        return self._clock.now() - self._asked_at <= INTEREST_SECONDS

    async def run(self) -> None:
        """Until cancelled."""
        kept_at = thinned_at = self._clock.now()
        while True:
            self._looked.clear()
            self._unmeasured = False
            await asyncio.gather(*(self._sample(name, site) for name, site in self._sites.items()))
            now = self._clock.now()
            if now - kept_at >= SAMPLE_SECONDS - SLACK_SECONDS:
                await self._keep(now - kept_at)
                kept_at = now
            if now - thinned_at >= THIN_SECONDS - SLACK_SECONDS:
                await self._thin(now)
                thinned_at = now
            await self._pause(kept_at + SAMPLE_SECONDS - now)

    async def _pause(self, until_kept: float) -> None:
        """Until the next round is due; cut short when somebody begins to look."""
        if self._watched() or self._unmeasured:
            return await self._clock.sleep(WATCHED_SECONDS)
        try:
            async with asyncio.timeout(max(until_kept, SLACK_SECONDS)):
                await self._looked.wait()
        except TimeoutError:
            pass
        return None

    async def _sample(self, name: str, site: Site) -> None:
        if not site.cache.reachable:
            return
        running = [pod.id for key in site.cache.apps() for pod in site.cache.pods(key) if pod.phase is PodPhase.RUNNING]
        if not running:
            self._samples.pop(name, None)
            self._asked.pop(name, None)
            return
        try:
            found = await site.runtime.stats(running)
        except PortError as error:
            log.info("no usage sample from %s: %s", name, error)
        except Exception:
            log.exception("sampling %s failed", name)
        else:
            self._samples[name] = self._clock.now(), found
            before, self._asked[name] = self._asked.get(name, set()), set(running)
            self._unmeasured |= any(pod not in found and pod not in before for pod in running)
            for pod, stats in found.items():
                self._unkept[pod].append(stats)

    async def _keep(self, seconds: float) -> None:
        samples = [self._mean(pod, taken, seconds) for pod, taken in self._unkept.items()]
        self._unkept.clear()
        if samples:
            await self._try(self._store.add_samples(samples), "usage samples are not kept")

    def _mean(self, pod: PodId, taken: Iterable[PodStats], seconds: float) -> UsageSample:
        parts = list(taken)
        return UsageSample(
            app=pod.app,
            pod=pod.name,
            at=parts[-1].at,
            cpu_millicores=round(sum(part.cpu_millicores for part in parts) / len(parts)),
            memory_bytes=round(sum(part.memory_bytes for part in parts) / len(parts)),
            restarts=self._restarts(pod),
            seconds=seconds,
        )

    async def _thin(self, now: float) -> None:
        await self._try(self._store.thin_samples(now=now), "old usage samples are not thinned out")

    async def _try(self, work: Coroutine[Any, Any, None], trouble: str) -> None:
        try:
            await work
        except PortError as error:
            log.warning("%s: %s", trouble, error)
        except Exception:
            log.exception("%s", trouble)
