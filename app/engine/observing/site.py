"""One runtime as the engine sees it: the adapter, what it showed last, and the effects on their way.

Two shapes: a `PodSite` whose replicas we start and stop one by one, a `SetSite` (`app.engine.observing.setsite`) whose
manager keeps the count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from app.core.planning.fitting import minus
from app.core.planning.slots import ImagePhase, ImageState, Observed
from app.core.pods import Capacity, ObservedPod, PodId, PodPhase
from app.core.spec import AppKey, Desired
from app.core.template import PodTemplate
from app.engine.acting.images import Images
from app.engine.observing.cache import PodCache
from app.engine.observing.capacity import Accounts
from app.engine.observing.drifts import Drifts
from app.engine.observing.progress import Progress
from app.ports.runtime import PodRuntime, Runtime

FURTHEST = (ImagePhase.FAILED, ImagePhase.UNKNOWN, ImagePhase.PULLING, ImagePhase.PRESENT)
"""Of an app's images the one that is furthest from being there speaks for all."""


class Verdicts(Protocol):
    """What the probes found (`app.engine.observing.health.Health`)."""

    def ready(self, pod: ObservedPod) -> bool: ...

    def unhealthy(self, key: AppKey) -> Mapping[PodId, str]: ...

    def explain(self, pod: PodId) -> str: ...


def _nothing_wished() -> Iterable[Desired]:
    return ()


def _not_blocked(_wish: Desired) -> str:
    return ""


@dataclass(slots=True, kw_only=True)
class Site:
    """What both shapes have. `wishes` are all apps of this runtime; `blocked` says why no replica of a wish can be
    configured."""

    runtime: Runtime
    cache: PodCache
    now: Callable[[], float]
    wishes: Callable[[], Iterable[Desired]] = _nothing_wished
    blocked: Callable[[Desired], str] = _not_blocked
    health: Verdicts | None = None
    capacity: Capacity | None = None
    starting: dict[PodId, str] = field(default_factory=dict)
    """Starts on their way, and repairs of what runs."""
    stopping: set[PodId] = field(default_factory=set)
    failing: set[PodId] = field(default_factory=set)
    """Those of `stopping` that are ended because they are unhealthy."""
    progress: Progress = field(default_factory=Progress)

    def forget(self, key: AppKey) -> None:
        """The app is gone."""
        self.progress.forget(key)

    def judged(self, shown: tuple[ObservedPod, ...]) -> tuple[tuple[ObservedPod, ...], dict[PodId, str]]:
        """The pods as the probes see them, and what those say that are not ready: the runtime's word that one is ready
        is only half of it."""
        health = self.health
        if health is None:
            return shown, {}
        unready = {
            pod.id: health.explain(pod.id)
            for pod in shown
            if pod.ready and pod.phase is PodPhase.RUNNING and not health.ready(pod)
        }
        if not unready:
            return shown, unready
        return tuple(replace(pod, ready=False) if pod.id in unready else pod for pod in shown), unready


@dataclass(slots=True, kw_only=True)
class PodSite(Site):
    """A pod runtime: also its images, the room on its host, and changes from outside."""

    runtime: PodRuntime
    images: Images
    accounts: Accounts
    drifts: Drifts = field(default_factory=Drifts)
    _counted: int = 0

    def observe(self, desired: Desired) -> Observed:
        key = desired.key
        pods, unready = self.judged(self.cache.pods(key))
        if any(pod.drift for pod in pods):
            pods = tuple(self.drifts.judged(pod, self.now()) if pod.drift else pod for pod in pods)
        starting = {pod: digest for pod, digest in self.starting.items() if pod.app == key} if self.starting else {}
        stopping = frozenset(pod for pod in self.stopping if pod.app == key) if self.stopping else frozenset()
        return Observed(
            reachable=self.cache.reachable,
            pods=pods,
            starting=starting,
            stopping=stopping,
            failing=frozenset(pod for pod in self.failing if pod.app == key) if self.failing else frozenset(),
            image=self._image(desired.spec.template),
            unhealthy=self.health.unhealthy(key) if self.health is not None else {},
            room=self._room(desired, pods, starting),
            blocked=self.blocked(desired),
            progressed_at=self.progress.look(desired, pods, self.now()),
            unready=unready,
            capacity=self.capacity,
            trouble=self.cache.trouble,
        )

    def count(self, desired: Desired) -> None:
        """Books what the app takes now, so that the next app to be looked at sees what is left."""
        if self.capacity is not None:
            starting = ((pod, digest) for pod, digest in self.starting.items() if pod.app == desired.key)
            self.accounts.count(desired, self.cache.pods(desired.key), starting)

    def forget(self, key: AppKey) -> None:
        """The app is gone."""
        self.accounts.forget(key)
        self.progress.forget(key)
        self.drifts.forget(key)

    def _image(self, template: PodTemplate) -> ImageState:
        images = template.images
        if len(images) == 1:
            return self.images.state(images[0])
        states = [self.images.state(image) for image in images]
        return min(states, key=lambda state: FURTHEST.index(state.phase))

    def _room(self, desired: Desired, pods: tuple[ObservedPod, ...], starting: Mapping[PodId, str]) -> Capacity | None:
        if self.capacity is None:
            return None
        if self._counted != self.cache.rounds:
            # After silence nothing is known of what came and went: all apps are counted before one is given room.
            self._counted = self.cache.rounds
            for wish in self.wishes():
                self.count(wish)
        self.accounts.count(desired, pods, starting.items())
        return minus(self.capacity, self.accounts.total)
