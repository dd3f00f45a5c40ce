"""Seams around chaos: what a runtime can break, and what the tools may ask.

A fault is prepared, stored, injected and cleared, in this order: what undoes it is on disk before anything is broken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from app.core.experiments import Experiment, Injection, Token
from app.core.faults import FaultName
from app.core.gamedays import GameDay
from app.core.spec import AppSpec


class FaultRuntime(Protocol):
    """The part of a runtime that breaks things on purpose, really. Errors as of `app.ports.runtime`."""

    def faults(self) -> Mapping[FaultName, str]:
        """Every fault: empty where it can be done here for real, else one sentence why not."""
        ...

    async def prepare(self, injection: Injection, spec: AppSpec) -> Token:
        """What will be needed to take it back. Breaks nothing. Raises `InvalidInput` or `Permanent` where this very
        fault cannot be done to this very app. `spec` is of the app whose wish it changes, where it changes one."""
        ...

    def spoil(self, injection: Injection, spec: AppSpec, token: Token) -> AppSpec | None:
        """The wish that brings the fault about (whoever calls applies it), None for a fault that is none of the
        wish. Raises `InvalidInput`."""
        ...

    async def inject(self, injection: Injection, token: Token) -> None:
        """Breaks it. A half-done one is cleared like a whole one."""
        ...

    async def clear(self, injection: Injection, token: Token) -> None:
        """Ends what lasts; what it broke stays broken, that is for the engine and healing to mend. Idempotent, also for
        a fault that was never injected, and after a restart of this process. Raises `PortError` when it is to be tried
        again."""
        ...

    async def request(self, url: str) -> bool:
        """One request of a client to an address of an app here: whether it was answered."""
        ...


@runtime_checkable
class Breakable(Protocol):
    """A runtime that has such a part."""

    @property
    def chaos(self) -> FaultRuntime: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person asks for. `seconds` None = what suits the fault; `dependency` the app that is stopped, where the
    fault is about one (found in the configuration where it is not named)."""

    app: str
    fault: FaultName
    replicas: int = 1
    last: bool = False
    seconds: float | None = None
    ready_below: int | None = None
    spare_others: bool = True
    dependency: str = ""
    by: str = ""


class Chaos(Protocol):
    """What the tools may ask."""

    def faults(self, app: str) -> Mapping[FaultName, str]:
        """As `FaultRuntime.faults`, of the app's runtime. Raises `NotFound`."""
        ...

    def plan(self, plan: Plan) -> Experiment:
        """What would be done, doing nothing. Raises `NotFound`, `InvalidInput`, `Conflict` when it would be
        refused."""
        ...

    async def begin(self, plan: Plan) -> Experiment:
        """Checks the steady state and breaks it; returns once the fault is in. Raises as `plan`, and `PortError`."""
        ...

    async def stop(self, app: str | None = None) -> Sequence[Experiment]:
        """Ends the experiments that run (those of one app), game days too; returns once their faults are gone, or their
        cleaning goes on."""
        ...

    async def wait(self, experiment_id: str, *, seconds: float) -> Experiment:
        """As it stands once it is over, or after so long. Raises `NotFound`."""
        ...

    def running(self, app: str | None = None) -> Sequence[Experiment]: ...

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Experiment]:
        """Those that are over, newest first."""
        ...

    async def find(self, experiment_id: str) -> Experiment:
        """Raises `NotFound`."""
        ...

    async def begin_game_day(self, app: str, faults: Sequence[FaultName] = (), *, last: bool, by: str = "") -> GameDay:
        """A series of faults, one after the other, in the background; by default those that suit the app. Raises as
        `plan`."""
        ...

    async def game_days(self, app: str | None = None, *, limit: int = 10) -> Sequence[GameDay]:
        """Newest first, one that goes on included."""
        ...
