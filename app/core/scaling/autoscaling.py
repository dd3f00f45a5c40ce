"""How many replicas an app should have by what they use: Kubernetes' HPA v2 algorithm. Pure.

The sums of `pkg/controller/podautoscaler` (`replica_calculator.go`, `horizontal.go`): ratio with a tolerance of 0.1,
careful with replicas that are not ready or give no sample, the highest of several targets, stabilisation windows and
policies, never beyond the limits. Rounding is theirs too: utilisation is cut to whole percents before it is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from app.core.spec import Autoscaling

TOLERANCE = 0.1
CPU_INITIALIZATION_SECONDS = 300.0
"""After its start a replica's CPU counts only while it is ready, and from one full sample after it became so."""
INITIAL_READINESS_SECONDS = 30.0
"""A replica that became unready within this after its start is taken for one that never was ready."""
WINDOW_SECONDS = 15.0
"""What one CPU sample is the mean of."""


@dataclass(frozen=True, slots=True)
class ReplicaUsage:
    """One replica as the autoscaler sees it. Times are epoch seconds; None = it does not run, or gives no sample.

    CPU in millicores, memory in bytes; a request is None where a container has none. `ignored` = it has failed or is
    being stopped."""

    name: str
    started_at: float | None
    ready: bool = True
    changed_at: float = 0.0
    """When it became ready or unready last, its start where it never did."""
    ignored: bool = False
    sampled_at: float | None = None
    cpu: int = 0
    memory: int = 0
    cpu_request: int | None = None
    memory_request: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One target: the mean use of a resource, as percent of its request or as an amount."""

    resource: str
    """`cpu` or `memory`."""
    value: int
    percent: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one target asks for: a count, or (None) why it is not known. `missing_request`: it never will be."""

    target: Target
    replicas: int | None
    reason: str = ""
    missing_request: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What all targets come to, before windows and policies. None = nothing is known: stay as it is.

    `why` says what for; `failure` names the first target without an answer."""

    replicas: int | None
    why: str = ""
    failure: Proposal | None = None


def targets(scaling: Autoscaling) -> tuple[Target, ...]:
    every = (
        (scaling.target_cpu_percent, "cpu", True),
        (scaling.target_memory_percent, "memory", True),
        (scaling.target_cpu_millicores, "cpu", False),
        (scaling.target_memory_bytes, "memory", False),
    )
    return tuple(Target(resource, value, percent) for value, resource, percent in every if value is not None)


def advise(scaling: Autoscaling, current: int, pods: Sequence[ReplicaUsage], now: float) -> Advice:
    """The highest count any target asks for. Where a target has no answer, nothing is scaled down."""
    if current > scaling.max_replicas:
        return Advice(scaling.max_replicas, "Current number of replicas above Spec.MaxReplicas")
    if current < scaling.min_replicas:
        return Advice(scaling.min_replicas, "Current number of replicas below Spec.MinReplicas")
    proposals = [propose(target, current, pods, now) for target in targets(scaling)]
    failure = next((one for one in proposals if one.replicas is None), None)
    known = [(one.replicas, one.target) for one in proposals if one.replicas is not None]
    if not known:
        return Advice(None, failure=failure)
    count, target = max(known, key=lambda one: one[0])
    if failure is not None and count < current:
        return Advice(None, failure=failure)
    if count > current:
        return Advice(count, f"{target.resource} above target", failure)
    return Advice(count, "All metrics below target" if count < current else "", failure)


# -- one target


def propose(target: Target, current: int, pods: Sequence[ReplicaUsage], now: float) -> Proposal:
    """The count this target asks for."""
    counted = [pod for pod in pods if not pod.ignored]
    if not counted:
        return Proposal(target, None, "no replica runs yet")
    unready: list[ReplicaUsage] = []
    missing: list[ReplicaUsage] = []
    measured: list[ReplicaUsage] = []
    for pod in counted:
        if _is_unready(pod, target, now):
            unready.append(pod)
        elif pod.sampled_at is None:
            missing.append(pod)
        else:
            measured.append(pod)
    if target.percent and (bare := _without_request(counted, target)):
        reason = f"the {target.resource} target is a share of the request, and {bare} has no {target.resource} request"
        return Proposal(target, None, reason, missing_request=True)
    if not measured:
        return Proposal(target, None, f"no {target.resource} sample of a ready replica yet")
    return Proposal(target, _count(target, current, measured, unready, missing))


def _is_unready(pod: ReplicaUsage, target: Target, now: float) -> bool:
    """As `groupPods`: one that does not run yet, and for CPU one that still comes up or never was ready."""
    if pod.started_at is None:
        return True
    if target.resource != "cpu" or pod.sampled_at is None:
        return False
    if pod.started_at + CPU_INITIALIZATION_SECONDS > now:
        return not pod.ready or pod.sampled_at < pod.changed_at + WINDOW_SECONDS
    return not pod.ready and pod.started_at + INITIAL_READINESS_SECONDS > pod.changed_at


def _without_request(pods: Sequence[ReplicaUsage], target: Target) -> str:
    return next((pod.name for pod in pods if _request(pod, target) is None), "")


def _request(pod: ReplicaUsage, target: Target) -> int | None:
    return pod.cpu_request if target.resource == "cpu" else pod.memory_request


def _count(
    target: Target,
    current: int,
    measured: Sequence[ReplicaUsage],
    unready: Sequence[ReplicaUsage],
    missing: Sequence[ReplicaUsage],
) -> int:
    used = {pod: pod.cpu if target.resource == "cpu" else pod.memory for pod in measured}
    ratio = _ratio(target, used)
    with_unready = bool(unready) and ratio > 1.0
    if not with_unready and not missing:
        return current if _tolerable(ratio) else ceil(ratio * len(measured))
    # Careful: what is not known is taken to speak against the change.
    if missing and ratio < 1.0:
        used |= {pod: _full(target, pod) for pod in missing}
    elif missing and ratio > 1.0:
        used |= dict.fromkeys(missing, 0)
    if with_unready:
        used |= dict.fromkeys(unready, 0)
    careful = _ratio(target, used)
    if _tolerable(careful) or (ratio < 1.0 < careful) or (careful < 1.0 < ratio):
        return current
    count = ceil(careful * len(used))
    turned = (careful < 1.0 and count > current) or (careful > 1.0 and count < current)
    return current if turned else count


def _full(target: Target, pod: ReplicaUsage) -> int:
    """What a replica without a sample is taken to use where scaling down is at stake."""
    if not target.percent:
        return target.value
    return (_request(pod, target) or 0) * max(100, target.value) // 100


def _ratio(target: Target, used: Mapping[ReplicaUsage, int]) -> float:
    total = sum(used.values())
    if not target.percent:
        return (total // len(used)) / target.value
    requested = sum(_request(pod, target) or 0 for pod in used)
    return (total * 100 // requested) / target.value if requested else 0.0


def _tolerable(ratio: float) -> bool:
    return 1.0 - TOLERANCE <= ratio <= 1.0 + TOLERANCE
