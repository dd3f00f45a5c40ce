"""One pretended attempt as a value: its containers, how it goes on when one ends, and what is shown of it. Pure.

Only these facts are kept; the phase, the `exit` and the rest of `ObservedPod` follow from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from app.core.pods import (
    Drift,
    ExitInfo,
    ObservedContainer,
    ObservedPod,
    PodId,
    PodPhase,
    PublishedPort,
)
from app.core.template import Probe
from app.runtimes.simulator.script import Script

KILLED = ExitInfo(137, "Killed")
PAUSED, NETWORK = "state", "network"
"""Drift that is felt: a paused process answers nothing, a pod off its network has no address."""


@dataclass(frozen=True, slots=True)
class SimContainer:
    """One container: what it is asked to be, and how far it got. Times are epoch seconds."""

    name: str
    image: str
    family: str
    texture: str
    """Seed text of its output and usage."""
    script: Script
    init: bool = False
    cpu_limit: int | None = None
    memory_limit: int | None = None
    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None
    started_at: float | None = None
    finished_at: float | None = None
    exit: ExitInfo | None = None
    ends_at: float | None = None
    """When it will end by itself, while it runs."""
    exit_code: int = 0
    """With which code, then."""
    last_words: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        return self.started_at is not None and self.exit is None

    @property
    def starved(self) -> bool:
        """Its limit is less than it needs."""
        return bool(self.memory_limit and self.script.needs_memory and self.memory_limit < self.script.needs_memory)

    @property
    def leaks(self) -> bool:
        """It grows until it meets its limit."""
        return bool(self.memory_limit and self.script.leaks)

    @property
    def seen(self) -> ObservedContainer:
        return ObservedContainer(
            self.name, self.image, self.init, self.running, self.started_at, self.finished_at, self.exit
        )


@dataclass(frozen=True, slots=True)
class SimPod:
    """One attempt. `containers` in the order they start: the init containers, then the others, the main one first."""

    id: PodId
    template_hash: str
    runtime_id: str
    created_at: float
    containers: tuple[SimContainer, ...]
    restart_policy: Literal["Always", "OnFailure", "Never"] = "Always"
    claims: tuple[str, ...] = ()
    ports: tuple[PublishedPort, ...] = ()
    address: str = ""
    drift: tuple[Drift, ...] = ()
    exit: ExitInfo | None = None
    """Set once the attempt is over."""

    @property
    def inits(self) -> tuple[SimContainer, ...]:
        return tuple(one for one in self.containers if one.init)

    @property
    def members(self) -> tuple[SimContainer, ...]:
        """The containers that make up the running pod."""
        return tuple(one for one in self.containers if not one.init)

    @property
    def main(self) -> SimContainer:
        return next(one for one in self.containers if not one.init)

    @property
    def phase(self) -> PodPhase:
        if self.exit is not None:
            return PodPhase.FAILED if self.exit.code != 0 else PodPhase.SUCCEEDED
        return PodPhase.RUNNING if self.main.started_at is not None else PodPhase.PENDING

    @property
    def running(self) -> bool:
        return self.exit is None and self.main.started_at is not None

    @property
    def working(self) -> SimContainer | None:
        """The init container that runs now."""
        return next((one for one in self.containers if one.init and one.running), None)

    @property
    def next_steps(self) -> tuple[SimContainer, ...]:
        """What a start begins now: the next init container, or all the others."""
        waiting = next((one for one in self.containers if one.init and one.started_at is None), None)
        return self.members if waiting is None else (waiting,)

    @property
    def due(self) -> SimContainer | None:
        """The container that ends by itself next."""
        ends = [one for one in self.containers if one.running and one.ends_at is not None]
        return min(ends, key=lambda one: one.ends_at or 0.0, default=None)

    def container(self, name: str | None) -> SimContainer | None:
        """By name; without one the main container."""
        return self.main if name is None else next((one for one in self.containers if one.name == name), None)

    def drifted(self, field: str) -> bool:
        return any(one.field == field or one.field.startswith(f"{field} of container ") for one in self.drift)

    def without_drift(self, field: str) -> SimPod:
        left = (one for one in self.drift if one.field != field and not one.field.startswith(f"{field} of container "))
        return replace(self, drift=tuple(left))

    def each(self, change: Callable[[SimContainer], SimContainer]) -> SimPod:
        return replace(self, containers=tuple(change(one) for one in self.containers))

    def label(self, container: SimContainer) -> str:
        """Whose a line is: the pod's where nothing else could have printed it."""
        return self.id.name if len(self.containers) == 1 else f"{self.id.name}/{container.name}"

    @property
    def seen(self) -> ObservedPod:
        main, ended = self.main, self.exit is not None
        ends = [one.finished_at for one in self.containers if one.finished_at is not None]
        begins = [one.started_at for one in self.inits if one.started_at is not None] if ended else []
        return ObservedPod(
            id=self.id,
            template_hash=self.template_hash,
            phase=self.phase,
            ready=self.running and not self.drifted(PAUSED),
            image=main.image,
            runtime_id=self.runtime_id,
            created_at=self.created_at,
            started_at=main.started_at or max(begins, default=None),
            finished_at=max(ends, default=None) if ended else None,
            exit=self.exit,
            ports=self.ports,
            initializing=self._initializing(),
            containers=tuple(one.seen for one in self.containers),
            address="" if self.drifted(NETWORK) else self.address,
            drift=self.drift,
        )

    def _initializing(self) -> str:
        working = self.working
        if working is None:
            return ""
        inits = self.inits
        return f"{working.name} ({inits.index(working) + 1} of {len(inits)})"


def over(pod: SimPod, name: str, how: ExitInfo, at: float, words: tuple[str, ...] = ()) -> SimPod:
    """The pod after one of its containers ended: it goes on, or all of it is over.

    An init container that fails ends the attempt. Of the others under `Always` any end does; else a failure does, or
    the last success."""
    pod = pod.each(lambda one: _ended(one, how, at, words) if one.name == name else one)
    ended = next(one for one in pod.containers if one.name == name)
    if ended.init:
        why = ExitInfo(how.code, f"Init:{how.reason}", how.message, how.oom_killed)
        return pod if how.code == 0 else closed(pod, why, at)
    rest = any(one.running for one in pod.members)
    return pod if rest and how.code == 0 and pod.restart_policy != "Always" else closed(pod, how, at)


def closed(pod: SimPod, why: ExitInfo, at: float, rest: ExitInfo = KILLED) -> SimPod:
    """The attempt is over; what still ran ended with it, as `rest` says."""
    pod = pod.each(lambda one: _ended(one, rest, at, ()) if one.running else one)
    return replace(pod, exit=why, ports=(), address="", drift=())


def _ended(container: SimContainer, how: ExitInfo, at: float, words: tuple[str, ...]) -> SimContainer:
    return replace(container, finished_at=at, exit=how, ends_at=None, last_words=words)
