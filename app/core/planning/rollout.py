"""The sums of a rolling update: how many replicas may exist, how many must be available, and until when it must move.

Source: Kubernetes' deployment controller (`ResolveFenceposts`): surge rounds up, unavailable rounds down, and both
cannot be zero; `DeploymentComplete` and `DeploymentTimedOut` for the progress deadline, which counts until a revision
was there in full once. A template with a host port never surges: two replicas cannot hold the port at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Protocol

from app.core.planning.slots import SlotTable
from app.core.spec import AppSpec, Desired


@dataclass(frozen=True, slots=True)
class Limits:
    """`most` replicas may exist at once, `least` must be available."""

    most: int
    least: int


def limits(spec: AppSpec) -> Limits:
    """Bounds for `spec.replicas` under its strategy."""
    want = spec.replicas
    if spec.strategy.type == "Recreate":
        return Limits(most=want, least=0)
    surge = _share(spec.strategy.max_surge, want, up=True)
    unavailable = min(_share(spec.strategy.max_unavailable, want, up=False), want)
    if any(port.host_port for container in spec.template.containers for port in container.ports):
        surge = 0
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(most=want + surge, least=max(want - unavailable, 0))


def _share(value: int | str, of: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = Fraction(value.rstrip("%")) * of / 100
    return ceil(exact) if up else floor(exact)


def rolled_out(desired: Desired, table: SlotTable) -> bool:
    """Every replica wished for is there, of the newest template and available, and no other."""
    digest = desired.template_hash
    return (
        len(table.members) == desired.spec.replicas
        and not table.duplicates
        and all(member.ready and member.current and member.template_hash == digest for member in table.members)
    )


class Progressing(Protocol):
    """What is seen of an app, as far as its deadline goes."""

    @property
    def progressed_at(self) -> float: ...


def deadline_at(desired: Desired, observed: Progressing) -> float | None:
    """When the rollout must have come further (epoch seconds); None where none is on its way that could be late."""
    spec = desired.spec
    if spec.paused or spec.kind == "ReplicaSet" or spec.job is not None or desired.deleting:
        return None
    if not desired.revised_at or desired.rolled_out_at:
        return None
    return max(desired.revised_at, observed.progressed_at) + spec.strategy.progress_deadline_seconds


def overdue(desired: Desired, observed: Progressing, now: float) -> str:
    """That the rollout is late, in words; empty while it is not."""
    at = deadline_at(desired, observed)
    if at is None or now < at:
        return ""
    seconds = desired.spec.strategy.progress_deadline_seconds
    return f"revision {desired.revision} made no progress for {seconds} s"
