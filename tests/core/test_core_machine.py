"""The pure core as state machines that shrink: an app that runs for ever, and a Job, see `tests.core.toy`."""

from __future__ import annotations

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.core.spec import JobSpec, Strategy
from tests.core.toy import HAPPENINGS, IMAGES, OUTCOMES, STRATEGIES, WAYS, Toy

PICK = st.integers(0, 9)
JOBS = st.builds(
    JobSpec,
    completions=st.sampled_from([None, 0, 1, 2, 4]),
    backoff_limit=st.sampled_from([None, None, 0, 3, 6]),
    active_deadline_seconds=st.sampled_from([None, None, 100, 400]),
    indexed=st.booleans(),
)
SOAK = int(os.environ.get("KUBELITE_SOAK") or 0)
EXAMPLES = 30_000 if SOAK else 1_000


class Core(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.toy = Toy()

    @initialize(
        replicas=st.integers(1, 5),
        image=st.sampled_from(IMAGES),
        strategy=st.sampled_from(STRATEGIES),
        port=st.booleans(),
    )
    def begin(self, replicas: int, image: str, strategy: Strategy, port: bool) -> None:
        self.toy.wish(replicas, image, strategy, port)

    @rule(
        replicas=st.integers(0, 6),
        image=st.sampled_from(IMAGES),
        strategy=st.sampled_from(STRATEGIES),
        port=st.booleans(),
        way=st.sampled_from(WAYS),
    )
    def wish(self, replicas: int, image: str, strategy: Strategy, port: bool, way: str) -> None:
        self.toy.wish(replicas, image, strategy, port, way)

    @rule()
    def reconcile(self) -> None:
        self.toy.reconcile()

    @precondition(lambda self: self.toy.starting)
    @rule(pick=PICK, outcome=st.sampled_from(OUTCOMES))
    def finish_start(self, pick: int, outcome: str) -> None:
        self.toy.finish_start(pick, outcome)

    @precondition(lambda self: self.toy.stopping)
    @rule(pick=PICK)
    def finish_stop(self, pick: int) -> None:
        self.toy.finish_stop(pick)

    @precondition(lambda self: self.toy.pods)
    @rule(pick=PICK, how=st.sampled_from(HAPPENINGS))
    def happens(self, pick: int, how: str) -> None:
        self.toy.happens(pick, how)

    @rule(seconds=st.sampled_from([1.0, 10.0, 300.0]))
    def time_passes(self, seconds: float) -> None:
        self.toy.now += seconds

    @rule(cores=st.sampled_from([None, 0, 2, 5]))
    def host_changes(self, cores: int | None) -> None:
        self.toy.cores = cores

    @rule(blocked=st.sampled_from(["", "CreateContainerConfigError: ConfigMap default/web is missing"]))
    def configuration_changes(self, blocked: str) -> None:
        self.toy.blocked = blocked

    @rule()
    def silence(self) -> None:
        self.toy.reachable = not self.toy.reachable

    @rule(happened=st.booleans())
    def our_process_is_killed(self, happened: bool) -> None:
        self.toy.our_process_is_killed(happened)

    @invariant()
    def all_is_sound(self) -> None:
        self.toy.check()

    def teardown(self) -> None:
        self.toy.end()


class JobCore(Core):
    """The same, with a Job: a wish may change its parallelism or suspend it, and a new template is a new run."""

    @initialize(replicas=st.integers(1, 4), image=st.sampled_from(IMAGES), job=JOBS)
    def begin_job(self, replicas: int, image: str, job: JobSpec) -> None:
        self.toy = Toy(job)
        self.toy.wish(replicas, image, Strategy(), port=False)


TestCore = Core.TestCase
TestCore.settings = settings(max_examples=EXAMPLES * 6 // 10, stateful_step_count=30, deadline=None)
TestJobCore = JobCore.TestCase
TestJobCore.settings = settings(max_examples=EXAMPLES * 4 // 10, stateful_step_count=30, deadline=None)
