"""What the deployment manager answers, read tolerantly: unknown fields are ignored, missing ones have a plain default.

Times are ISO 8601 in the manager's own records and unix seconds where they come from the chain; here all are epoch
seconds, 0.0 for "never". Counts are JSON numbers that may have a fraction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.runtimes.nosana.naming import node_address


class Status(StrEnum):
    """Of a deployment. A newer manager may know more."""

    DRAFT = "DRAFT"
    ERROR = "ERROR"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    ARCHIVED = "ARCHIVED"


class State(StrEnum):
    """Of a job. Terminal states never change."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"
    UNKNOWN = "UNKNOWN"
    """A word of a newer manager; taken for one that is still to run."""

    @property
    def live(self) -> bool:
        return self not in (State.COMPLETED, State.STOPPED)


STATES = (State.QUEUED, State.RUNNING, State.COMPLETED, State.STOPPED)
"""By the number the chain gives them."""


def epoch(value: Any) -> float:
    """ISO 8601 or unix seconds as epoch seconds; nothing at all is 0.0. A date without a zone is UTC."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not value:
        return 0.0
    moment = datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _state(value: Any) -> Any:
    if isinstance(value, int) and 0 <= value < len(STATES):
        return STATES[value]
    return value if value in State.__members__ else State.UNKNOWN


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float:
    return float(value or 0)


def _list(value: Any) -> Any:
    return value or ()


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


Time = Annotated[float, BeforeValidator(epoch)]
Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[float, BeforeValidator(_number)]
Node = Annotated[str, BeforeValidator(node_address)]
JobState = Annotated[State, BeforeValidator(_state)]


class Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class Endpoint(Reply):
    op: Text = Field(default="", alias="opId")
    url: Text = ""


class Deployment(Reply):
    """`status` and `strategy` are texts: a newer manager may have other words. `timeout` in minutes."""

    id: str
    name: Text = ""
    vault: Text = ""
    market: Text = ""
    status: Text = ""
    strategy: Text = ""
    replicas: Number = 0.0
    timeout: Number = 0.0
    endpoints: Annotated[tuple[Endpoint, ...], BeforeValidator(_list)] = ()
    confidential: bool | None = None
    active_revision: Number = 1.0
    created_at: Time = 0.0
    updated_at: Time = 0.0

    @property
    def revision(self) -> int:
        return int(self.active_revision)


class Job(Reply):
    """One replica's rent as the manager lists it. It says neither how it ended nor when: `JobDetail` does."""

    id: str = Field(alias="job")
    market: Text = ""
    node: Node = ""
    revision: Number = 1.0
    state: JobState
    started_at: Time = Field(default=0.0, alias="time_start")
    created_at: Time = 0.0
    updated_at: Time = 0.0


class Revision(Reply):
    number: Number = Field(alias="revision")
    definition: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(
        default_factory=dict, alias="job_definition", repr=False
    )


class Event(Reply):
    type: Text = ""
    message: Text = ""
    created_at: Time = 0.0


class Reason(Reply):
    host_shut_down: bool | None = Field(default=None, alias="hostShutDown")
    job_stopped: bool | None = Field(default=None, alias="jobStopped")
    job_expired: bool | None = Field(default=None, alias="jobExpired")
    reason: Text = ""


class ContainerState(Reply):
    oom_killed: bool | None = Field(default=None, alias="OOMKilled")
    exit_code: int | None = Field(default=None, alias="ExitCode")


class Diagnostics(Reply):
    reason: Annotated[Reason, BeforeValidator(_object)] = Reason()
    state: Annotated[ContainerState, BeforeValidator(_object)] = ContainerState()


class OpError(Reply):
    event: Text = ""
    message: Text = ""


class LogEntry(Reply):
    """`type` is stdin, stdout, stderr, or nodeerr: what the host itself says."""

    type: Text = "stdout"
    log: Text = ""
    timestamp: Any = None


class OpState(Reply):
    id: Text = Field(default="", alias="operationId")
    status: Text = ""
    started_at: Any = Field(default=None, alias="startTime")
    exit_code: int | None = Field(default=None, alias="exitCode")
    logs: Annotated[tuple[LogEntry, ...], BeforeValidator(_list)] = ()
    error: Annotated[OpError, BeforeValidator(_object)] = OpError()
    diagnostics: Annotated[Diagnostics, BeforeValidator(_object)] = Diagnostics()


class FlowState(Reply):
    """What the host handed in once the job had ended."""

    status: Text = ""
    ops: Annotated[tuple[OpState, ...], BeforeValidator(_list)] = Field(default=(), alias="opStates")


def _flow(value: Any) -> Any:
    """A result that cannot be read is as good as none: it must not hide the job it belongs to."""
    if isinstance(value, FlowState) or not isinstance(value, dict):
        return value if isinstance(value, FlowState) else None
    try:
        return FlowState.model_validate(value)
    except ValidationError:
        return None


class JobDetail(Reply):
    """`result` is None while it runs, and for a while after."""

    state: JobState
    node: Node = ""
    revision: Number = 1.0
    definition: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(
        default_factory=dict, alias="jobDefinition", repr=False
    )
    result: Annotated[FlowState | None, BeforeValidator(_flow)] = Field(default=None, alias="jobResult", repr=False)
    started_at: Time = Field(default=0.0, alias="timeStart")
    ended_at: Time = Field(default=0.0, alias="timeEnd")
