"""Who holds which replica slot now: live pods, starts on their way, ended attempts waiting for their next try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.history import SlotRecord
from app.core.pods import Capacity, ObservedPod, PodId, PodPhase
from app.core.spec import Desired


class ImagePhase(StrEnum):
    UNKNOWN = "unknown"
    PULLING = "pulling"
    PRESENT = "present"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImageState:
    """An image on one runtime. `retry_at` (epoch seconds) and `error` when failed, `progress` while pulling."""

    phase: ImagePhase = ImagePhase.UNKNOWN
    error: str = ""
    reason: str = ""
    retry_at: float = 0.0
    progress: str = ""
    image: str = ""
    """Which one; "" while nothing was asked."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything seen of one app, at one moment. `reachable` False = the runtime is silent and `pods` are old."""

    reachable: bool = True
    pods: tuple[ObservedPod, ...] = ()
    starting: Mapping[PodId, str] = field(default_factory=dict)
    """Starts on their way, with their template hash."""
    stopping: frozenset[PodId] = frozenset()
    """Stops and removals on their way."""
    image: ImageState = ImageState()
    """Of its images the one that is furthest from being there."""
    unhealthy: Mapping[PodId, str] = field(default_factory=dict)
    """Running pods whose liveness or startup probe failed too often, and what it said."""
    room: Capacity | None = None
    """What is free on the host for replicas of this app that do not run yet; None = not known, so all fit."""
    blocked: str = ""
    """Why no replica can be started now, reason first: "CreateContainerConfigError: ConfigMap default/web is
    missing"."""
    progressed_at: float = 0.0
    """When the rollout last came further, 0.0 = never since it began: input of the progress deadline."""
    unready: Mapping[PodId, str] = field(default_factory=dict)
    """Running pods whose readiness or startup probe has not passed, with what it said last ("" before the first)."""
    capacity: Capacity | None = None
    """What the host has in all; `room` is what is left of it."""
    failing: frozenset[PodId] = frozenset()
    """Those of `stopping` that were unhealthy: their slot waits for its next attempt once they are gone."""
    trouble: str = ""
    """In words, where the runtime answers questions but does not carry out what it is asked to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """A slot that counts as a replica: it runs, it is being started, or it waits for its next attempt."""

    slot: int
    template_hash: str
    pod: ObservedPod | None = None
    """None while starting or waiting."""
    start: PodId | None = None
    """The attempt that is on its way and not seen yet."""
    ready: bool = False
    ready_at: float | None = None
    """When a running pod will have been ready long enough (minReadySeconds), if that lies ahead."""
    current: bool = True
    """Stays as it is: of the newest template, or of one that is not replaced (ReplicaSet, paused), and not changed
    from outside."""
    drifted: bool = False
    """Changed from outside in a way that only a replacement mends."""

    @property
    def starting(self) -> bool:
        return self.start is not None

    @property
    def waiting(self) -> bool:
        return self.pod is None and self.start is None


@dataclass(frozen=True, slots=True)
class SlotTable:
    members: tuple[Member, ...]
    duplicates: tuple[ObservedPod, ...]
    """Live pods that a newer attempt of their slot replaces: to be stopped."""
    ended: tuple[ObservedPod, ...]
    """Ended attempts that are still there, newest first within a slot, without those being removed."""
    leaving: tuple[PodId, ...]
    """Being stopped: they hold their slot until they are gone."""
    returning: int = 0
    """How many of them are unhealthy ones, whose slots come back."""


def slot_table(desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], now: float) -> SlotTable:
    """Sorts everything seen into slots. Pure."""
    usable = {slot: record.usable_from for slot, record in history.items()}
    on_its_way = {start.slot: start.attempt for start in sorted(observed.starting)}
    live: dict[int, ObservedPod] = {}
    duplicates: list[ObservedPod] = []
    ended: list[ObservedPod] = []
    for pod in sorted(observed.pods, key=lambda pod: (pod.id.slot, -pod.id.attempt)):
        if pod.id in observed.stopping:
            continue
        if pod.phase.ended:
            if pod.id not in observed.starting:  # else whoever is at it still has to hear of the end
                ended.append(pod)
        elif pod.id.slot in live or pod.id.attempt < on_its_way.get(pod.id.slot, 0):
            duplicates.append(pod)
        elif pod.phase is PodPhase.PENDING and pod.id.attempt < usable.get(pod.id.slot, 0):
            duplicates.append(pod)  # it never ran, and must not come to life after its time
        else:
            live[pod.id.slot] = pod
    stays = _staying(desired)
    members = {slot: _running(pod, desired, observed, stays, now) for slot, pod in live.items()}
    for start, template_hash in observed.starting.items():
        if start.slot not in members and start not in observed.stopping:
            members[start.slot] = Member(start.slot, template_hash, start=start, current=stays in (None, template_hash))
    leaving = _leaving(observed)
    held = {pod.slot for pod in leaving}
    for slot, record in history.items():
        if slot not in members and slot not in held and record.waiting:
            digest = record.template_hash
            members[slot] = Member(slot, digest, current=stays in (None, digest))
    return SlotTable(
        members=tuple(members[slot] for slot in sorted(members)),
        duplicates=tuple(duplicates),
        ended=tuple(ended),
        leaving=leaving,
        returning=len(observed.failing),
    )


def _leaving(observed: Observed) -> tuple[PodId, ...]:
    live = {pod.id for pod in observed.pods if not pod.phase.ended}
    return tuple(sorted(observed.stopping & (live | observed.starting.keys()) | observed.failing))


def _staying(desired: Desired) -> str | None:
    """The template whose replicas are not replaced; None = whatever they were made from."""
    keeps_all = desired.spec.paused or desired.spec.kind == "ReplicaSet"
    return None if keeps_all else desired.template_hash


def _running(pod: ObservedPod, desired: Desired, observed: Observed, stays: str | None, now: float) -> Member:
    ready_at = (pod.started_at or now) + desired.spec.strategy.min_ready_seconds
    ready = pod.ready and pod.id not in observed.unhealthy
    drifted = bool(pod.drift) and _replaceable(pod, desired)
    return Member(
        slot=pod.id.slot,
        template_hash=pod.template_hash,
        pod=pod,
        ready=ready and now >= ready_at,
        ready_at=ready_at if ready and now < ready_at else None,
        current=stays in (None, pod.template_hash) and not drifted,
        drifted=drifted,
    )


def _replaceable(pod: ObservedPod, desired: Desired) -> bool:
    """Changed beyond repair. A paused rollout replaces nothing, and a Job's work is not thrown away."""
    holds = desired.spec.paused or desired.spec.job is not None
    return not holds and not all(one.in_place for one in pod.drift)
