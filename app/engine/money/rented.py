"""Of a site of rented replicas, what money needs to see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from app.core.replicasets import ObservedSet
from app.core.spending import Charge
from app.ports.replicas import ReplicaRuntime


class Sets(Protocol):
    def all(self) -> Sequence[ObservedSet]: ...

    def charges(self) -> Sequence[Charge]:
        """What every replica that was listed costs or cost."""
        ...


class Seen(Protocol):
    @property
    def reachable(self) -> bool: ...

    @property
    def seen_at(self) -> float | None:
        """When the last full list was taken; None = never."""
        ...


class RentedSite(Protocol):
    """A replica runtime and what it showed last."""

    @property
    def runtime(self) -> ReplicaRuntime: ...

    @property
    def sets(self) -> Sets: ...

    @property
    def cache(self) -> Seen: ...


Sites = Callable[[], Mapping[str, RentedSite]]
"""By name of the runtime; those that cost money, all of them."""
