"""Where containers run. A pod runtime starts and stops each replica itself; the engine keeps the count. (Where
somebody else keeps it: `app.ports.replicas`.)

Every verb is idempotent and keyed by `PodId`, chosen by us beforehand, so that a crash between effect and
record is healed by looking again: "already there", "already stopped" and "already gone" are success.
Errors: `Transient` (with `Unreachable`) and `Permanent` of `app.core.errors`, nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from app.core.pods import (
    LogLine,
    ObservedPod,
    PodId,
    PodRequest,
    PodStats,
    ProbeOutcome,
    PullProgress,
    RuntimeInfo,
)
from app.core.template import Probe
from app.ports.services import ServiceRuntime


class Runtime(Protocol):
    """What both shapes of runtime show: replicas, what they print and use, and whether they are well."""

    @property
    def name(self) -> str:
        """`simulator`, `docker`, `nosana`: what the annotation `kubelite.io/runtime` says."""
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

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        """Asks one container once whether it is well, within the probe's timeout. Not answering is an outcome, not an
        error; `Unreachable` only when the runtime itself does not answer. Its port is a number by now."""
        ...

    @property
    def services(self) -> ServiceRuntime | None:
        """What gives Services their address here; None where there is no such thing."""
        ...

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """What its containers printed, oldest first; `since` in epoch seconds. With several containers a line's `pod`
        is `web-0/container`."""
        ...

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncIterator[LogLine]:
        """The last `tail` lines, then new ones as they come; ends with the attempt."""
        ...

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """A usage sample for each that runs. The first call may leave out CPU-less pods (no earlier sample)."""
        ...

    async def remove_volume(self, namespace: str, claim: str) -> None:
        """Removes the named volume of a claim with all it holds. `Transient` (reason VolumeInUse) while a pod has it;
        no error when it is gone already."""
        ...

    async def aclose(self) -> None:
        """Lets go of connections. What runs keeps running."""
        ...


@runtime_checkable
class PodRuntime(Runtime, Protocol):
    """A runtime of the first shape (simulator, Docker)."""

    async def has_image(self, image: str) -> bool: ...

    async def pull_image(self, image: str, progress: Callable[[PullProgress], None]) -> None:
        """Fetches an image. `Permanent` (reason ErrImagePull, InvalidImageName, ...) when asking again cannot help."""
        ...

    async def start_pod(self, request: PodRequest) -> ObservedPod:
        """Creates and starts. A pod of this id that exists is started if it never was, and returned as it is.

        With init containers it returns once the next step is begun: a pod that is still Pending and `initializing` is
        taken further by the next call, after that container ended. Until its containers run, a pod is Pending.
        `Permanent`: reason ImageNotPresent (then pull), PortInUse, ContainerCannotRun, InvalidConfig."""
        ...

    async def stop_pod(self, pod: PodId, grace_seconds: float, *, keep: bool = False) -> None:
        """Asks it to end, kills it after the grace period, and removes it; with `keep` it stays as an ended attempt."""
        ...

    async def repair_pod(self, request: PodRequest) -> ObservedPod:
        """Mends in place whatever of a running pod's drift says it can be (`Drift.in_place`); returns what is seen
        after. `Permanent` (reason RepairFailed) where it cannot, after all."""
        ...

    async def remove_pod(self, pod: PodId) -> None:
        """Removes an ended attempt (kills it if it still runs)."""
        ...
