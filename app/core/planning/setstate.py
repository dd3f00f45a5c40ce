"""What is seen of one app on a replica runtime, and what follows from it: what serves, what burns money. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.history import SlotRecord
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase
from app.core.replicasets import FAIL_SAFE, NOT_THE_APP, ObservedSet, SetPhase
from app.core.reporting.words import explain_exit
from app.core.spec import Desired

RAPID_SECONDS = 300.0
"""A replica that ends earlier than this after its start was of no use to anybody (the network's own measure)."""
RAPID_ENDS = 6
"""So many of them in a row, and at least two for each replica, are no accident: more of them only cost money."""


@dataclass(frozen=True, slots=True)
class SetTrouble:
    """The last thing asked of a set that was refused or failed, and when it is asked again (epoch seconds)."""

    reason: str
    message: str
    retry_at: float


@dataclass(frozen=True, slots=True)
class Restarted:
    """How often in a row a set was started again that somebody else had stopped, and when last."""

    count: int
    at: float


@dataclass(frozen=True, slots=True)
class ObservedSets:
    """Everything seen of one app, at one moment. `reachable` False = the runtime is silent and `sets` are old.

    Sets are told apart by their template hash. Their pods are `ready` as the probes see them.
    """

    reachable: bool = True
    sets: tuple[ObservedSet, ...] = ()
    busy: frozenset[str] = frozenset()
    """Sets something is on its way for; one being made is not among `sets` yet."""
    troubles: Mapping[str, SetTrouble] = field(default_factory=dict)
    restarted: Mapping[str, Restarted] = field(default_factory=dict)
    unrevisable: frozenset[str] = frozenset()
    """Sets that cannot be given another template."""
    unhealthy: Mapping[PodId, str] = field(default_factory=dict)
    """Running pods whose probe failed too often or that do not answer any more, and what was seen."""
    unready: Mapping[PodId, str] = field(default_factory=dict)
    """Running pods whose readiness probe has not passed, with what it said last."""
    ready_since: Mapping[PodId, float] = field(default_factory=dict)
    """Of ready pods, as far as it was seen."""
    history: Mapping[int, SlotRecord] = field(default_factory=dict)
    """What the slots went through: a Job's successes count also when the network has forgotten them."""
    blocked: str = ""
    """Why no set can be made now, reason first."""
    progressed_at: float = 0.0

    def of(self, template_hash: str) -> ObservedSet | None:
        return next((one for one in self.sets if one.id.template_hash == template_hash), None)


def live(one: ObservedSet) -> list[ObservedPod]:
    """Its replicas that are there or on their way."""
    return [pod for pod in one.pods if not pod.phase.ended]


def serving(one: ObservedSet, observed: ObservedSets) -> list[ObservedPod]:
    """Those that answer."""
    return [pod for pod in one.pods if pod.ready and pod.phase is PodPhase.RUNNING and pod.id not in observed.unhealthy]


@dataclass(frozen=True, slots=True)
class Available:
    """How many replicas answer for long enough, and when the next one will have (None = none is about to)."""

    count: int
    next_at: float | None


def available(desired: Desired, one: ObservedSet, observed: ObservedSets, now: float) -> Available:
    """Of its own template: one that was just revised still has replicas of the one before."""
    wait = desired.spec.strategy.min_ready_seconds
    pods = [pod for pod in serving(one, observed) if pod.template_hash == one.id.template_hash]
    if not wait:
        return Available(len(pods), None)
    due = [observed.ready_since.get(pod.id, now) + wait for pod in pods]
    return Available(sum(at <= now for at in due), min((at for at in due if at > now), default=None))


@dataclass(frozen=True, slots=True)
class Burning:
    """A set whose replicas only end: what was seen, in words."""

    seen: str


def burning(desired: Desired, one: ObservedSet, history: Mapping[int, SlotRecord], now: float) -> Burning | None:
    """Whether going on would only burn money. Follows from what the network shows, from what is recorded of the slots
    and from when the wish was last changed: so it outlives our restart, and a new wish begins anew."""
    if desired.spec.job is not None or any(pod.ready or _lasts(pod, now) for pod in live(one)):
        return None
    if one.phase is SetPhase.STOPPED and one.trouble.startswith(FAIL_SAFE) and one.updated_at >= desired.updated_at:
        return Burning("the network stopped it, because its replicas end soon after they begin")
    row = _rapid_ends(desired, one)
    count = max(len(row), _failures(desired, one, history)) if row else 0
    if count < max(RAPID_ENDS, 2 * one.replicas):
        return None
    how = explain_exit(row[0].exit or ExitInfo(None, "Unknown"))
    minutes = f"{RAPID_SECONDS / 60:.0f} minutes"
    return Burning(f"{count} replicas in a row ended within {minutes}, the last with {how}")


def _rapid_ends(desired: Desired, one: ObservedSet) -> list[ObservedPod]:
    """Those in a row that are shown, the newest first."""
    ended = [pod for pod in one.pods if pod.phase.ended and (pod.finished_at or 0.0) >= desired.updated_at]
    row: list[ObservedPod] = []
    for pod in sorted(ended, key=lambda pod: pod.finished_at or 0.0, reverse=True):
        if _ran(pod) >= RAPID_SECONDS:
            break
        if pod.exit is None or pod.exit.reason not in NOT_THE_APP:
            row.append(pod)
    return row


def _failures(desired: Desired, one: ObservedSet, history: Mapping[int, SlotRecord]) -> int:
    """In a row by the records: the network shows only the last few ends of a slot."""
    return sum(
        record.failures
        for record in history.values()
        if record.template_hash == one.id.template_hash and (record.ended_at or 0.0) >= desired.updated_at
    )


def _lasts(pod: ObservedPod, now: float) -> bool:
    return pod.phase is PodPhase.RUNNING and pod.started_at is not None and now - pod.started_at >= RAPID_SECONDS


def _ran(pod: ObservedPod) -> float:
    if pod.started_at is None or pod.finished_at is None:
        return 0.0
    return pod.finished_at - pod.started_at


def stopped(one: ObservedSet) -> bool:
    return one.phase in (SetPhase.STOPPED, SetPhase.STOPPING)


def serving_url(sets: Iterable[ObservedSet]) -> str:
    """Where the app is reached: at the newest set of which every replica answers, else at the one that has most that
    do; "" where none does. A set has an address of its own, so an update moves the app to another one."""
    answering = [(one, ready) for one in sets if one.url and (ready := sum(pod.ready for pod in live(one)))]
    best = max(answering, key=lambda each: _fullness(*each), default=None)
    return best[0].url if best is not None else ""


def _fullness(one: ObservedSet, ready: int) -> tuple[bool, int, float]:
    full = ready >= one.replicas
    return full, 0 if full else ready, one.created_at
