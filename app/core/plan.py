"""`plan(desired, observed, history, now)`: the instructions that bring an app one step closer to the wish. Pure.

The plan says what to do and when to look again; it never waits and never remembers. Running it twice on the same
inputs gives the same plan, and running it on a world that already agrees gives an empty one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice

from app.core.history import SlotRecord
from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.rollout import limits
from app.core.slots import ImagePhase, Member, Observed, SlotTable, slot_table
from app.core.spec import Desired, PodTemplate


@dataclass(frozen=True, slots=True)
class Start:
    """Create and start this attempt. Mostly with the newest template; a replica of an older revision that is lost
    during an update is replaced by its like, so that an update that is stuck does not bleed the app out."""

    pod: PodId
    template_hash: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop gracefully, then remove; a start of it that is on its way is given up first."""

    pod: PodId
    why: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove an ended attempt."""

    pod: PodId


@dataclass(frozen=True, slots=True)
class Release:
    """Give up a slot that waits for its next attempt: it is not wanted any more."""

    slot: int


@dataclass(frozen=True, slots=True)
class Pull:
    """See to it that the image gets there. Asked for by every app that waits for it, also while it is pulled already:
    so each of them is told when it is there."""

    image: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing of a deleted app is left: drop its record."""


Action = Start | Stop | Remove | Release | Pull | Forget


@dataclass(frozen=True, slots=True)
class Plan:
    """`wake_at`: look again then (epoch seconds) even if nothing happens; None = only on news."""

    actions: tuple[Action, ...] = ()
    wake_at: float | None = None


def plan(desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], now: float) -> Plan:
    """What to do next for one app. While the runtime is silent: nothing, because unknown is not gone."""
    if not observed.reachable:
        return Plan()
    table = slot_table(desired, observed, history, now)
    if desired.deleting:
        return _deletion(table, observed)
    surplus = _surplus(desired, table)
    going = {member.slot for member in surplus}
    kept = [member for member in table.members if member.slot not in going]
    due, wakes = _starts(desired, observed, table, kept, history, now)
    starts, image_wake = _with_image(desired, observed, due, now)
    actions: list[Action] = [Stop(pod.id, "an older attempt of the same replica") for pod in table.duplicates]
    actions += [_leave(member, desired) for member in surplus]
    actions += _clear_ended(table, kept)
    actions += starts
    wakes += image_wake
    wakes += [member.ready_at for member in kept if member.ready_at is not None]
    return Plan(tuple(actions), min(wakes, default=None))


def host_ports(template: PodTemplate, slot: int) -> tuple[tuple[int, int], ...]:
    """(container port, host port) pairs this slot must get. A host port can be held once, so slot 0 has it."""
    if slot != 0:
        return ()
    return tuple(
        (port.container_port, port.host_port)
        for container in template.containers
        for port in container.ports
        if port.host_port
    )


def _deletion(table: SlotTable, observed: Observed) -> Plan:
    held = [pod for member in table.members if (pod := _attempt(member)) is not None]
    held += [pod.id for pod in table.duplicates]
    actions: list[Action] = [Stop(pod, "the app is deleted") for pod in held]
    actions += [Remove(pod.id) for pod in table.ended]
    if not actions and not observed.pods and not observed.starting and not observed.stopping:
        actions.append(Forget())
    return Plan(tuple(actions))


def _surplus(desired: Desired, table: SlotTable) -> list[Member]:
    """Members to let go now: too many of the newest template, and old ones as far as availability allows.

    The order and the bounds are those of Kubernetes' deployment controller: unready first, then the highest slot;
    unready old ones are cleaned up only as far as the new ones do not need their place.
    """
    new = [member for member in table.members if member.template_hash == desired.template_hash]
    old = [member for member in table.members if member.template_hash != desired.template_hash]
    want = desired.spec.replicas
    # The replica with the host port is the last to go: no other would have the port.
    first = _highest_first if host_ports(desired.spec.template, 0) else _leave_first
    ordered = sorted(new, key=first)
    excess = max(len(new) - want, 0)
    leave, staying = ordered[:excess], ordered[excess:]
    if not old:
        return leave
    if desired.spec.strategy.type == "Recreate":
        return leave + old
    least = limits(desired.spec).least
    unready_new = sum(not member.ready for member in staying)
    clean = max(len(staying) + len(old) - least - unready_new, 0)
    unready_old = sorted((member for member in old if not member.ready), key=_leave_first)[:clean]
    available = sum(member.ready for member in (*staying, *old))
    ready_old = sorted((member for member in old if member.ready), key=_leave_first)[: max(available - least, 0)]
    return leave + unready_old + ready_old


def _leave_first(member: Member) -> tuple[bool, bool, bool, int]:
    """What serves least goes first: what does not run, is not ready, is not ready for long enough."""
    pod = member.pod
    runs = pod is not None and pod.phase is PodPhase.RUNNING
    return (member.ready, pod is not None and pod.ready, runs, -member.slot)


def _highest_first(member: Member) -> int:
    return -member.slot


def _attempt(member: Member) -> PodId | None:
    return member.pod.id if member.pod else member.start


def _leave(member: Member, desired: Desired) -> Action:
    pod = _attempt(member)
    if pod is None:
        return Release(member.slot)
    same = member.template_hash == desired.template_hash
    return Stop(pod, "scaled down" if same else f"replaced by revision {desired.revision}")


def _starts(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    kept: list[Member],
    history: Mapping[int, SlotRecord],
    now: float,
) -> tuple[list[Start], list[float]]:
    """Next attempts that are due, new replicas there is room for, and when the others are due."""
    new = sum(member.template_hash == desired.template_hash for member in kept)
    leaving = len(table.leaving) + len(table.duplicates) + len(table.members) - len(kept)
    if desired.spec.strategy.type == "Recreate" and (leaving or new < len(kept)):
        return [], []
    last = _last_attempts(observed, history)
    again = [
        Start(PodId(desired.key, member.slot, last[member.slot] + 1), member.template_hash)
        for member in kept
        if member.waiting
    ]
    if new < len(kept):
        again = again[: max(limits(desired.spec).most - (len(kept) - len(again)), 0)]
    halves = (member.pod for member in kept if member.pod and _half_done(member.pod, observed))
    again += [Start(pod.id, pod.template_hash) for pod in halves]
    owed = [(_may_start_at(start.pod, history), start) for start in again]
    due = [start for at, start in owed if at <= now]
    due += [
        Start(PodId(desired.key, slot, last[slot] + 1), desired.template_hash)
        for slot in _new_slots(desired, table, kept, new, leaving)
    ]
    return due, [at for at, _ in owed if at > now]


def _half_done(pod: ObservedPod, observed: Observed) -> bool:
    """Created, never started, and nobody is at it: a crash lay between the two. Starting it again is idempotent."""
    return pod.phase is PodPhase.PENDING and pod.id not in observed.starting


def _may_start_at(pod: PodId, history: Mapping[int, SlotRecord]) -> float:
    """A slot whose last attempt failed owes its back-off, also where the next try is the same attempt once more."""
    record = history.get(pod.slot)
    failed = record is not None and record.recorded == record.attempt
    return record.next_attempt_at if record is not None and failed else 0.0


def _new_slots(desired: Desired, table: SlotTable, kept: list[Member], new: int, leaving: int) -> list[int]:
    missing = desired.spec.replicas - new
    if new < len(kept):
        missing = min(missing, limits(desired.spec).most - len(kept))
    if host_ports(desired.spec.template, 0):
        missing = min(missing, desired.spec.replicas - len(kept) - leaving)
    taken = {member.slot for member in table.members} | {pod.slot for pod in table.leaving}
    free = (slot for slot in count() if slot not in taken)
    return list(islice(free, max(missing, 0)))


def _last_attempts(observed: Observed, history: Mapping[int, SlotRecord]) -> Mapping[int, int]:
    """The highest attempt ever used of each slot; 0 for one that was never used."""
    last: defaultdict[int, int] = defaultdict(int)
    for slot, record in history.items():
        last[slot] = record.attempt
    for pod in observed.pods:
        last[pod.id.slot] = max(last[pod.id.slot], pod.id.attempt)
    return last


def _with_image(
    desired: Desired, observed: Observed, starts: list[Start], now: float
) -> tuple[list[Action], list[float]]:
    """The starts if their image is there; else the pull, or the time to try it again. Older revisions ran before, so
    their image is taken to be there."""
    image = observed.image
    ready: list[Action] = [start for start in starts if start.template_hash != desired.template_hash]
    if len(ready) == len(starts) or image.phase is ImagePhase.PRESENT:
        return list(starts), []
    if image.phase is ImagePhase.FAILED and now < image.retry_at:
        return ready, [image.retry_at]
    return [*ready, Pull(desired.spec.container.image)], []


def _clear_ended(table: SlotTable, kept: list[Member]) -> list[Action]:
    """Ended attempts to remove. The newest of each slot in use stays: its logs and exit answer "why did it die?"."""
    slots = {member.slot for member in kept}
    newest: set[int] = set()
    actions: list[Action] = []
    for pod in table.ended:
        if pod.id.slot in slots and pod.id.slot not in newest:
            newest.add(pod.id.slot)
        else:
            actions.append(Remove(pod.id))
    return actions
