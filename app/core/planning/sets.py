"""`plan_sets(desired, observed, now)`: what brings an app on a replica runtime one step closer to the wish. Pure.

The runtime's manager keeps the count, so nothing is done about a replica that ended. One set is kept for the wish's
template. A rolling update is two sets side by side: the old one goes once enough of the new one answers, and never
before. An app of no replicas keeps its set, stopped: a stopped set costs nothing whatever goes wrong with it, while one
that is asked to keep 0 replicas is one slip of its manager away from renting; and it is deleted in one step less.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.backoff import restart_delay
from app.core.errors import InvalidInput
from app.core.placement import placement_of
from app.core.planning.actions import Forget, RollBack, RolledOut
from app.core.planning.rollout import deadline_at, overdue
from app.core.planning.setactions import (
    CreateSet,
    ExtendSet,
    RemoveSet,
    ReplacePod,
    ReviseSet,
    ScaleSet,
    SetAction,
    SetEffect,
    SetPlan,
    StartSet,
    StopSet,
)
from app.core.planning.setjobs import plan_set_job
from app.core.planning.setstate import ObservedSets, available, burning, live, serving, stopped
from app.core.pods import ObservedPod, PodPhase
from app.core.replicasets import ObservedSet, SetId, SetPhase
from app.core.spec import Desired

REPLACE_GAP_SECONDS = 60.0
"""Between two replacements in one set: each is a cold start, and what ails one replica may ail all."""

BURNING = "it only burns money"


def plan_sets(desired: Desired, observed: ObservedSets, now: float) -> SetPlan:
    """What to do next for one app. While the runtime is silent: nothing, because unknown is not gone."""
    if not observed.reachable:
        return SetPlan()
    if desired.deleting:
        return _free(SetPlan(_deletion(observed)), observed)
    if desired.spec.job is not None:
        return _free(plan_set_job(desired, observed, now), observed)
    if not desired.spec.replicas:
        return _free(SetPlan(_at_rest(desired, observed)), observed)
    target = kept_set(desired, observed)
    plan = _Draft(desired, observed, now)
    if target is None:
        plan.make()
    else:
        plan.tend(target)
        plan.replace_unhealthy()
        plan.let_go(target)
    milestone = plan.progress(target)
    return _free(SetPlan(tuple(plan.actions), min(plan.wakes, default=None), milestone), observed)


def kept_set(desired: Desired, observed: ObservedSets) -> ObservedSet | None:
    """The set whose count is kept: that of the wish's template, or where none is replaced the one that serves best."""
    current = observed.of(desired.template_hash)
    if current is not None or not holds(desired) or not observed.sets:
        return current
    return max(observed.sets, key=lambda one: (not stopped(one), len(serving(one, observed)), -one.created_at))


def holds(desired: Desired) -> bool:
    """No set is replaced: the rollout is paused. A ReplicaSet has none, and a set cannot be half of one template."""
    return desired.spec.paused or desired.spec.kind == "ReplicaSet"


def _free(plan: SetPlan, observed: ObservedSets) -> SetPlan:
    """Without what concerns a set that something is on its way for."""
    if not observed.busy:
        return plan
    actions = tuple(action for action in plan.actions if not _hashes(action) & observed.busy)
    return SetPlan(actions, plan.wake_at, plan.milestone)


def _hashes(action: SetAction) -> set[str]:
    match action:
        case ReviseSet(one, old):
            return {one.template_hash, old.template_hash}
        case CreateSet(one) | ScaleSet(one) | ExtendSet(one) | StartSet(one) | StopSet(one) | RemoveSet(one):
            return {one.template_hash}
        case ReplacePod(one):
            return {one.template_hash}
        case _:
            return set()


def _deletion(observed: ObservedSets) -> tuple[SetAction, ...]:
    if not observed.sets and not observed.busy:
        return (Forget(),)
    return tuple(action for one in observed.sets for action in leaving(one, "the app is deleted"))


def leaving(one: ObservedSet, why: str) -> list[SetEffect]:
    """The next step of a set on its way out; while its replicas go there is nothing to do but wait."""
    if one.phase is SetPhase.STOPPED:
        return [RemoveSet(one.id)]
    return [] if one.phase is SetPhase.STOPPING else [StopSet(one.id, why)]


def _at_rest(desired: Desired, observed: ObservedSets) -> tuple[SetAction, ...]:
    """No replicas are wished for: the set stays, stopped."""
    stays = kept_set(desired, observed)
    actions: list[SetAction] = []
    for one in observed.sets:
        if one is not stays:
            actions += leaving(one, f"replaced by revision {desired.revision}")
        elif not stopped(one):
            actions.append(StopSet(one.id, "scaled to 0"))
    return tuple(actions)


@dataclass(slots=True)
class _Draft:
    """A plan being made for an app of some replicas."""

    desired: Desired
    observed: ObservedSets
    now: float
    actions: list[SetAction] = field(default_factory=list)
    wakes: list[float] = field(default_factory=list)

    @property
    def _id(self) -> SetId:
        return SetId(self.desired.key, self.desired.template_hash)

    @property
    def _want(self) -> int:
        return self.desired.spec.replicas

    # -- a set of the wish's template is missing

    def make(self) -> None:
        sets = self.observed.sets
        if self.desired.spec.strategy.type == "Recreate" and sets:
            return self._recreate(sets)
        if not self.observed.blocked:
            self.actions.append(CreateSet(self._id, self._want))
        return self._trim(list(sets), ready_here=0)

    def _recreate(self, sets: tuple[ObservedSet, ...]) -> None:
        """The present set is given the new template, where its manager can; else it goes first."""
        why = f"replaced by revision {self.desired.revision}"
        alive = [one for one in sets if not stopped(one)]
        for one in sets:
            if one.phase is SetPhase.STOPPED:
                self.actions.append(RemoveSet(one.id))
        if self.observed.blocked:
            return
        revisable = [one for one in alive if one.id.template_hash not in self.observed.unrevisable]
        if len(alive) == 1 and revisable and alive[0].phase in (SetPhase.ACTIVE, SetPhase.STALLED):
            self.actions.append(ReviseSet(self._id, alive[0].id, self._want))
        elif len(alive) > 1 or not revisable or alive[0].phase is SetPhase.FAILED:
            self.actions += [StopSet(one.id, why) for one in alive]
        if not any(live(one) or one.phase is not SetPhase.STOPPED for one in sets) and not self.observed.busy:
            self.actions.append(CreateSet(self._id, self._want))

    # -- the set that is kept

    def tend(self, one: ObservedSet) -> None:
        """Its count, its rent, and that it goes on: not its replicas, which are its manager's."""
        fire = burning(self.desired, one, self.observed.history, self.now)
        if fire is not None:
            if not stopped(one):
                self.actions.append(StopSet(one.id, f"{BURNING}: {fire.seen}"))
            return
        match one.phase:
            case SetPhase.STOPPED if self._want < one.replicas:
                self.actions.append(ScaleSet(one.id, self._want))
            case SetPhase.STOPPED:
                self._start(one, "it is wished for", started=True)
            case SetPhase.FAILED:
                self._start(one, "its manager gave up", started=False)
            case SetPhase.ACTIVE | SetPhase.STALLED:
                if one.replicas != self._want:
                    self.actions.append(ScaleSet(one.id, self._want))
                elif (minutes := _timeout(self.desired)) and minutes != one.timeout_minutes:
                    self.actions.append(ExtendSet(one.id, minutes))

    def _start(self, one: ObservedSet, why: str, *, started: bool) -> None:
        """At once the first time, then after the back-off of a crash loop: whoever stops it may mean it."""
        again = self.observed.restarted.get(one.id.template_hash)
        if again is not None:
            due = again.at + restart_delay(again.count, started=False)
        else:
            due = one.updated_at + restart_delay(1, started=started)
        if due > self.now:
            self.wakes.append(due)
        else:
            self.actions.append(StartSet(one.id, why))

    def replace_unhealthy(self) -> None:
        """One at a time, the next a while after the manager listed the successor of the last; and none sooner than its
        back-off after its own start: the attempt number is the count."""
        leaving = {one.set for one in self.actions if isinstance(one, StopSet | RemoveSet)}
        for one in self.observed.sets:
            if one.phase is not SetPhase.ACTIVE or one.id in leaving or len(live(one)) < one.replicas:
                continue
            sick = [pod for pod in one.pods if _is_sick(pod, self.observed)]
            due = [(self._may_go_at(pod, one), pod) for pod in sick]
            if not due:
                continue
            at, pod = min(due, key=lambda each: (each[0], each[1].id))
            if at > self.now:
                self.wakes.append(at)
            else:
                self.actions.append(ReplacePod(one.id, pod.id, self.observed.unhealthy[pod.id]))

    def _may_go_at(self, pod: ObservedPod, one: ObservedSet) -> float:
        newest = max((other.created_at for other in one.pods if other.id != pod.id), default=0.0)
        own = (pod.started_at or pod.created_at) + restart_delay(pod.id.attempt)
        return max(own, newest + REPLACE_GAP_SECONDS)

    # -- sets of other templates

    def let_go(self, target: ObservedSet) -> None:
        others = [one for one in self.observed.sets if one is not target]
        if not others or holds(self.desired):
            return
        here = available(self.desired, target, self.observed, self.now)
        if here.next_at is not None:
            self.wakes.append(here.next_at)
        if here.count >= self._want or self.desired.spec.strategy.type == "Recreate":
            for one in others:
                self.actions += leaving(one, f"replaced by revision {self.desired.revision}")
        else:
            self._trim(others, ready_here=len(serving(target, self.observed)))

    def _trim(self, others: list[ObservedSet], *, ready_here: int) -> None:
        """What must not wait for the new one: sets that are stopped, that burn money, and those that what serves does
        not need. The last one that serves, or may again, stays."""
        why = f"replaced by revision {self.desired.revision}"
        staying = []
        for one in others:
            if stopped(one) or burning(self.desired, one, self.observed.history, self.now) is not None:
                self.actions += leaving(one, why)
            else:
                staying.append(one)
        ready = {one.id: len(serving(one, self.observed)) for one in staying}
        total = ready_here + sum(ready.values())
        least = min(self._want, total)
        staying.sort(key=lambda one: (ready[one.id], -one.created_at))
        for one in staying[:-1]:
            if total - ready[one.id] >= least:
                total -= ready[one.id]
                self.actions.append(StopSet(one.id, why))

    # -- how far the rollout is

    def progress(self, target: ObservedSet | None) -> str:
        if target is not None and burning(self.desired, target, self.observed.history, self.now):
            self._late()
            return f"TooManyFailedReplicas: {burning_words(self.desired, target, self.observed, self.now)}"
        at = deadline_at(self.desired, self.observed)
        if at is None:
            return ""
        if target is not None and rolled_out_here(self.desired, target, self.observed, self.now):
            self.actions.append(RolledOut())
            return ""
        if words := self._late():
            return f"ProgressDeadlineExceeded: {words}"
        self.wakes.append(at)
        return ""

    def _late(self) -> str:
        words = overdue(self.desired, self.observed, self.now)
        if words and self.desired.spec.rolls_back and self.desired.revision > 1 and not self.desired.rolled_back_from:
            self.actions.append(RollBack(words))
        return words


def _is_sick(pod: ObservedPod, observed: ObservedSets) -> bool:
    return pod.phase is PodPhase.RUNNING and pod.id in observed.unhealthy


def rolled_out_here(desired: Desired, target: ObservedSet, observed: ObservedSets, now: float) -> bool:
    """Everything wished for answers, and nothing else is left."""
    alone = len(observed.sets) == 1 and target.id.template_hash == desired.template_hash
    here = available(desired, target, observed, now).count
    return alone and target.replicas == desired.spec.replicas <= here and not observed.busy


def burning_words(desired: Desired, one: ObservedSet, observed: ObservedSets, now: float) -> str:
    """What happened and how to go on; "" where nothing burns."""
    fire = burning(desired, one, observed.history, now)
    if fire is None:
        return ""
    name = desired.key.name
    return f'{fire.seen}; it is stopped and costs nothing now: mend the cause, then change {name} or say "start {name}"'


def _timeout(desired: Desired) -> int | None:
    try:
        return placement_of(desired.spec).timeout_minutes
    except InvalidInput:  # refused at the wish; one that was stored before the rule is left as it is
        return None
