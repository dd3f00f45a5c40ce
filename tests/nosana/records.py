"""What the manager and the chain keep: plain mutable records; `views` turns them into JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from tests.nosana.agenda import Deed


class Status(StrEnum):
    DRAFT = "DRAFT"
    ERROR = "ERROR"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    ARCHIVED = "ARCHIVED"


class Strategy(StrEnum):
    SIMPLE = "SIMPLE"
    SIMPLE_EXTEND = "SIMPLE-EXTEND"
    SCHEDULED = "SCHEDULED"
    INFINITE = "INFINITE"


class State(IntEnum):
    QUEUED = 0
    RUNNING = 1
    COMPLETED = 2
    STOPPED = 3

    @property
    def active(self) -> bool:
        return self in (State.QUEUED, State.RUNNING)


class TaskKind(StrEnum):
    LIST = "LIST"
    EXTEND = "EXTEND"
    STOP = "STOP"


class Stage(StrEnum):
    """Where an op of a RUNNING job is; the values are the node API's own words, but for SICK."""

    WAITING = "pending"
    STARTING = "starting"
    BOOTING = "booting"
    UP = "running"
    SICK = "sick"
    RESTARTING = "restarting"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        return self in (Stage.FINISHED, Stage.FAILED, Stage.STOPPED)

    @property
    def word(self) -> str:
        """As the node API tells it: a container that does not answer yet, or no more, is running all the same."""
        return "running" if self in (Stage.BOOTING, Stage.SICK) else self.value


@dataclass
class Revision:
    number: int
    definition: dict[str, Any]
    hash: str
    created_at: float


@dataclass
class Deployment:
    id: str
    number: int
    name: str
    owner: str
    key: str
    market: str
    replicas: int | float
    timeout: int | float
    strategy: Strategy
    schedule: str | None
    rotation_time: int | float | None
    confidential: bool
    status: Status
    created_at: float
    updated_at: float
    revisions: list[Revision] = field(default_factory=list)
    active_revision: int = 1
    changed_at: float = 0.0
    rapid_streak: int = 0
    next_retry_at: float = 0.0
    failures: int = 0
    tunnels_lost: dict[str, Task] = field(default_factory=dict)

    @property
    def vault(self) -> str:
        """With an API key the vault is the owner."""
        return self.owner

    @property
    def revision(self) -> Revision:
        return next(revision for revision in self.revisions if revision.number == self.active_revision)


@dataclass
class OpRun:
    """One op of a job on its host."""

    id: str
    index: int
    group: str
    args: dict[str, Any]
    kind: str
    stage: Stage = Stage.WAITING
    started_at: float = 0.0
    ended_at: float | None = None
    exit_code: int | None = None
    restarts: int = 0
    oom: bool = False
    error: dict[str, Any] | None = None
    logs: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """The node's own log of the op (TaskLog): what the socket replays and sends on."""
    deeds: list[Deed] = field(default_factory=list)

    def cancel(self) -> None:
        for deed in self.deeds:
            deed.cancel()
        self.deeds.clear()


@dataclass
class Job:
    """One job on the chain, with the manager's record of it. `deployment` is None for a job listed singly."""

    id: str
    number: int
    deployment: str | None
    owner: str
    market: str
    revision: int
    definition: dict[str, Any]
    confidential: bool
    tx: str
    timeout: float
    created_at: float
    updated_at: float
    state: State = State.QUEUED
    node: str | None = None
    time_start: float = 0.0
    time_end: float = 0.0
    ops: list[OpRun] = field(default_factory=list)
    result: dict[str, Any] | None = None
    result_at: float = 0.0
    private_labels: dict[str, str] = field(default_factory=dict)
    lost_at: float | None = None
    expiry: Deed | None = None

    def op(self, op_id: str) -> OpRun | None:
        return next((op for op in self.ops if op.id == op_id), None)


@dataclass
class Task:
    id: str
    number: int
    kind: TaskKind
    deployment: str
    due_at: float
    created_at: float
    job: str | None = None
    limit: int | None = None
    active_revision: int | None = None
    attempts: int = 0
    deed: Deed | None = None


@dataclass
class Event:
    number: int
    category: str
    deployment: str
    type: str
    message: str
    created_at: float
    tx: str | None = None
