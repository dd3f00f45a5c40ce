"""A replica runtime as the engine sees it: sets whose count its own manager keeps, and what is on its way for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from app.core.backoff import HEALTHY_AFTER_SECONDS
from app.core.history import SlotRecord
from app.core.planning.setstate import ObservedSets, Restarted, SetTrouble
from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.replicasets import ObservedSet, SetId, SetPhase
from app.core.spec import AppKey, Desired
from app.engine.observing.answering import Answering
from app.engine.observing.setcache import SetCache
from app.engine.observing.site import Site
from app.ports.replicas import ReplicaRuntime

NOTHING: Mapping[int, SlotRecord] = {}
Look = Callable[[], Awaitable[None]]


async def nobody_looks() -> None:
    """What is known stays as it is."""


@dataclass(slots=True, kw_only=True)
class SetSite(Site):
    """`cache` holds the pods of all sets, for whoever asks for replicas: probes, usage, logs."""

    runtime: ReplicaRuntime
    sets: SetCache = field(default_factory=SetCache)
    busy: Counter[SetId] = field(default_factory=Counter)
    """Effects on their way, and the look after each."""
    troubles: dict[SetId, SetTrouble] = field(default_factory=dict)
    restarted: dict[SetId, Restarted] = field(default_factory=dict)
    unrevisable: set[SetId] = field(default_factory=set)
    put_to_rest: set[SetId] = field(default_factory=set)
    """Sets we stopped ourselves: those are not said to have been stopped from outside."""
    answering: Answering = field(default_factory=Answering)
    """By the runtime's own word."""
    passing: Answering = field(default_factory=Answering)
    """By the probes too."""
    look: Look = nobody_looks
    """Lists everything afresh; returns once a list that was begun after the call is in. Raises `PortError`."""

    def observe(self, desired: Desired, history: Mapping[int, SlotRecord] = NOTHING) -> ObservedSets:
        key, now = desired.key, self.now()
        sets, unready = self._judged(key)
        pods = [pod for one in sets for pod in one.pods]
        lost = self.answering.look(key, (pod for one in self.sets.of(key) for pod in one.pods), now)
        self.passing.look(key, pods, now)
        probes = self.health.unhealthy(key) if self.health is not None else {}
        return ObservedSets(
            reachable=self.cache.reachable,
            sets=sets,
            busy=frozenset(one.template_hash for one in self.busy if one.app == key),
            troubles={one.template_hash: trouble for one, trouble in self.troubles.items() if one.app == key},
            restarted=self._restarted(sets, now),
            unrevisable=frozenset(one.template_hash for one in self.unrevisable if one.app == key),
            unhealthy={**lost, **probes},
            unready=unready,
            ready_since=self.passing.since(key),
            history=history,
            blocked=self.blocked(desired),
            progressed_at=self.progress.look(desired, _steps(pods), now),
        )

    def forget(self, key: AppKey) -> None:
        """The app is gone."""
        self.progress.forget(key)
        self.answering.forget(key)
        self.passing.forget(key)
        self.troubles = {one: trouble for one, trouble in self.troubles.items() if one.app != key}
        self.restarted = {one: mark for one, mark in self.restarted.items() if one.app != key}
        self.put_to_rest = {one for one in self.put_to_rest if one.app != key}
        self.unrevisable = {one for one in self.unrevisable if one.app != key}

    @property
    def moves(self) -> bool:
        """Something is on its way, so it is worth looking often."""
        if self.busy or self.answering.doubts:
            return True
        restless = (SetPhase.STARTING, SetPhase.STOPPING, SetPhase.FAILED)
        return any(
            one.phase in restless
            or any(not pod.ready for pod in one.pods if not pod.phase.ended)
            or (one.phase is SetPhase.ACTIVE and sum(not pod.phase.ended for pod in one.pods) != one.replicas)
            for one in self.sets.all()
        )

    def _judged(self, key: AppKey) -> tuple[tuple[ObservedSet, ...], dict[PodId, str]]:
        unready: dict[PodId, str] = {}
        sets = []
        for one in self.sets.of(key):
            pods, why = self.judged(one.pods)
            unready |= why
            sets.append(one if pods is one.pods else replace(one, pods=pods))
        return tuple(sets), unready

    def _restarted(self, sets: tuple[ObservedSet, ...], now: float) -> Mapping[str, Restarted]:
        """One that went on for ten minutes is as good as new."""
        for one in sets:
            mark = self.restarted.get(one.id)
            if mark is not None and one.phase is SetPhase.ACTIVE and now - mark.at >= HEALTHY_AFTER_SECONDS:
                del self.restarted[one.id]
        return {one.id.template_hash: self.restarted[one.id] for one in sets if one.id in self.restarted}


def _steps(pods: list[ObservedPod]) -> list[ObservedPod]:
    """For the progress deadline a host that was found is a step forward too: the image is still to come, and that may
    be many gigabytes. Each replica counts once for its host and once for its answer."""
    return [*pods, *(replace(pod, ready=True) for pod in pods if pod.phase is PodPhase.RUNNING)]
