"""The pure core as a state machine that shrinks: plan and records against a toy runtime with no time and no tasks.

The whole-system histories (`tests/simulation`) reach further but cannot shrink. Here every sighting is true and at
once, so rules can be strict: numbers are used once, our own stops never break availability, ends are counted once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.core.history import SlotRecord
from app.core.invariants import broken_in_plan, broken_in_world
from app.core.plan import Forget, Plan, Release, Remove, Start, Stop, plan
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase
from app.core.slots import Observed
from app.core.spec import Desired, Strategy
from tests.worlds import NOW, PRESENT, pod, spec, wish

IMAGES = st.sampled_from(["nginx:1.25", "nginx:1.27", "redis:7"])
STRATEGIES = st.sampled_from(
    [
        Strategy(),
        Strategy(type="Recreate"),
        Strategy(max_surge=0, max_unavailable=1),
        Strategy(max_surge="100%", max_unavailable=0),
        Strategy(min_ready_seconds=20),
    ]
)
PICK = st.integers(0, 9)


class Core(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.desired: Desired = wish(spec(0))
        self.pods: dict[PodId, ObservedPod] = {}
        self.starting: dict[PodId, str] = {}
        self.stopping: set[PodId] = set()
        self.records: dict[int, SlotRecord] = {}
        self.reachable = True
        self.created: set[PodId] = set()
        self.ends: dict[int, int] = {}

    # -- what a person does

    @initialize(replicas=st.integers(1, 5), image=IMAGES, strategy=STRATEGIES, port=st.booleans())
    def begin(self, replicas: int, image: str, strategy: Strategy, port: bool) -> None:
        self.wish(replicas, image, strategy, port)

    @rule(replicas=st.integers(0, 6), image=IMAGES, strategy=STRATEGIES, port=st.booleans())
    def wish(self, replicas: int, image: str, strategy: Strategy, port: bool) -> None:
        of = spec(replicas, image=image, strategy=strategy, host_port=8080 if port else None)
        self.desired = wish(of, revision=self.desired.revision + 1)

    # -- what the engine does

    @rule()
    def reconcile(self) -> None:
        if self.reachable:
            self._note()
        observed = self._observed()
        step = plan(self.desired, observed, self.records, self.now)
        assert broken_in_plan(self.desired, observed, self.records, step, self.now) == []
        for action in step.actions:
            self._begin(action)

    def _note(self) -> None:
        """As the controller takes sightings into the records."""
        for one in self.pods.values():
            if one.id in self.starting or one.id in self.stopping:
                continue
            record = self.records.get(one.id.slot, SlotRecord(one.id.slot))
            if one.phase.ended and one.id.attempt > record.recorded:
                how = one.exit or ExitInfo(None, "Unknown")
                record = record.adopted(one.id.attempt, one.template_hash)
                record = record.ended(one.id.attempt, how, ran_seconds=1.0, at=self.now)
                self.ends[one.id.slot] = self.ends.get(one.id.slot, 0) + 1
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
            case Stop(target, _) | Remove(target):
                self.starting.pop(target, None)
                self.stopping.add(target)
            case Release(slot):
                self.records[slot] = self.records[slot].stopped()
            case Forget():
                raise AssertionError("nobody deleted it")

    # -- what the runtime does

    @precondition(lambda self: self.starting)
    @rule(pick=PICK, outcome=st.sampled_from(["runs", "runs", "runs", "refused", "lost", "half"]))
    def finish_start(self, pick: int, outcome: str) -> None:
        """`lost`: it runs but the answer says that it failed. `half`: it was created, not started, and failed."""
        target, template_hash = sorted(self.starting.items())[pick % len(self.starting)]
        del self.starting[target]
        if outcome != "refused":
            self._make(target, template_hash, PodPhase.PENDING if outcome == "half" else PodPhase.RUNNING)
        if outcome != "runs":
            record = self.records[target.slot]
            self.records[target.slot] = record.ended(
                target.attempt, ExitInfo(None, "PortInUse"), ran_seconds=None, at=self.now
            )

    def _make(self, target: PodId, template_hash: str, phase: PodPhase) -> None:
        assert target not in self.created or target in self.pods, f"{target} is used twice"
        self.created.add(target)
        if target not in self.pods or self.pods[target].phase is PodPhase.PENDING:
            made = pod(target.slot, target.attempt, phase=phase, digest=template_hash, started_at=self.now)
            self.pods[target] = replace(made, ready=False)

    @precondition(lambda self: self.stopping)
    @rule(pick=PICK)
    def finish_stop(self, pick: int) -> None:
        target = sorted(self.stopping)[pick % len(self.stopping)]
        self.stopping.discard(target)
        gone = self.pods.pop(target, None)
        record = self.records.get(target.slot, SlotRecord(target.slot))
        if record.attempt <= target.attempt and not (gone and gone.phase.ended):
            self.records[target.slot] = record.adopted(target.attempt, record.template_hash).stopped()

    @precondition(lambda self: self.pods)
    @rule(pick=PICK, how=st.sampled_from(["ready", "ready", "unready", "crash", "vanish"]))
    def happens(self, pick: int, how: str) -> None:
        one = self.pods[sorted(self.pods)[pick % len(self.pods)]]
        if how == "vanish":
            del self.pods[one.id]
            self.created -= self.starting.keys()  # a start on its way makes it anew
        elif one.phase is PodPhase.RUNNING and how == "crash":
            ended = replace(one, phase=PodPhase.FAILED, ready=False, finished_at=self.now, exit=ExitInfo(1, "Error"))
            self.pods[one.id] = ended
        elif one.phase is PodPhase.RUNNING:
            self.pods[one.id] = replace(one, ready=how == "ready")

    @rule(seconds=st.sampled_from([1.0, 10.0, 300.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def silence(self) -> None:
        self.reachable = not self.reachable

    @rule(happened=st.booleans())
    def our_process_is_killed(self, happened: bool) -> None:
        """The records are on disk; what was on its way is not known any more, and happens or not."""
        for target, template_hash in sorted(self.starting.items()) if happened else ():
            self._make(target, template_hash, PodPhase.RUNNING)
        for target in self.stopping if happened else ():
            self.pods.pop(target, None)
        self.starting.clear()
        self.stopping.clear()

    # -- what must hold

    @invariant()
    def records_know_every_attempt(self) -> None:
        for record in self.records.values():
            assert record.recorded <= record.attempt
            assert record.failures >= 0

    def _observed(self) -> Observed:
        return Observed(
            self.reachable, tuple(self.pods.values()), dict(self.starting), frozenset(self.stopping), PRESENT
        )

    def teardown(self) -> None:
        """From here on all goes well, and then the wish comes true and nothing is left to do."""
        self.reachable = True
        for _ in range(80):
            self.reconcile()
            while self.stopping:
                self.finish_stop(0)
            while self.starting:
                self.finish_start(0, "runs")
            for one in list(self.pods.values()):
                if one.phase is PodPhase.RUNNING:
                    self.pods[one.id] = replace(one, ready=True)
            self.now += 30
        assert broken_in_world([self.desired], list(self.pods.values())) == []
        assert plan(self.desired, self._observed(), self.records, self.now) == Plan()


TestCore = Core.TestCase
TestCore.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
