"""The HPA algorithm. The table holds the cases of Kubernetes' own replica calculator tests as facts: what was used and
requested, which replicas were ready, and the count that came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.scaling.autoscaling import Advice, ReplicaUsage, Target, advise, propose
from app.core.spec import Autoscaling

NOW = 1_700_000_000.0
OLD = NOW - 3600
T, F = True, False
CPU = Target("cpu", 30, percent=True)


def replica(
    slot: int,
    used: int | None,
    *,
    request: int | None = 1000,
    ready: bool = True,
    hot: bool = False,
    started_at: float | None = OLD,
    ignored: bool = False,
) -> ReplicaUsage:
    """`hot` = it started ten seconds ago, so its CPU is that of a start. One that is not ready never was."""
    started = NOW - 10 if hot else started_at
    return ReplicaUsage(
        name=f"web-{slot}",
        started_at=started,
        ready=ready,
        changed_at=started or NOW,
        ignored=ignored,
        sampled_at=None if used is None else NOW,
        cpu=used or 0,
        memory=used or 0,
        cpu_request=request,
        memory_request=request,
    )


def replicas(used: Sequence[int | None], ready: Sequence[bool] = (), hot: Sequence[bool] = ()) -> list[ReplicaUsage]:
    ready, hot = list(ready) or [T] * len(used), list(hot) or [F] * len(used)
    return [replica(slot, one, ready=ready[slot], hot=hot[slot]) for slot, one in enumerate(used)]


@pytest.mark.parametrize(
    ("target", "current", "pods", "expected"),
    [
        pytest.param(30, 3, replicas([300, 500, 700]), 5, id="ScaleUp"),
        pytest.param(30, 3, replicas([300, 500, 700], [F, T, T]), 4, id="ScaleUpUnreadyLessScale"),
        pytest.param(30, 3, replicas([300, 500, 700], hot=[T, F, F]), 4, id="ScaleUpHotCpuLessScale"),
        pytest.param(30, 3, replicas([400, 500, 700], [T, F, F]), 3, id="ScaleUpUnreadyNoScale"),
        pytest.param(30, 3, replicas([400, 500, 700], hot=[F, T, T]), 3, id="ScaleHotCpuNoScale"),
        pytest.param(
            30,
            2,
            [*replicas([500, 700]), replica(2, None, ready=F, ignored=T), replica(3, 900, ready=F, ignored=T)],
            4,
            id="ScaleUpIgnoresFailedAndDeletedPods",
        ),
        pytest.param(50, 5, replicas([100, 300, 500, 250, 250]), 3, id="ScaleDown"),
        pytest.param(50, 5, replicas([100, 300, 500, 250, 250], [T, T, T, F, F]), 2, id="ScaleDownIgnoresUnreadyPods"),
        pytest.param(50, 5, replicas([100, 300, 500, 250, 250], hot=[F, F, F, T, T]), 2, id="ScaleDownIgnoresHotCpu"),
        pytest.param(
            100,
            3,
            [replica(0, 1010, request=900), replica(1, 1030, request=1000), replica(2, 1020, request=1100)],
            3,
            id="Tolerance",
        ),
        pytest.param(100, 4, replicas([4000, 9500, 3000, 7000]), 24, id="SuperfluousMetrics"),
        pytest.param(100, 4, replicas([400, 95, None, None]), 3, id="MissingMetrics"),
        pytest.param(100, 2, replicas([1000, None]), 2, id="MissingMetricsNoChangeEq"),
        pytest.param(100, 2, replicas([1900, None]), 2, id="MissingMetricsNoChangeGt"),
        pytest.param(100, 2, replicas([600, None]), 2, id="MissingMetricsNoChangeLt"),
        pytest.param(50, 3, replicas([100, 450, None], [F, T, T]), 3, id="MissingMetricsUnreadyNoChange"),
        pytest.param(50, 3, replicas([100, 450, None], hot=[T, F, F]), 3, id="MissingMetricsHotCpuNoChange"),
        pytest.param(50, 3, replicas([100, 2000, None], [F, T, T]), 4, id="MissingMetricsUnreadyScaleUp"),
        pytest.param(50, 3, replicas([100, 2000, None], hot=[T, F, F]), 4, id="MissingMetricsHotCpuScaleUp"),
        pytest.param(50, 4, replicas([100, 100, 100, None], [F, T, T, T]), 3, id="MissingMetricsUnreadyScaleDown"),
        pytest.param(300, 4, replicas([400, 95, None, None]), 3, id="MissingMetricsTargetAbove100"),
    ],
)
def test_the_cases_of_kubernetes(target: int, current: int, pods: list[ReplicaUsage], expected: int) -> None:
    assert propose(Target("cpu", target, percent=True), current, pods, NOW).replicas == expected


@pytest.mark.parametrize(
    ("target", "current", "used", "ready", "expected"),
    [
        pytest.param(15000, 3, [20000, 10000, 30000], [], 4, id="ScaleUp"),
        pytest.param(15000, 3, [50000, 10000, 30000], [F, T, T], 3, id="ScaleUpUnreadyNoScale"),
        pytest.param(20000, 5, [12000] * 5, [], 3, id="ScaleDown"),
        pytest.param(20000, 3, [20000, 21000, 21000], [], 3, id="Tolerance"),
        pytest.param(15000, 3, [50000, None, 10000], [], 4, id="MissingScaleUp"),
        pytest.param(20000, 4, [5000, 5000, None, None], [], 3, id="MissingScaleDown"),
    ],
)
def test_amounts_instead_of_shares(
    target: int, current: int, used: list[int | None], ready: list[bool], expected: int
) -> None:
    pods = [replace(one, cpu_request=None) for one in replicas(used, ready)]
    assert propose(Target("cpu", target, percent=False), current, pods, NOW).replicas == expected


class TestWhatIsNotKnown:
    def test_no_replica(self) -> None:
        assert propose(CPU, 3, [], NOW).reason == "no replica runs yet"
        assert propose(CPU, 3, [replica(0, 5, ignored=True)], NOW).replicas is None

    def test_no_sample(self) -> None:
        found = propose(CPU, 2, replicas([None, None]), NOW)
        assert found.replicas is None
        assert found.reason == "no cpu sample of a ready replica yet"

    def test_a_missing_request_is_named(self) -> None:
        pods = [*replicas([500, 500]), replica(2, 500, request=None)]
        found = propose(CPU, 3, pods, NOW)
        assert found.replicas is None
        assert found.missing_request
        assert found.reason == "the cpu target is a share of the request, and web-2 has no cpu request"

    def test_nothing_is_advised_then(self) -> None:
        advice = advise(Autoscaling(enabled=True), 3, replicas([None] * 3), NOW)
        assert advice.replicas is None
        assert advice.failure is not None


class TestComingUp:
    """The first five minutes of a replica, by CPU only."""

    def test_cpu_counts_from_one_sample_after_it_became_ready(self) -> None:
        young = replica(1, 900, started_at=NOW - 60)
        just = replace(young, changed_at=NOW - 14)
        since = replace(young, changed_at=NOW - 15)
        old = replica(0, 900)
        assert propose(CPU, 2, [old, just], NOW).replicas == 3
        assert propose(CPU, 2, [old, since], NOW).replicas == 6

    def test_memory_counts_at_once(self) -> None:
        memory = Target("memory", 30, percent=True)
        assert propose(memory, 2, [replica(0, 900), replica(1, 900, hot=True)], NOW).replicas == 6

    def test_one_that_was_ready_once_still_counts_when_it_is_not(self) -> None:
        fell = replace(replica(1, 900), ready=False, changed_at=NOW - 30)
        assert propose(CPU, 2, [replica(0, 900), fell], NOW).replicas == 6

    def test_one_that_does_not_run_yet_uses_nothing(self) -> None:
        assert propose(CPU, 2, [replica(0, 900), replica(1, None, started_at=None)], NOW).replicas == 3


class TestSeveralTargets:
    BOTH = Autoscaling(enabled=True, max_replicas=20, target_cpu_percent=50, target_memory_percent=50)

    def pods(self, cpu: int, memory: int) -> list[ReplicaUsage]:
        return [replace(one, cpu=cpu, memory=memory) for one in replicas([1, 1, 1])]

    def test_the_highest_count_wins(self) -> None:
        assert advise(self.BOTH, 3, self.pods(600, 900), NOW) == Advice(6, "memory above target")
        assert advise(self.BOTH, 3, self.pods(900, 100), NOW) == Advice(6, "cpu above target")
        assert advise(self.BOTH, 3, self.pods(100, 300), NOW) == Advice(2, "All metrics below target")
        assert advise(self.BOTH, 3, self.pods(500, 100), NOW) == Advice(3, "")

    def test_with_one_unknown_it_may_grow_but_not_shrink(self) -> None:
        bare = [replace(one, memory_request=None) for one in self.pods(900, 0)]
        grown = advise(self.BOTH, 3, bare, NOW)
        assert grown.replicas == 6
        assert grown.failure is not None
        idle = [replace(one, memory_request=None) for one in self.pods(10, 0)]
        assert advise(self.BOTH, 3, idle, NOW).replicas is None


class TestLimits:
    def test_a_count_outside_the_limits_goes_back_at_once(self) -> None:
        scaling = Autoscaling(enabled=True, min_replicas=2, max_replicas=5)
        assert advise(scaling, 9, [], NOW) == Advice(5, "Current number of replicas above Spec.MaxReplicas")
        assert advise(scaling, 1, [], NOW) == Advice(2, "Current number of replicas below Spec.MinReplicas")


@given(
    current=st.integers(1, 30),
    target=st.integers(1, 200),
    used=st.lists(st.one_of(st.none(), st.integers(0, 5000)), min_size=1, max_size=30),
    ready=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_what_is_not_known_never_drives_a_change_further(
    current: int, target: int, used: list[int | None], ready: list[bool]
) -> None:
    """The careful count lies between staying and what the measured replicas alone would ask for."""
    pods = replicas(used, ready[: len(used)])
    found = propose(Target("cpu", target, percent=True), current, pods, NOW).replicas
    known = [one for one in pods if one.ready and one.sampled_at is not None]
    if found is None:
        assert not known
    elif len(known) == len(pods) == current:
        ratio = (sum(one.cpu for one in known) * 100 // (1000 * len(known))) / target
        assert found == current or abs(1 - ratio) > 0.1
        assert (found >= current) == (ratio >= 1) or found == current
    assert found is None or found >= 0
