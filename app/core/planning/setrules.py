"""What must always hold of plans for sets, and of a replica runtime at rest (`app.core.planning.invariants`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.core.planning.actions import Forget, RollBack
from app.core.planning.rollout import overdue
from app.core.planning.setactions import (
    CreateSet,
    ExtendSet,
    RemoveSet,
    ReplacePod,
    ReviseSet,
    ScaleSet,
    SetEffect,
    SetPlan,
    StartSet,
    StopSet,
)
from app.core.planning.sets import holds
from app.core.planning.setstate import ObservedSets, available, burning, live, serving, stopped
from app.core.pods import PodPhase
from app.core.replicasets import ObservedSet, SetId, SetPhase
from app.core.spec import Desired

EFFECTS = (CreateSet, ScaleSet, ReviseSet, ExtendSet, StartSet, StopSet, RemoveSet, ReplacePod)


def broken_in_set_plan(desired: Desired, observed: ObservedSets, plan: SetPlan, now: float) -> list[str]:
    """Sentences about every rule this plan breaks; empty when it is sound."""
    effects = [action for action in plan.actions if isinstance(action, EFFECTS)]
    broken: list[str] = []
    if not observed.reachable and plan.actions:
        broken.append("acts on a runtime that cannot be read")
    broken += _one_thing_at_a_time(effects, observed)
    broken += _making(desired, effects, observed)
    broken += _states(desired, effects, observed)
    if any(isinstance(action, Forget) for action in plan.actions):
        seen = observed.sets or observed.busy or len(plan.actions) > 1 or not desired.deleting
        broken += ["forgets the app while something of it is left"] if seen else []
    if desired.deleting:
        wrong = [one for one in effects if not isinstance(one, StopSet | RemoveSet)]
        return broken + ([f"does more than to end what is deleted: {wrong}"] if wrong else [])
    if any(isinstance(action, RollBack) for action in plan.actions):
        allowed = desired.spec.rolls_back and not desired.rolled_back_from and not desired.spec.paused
        broken += [] if allowed and overdue(desired, observed, now) else ["rolls back what it must not"]
    if desired.spec.job is None:
        broken += _service(desired, effects, observed, now)
    return broken


def _one_thing_at_a_time(effects: Sequence[SetEffect], observed: ObservedSets) -> list[str]:
    touched = Counter(one for effect in effects for one in _sets_of(effect))
    broken = [f"does {times} things to {one}" for one, times in touched.items() if times > 1]
    return broken + [f"touches {one}, which something is on its way for" for one in touched if _busy(one, observed)]


def _sets_of(effect: SetEffect) -> set[SetId]:
    return {effect.set, effect.old} if isinstance(effect, ReviseSet) else {effect.set}


def _busy(one: SetId, observed: ObservedSets) -> bool:
    return one.template_hash in observed.busy


def _making(desired: Desired, effects: Sequence[SetEffect], observed: ObservedSets) -> list[str]:
    """There is one set of a template, and only the wish's own is ever made."""
    made = [effect for effect in effects if isinstance(effect, CreateSet | ReviseSet)]
    broken = [
        f"makes a second set of {effect.set}" for effect in made if observed.of(effect.set.template_hash) is not None
    ]
    broken += [
        f"makes {effect.set}, which is not wished for"
        for effect in made
        if effect.set != (desired.key, desired.template_hash) or effect.replicas < 1
    ]
    if made and observed.blocked:
        broken.append(f"makes a set though {observed.blocked}")
    if made and desired.spec.job is None and holds(desired) and observed.sets:
        broken.append("replaces a set while nothing is to be replaced")
    if any(isinstance(effect, ReviseSet) for effect in made) and desired.spec.strategy.type != "Recreate":
        broken.append("stops all replicas for an update that is to be rolling")
    return broken


def _states(desired: Desired, effects: Sequence[SetEffect], observed: ObservedSets) -> list[str]:
    """Each effect fits what the set is."""
    broken = []
    for effect in effects:
        one = observed.of(effect.set.template_hash)
        match effect:
            case RemoveSet() if one is None or one.phase is not SetPhase.STOPPED:
                broken.append(f"removes {effect.set} before it is stopped")
            case StartSet() if one is None or one.phase not in (SetPhase.STOPPED, SetPhase.FAILED):
                broken.append(f"starts {effect.set}, which is not stopped")
            case StartSet() if not desired.spec.replicas:
                broken.append(f"starts {effect.set} though nothing is wished for")
            case ScaleSet(_, replicas) if one is None or replicas < 1 or replicas == one.replicas:
                broken.append(f"scales {effect.set} to {replicas}")
            case ReplacePod(_, pod) if not _sick(one, pod, observed):
                broken.append(f"replaces {pod.name}, which is well or does not run")
            case StopSet() if one is None or stopped(one):
                broken.append(f"stops {effect.set}, which is stopped")
    return broken


def _sick(one: ObservedSet | None, pod: object, observed: ObservedSets) -> bool:
    running = {each.id for each in one.pods if each.phase is PodPhase.RUNNING} if one is not None else set()
    return pod in running and pod in observed.unhealthy


def _service(desired: Desired, effects: Sequence[SetEffect], observed: ObservedSets, now: float) -> list[str]:
    """What serves is not ended before there is enough of something else; what burns money serves nobody."""
    ended = {effect.set for effect in effects if isinstance(effect, StopSet | RemoveSet)}
    want = desired.spec.replicas
    if not want:
        return []
    hot = {one.id for one in observed.sets if burning(desired, one, observed.history, now) is not None}
    current = observed.of(desired.template_hash)
    broken = []
    if current is not None and current.id in ended - hot:
        broken.append("ends the set that is wished for")
    if holds(desired) and {one.id for one in observed.sets if not stopped(one)} & (ended - hot):
        broken.append("replaces a set while nothing is to be replaced")
    if desired.spec.strategy.type == "Recreate":
        beside = [one for one in observed.sets if one.id.template_hash != desired.template_hash and live(one)]
        mixes = any(isinstance(effect, CreateSet) for effect in effects) and beside
        return broken + (["makes a set beside another one, which is to go first"] if mixes else [])
    arrived = current is not None and available(desired, current, observed, now).count >= want
    before = sum(len(serving(one, observed)) for one in observed.sets)
    after = sum(len(serving(one, observed)) for one in observed.sets if one.id not in ended)
    if not arrived and after < min(want, before):
        broken.append(f"leaves {after} replicas that answer where {before} do and {want} are wished for")
    others = [one for one in observed.sets if one is not current and not stopped(one) and one.id not in hot]
    if not arrived and others and all(one.id in ended for one in others):
        broken.append("ends the last older set before the new one answers")
    return broken


def broken_in_set_world(desired: Sequence[Desired], sets: Sequence[ObservedSet]) -> list[str]:
    """Rules of a replica runtime at rest: one set for each wish with all its replicas ready, and nothing else that
    could cost money."""
    broken = [f"{times} sets of {one}" for one, times in Counter(each.id for each in sets).items() if times > 1]
    wishes = {wish.key: wish for wish in desired}
    for one in sets:
        wish = wishes.get(one.id.app)
        if wish is None:
            broken.append(f"{one.id} is there, which nobody wished for")
        elif one.id.template_hash != wish.template_hash and not holds(wish):
            broken.append(f"{one.id} is left of an earlier revision")
    for wish in desired:
        if wish.deleting or wish.spec.job is not None:
            continue
        mine = [one for one in sets if one.id.app == wish.key]
        ready = sum(pod.ready for one in mine for pod in one.pods)
        there = sum(len(live(one)) for one in mine)
        beside = holds(wish) and len(mine) > 1  # paused between two revisions: both stay until it goes on
        if (ready, there) != (wish.spec.replicas, wish.spec.replicas) and not beside:
            broken.append(f"{wish.key} has {ready} ready of {there} replicas, wished for are {wish.spec.replicas}")
        if not wish.spec.replicas and any(one.phase is not SetPhase.STOPPED for one in mine):
            broken.append(f"{wish.key} is not stopped")
        if wish.spec.replicas and not any(one.phase is SetPhase.ACTIVE for one in mine):
            broken.append(f"{wish.key} is kept by nobody")
    return broken
