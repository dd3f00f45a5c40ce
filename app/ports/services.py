"""Where Services live: one balancer each, with a stable address. The engine says which replicas stand behind it.

A balancer is idempotent like a pod: asked for by name, found again after a crash, never made twice. Errors: `Transient`
(with `Unreachable`) and `Permanent` of `app.core.errors`, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.objects import ObjectKey
from app.core.services import BalancerRequest, ObservedBalancer


class ServiceRuntime(Protocol):
    """The part of a runtime that gives Services their address."""

    async def list_balancers(self) -> Sequence[ObservedBalancer]:
        """Every balancer of ours, also one that does not run."""
        ...

    async def ensure_balancer(self, request: BalancerRequest) -> ObservedBalancer:
        """Makes the balancer be there, run and send to exactly the request's endpoints; nothing is done where it does
        so already. When this returns, no new connection goes to a replica that is not in the request, and connections
        that were open go on. `Permanent`: reason ImageNotPresent (then pull), PortInUse, InvalidConfig."""
        ...

    async def remove_balancer(self, service: ObjectKey) -> None:
        """Ends it. No error when it is gone already."""
        ...
