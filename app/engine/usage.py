"""CPU and memory of what runs, sampled only while somebody looks: an idle page costs the runtime nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from app.core.errors import PortError
from app.core.pods import ObservedPod, PodId, PodPhase, PodStats
from app.engine.site import Site
from app.ports.clock import Clock

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 5.0
INTEREST_SECONDS = 20.0
"""How long after the last look sampling goes on."""
STALE_SECONDS = 15.0
"""Older samples are not shown: nobody looked for a while, or the runtime gives none."""


class Usage:
    def __init__(self, sites: Mapping[str, Site], clock: Clock) -> None:
        self._sites = sites
        self._clock = clock
        self._asked_at = float("-inf")
        self._samples: dict[str, tuple[float, Mapping[PodId, PodStats]]] = {}
        """By runtime: when they were taken, and what."""

    def total(self, pods: tuple[ObservedPod, ...]) -> tuple[int | None, int | None]:
        """CPU in millicores and memory in bytes over these pods; None where nothing was sampled lately."""
        oldest = self._clock.now() - STALE_SECONDS
        fresh = [samples for at, samples in self._samples.values() if at >= oldest]
        found = [samples[pod.id] for samples in fresh for pod in pods if pod.id in samples]
        if not found:
            return None, None
        return sum(sample.cpu_millicores for sample in found), sum(sample.memory_bytes for sample in found)

    def asked(self) -> None:
        self._asked_at = self._clock.now()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if self._clock.now() - self._asked_at <= INTEREST_SECONDS:
                for name, site in self._sites.items():
                    await self._sample(name, site)
            await self._clock.sleep(SAMPLE_SECONDS)

    async def _sample(self, name: str, site: Site) -> None:
        running = [pod.id for key in site.cache.apps() for pod in site.cache.pods(key) if pod.phase is PodPhase.RUNNING]
        if not site.cache.reachable or not running:
            return
        try:
            self._samples[name] = self._clock.now(), await site.runtime.stats(running)
        except PortError as error:
            log.info("no usage sample from %s: %s", name, error)
        except Exception:
            log.exception("sampling %s failed", name)
