"""The pure core against a toy runtime with no time and no tasks: one world that Hypothesis shrinks and seeds replay.

Every sighting is true and at once, so rules can be strict: numbers are used once, our own stops never break
availability, ends are counted once, a success is never undone. The whole engine is played in `tests/simulation`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.core.history import SlotRecord
from app.core.planning.invariants import broken_in_plan, broken_in_world
from app.core.planning.jobs import tally
from app.core.planning.plan import (
    Expire,
    Fail,
    Forget,
    Plan,
    Release,
    Remove,
    Repair,
    RollBack,
    RolledOut,
    Start,
    Stop,
    plan,
)
from app.core.planning.slots import Observed
from app.core.pods import Capacity, Drift, ExitInfo, ObservedPod, PodId, PodPhase
from app.core.spec import ROLL_BACK_ANNOTATION, AppSpec, Desired, JobSpec, Strategy
from app.core.template import Amounts, Resources
from tests.worlds import NOW, PRESENT, pod, spec, wish

IMAGES = ("nginx:1.25", "nginx:1.27", "redis:7")
STRATEGIES = (
    Strategy(),
    Strategy(type="Recreate"),
    Strategy(max_surge=0, max_unavailable=1),
    Strategy(max_surge="100%", max_unavailable=0),
    Strategy(min_ready_seconds=20),
    Strategy(progress_deadline_seconds=60),
)
WAYS = ("", "", "", "", "paused", "replicaset", "rolls back")
OUTCOMES = ("runs", "runs", "runs", "refused", "lost", "half", "init")
HAPPENINGS = ("ready", "ready", "unready", "crash", "vanish", "unhealthy", "changed", "changed badly", "done")
CORE = 1000


class Toy:
    """`job` None = an app that runs for ever; `wish` changes what is desired, the rest is what happens."""

    def __init__(self, job: JobSpec | None = None) -> None:
        self.now = NOW
        self.job = job
        self.desired: Desired = wish(spec(0), revision=0)
        self.before: AppSpec | None = None
        self.pods: dict[PodId, ObservedPod] = {}
        self.starting: dict[PodId, str] = {}
        self.repairing: set[PodId] = set()
        self.stopping: set[PodId] = set()
        self.failing: dict[PodId, str] = {}
        self.unhealthy: dict[PodId, str] = {}
        self.beyond: set[PodId] = set()
        self.records: dict[int, SlotRecord] = {}
        self.reachable = True
        self.blocked = ""
        self.cores: int | None = None
        self.created: set[PodId] = set()
        self.done: set[int] = set()
        self.expired = False

    # -- what a person does

    def wish(self, replicas: int, image: str, strategy: Strategy, port: bool, way: str = "") -> None:
        of = spec(replicas, image=image, strategy=strategy, host_port=8080 if port else None)
        asked = Resources(requests=Amounts(cpu_millicores=CORE))
        container = of.template.containers[0].model_copy(update={"resources": asked})
        update: dict[str, Any] = {"template": of.template.model_copy(update={"containers": (container,)})}
        if self.job is not None:
            update |= {"kind": "Job", "job": self.job.model_copy(update={"suspend": way == "paused"})}
        elif way == "replicaset":
            update["kind"] = "ReplicaSet"
        else:
            update["paused"] = way == "paused"
            update["annotations"] = {ROLL_BACK_ANNOTATION: "true"} if way == "rolls back" else {}
        self._desire(of.model_copy(update=update))

    def _desire(self, of: AppSpec, *, rolled_back_from: int = 0) -> None:
        """As `DesiredState.wish` does it."""
        after, before = wish(of, revision=self.desired.revision), self.desired
        if after.template_hash == before.template_hash:
            kept = {"rolled_out_at": before.rolled_out_at, "rolled_back_from": before.rolled_back_from}
            self.desired = after.model_copy(update={"revised_at": before.revised_at or self.now, **kept})
            return
        self.before, self.done = before.spec, set()
        update = {"revision": before.revision + 1, "revised_at": self.now, "rolled_back_from": rolled_back_from}
        self.desired = after.model_copy(update=update)

    # -- what the engine does

    def reconcile(self) -> Plan:
        if self.reachable:
            self._note()
        observed = self.observed()
        step = plan(self.desired, observed, self.records, self.now)
        broken = broken_in_plan(self.desired, observed, self.records, step, self.now)
        assert broken == [], broken
        held = self._held()
        for action in step.actions:
            self._begin(action)
        assert self.cores is None or self._held() <= max(held, self.cores), "more than the host has room for"
        return step

    def observed(self) -> Observed:
        pods = tuple(
            replace(one, drift=tuple(replace(drift, in_place=False) for drift in one.drift))
            if one.id in self.beyond
            else one
            for one in self.pods.values()
        )
        total = None if self.cores is None else Capacity(self.cores * CORE, 0)
        return Observed(
            self.reachable,
            pods,
            dict(self.starting),
            frozenset(self.stopping),
            image=PRESENT,
            failing=frozenset(self.failing),
            unhealthy={pod: why for pod, why in self.unhealthy.items() if pod in self.pods},
            room=None if total is None else Capacity(total.cpu_millicores - CORE * self._held(), 0),
            blocked=self.blocked,
            capacity=total,
        )

    def _held(self) -> int:
        live = {one.id for one in self.pods.values() if not one.phase.ended}
        return len(live | self.starting.keys())

    def _note(self) -> None:
        """As the controller takes sightings into the records."""
        for one in self.pods.values():
            if one.id in self.starting or one.id in self.stopping:
                continue
            record = self.records.get(one.id.slot, SlotRecord(one.id.slot))
            if one.phase is PodPhase.SUCCEEDED and self.job is not None:
                record = record.adopted(one.id.attempt, one.template_hash)
                record = record.completed(one.id.attempt, ExitInfo(0, "Completed"), at=self.now)
            elif one.phase.ended and one.id.attempt > record.recorded:
                how = one.exit or ExitInfo(None, "Unknown")
                record = record.adopted(one.id.attempt, one.template_hash)
                record = record.ended(one.id.attempt, how, ran_seconds=1.0, at=self.now)
            elif one.phase is PodPhase.RUNNING:
                record = record.alive(one.id.attempt, one.template_hash)
            else:
                record = record.adopted(one.id.attempt, one.template_hash)
            self.records[one.id.slot] = record

    def _begin(self, action: Any) -> None:
        match action:
            case Start(target, template_hash):
                record = self.records.get(target.slot, SlotRecord(target.slot))
                self.records[target.slot] = record.starting(target.attempt, template_hash)
                self.starting[target] = template_hash
            case Repair(target, template_hash):
                self.starting[target] = template_hash
                self.repairing.add(target)
            case Stop(target, _) | Remove(target):
                self._give_up(target)
            case Fail(target, why):
                self._give_up(target)
                self.failing[target] = why
            case Release(slot):
                self.records[slot] = self._rested(self.records[slot])
            case RolledOut():
                self.desired = self.desired.model_copy(update={"rolled_out_at": self.now})
            case RollBack():
                assert self.before is not None
                back = self.desired.spec.model_copy(update={"template": self.before.template})
                self._desire(back, rolled_back_from=self.desired.revision)
            case Expire():
                self.expired = True
            case Forget():
                raise AssertionError("nobody deleted it")

    def _give_up(self, target: PodId) -> None:
        self.starting.pop(target, None)
        self.repairing.discard(target)
        self.stopping.add(target)

    def _rested(self, record: SlotRecord) -> SlotRecord:
        return record.stopped() if self.job is None else record.suspended()

    # -- what the runtime does

    def finish_start(self, pick: int, outcome: str) -> None:
        """`lost`: it runs but the answer says that it failed. `half`: it was created, not started, and failed. `init`:
        its init container runs. A repair works, or it cannot be done."""
        target, template_hash = sorted(self.starting.items())[pick % len(self.starting)]
        del self.starting[target]
        if target in self.repairing:
            self.repairing.discard(target)
            self._finish_repair(target, worked=outcome in ("runs", "init"))
            return
        fresh = target not in self.pods
        if outcome == "init" and fresh:
            self._make(target, template_hash, PodPhase.PENDING)
            self.pods[target] = replace(self.pods[target], initializing="setup (1 of 1)")
            return
        if outcome != "refused":
            self._make(target, template_hash, PodPhase.PENDING if outcome == "half" else PodPhase.RUNNING)
        if outcome not in ("runs", "init"):
            record = self.records[target.slot]
            self.records[target.slot] = record.ended(
                target.attempt, ExitInfo(None, "PortInUse"), ran_seconds=None, at=self.now
            )

    def _finish_repair(self, target: PodId, *, worked: bool) -> None:
        if not worked:
            self.beyond.add(target)
        elif target in self.pods:
            left = tuple(one for one in self.pods[target].drift if not one.in_place)
            self.pods[target] = replace(self.pods[target], drift=left)

    def _make(self, target: PodId, template_hash: str, phase: PodPhase) -> None:
        assert target not in self.created or target in self.pods, f"{target} is used twice"
        self.created.add(target)
        if target not in self.pods or self.pods[target].phase is PodPhase.PENDING:
            made = pod(target.slot, target.attempt, phase=phase, digest=template_hash, started_at=self.now)
            self.pods[target] = replace(made, ready=False)

    def finish_stop(self, pick: int) -> None:
        target = sorted(self.stopping)[pick % len(self.stopping)]
        self.stopping.discard(target)
        self.unhealthy.pop(target, None)
        if target in self.failing:
            self._finish_fail(target, self.failing.pop(target))
            return
        gone = self.pods.pop(target, None)
        record = self.records.get(target.slot, SlotRecord(target.slot))
        if record.attempt <= target.attempt and not (gone and gone.phase.ended):
            self.records[target.slot] = self._rested(record.adopted(target.attempt, record.template_hash))

    def _finish_fail(self, target: PodId, why: str) -> None:
        one = self.pods.get(target)
        record = self.records.get(target.slot, SlotRecord(target.slot))
        if one is not None:
            self.pods[target] = replace(
                one, phase=PodPhase.FAILED, ready=False, finished_at=self.now, exit=ExitInfo(137, "Killed")
            )
            record = record.adopted(target.attempt, one.template_hash)
        how = ExitInfo(None, "Unhealthy", why)
        self.records[target.slot] = record.ended(target.attempt, how, ran_seconds=1.0, at=self.now)

    def happens(self, pick: int, how: str) -> None:
        one = self.pods[sorted(self.pods)[pick % len(self.pods)]]
        if how == "vanish":
            if not one.phase.ended:
                self._vanish(one)
            return
        if one.initializing:
            self._init_ends(one, well=how != "crash")
        if one.phase is not PodPhase.RUNNING:
            return
        if how in ("crash", "done"):
            self._end(one, how)
        elif how == "unhealthy":
            self.unhealthy[one.id] = "liveness probe failed: HTTP 503"
        elif how in ("changed", "changed badly"):
            change = Drift("memory limit", "64 MiB", "128 MiB", in_place=how == "changed")
            self.pods[one.id] = replace(one, drift=(change,))
        else:
            self.pods[one.id] = replace(one, ready=how == "ready")

    def _vanish(self, one: ObservedPod) -> None:
        """As the controller takes it: an unplanned end, unless we were at it."""
        del self.pods[one.id]
        self.created -= self.starting.keys()  # a start on its way makes it anew
        record = self.records.get(one.id.slot, SlotRecord(one.id.slot))
        if one.id not in self.starting and one.id not in self.stopping:
            record = record.adopted(one.id.attempt, one.template_hash)
            how = ExitInfo(None, "Vanished")
            self.records[one.id.slot] = record.ended(one.id.attempt, how, ran_seconds=1.0, at=self.now)

    def _init_ends(self, one: ObservedPod, *, well: bool) -> None:
        ended = replace(one, initializing="")
        if not well:
            ended = replace(ended, phase=PodPhase.FAILED, finished_at=self.now, exit=ExitInfo(1, "Error"))
        self.pods[one.id] = ended

    def _end(self, one: ObservedPod, how: str) -> None:
        well = how == "done"
        exit_ = ExitInfo(0, "Completed") if well else ExitInfo(1, "Error")
        phase = PodPhase.SUCCEEDED if well else PodPhase.FAILED
        self.pods[one.id] = replace(one, phase=phase, ready=False, finished_at=self.now, exit=exit_)
        self.unhealthy.pop(one.id, None)
        busy = one.id in self.stopping or one.id in self.starting
        counts = not busy and one.template_hash == self.desired.template_hash
        if self.job is not None and well and counts:
            self._note()
            self.done.add(one.id.slot)

    def our_process_is_killed(self, happened: bool) -> None:
        """The records are on disk; what was on its way is not known any more, and happens or not."""
        for target, template_hash in sorted(self.starting.items()) if happened else ():
            if target in self.repairing:
                self._finish_repair(target, worked=True)
            else:
                self._make(target, template_hash, PodPhase.RUNNING)
        for target in sorted(self.stopping) if happened else ():
            self.pods.pop(target, None)
        self.starting.clear()
        self.stopping.clear()
        self.repairing.clear()
        self.failing.clear()
        self.beyond.clear()

    # -- what must hold

    def check(self) -> None:
        for record in self.records.values():
            assert record.recorded <= record.attempt
            assert min(record.failures, record.failed, record.succeeded) >= 0
        if self.job is not None:
            counted = tally(self.desired, self.records).done
            wanted = self.job.completions
            real = {slot for slot in self.done if wanted is None or slot < wanted}
            assert real <= counted, f"forgot that {sorted(real - counted)} succeeded"

    def end(self) -> None:
        """From here on all goes well, and then the wish comes true and nothing is left to do."""
        self.reachable, self.blocked, self.cores = True, "", None
        self.unhealthy.clear()
        if self.job is not None and self.desired.spec.job != self.job:
            self._desire(self.desired.spec.model_copy(update={"job": self.job}))
        for _ in range(80):
            if self.reconcile() == Plan() and not (self.starting or self.stopping) and self._at_rest():
                break
            while self.stopping:
                self.finish_stop(0)
            while self.starting:
                self.finish_start(0, "runs")
            for one in list(self.pods.values()):
                self._goes_well(one)
            self.now += 30
        if self.job is not None and not self.desired.spec.replicas:
            return
        assert broken_in_world([self.desired], list(self.pods.values())) == []
        step = plan(self.desired, self.observed(), self.records, self.now)
        assert step.actions == (), step
        if self.job is not None:
            assert step.milestone, "the job never ended"

    def _at_rest(self) -> bool:
        return all(one.phase.ended or (one.ready and self.job is None) for one in self.pods.values())

    def _goes_well(self, one: ObservedPod) -> None:
        if one.initializing:
            self._init_ends(one, well=True)
        elif one.phase is PodPhase.RUNNING and self.job is not None:
            self._end(one, "done")
        elif one.phase is PodPhase.RUNNING:
            self.pods[one.id] = replace(one, ready=True)
