"""What must always hold, as code: called by the tests' teardown and, with `KUBELITE_CHECK=1`, by a live process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from app.core.history import SlotRecord
from app.core.plan import Forget, Plan, Pull, Release, Remove, Start, Stop
from app.core.pods import ObservedPod, PodPhase
from app.core.rollout import limits
from app.core.slots import Observed
from app.core.spec import Desired


def broken_in_plan(desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], plan: Plan) -> list[str]:
    """Sentences about every rule this plan breaks; empty when it is sound."""
    broken: list[str] = []
    starts = [action.pod for action in plan.actions if isinstance(action, Start)]
    stops = {action.pod for action in plan.actions if isinstance(action, Stop)}
    live = [pod for pod in observed.pods if not pod.phase.ended and pod.id not in observed.stopping]
    if not observed.reachable and plan.actions:
        broken.append("acts on a runtime that cannot be read")
    if desired.deleting and starts:
        broken.append("starts a replica of an app that is being deleted")
    most = limits(desired.spec).most
    new = [start for start in starts if start not in {pod.id for pod in live}]
    on_their_way = observed.starting.keys() - observed.stopping - {pod.id for pod in live}
    after = len(live) - len(stops & {pod.id for pod in live}) + len(on_their_way - stops) + len(new)
    if new and after > max(most, desired.spec.replicas):
        broken.append(f"would run {after} replicas, at most {most} may exist")
    pending = {pod.id for pod in live if pod.phase is PodPhase.PENDING}
    used = {pod.id for pod in observed.pods} - pending
    for start in starts:
        if start in used or start in observed.starting:
            broken.append(f"starts {start.name} attempt {start.attempt}, which is there already")
        if start.slot in history and start.attempt <= history[start.slot].attempt and start not in pending:
            broken.append(f"uses attempt {start.attempt} of {start.name} twice")
        if any(pod.id.slot == start.slot and pod.id not in stops and pod.id != start for pod in live):
            broken.append(f"starts {start.name} while another attempt of it runs")
    twice = [slot for slot, times in Counter(start.slot for start in starts).items() if times > 1]
    if twice:
        broken.append(f"starts two attempts in one slot: {twice}")
    newest = {action.template_hash for action in plan.actions if isinstance(action, Start)} & {desired.template_hash}
    if newest and any(isinstance(action, Pull) for action in plan.actions):
        broken.append("starts replicas whose image is still to be pulled")
    broken += _kinds(plan)
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
        if not wish.deleting and counts[key] != wish.spec.replicas:
            broken.append(f"{key} has {counts[key]} ready replicas, wished for are {wish.spec.replicas}")
    return broken
