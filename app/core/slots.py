"""Who holds which replica slot now: live pods, starts on their way, ended attempts waiting for their next try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.history import SlotRecord
from app.core.pods import ObservedPod, PodId, PodPhase
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
            ended.append(pod)
        elif pod.id.slot in live or pod.id.attempt < on_its_way.get(pod.id.slot, 0):
            duplicates.append(pod)
        elif pod.phase is PodPhase.PENDING and pod.id.attempt < usable.get(pod.id.slot, 0):
            duplicates.append(pod)  # it never ran, and must not come to life after its time
        else:
            live[pod.id.slot] = pod
    members = {slot: _running(pod, desired, now) for slot, pod in live.items()}
    for start, template_hash in observed.starting.items():
        if start.slot not in members and start not in observed.stopping:
            members[start.slot] = Member(slot=start.slot, template_hash=template_hash, start=start)
    leaving = _leaving(observed)
    held = {pod.slot for pod in leaving}
    for slot, record in history.items():
        if slot not in members and slot not in held and record.waiting:
            members[slot] = Member(slot=slot, template_hash=record.template_hash)
    return SlotTable(
        members=tuple(members[slot] for slot in sorted(members)),
        duplicates=tuple(duplicates),
        ended=tuple(ended),
        leaving=leaving,
    )


def _leaving(observed: Observed) -> tuple[PodId, ...]:
    live = {pod.id for pod in observed.pods if not pod.phase.ended}
    return tuple(sorted(observed.stopping & (live | observed.starting.keys())))


def _running(pod: ObservedPod, desired: Desired, now: float) -> Member:
    ready_at = (pod.started_at or now) + desired.spec.strategy.min_ready_seconds
    return Member(
        slot=pod.id.slot,
        template_hash=pod.template_hash,
        pod=pod,
        ready=pod.ready and now >= ready_at,
        ready_at=ready_at if pod.ready and now < ready_at else None,
    )
