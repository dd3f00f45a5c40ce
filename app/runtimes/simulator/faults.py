"""The faults the simulator can be given, as data. One-off faults hit what runs now; lasting ones stay until cleared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import InvalidInput
from app.core.pods import PodId
from app.core.spec import AppKey


class Fault(StrEnum):
    """Names as given to `Simulator.inject`."""

    CONTAINER_CRASH = "container_crash"
    """Once: the process ends by itself with exit code 1 (or `exit_code`), after printing `message`."""
    KILL = "kill"
    """Once: SIGKILL from outside, exit code 137."""
    OOM = "oom"
    """Once: the kernel kills the process for its memory, OOMKilled with exit code 137."""
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

    @property
    def once(self) -> bool:
        return self in (Fault.CONTAINER_CRASH, Fault.KILL, Fault.OOM)

    @classmethod
    def named(cls, name: str) -> Fault:
        """Raises `InvalidInput` that lists the names."""
        try:
            return cls(name)
        except ValueError as error:
            raise InvalidInput(f"there is no fault {name!r}; there are {', '.join(cls)}", field="fault") from error


_DEFAULT_SECONDS = {Fault.CRASH_LOOP: 2.0, Fault.SLOW_START: 30.0}


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

    @property
    def delay(self) -> float:
        """Seconds, where the fault is about time."""
        return _DEFAULT_SECONDS.get(self.fault, 0.0) if self.seconds is None else max(0.0, self.seconds)

    def hits(self, pod: PodId) -> bool:
        return self.pod in (None, pod) and self.app in (None, pod.app)

    def same_target(self, other: Injection) -> bool:
        return (self.fault, self.app, self.pod, self.image) == (other.fault, other.app, other.pod, other.image)
