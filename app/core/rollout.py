"""The sums of a rolling update: how many replicas may exist and how many must be available.

Source: Kubernetes' deployment controller (`ResolveFenceposts`): surge rounds up, unavailable rounds down, and both
cannot be zero. A template with a host port never surges: two replicas cannot hold the port at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from app.core.spec import AppSpec


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
    if any(port.host_port for port in spec.container.ports):
        surge = 0
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(most=want + surge, least=max(want - unavailable, 0))


def _share(value: int | str, of: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    exact = Fraction(value.rstrip("%")) * of / 100
    return ceil(exact) if up else floor(exact)
