"""Where containers run. A pod runtime starts and stops each replica itself; the engine keeps the count.

Every verb is idempotent and keyed by `PodId`, chosen by us beforehand, so that a crash between effect and
record is healed by looking again: "already there", "already stopped" and "already gone" are success.
Errors: `Transient` (with `Unreachable`) and `Permanent` of `app.core.errors`, nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from app.core.pods import LogLine, ObservedPod, PodId, PodRequest, PodStats, PullProgress, RuntimeInfo


class PodRuntime(Protocol):
    """A runtime of the first shape (simulator, Docker)."""

    @property
    def name(self) -> str:
        """`simulator`, `docker`: what the annotation `kubelite.io/runtime` says."""
        ...

    async def check(self) -> RuntimeInfo:
        """Asks whether it answers. Raises `Unreachable` with what to do about it."""
        ...

    async def list_pods(self) -> Sequence[ObservedPod]:
        """Everything of ours, ended attempts too."""
        ...

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        """One attempt afresh, None when it is not there."""
        ...

    def watch(self) -> AsyncIterator[PodId]:
        """News of ours, as hints to look again. First yields nothing until subscribed; ends or raises
        `Unreachable` when the stream is lost: the caller lists again and watches anew."""
        ...

    async def has_image(self, image: str) -> bool: ...

    async def pull_image(self, image: str, progress: Callable[[PullProgress], None]) -> None:
        """Fetches an image. `Permanent` (reason ErrImagePull, InvalidImageName, ...) when asking again cannot help."""
        ...

    async def start_pod(self, request: PodRequest) -> ObservedPod:
        """Creates and starts. A pod of this id that exists is started if it never was, and returned as it is.
        `Permanent`: reason ImageNotPresent (then pull), PortInUse, ContainerCannotRun, InvalidConfig."""
        ...

    async def stop_pod(self, pod: PodId, grace_seconds: float) -> None:
        """Asks it to end, kills it after the grace period, and removes it."""
        ...

    async def remove_pod(self, pod: PodId) -> None:
        """Removes an ended attempt (kills it if it still runs)."""
        ...

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """What it printed, oldest first; `since` in epoch seconds."""
        ...

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncIterator[LogLine]:
        """The last `tail` lines, then new ones as they come; ends with the attempt."""
        ...

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """A usage sample for each that runs. The first call may leave out CPU-less pods (no earlier sample)."""
        ...

    async def aclose(self) -> None:
        """Lets go of connections. What runs keeps running."""
        ...
