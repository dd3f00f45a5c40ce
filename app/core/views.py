"""What the board, the CLI and the tools show of an app: read-only pictures, made from desired and observed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.objects import KubeObject, ObjectKey
from app.core.pods import ExitInfo, PodPhase, PublishedPort
from app.core.replicasets import Proof
from app.core.spec import AppKey, AppSpec


class AppStatus(StrEnum):
    """The nine words, the same on the page, in the chat, in the CLI and in the API. The order is need, worst first."""

    FAILED = "Failed"
    CRASH_LOOPING = "Crash-looping"
    DEGRADED = "Degraded"
    UPDATING = "Updating"
    UNKNOWN = "Unknown"
    STARTING = "Starting"
    RUNNING = "Running"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    """A Job that is done."""


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """One slot as it is now."""

    name: str
    slot: int
    phase: PodPhase | None
    """None: no attempt exists right now (waiting for an image, a back-off, or its turn)."""
    ready: bool
    restarts: int
    started_at: float | None
    current: bool
    """Runs the newest revision."""
    ports: tuple[PublishedPort, ...] = ()
    last_exit: ExitInfo | None = None
    retry_at: float | None = None
    runtime_id: str = ""
    detail: str = ""
    """Plain words: "pulling nginx", "next try in 40 s"."""
    image: str = ""
    """What it runs, as the runtime shows it; "" where no attempt exists."""
    cpu_millicores: int | None = None
    """Usage, where `Control.measure` took it."""
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """As in Kubernetes: Available, Progressing, ReplicaFailure, AbleToScale, Complete, Failed. `since` epoch seconds,
    0.0 = not known."""

    type: str
    status: bool
    reason: str
    message: str = ""
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A Service in front of an app: inside by name, outside by `urls`."""

    name: str
    address: str
    """`web.default:80`: how pods of the namespace reach it."""
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectView:
    """Something desired beside the apps. `state` is one line in words: "3 of 3 replicas behind it", "next run 14:00
    UTC"."""

    key: ObjectKey
    object: KubeObject
    generation: int
    state: str = ""
    well: bool = True
    urls: tuple[str, ...] = ()
    deleting: bool = False


@dataclass(frozen=True, slots=True)
class AppView:
    """One app as it is now. `reason` is plain words with exit code or the runtime's message, empty when all is well."""

    key: AppKey
    spec: AppSpec
    status: AppStatus
    reason: str
    desired: int
    ready: int
    total: int
    restarts: int
    revision: int
    generation: int
    replicas: tuple[ReplicaView, ...]
    updated: int
    """Replicas on the newest revision."""
    seen_at: float
    """When the runtime last showed it (epoch seconds)."""
    deleting: bool = False
    cpu_millicores: int | None = None
    memory_bytes: int | None = None
    retry_at: float | None = None
    """When the pull of its image, which failed, is tried again."""
    conditions: tuple[Condition, ...] = ()
    services: tuple[ServiceAddress, ...] = ()
    succeeded: int = 0
    """Of a Job: completions so far."""
    failed: int = 0
    """Of a Job: attempts that failed."""
    url: str = ""
    """The one address that its runtime gives it over all replicas; empty where it gives none."""
    proofs: tuple[Proof, ...] = ()
    """What was checked of the hosts it runs on, where they are somebody else's."""

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def settled(self) -> bool:
        """Everything wished for is there and nothing else; a Job is done (or suspended)."""
        if self.spec.job is not None:
            return not self.deleting and self.status in (AppStatus.COMPLETED, AppStatus.STOPPED)
        return not self.deleting and self.ready == self.desired == self.total == self.updated

    @property
    def urls(self) -> tuple[str, ...]:
        stable = tuple(url for service in self.services for url in service.urls)
        stable = stable or ((self.url,) if self.url else ())
        return stable or tuple(port.url for replica in self.replicas if replica.ready for port in replica.ports)


@dataclass(frozen=True, slots=True)
class RuntimeView:
    """One runtime on the strip. `reachable` None = not asked yet."""

    name: str
    reachable: bool | None
    detail: str
    seen_at: float | None
    default: bool
