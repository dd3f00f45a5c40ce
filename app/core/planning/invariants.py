"""What must always hold, as code: called by the tests' teardown and, with `KUBELITE_CHECK=1`, by a live process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set

from app.core.history import SlotRecord
from app.core.planning.admission import room_taken
from app.core.planning.attempts import attempt_of
from app.core.planning.fitting import fitting, needs
from app.core.planning.jobrules import broken_in_job_plan
from app.core.planning.plan import Fail, Forget, Plan, Pull, Release, Remove, Repair, RollBack, Start, Stop
from app.core.planning.rollout import limits, overdue
from app.core.planning.slots import Observed, slot_table
from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.spec import Desired


def broken_in_plan(
    desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], plan: Plan, now: float
) -> list[str]:
    """Sentences about every rule this plan breaks; empty when it is sound."""
    starts = [action for action in plan.actions if isinstance(action, Start)]
    stops = {action.pod for action in plan.actions if isinstance(action, Stop)}
    live = [pod for pod in observed.pods if not pod.phase.ended and pod.id not in observed.stopping]
    broken: list[str] = []
    if not observed.reachable and plan.actions:
        broken.append("acts on a runtime that cannot be read")
    if desired.deleting and starts:
        broken.append("starts a replica of an app that is being deleted")
    newest = any(start.template_hash == desired.template_hash for start in starts)
    if newest and any(isinstance(action, Pull) for action in plan.actions):
        broken.append("starts replicas whose image is still to be pulled")
    broken += _numbers(starts, live, observed, history, now)
    broken += _slots(starts, stops, live, observed)
    broken += _held_back(desired, starts, observed)
    broken += _mending(plan, live, observed)
    if desired.spec.job is not None:
        return broken + broken_in_job_plan(desired, observed, history, plan, now) + _kinds(plan)
    broken += _count(desired, starts, stops, live, observed)
    released = {action.slot for action in plan.actions if isinstance(action, Release)}
    broken += _updates(desired, starts, stops, released, observed, history, now)
    broken += _way_back(desired, observed, plan, now)
    return broken + _kinds(plan)


def _numbers(
    starts: Sequence[Start],
    live: Sequence[ObservedPod],
    observed: Observed,
    history: Mapping[int, SlotRecord],
    now: float,
) -> list[str]:
    """Attempt numbers are used once, and not before their time."""
    broken: list[str] = []
    pending = {pod.id for pod in live if pod.phase is PodPhase.PENDING}
    initializing = {pod.id for pod in live if pod.phase is PodPhase.PENDING and pod.initializing}
    used = {pod.id for pod in observed.pods} - pending
    for pod in (start.pod for start in starts):
        record = history.get(pod.slot)
        if pod in used or pod in observed.starting:
            broken.append(f"starts {pod.name} attempt {pod.attempt}, which is there already")
        if pod in initializing:
            broken.append(f"starts {pod.name} while its init container runs")
        if record is None:
            continue
        if pod.attempt <= record.attempt and pod not in pending:
            broken.append(f"uses attempt {pod.attempt} of {pod.name} twice")
        if record.waiting and now < record.next_attempt_at:
            broken.append(f"starts {pod.name} {record.next_attempt_at - now:.1f} s before its back-off is over")
    return broken


def _slots(starts: Sequence[Start], stops: Set[PodId], live: Sequence[ObservedPod], observed: Observed) -> list[str]:
    """A slot is held once: by what runs, by what is on its way, by what still leaves."""
    broken: list[str] = []
    leaving = {pod.id.slot for pod in observed.pods if not pod.phase.ended and pod.id in observed.stopping}
    leaving |= {pod.slot for pod in observed.failing}
    for pod in (start.pod for start in starts):
        if any(one.id.slot == pod.slot and one.id not in stops and one.id != pod for one in live):
            broken.append(f"starts {pod.name} while another attempt of it runs")
        if pod.slot in leaving and all(one.id != pod for one in live):
            broken.append(f"starts {pod.name} while its last attempt still leaves")
    twice = [slot for slot, times in Counter(start.pod.slot for start in starts).items() if times > 1]
    if twice:
        broken.append(f"starts two attempts in one slot: {twice}")
    return broken


def _held_back(desired: Desired, starts: Sequence[Start], observed: Observed) -> list[str]:
    """What cannot be configured or has no room is not started."""
    broken: list[str] = []
    if observed.blocked and any(start.template_hash == desired.template_hash for start in starts):
        broken.append(f"starts a replica though {observed.blocked}")
    taken = room_taken(observed, [start.pod for start in starts]) if observed.room is not None else 0
    if taken and taken > (most := fitting(needs(desired.spec.template.wants), observed.room)):
        broken.append(f"starts {taken} replicas where {most} have room")
    return broken


def _mending(plan: Plan, live: Sequence[ObservedPod], observed: Observed) -> list[str]:
    """Only what runs is failed or repaired, for a reason, and nothing else is done to it in the same plan."""
    running = {pod.id: pod for pod in live if pod.phase is PodPhase.RUNNING}
    failed = {action.pod for action in plan.actions if isinstance(action, Fail)}
    repaired = {action.pod for action in plan.actions if isinstance(action, Repair)}
    absent = (failed | repaired) - running.keys()
    broken = [f"mends {pod.name} attempt {pod.attempt}, which does not run" for pod in absent]
    if wrong := failed - observed.unhealthy.keys():
        broken.append(f"fails what is healthy: {sorted(wrong)}")
    if wrong := {
        pod
        for pod in repaired & running.keys()
        if pod in observed.starting or not any(one.in_place for one in running[pod].drift)
    }:
        broken.append(f"repairs what nobody changed, or what is being repaired: {sorted(wrong)}")
    others = {action.pod for action in plan.actions if isinstance(action, Start | Stop | Remove)}
    if wrong := (failed & repaired) | ((failed | repaired) & others):
        broken.append(f"does two things to one attempt: {sorted(wrong)}")
    if {pod.slot for pod in failed} & {action.pod.slot for action in plan.actions if isinstance(action, Start)}:
        broken.append("starts the next attempt of a slot before the unhealthy one is gone")
    return broken


def _way_back(desired: Desired, observed: Observed, plan: Plan, now: float) -> list[str]:
    """An automatic rollback is asked for by the app, is due, and never follows another."""
    if not any(isinstance(action, RollBack) for action in plan.actions):
        return []
    allowed = desired.spec.rolls_back and not desired.rolled_back_from and not desired.spec.paused
    return [] if allowed and overdue(desired, observed, now) else ["rolls back what it must not"]


def _count(
    desired: Desired,
    starts: Sequence[Start],
    stops: Set[PodId],
    live: Sequence[ObservedPod],
    observed: Observed,
) -> list[str]:
    most, there = limits(desired.spec).most, {pod.id for pod in live}
    new = {start.pod for start in starts} - there
    on_their_way = observed.starting.keys() - observed.stopping - there
    after = len(there - stops) + len(on_their_way - stops) + len(new)
    if new and after > max(most, desired.spec.replicas):
        return [f"would run {after} replicas, at most {most} may exist"]
    return []


def _updates(
    desired: Desired,
    starts: Sequence[Start],
    stops: Set[PodId],
    released: Set[int],
    observed: Observed,
    history: Mapping[int, SlotRecord],
    now: float,
) -> list[str]:
    """Recreate never mixes revisions; a rolling update keeps enough replicas available."""
    if desired.deleting:
        return []
    table = slot_table(desired, observed, history, now)
    broken: list[str] = []
    if desired.spec.paused or desired.spec.kind == "ReplicaSet":
        stays = [member for member in table.members if member.current]
        left = sum(attempt_of(member) not in stops and member.slot not in released for member in stays)
        if left < min(desired.spec.replicas, len(stays)):
            broken.append(f"replaces replicas that stay as they are: {left} are left")
    elif desired.spec.strategy.type == "Recreate":
        hashes = {pod.template_hash for pod in observed.pods if not pod.phase.ended}
        hashes |= {*observed.starting.values(), *(start.template_hash for start in starts)}
        return ["starts one revision beside another"] if starts and len(hashes) > 1 else []
    ready = [member for member in table.members if member.pod and member.ready]
    old = {member.pod.id for member in ready if member.pod and not member.current}
    least = limits(desired.spec).least
    left = sum(member.pod is not None and member.pod.id not in stops for member in ready)
    if stops & old and left < least:
        broken.append(f"replaces replicas so that {left} are left, at least {least} must be available")
    return broken


def _kinds(plan: Plan) -> list[str]:
    kinds = {type(action) for action in plan.actions}
    if Forget in kinds and kinds != {Forget}:
        return ["forgets the app while there is still something to do"]
    released = {action.slot for action in plan.actions if isinstance(action, Release)}
    if released & {action.pod.slot for action in plan.actions if isinstance(action, Start)}:
        return ["starts a slot it releases"]
    removed = {action.pod for action in plan.actions if isinstance(action, Remove)}
    if removed & {action.pod for action in plan.actions if isinstance(action, Stop)}:
        return ["stops and removes the same attempt"]
    return []


def broken_in_world(desired: Sequence[Desired], pods: Sequence[ObservedPod]) -> list[str]:
    """Rules of a world at rest: every wish is true, and no slot is held twice."""
    broken: list[str] = []
    wishes = {wish.key: wish for wish in desired}
    live = [pod for pod in pods if not pod.phase.ended]
    for (app, slot), times in Counter((pod.id.app, pod.id.slot) for pod in live).items():
        if times > 1:
            broken.append(f"{app} slot {slot} is held {times} times")
    for key, times in Counter(pod.id.app for pod in live).items():
        if key not in wishes:
            broken.append(f"{times} replicas of {key} run, which nobody wished for")
    counts = Counter(pod.id.app for pod in live if pod.ready)
    for key, wish in wishes.items():
        wanted = 0 if wish.spec.job is not None else wish.spec.replicas
        if not wish.deleting and counts[key] != wanted:
            broken.append(f"{key} has {counts[key]} ready replicas, wished for are {wanted}")
    for pod in live:
        held = pod.id.app in wishes and wishes[pod.id.app].spec.paused  # a paused rollout replaces nothing
        if pod.drift and not held:
            broken.append(f"{pod.id.name} of {pod.id.app} still differs: {', '.join(one.field for one in pod.drift)}")
    return broken
