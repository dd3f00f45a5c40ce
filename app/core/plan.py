"""`plan(desired, observed, history, now)`: the instructions that bring an app one step closer to the wish. Pure.

The plan says what to do and when to look again; it never waits and never remembers. Running it twice on the same
inputs gives the same plan, and running it on a world that already agrees gives an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice

from app.core.history import SlotRecord
from app.core.pods import PodId, PodPhase
from app.core.rollout import limits
from app.core.slots import ImagePhase, Member, Observed, SlotTable, slot_table
from app.core.spec import Desired, PodTemplate


@dataclass(frozen=True, slots=True)
class Start:
    """Create and start this attempt with the newest template."""

    pod: PodId
    host_ports: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop gracefully, then remove."""

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
    kept = [member for member in table.members if member not in surplus]
    due, wakes = _starts(desired, observed, table, kept, history, now)
    starts, image_wake = _needs_image(desired, observed, due, now)
    actions: list[Action] = [Stop(pod.id, "an older attempt of the same replica") for pod in table.duplicates]
    actions += [_leave(member, desired) for member in surplus if not member.starting]
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
    live = [member.pod for member in table.members if member.pod is not None]
    actions: list[Action] = [Stop(pod.id, "the app is deleted") for pod in (*live, *table.duplicates)]
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
    leave = sorted(new, key=_leave_first)[: max(len(new) - want, 0)]
    if not old:
        return leave
    staying = [member for member in new if member not in leave]
    if desired.spec.strategy.type == "Recreate":
        return leave + old
    least = limits(desired.spec).least
    unready_new = sum(not member.ready for member in staying)
    clean = max(len(staying) + len(old) - least - unready_new, 0)
    unready_old = sorted((member for member in old if not member.ready), key=_leave_first)[:clean]
    available = sum(member.ready for member in (*staying, *old))
    ready_old = sorted((member for member in old if member.ready), key=_leave_first)[: max(available - least, 0)]
    return leave + unready_old + ready_old


def _leave_first(member: Member) -> tuple[bool, int]:
    return (member.ready, -member.slot)


def _leave(member: Member, desired: Desired) -> Action:
    if member.pod is None:
        return Release(member.slot)
    same = member.template_hash == desired.template_hash
    return Stop(member.pod.id, "scaled down" if same else f"replaced by revision {desired.revision}")


def _starts(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    kept: list[Member],
    history: Mapping[int, SlotRecord],
    now: float,
) -> tuple[list[Start], list[float]]:
    """Next attempts that are due, new replicas there is room for, and when the others are due."""
    due: list[int] = []
    wakes: list[float] = []
    for member in kept:
        if member.waiting and member.template_hash == desired.template_hash:
            at = history[member.slot].next_attempt_at
            if now >= at:
                due.append(member.slot)
            else:
                wakes.append(at)
    due += _new_slots(desired, table, kept)
    pods = [member.pod.id for member in kept if member.pod and _half_done(member, desired, observed)]
    pods += [PodId(desired.key, slot, _last_attempt(slot, observed, history) + 1) for slot in due]
    return [Start(pod, host_ports(desired.spec.template, pod.slot)) for pod in pods], wakes


def _half_done(member: Member, desired: Desired, observed: Observed) -> bool:
    """Created, never started, and nobody is at it: a crash lay between the two. Starting it again is idempotent."""
    pod = member.pod
    pending = pod is not None and pod.phase is PodPhase.PENDING and pod.id not in observed.starting
    return pending and member.template_hash == desired.template_hash


def _new_slots(desired: Desired, table: SlotTable, kept: list[Member]) -> list[int]:
    new = sum(member.template_hash == desired.template_hash for member in kept)
    missing = desired.spec.replicas - new
    old = len(kept) - new
    leaving = len(table.leaving) + len(table.duplicates) + len(table.members) - len(kept)
    if desired.spec.strategy.type == "Recreate" and (old or leaving):
        return []
    if old:
        missing = min(missing, limits(desired.spec).most - len(kept))
    if host_ports(desired.spec.template, 0):
        missing = min(missing, desired.spec.replicas - len(kept) - leaving)
    taken = {member.slot for member in table.members} | {pod.slot for pod in table.leaving}
    free = (slot for slot in count() if slot not in taken)
    return list(islice(free, max(missing, 0)))


def _last_attempt(slot: int, observed: Observed, history: Mapping[int, SlotRecord]) -> int:
    seen = [pod.id.attempt for pod in observed.pods if pod.id.slot == slot]
    recorded = history[slot].attempt if slot in history else 0
    return max([recorded, *seen])


def _needs_image(
    desired: Desired, observed: Observed, starts: list[Start], now: float
) -> tuple[list[Action], list[float]]:
    """The starts if their image is there; else the pull, or the time to try it again."""
    image = observed.image
    if not starts or image.phase is ImagePhase.PRESENT:
        return list(starts), []
    if image.phase is ImagePhase.PULLING:
        return [], []
    if image.phase is ImagePhase.FAILED and now < image.retry_at:
        return [], [image.retry_at]
    return [Pull(desired.spec.container.image)], []


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
