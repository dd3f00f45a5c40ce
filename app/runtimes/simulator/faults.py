"""The faults the simulator can be given, as data. One-off faults hit what runs now; lasting ones stay until cleared.

`drift` and `load` are levers more than faults: what a hand on the host, or its users, do to an app.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import InvalidInput
from app.core.objects import ObjectKey
from app.core.pods import Drift, PodId
from app.core.spec import AppKey


class Fault(StrEnum):
    """Names as given to `Simulator.inject`. Where a fault is about one container it is the pod's main one, or the one
    named `container`."""

    CONTAINER_CRASH = "container_crash"
    """Once: the process ends by itself with exit code 1 (or `exit_code`), after printing `message`."""
    KILL = "kill"
    """Once: SIGKILL from outside, exit code 137."""
    OOM = "oom"
    """Once: the kernel kills the process for its memory, OOMKilled with exit code 137."""
    STOP = "stop"
    """Once: somebody stops the container by hand, exit code 143."""
    CRASH_LOOP = "crash_loop"
    """Lasting: the app's containers end with exit code 1 (or `exit_code`), `seconds` (2) after each start."""
    START_ERROR = "start_error"
    """Lasting: starting fails with ContainerCannotRun; the runtime's words are `message`."""
    SLOW_START = "slow_start"
    """Lasting: each start takes `seconds` (30) instead of a fraction of one."""
    IMAGE_PULL_ERROR = "image_pull_error"
    """Lasting: pulls of `image`, or all pulls, fail with ErrImagePull; images already here stay usable."""
    RUNTIME_DOWN = "runtime_down"
    """Lasting: every call fails as unreachable and every watch ends. What runs keeps running."""
    UNHEALTHY = "unhealthy"
    """Lasting: the process hangs, so every probe of it fails from `seconds` (0) after its start on; liveness ends it.
    `message` is what the probe sees."""
    NOT_READY = "not_ready"
    """Lasting: readiness probes fail, `message` is what they see. A liveness probe of the same words fails with it, as
    the same question has one answer."""
    DRIFT = "drift"
    """Once: somebody changed `field` of what runs by hand: memory limit, cpu limit, paused, renamed, network, image,
    env, ... `found` and `wanted` say what to, `in_place` whether it can be mended without a restart; where they are not
    given, it is as on Docker."""
    BALANCER_DOWN = "balancer_down"
    """Once: the balancers of `service`, or those in front of `app`, end."""
    LOAD = "load"
    """Lasting: work worth `cpu_millicores` and `memory_bytes` in all, shared evenly by what runs of `app`, on top of
    what it uses anyway and up to its limits."""
    NETWORK_DELAY = "network_delay"
    """Lasting: each answer takes `seconds` (2), so probes and clients with less patience get none."""
    CLOCK_SKEW = "clock_skew"
    """Lasting: the container's clock is `seconds` (3600) ahead, and so are the times of its lines in `logs`."""
    HOST_FULL = "host_full"
    """Lasting: the host has only `cpu_millicores` and `memory_bytes` for replicas; 0 of both where neither is given."""

    @property
    def once(self) -> bool:
        return self in _ONCE

    @classmethod
    def named(cls, name: str) -> Fault:
        """Raises `InvalidInput` that lists the names."""
        try:
            return cls(name)
        except ValueError as error:
            raise InvalidInput(f"there is no fault {name!r}; there are {', '.join(cls)}", field="fault") from error


_ONCE = frozenset({Fault.CONTAINER_CRASH, Fault.KILL, Fault.OOM, Fault.STOP, Fault.DRIFT, Fault.BALANCER_DOWN})
_DEFAULT_SECONDS = {
    Fault.CRASH_LOOP: 2.0,
    Fault.SLOW_START: 30.0,
    Fault.NETWORK_DELAY: 2.0,
    Fault.CLOCK_SKEW: 3600.0,
}
_BY_HAND = {
    "paused": Drift("state", "paused", "running", in_place=True),
    "renamed": Drift("name", "somebody", "the replica's name", in_place=True),
    "network": Drift("network", "none", "the network of the namespace", in_place=True),
    "memory limit": Drift("memory limit", "96Mi", "as in the manifest", in_place=True),
    "cpu limit": Drift("cpu limit", "300m", "as in the manifest", in_place=True),
}
_ALIASES = {"state": "paused", "name": "renamed"}


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault and what it hits. Without a target it hits everything it can."""

    fault: Fault
    app: AppKey | None = None
    pod: PodId | None = None
    image: str | None = None
    seconds: float | None = None
    exit_code: int = 1
    message: str = ""
    container: str | None = None
    service: ObjectKey | None = None
    cpu_millicores: int | None = None
    memory_bytes: int | None = None
    field: str = ""
    found: str = ""
    wanted: str = ""
    in_place: bool | None = None
    slot: int | None = None
    """Whatever attempt is in this slot of the app."""

    @property
    def delay(self) -> float:
        """Seconds, where the fault is about time."""
        return _DEFAULT_SECONDS.get(self.fault, 0.0) if self.seconds is None else max(0.0, self.seconds)

    def drift(self, container: str = "") -> Drift:
        """What a `drift` makes be seen, of a container where there are several. Raises `InvalidInput` without a
        field."""
        if not self.field:
            raise InvalidInput("the fault drift needs the field that drifted, such as 'memory limit'", field="field")
        usual = _BY_HAND.get(_ALIASES.get(self.field, self.field), Drift(self.field, "changed", "as in the manifest"))
        return Drift(
            f"{usual.field} of container {container}" if container else usual.field,
            self.found or usual.found,
            self.wanted or usual.wanted,
            usual.in_place if self.in_place is None else self.in_place,
        )

    def hits(self, pod: PodId) -> bool:
        return self.pod in (None, pod) and self.app in (None, pod.app) and self.slot in (None, pod.slot)

    def same_target(self, other: Injection) -> bool:
        return self._target == other._target

    @property
    def _target(self) -> tuple[object, ...]:
        return (self.fault, self.app, self.pod, self.image, self.container, self.service, self.slot)
