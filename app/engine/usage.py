"""CPU and memory of what runs, sampled only while somebody looks: an idle page costs the runtime nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from app.core.errors import PortError
from app.core.pods import ObservedPod, PodId, PodPhase, PodStats
from app.core.spec import AppKey
from app.engine.site import Site
from app.ports.clock import Clock

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 5.0
INTEREST_SECONDS = 20.0
"""How long after the last look sampling goes on."""


class Usage:
    def __init__(self, sites: Mapping[str, Site], clock: Clock) -> None:
        self._sites = sites
        self._clock = clock
        self._asked_at = float("-inf")
        self._samples: dict[PodId, PodStats] = {}

    def total(self, pods: tuple[ObservedPod, ...]) -> tuple[int | None, int | None]:
        """CPU in millicores and memory in bytes over these pods; None where nothing was sampled yet."""
        samples = [self._samples[pod.id] for pod in pods if pod.id in self._samples]
        if not samples:
            return None, None
        return sum(sample.cpu_millicores for sample in samples), sum(sample.memory_bytes for sample in samples)

    def asked(self) -> None:
        self._asked_at = self._clock.now()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if self._clock.now() - self._asked_at <= INTEREST_SECONDS:
                for site in self._sites.values():
                    await self._sample(site)
            await self._clock.sleep(SAMPLE_SECONDS)

    async def _sample(self, site: Site) -> None:
        running = [pod.id for key in site.cache.apps() for pod in site.cache.pods(key) if pod.phase is PodPhase.RUNNING]
        if not site.cache.reachable or not running:
            return
        try:
            fresh = await site.runtime.stats(running)
        except PortError as error:
            log.info("no usage sample from %s: %s", site.runtime.name, error)
            return
        ours = {pod for pod in self._samples if self._runs_on(site, pod.app)}
        for pod in ours - fresh.keys():
            del self._samples[pod]
        self._samples.update(fresh)

    def _runs_on(self, site: Site, key: AppKey) -> bool:
        return key in site.cache.apps()
