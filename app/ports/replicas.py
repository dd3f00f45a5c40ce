"""Where containers run by somebody else's manager: it keeps the count, we write the wish, watch, probe and price it.

Errors as of `app.ports.runtime`. Every verb is idempotent and keyed by `SetId`: a set that is there already, is
stopped already or gone already is success. A create whose reply was lost is found again, never made twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from app.core.pods import PodId
from app.core.replicasets import Fit, ObservedSet, SetId, SetRequest
from app.core.spec import AppSpec
from app.core.spending import Balance, Markets
from app.ports.runtime import Runtime


@runtime_checkable
class ReplicaRuntime(Runtime, Protocol):
    """A runtime of the second shape (Nosana)."""

    async def list_sets(self) -> Sequence[ObservedSet]:
        """All of ours with their pods, ended ones too. `Runtime.list_pods` shows the same pods."""
        ...

    def fit(self, spec: AppSpec) -> Fit:
        """What of it cannot be done here. Needs no connection."""
        ...

    async def create_set(self, request: SetRequest) -> ObservedSet:
        """Makes and starts it. One of this id that is there is started if need be and returned as it is. `Permanent`:
        InvalidConfig, NoSuchMarket, InsufficientFunds."""
        ...

    async def scale_set(self, one: SetId, replicas: int) -> None: ...

    async def revise_set(self, one: SetId, request: SetRequest) -> ObservedSet:
        """Gives the set another template: all its replicas are stopped, then new ones started. `Permanent`
        (NotRevisable) where the manager cannot: make another set instead."""
        ...

    async def extend_set(self, one: SetId, timeout_minutes: int) -> None:
        """Lengthens or shortens what is rented from now on."""
        ...

    async def start_set(self, one: SetId) -> None:
        """Starts a stopped one again, as it was."""
        ...

    async def stop_set(self, one: SetId) -> None:
        """Begins to stop it; its replicas go, its settings stay. Returns before it is over."""
        ...

    async def remove_set(self, one: SetId) -> None:
        """Removes it for good, stopping it first. `Transient` (StillStopping) while its replicas are on their way
        out."""
        ...

    async def replace_pod(self, pod: PodId) -> None:
        """Ends one replica; the manager puts another in its place."""
        ...

    async def markets(self) -> Markets:
        """The price list now; a labelled built-in one when nobody answers."""
        ...

    async def balance(self) -> Balance:
        """Raises `Unreachable`, or `Permanent` (Unauthorized) when the key is not accepted."""
        ...
