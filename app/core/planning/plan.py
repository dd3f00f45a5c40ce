"""`plan(desired, observed, history, now)`: the instructions that bring an app one step closer to the wish. Pure.

The plan says what to do and when to look again; it never waits and never remembers. Running it twice on the same
inputs gives the same plan, and running it on a world that already agrees gives an empty one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count, islice

from app.core.history import SlotRecord
from app.core.planning.actions import (
    Action,
    Expire,
    Fail,
    Forget,
    Plan,
    Pull,
    Release,
    Remove,
    Repair,
    RollBack,
    RolledOut,
    Start,
    Stop,
)
from app.core.planning.admission import admit
from app.core.planning.attempts import (
    attempt_of,
    clear_ended,
    half_done,
    last_attempts,
    may_start_at,
    mending,
    stop_duplicates,
)
from app.core.planning.jobs import plan_job
from app.core.planning.rollout import deadline_at, limits, overdue, rolled_out
from app.core.planning.slots import Member, Observed, SlotTable, slot_table
from app.core.pods import PodId, PodPhase
from app.core.spec import Desired, PodTemplate

__all__ = [
    "DRIFTED",
    "Action",
    "Expire",
    "Fail",
    "Forget",
    "Plan",
    "Pull",
    "Release",
    "Remove",
    "Repair",
    "RollBack",
    "RolledOut",
    "Start",
    "Stop",
    "host_ports",
    "plan",
]

DRIFTED = "it was changed from outside"
"""Why a replica of the right template is replaced all the same."""


def plan(desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], now: float) -> Plan:
    """What to do next for one app. While the runtime is silent: nothing, because unknown is not gone."""
    if not observed.reachable:
        return Plan()
    table = slot_table(desired, observed, history, now)
    if desired.deleting:
        return _deletion(table, observed)
    if desired.spec.job is not None:
        return plan_job(desired, observed, table, history, now)
    surplus = _surplus(desired, table)
    going = {member.slot for member in surplus}
    kept = [member for member in table.members if member.slot not in going]
    due, wakes = _starts(desired, observed, table, kept, history, now)
    admitted = admit(desired, observed, due, now)
    actions = stop_duplicates(table)
    actions += [_leave(member, desired) for member in surplus]
    actions += mending(kept, observed)
    actions += clear_ended(table, {member.slot for member in kept})
    actions += admitted.actions
    wakes += [member.ready_at for member in kept if member.ready_at is not None]
    wakes += [] if admitted.wake_at is None else [admitted.wake_at]
    late, milestone = _progress(desired, observed, table, now, wakes)
    return Plan((*actions, *late), min(wakes, default=None), admitted.short, milestone)


def _progress(
    desired: Desired, observed: Observed, table: SlotTable, now: float, wakes: list[float]
) -> tuple[list[Action], str]:
    """What follows from how far the rollout is; adds to `wakes` when it would be late."""
    at = deadline_at(desired, observed)
    if at is None:
        return [], ""
    if rolled_out(desired, table):
        return [RolledOut()], ""
    if words := overdue(desired, observed, now):
        back = desired.spec.rolls_back and desired.revision > 1 and not desired.rolled_back_from
        return [RollBack(words)] if back else [], f"ProgressDeadlineExceeded: {words}"
    wakes.append(at)
    return [], ""


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
    held = [pod for member in table.members if (pod := attempt_of(member)) is not None]
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
    new = [member for member in table.members if member.current]
    old = [member for member in table.members if not member.current]
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


def _leave(member: Member, desired: Desired) -> Action:
    pod = attempt_of(member)
    if pod is None:
        return Release(member.slot)
    if member.current:
        return Stop(pod, "scaled down")
    same = member.template_hash == desired.template_hash or desired.spec.kind == "ReplicaSet"
    return Stop(pod, DRIFTED if same else f"replaced by revision {desired.revision}")


def _starts(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    kept: list[Member],
    history: Mapping[int, SlotRecord],
    now: float,
) -> tuple[list[Start], list[float]]:
    """Next attempts that are due, new replicas there is room for, and when the others are due."""
    new = sum(member.current for member in kept)
    leaving = len(table.leaving) + len(table.duplicates) + len(table.members) - len(kept)
    if desired.spec.strategy.type == "Recreate" and (leaving or new < len(kept)):
        return [], []
    last = last_attempts(observed, history)
    again = [
        Start(PodId(desired.key, member.slot, last[member.slot] + 1), _again_with(member, desired))
        for member in kept
        if member.waiting
    ]
    if new < len(kept):
        again = again[: max(limits(desired.spec).most - (len(kept) - len(again)), 0)]
    again += half_done(kept, observed)
    owed = [(may_start_at(start.pod, history), start) for start in again]
    due = [start for at, start in owed if at <= now]
    fresh = _fresh_with(desired, kept)
    due += [
        Start(PodId(desired.key, slot, last[slot] + 1), fresh)
        for slot in _new_slots(desired, table, kept, new, leaving)
    ]
    return due, [at for at, _ in owed if at > now]


def _again_with(member: Member, desired: Desired) -> str:
    """The template of a slot's next attempt: its own, but a ReplicaSet makes every new pod from its newest."""
    return desired.template_hash if desired.spec.kind == "ReplicaSet" else member.template_hash


def _fresh_with(desired: Desired, kept: list[Member]) -> str:
    """The template of an additional replica: the newest, but while the rollout is paused that of most others."""
    if not desired.spec.paused or not kept:
        return desired.template_hash
    times = Counter(member.template_hash for member in kept)
    return max(times, key=lambda digest: (times[digest], digest == desired.template_hash))


def _new_slots(desired: Desired, table: SlotTable, kept: list[Member], new: int, leaving: int) -> list[int]:
    missing = desired.spec.replicas - new - table.returning
    if new < len(kept):
        missing = min(missing, limits(desired.spec).most - len(kept) - table.returning)
    if host_ports(desired.spec.template, 0):
        missing = min(missing, desired.spec.replicas - len(kept) - leaving)
    taken = {member.slot for member in table.members} | {pod.slot for pod in table.leaving}
    free = (slot for slot in count() if slot not in taken)
    return list(islice(free, max(missing, 0)))
