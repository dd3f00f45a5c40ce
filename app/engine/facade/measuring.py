"""Usage when somebody asks for it, replica by replica; `usage` keeps sums for the board while it is looked at."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.errors import PortError
from app.core.pods import PodId, PodPhase, PodStats
from app.core.spec import AppKey
from app.core.views import AppView
from app.engine.observing.site import Site
from app.ports.clock import Clock

log = logging.getLogger(__name__)

FIRST_SAMPLE_SECONDS = 1.0
"""Between the two samples of a replica that was never measured: a shorter span measures noise."""


async def measured(views: Sequence[AppView], sites: Mapping[str, Site], clock: Clock) -> list[AppView]:
    """These pictures with samples of now; without any where a runtime does not answer."""
    samples: dict[AppKey, dict[int, PodStats]] = defaultdict(dict)
    for name, site in sites.items():
        keys = [view.key for view in views if view.spec.runtime == name]
        for pod, sample in (await _sampled(site, keys, clock)).items():
            samples[pod.app][pod.slot] = sample
    return [_with(view, samples[view.key]) for view in views]


async def _sampled(site: Site, keys: Sequence[AppKey], clock: Clock) -> Mapping[PodId, PodStats]:
    """A runtime measures from one sample to the next, so what it had no earlier sample of is asked about twice."""
    running = [pod.id for key in keys for pod in site.cache.pods(key) if pod.phase is PodPhase.RUNNING]
    if not running or not site.cache.reachable:
        return {}
    try:
        found = dict(await site.runtime.stats(running))
        if new := [pod for pod in running if pod not in found]:
            await clock.sleep(FIRST_SAMPLE_SECONDS)
            found.update(await site.runtime.stats(new))
    except PortError as error:
        log.info("no usage from %s: %s", site.runtime.name, error)
        return {}
    return found


def _with(view: AppView, samples: Mapping[int, PodStats]) -> AppView:
    replicas = tuple(
        replace(replica, cpu_millicores=found.cpu_millicores, memory_bytes=found.memory_bytes)
        if (found := samples.get(replica.slot))
        else replica
        for replica in view.replicas
    )
    return replace(
        view,
        replicas=replicas,
        cpu_millicores=sum(sample.cpu_millicores for sample in samples.values()) if samples else None,
        memory_bytes=sum(sample.memory_bytes for sample in samples.values()) if samples else None,
    )
