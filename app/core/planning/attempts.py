"""What concerns attempts, whatever kind of app they are of: their numbers, back-off, bodies and health. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from app.core.history import SlotRecord
from app.core.planning.actions import Action, Fail, Remove, Repair, Start, Stop
from app.core.planning.slots import Member, Observed, SlotTable
from app.core.pods import ObservedPod, PodId, PodPhase

OLDER_ATTEMPT = "an older attempt of the same replica"


def attempt_of(member: Member) -> PodId | None:
    """The attempt that holds the slot now, None where it waits for its next one."""
    return member.pod.id if member.pod else member.start


def last_attempts(observed: Observed, history: Mapping[int, SlotRecord]) -> Mapping[int, int]:
    """The highest attempt ever used of each slot; 0 for one that was never used."""
    last: defaultdict[int, int] = defaultdict(int)
    for slot, record in history.items():
        last[slot] = record.attempt
    for pod in observed.pods:
        last[pod.id.slot] = max(last[pod.id.slot], pod.id.attempt)
    return last


def may_start_at(pod: PodId, history: Mapping[int, SlotRecord]) -> float:
    """A slot whose last attempt failed owes its back-off, also where the next try is the same attempt once more."""
    record = history.get(pod.slot)
    failed = record is not None and record.recorded == record.attempt
    return record.next_attempt_at if record is not None and failed else 0.0


def half_done(members: Iterable[Member], observed: Observed) -> list[Start]:
    """Created, not running, and nobody is at it: a crash of ours lay between, or an init container ended. Starting it
    again is idempotent. While an init container runs there is nothing to do but wait for the news of its end."""
    return [
        Start(member.pod.id, member.pod.template_hash)
        for member in members
        if member.pod is not None and _half_done(member.pod, observed)
    ]


def _half_done(pod: ObservedPod, observed: Observed) -> bool:
    return pod.phase is PodPhase.PENDING and not pod.initializing and pod.id not in observed.starting


def mending(members: Iterable[Member], observed: Observed) -> list[Action]:
    """Unhealthy attempts are ended; what was changed from outside and can be mended in place is."""
    actions: list[Action] = []
    for member in members:
        pod = member.pod
        if pod is None or pod.phase is not PodPhase.RUNNING:
            continue
        if pod.id in observed.unhealthy:
            actions.append(Fail(pod.id, observed.unhealthy[pod.id]))
        elif not member.drifted and pod.id not in observed.starting and any(one.in_place for one in pod.drift):
            actions.append(Repair(pod.id, pod.template_hash))
    return actions


def stop_duplicates(table: SlotTable) -> list[Action]:
    return [Stop(pod.id, OLDER_ATTEMPT) for pod in table.duplicates]


def clear_ended(table: SlotTable, keep_in: Collection[int] | None) -> list[Action]:
    """Ended attempts to remove. The newest of each slot of `keep_in` (None = all) stays: its logs and exit answer
    "why did it die?"."""
    newest: set[int] = set()
    actions: list[Action] = []
    for pod in table.ended:
        if (keep_in is None or pod.id.slot in keep_in) and pod.id.slot not in newest:
            newest.add(pod.id.slot)
        else:
            actions.append(Remove(pod.id))
    return actions
