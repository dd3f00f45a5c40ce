"""Observed state as values: what a runtime shows of each replica. Written by the watcher only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from app.core.spec import AppKey, PodTemplate, Protocol


class PodId(NamedTuple):
    """One attempt to run one replica, numbered from 1. A restart is the next attempt in the same slot."""

    app: AppKey
    slot: int
    attempt: int

    @property
    def name(self) -> str:
        """The replica's name for people: stable across restarts."""
        return f"{self.app.name}-{self.slot}"


class PodPhase(StrEnum):
    """Kubernetes' pod phases. A phase moves forward only (`app.core.planning.transitions`)."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"

    @property
    def ended(self) -> bool:
        return self in (PodPhase.SUCCEEDED, PodPhase.FAILED)


@dataclass(frozen=True, slots=True)
class ExitInfo:
    """How an attempt ended. `code` is None where the process never started; 128+n means signal n."""

    code: int | None
    reason: str
    """CamelCase: Completed, Error, OOMKilled, Killed, ContainerCannotRun, PortInUse, ..."""
    message: str = ""
    """The runtime's own words, verbatim, or empty."""
    oom_killed: bool = False


NOT_HTTP = frozenset({22, 53, 1433, 1521, 1883, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017})
"""TCP ports registered (IANA) for protocols a browser does not speak: databases, brokers, caches, ssh, dns."""


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """Where a container port can be reached from outside."""

    container_port: int
    host: str
    host_port: int
    protocol: Protocol = Protocol.TCP

    @property
    def url(self) -> str:
        web = self.protocol is Protocol.TCP and self.container_port not in NOT_HTTP
        return f"{'http' if web else self.protocol.value.lower()}://{self.host}:{self.host_port}"


@dataclass(frozen=True, slots=True)
class ObservedContainer:
    """One container of an attempt. `init` = it runs before the others. Times as of the pod."""

    name: str
    image: str
    init: bool = False
    running: bool = False
    started_at: float | None = None
    finished_at: float | None = None
    exit: ExitInfo | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing of a live replica that was changed from outside: `field` (image, env, memory limit, name, network,
    ...), in words what was `found` and what was `wanted`. `in_place` = `PodRuntime.repair_pod` mends it without a
    restart."""

    field: str
    found: str
    wanted: str
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class ObservedPod:
    """One attempt as the runtime shows it. Times are seconds since the epoch, UTC.

    With several containers: it runs once all of them do, has ended when one ended that must not (or all that must), and
    `exit` is of the one that decided. `ready` is the runtime's own word; probes are the engine's
    (`app.engine.background.prober`).
    """

    id: PodId
    template_hash: str
    phase: PodPhase
    ready: bool
    image: str
    runtime_id: str
    """The runtime's own identity: a container id."""
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    exit: ExitInfo | None = None
    ports: tuple[PublishedPort, ...] = ()
    initializing: str = ""
    """While pending: the init container that runs now, "migrate (1 of 2)". Its end is news; then `start_pod` goes
    on."""
    containers: tuple[ObservedContainer, ...] = ()
    address: str = ""
    """Where the other pods and the balancers reach it; empty while it has none."""
    host: str = ""
    """The machine under it, where that is somebody else's; empty while none was found."""
    drift: tuple[Drift, ...] = ()


@dataclass(frozen=True, slots=True)
class FileContent:
    """One file of a `Files` volume: `path` relative to the mount."""

    path: str
    data: bytes = field(repr=False)
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class PodRequest:
    """What a runtime is asked to run. `host_ports` maps container port to the host port this replica must get;
    every other TCP or UDP port is published on a free one.

    `env` is every variable of each container (by name), sources and references resolved; `files` what each `Files`
    volume holds (`app.core.configuring.resolve`). Both may hold secrets, and so may the template's expanded commands:
    they are never logged, and the runtime keeps no copy but the container's own.
    """

    id: PodId
    template_hash: str
    template: PodTemplate = field(repr=False)
    host_ports: dict[int, int] = field(default_factory=dict)
    env: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, repr=False)
    files: Mapping[str, tuple[FileContent, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """One probe. `message` says what was seen: "HTTP 503", "connection refused", the output's first line."""

    ok: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a runtime's host has for replicas: millicores, bytes, GPUs."""

    cpu_millicores: int
    memory_bytes: int
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class PodStats:
    """A usage sample. CPU in millicores since the sample before, memory in bytes without the page cache."""

    cpu_millicores: int
    memory_bytes: int
    at: float


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line a container printed. `at` is None where the runtime gives no time."""

    pod: str
    stream: str
    text: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class PullProgress:
    """An image pull on its way: bytes done of bytes known so far (0 of 0 while unknown)."""

    image: str
    done_bytes: int
    total_bytes: int
    status: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """What `check` learnt of a runtime: one line for the strip and for `doctor`."""

    name: str
    version: str
    detail: str = ""
    capacity: Capacity | None = None
    """None = it does not say, so every replica fits."""
