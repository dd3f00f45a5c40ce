"""One runtime as the engine sees it: the adapter, what it showed last, its images, and the effects on their way."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.pods import PodId
from app.core.slots import Observed
from app.core.spec import Desired
from app.engine.cache import PodCache
from app.engine.images import Images
from app.ports.runtime import PodRuntime


@dataclass(slots=True)
class Site:
    runtime: PodRuntime
    images: Images
    cache: PodCache
    starting: dict[PodId, str] = field(default_factory=dict)
    stopping: set[PodId] = field(default_factory=set)

    def observe(self, desired: Desired) -> Observed:
        key = desired.key
        return Observed(
            reachable=self.cache.reachable,
            pods=self.cache.pods(key),
            starting={pod: digest for pod, digest in self.starting.items() if pod.app == key},
            stopping=frozenset(pod for pod in self.stopping if pod.app == key),
            image=self.images.state(desired.spec.container.image),
        )
