"""Why something failed, as values: what was seen of it (`Symptoms`) and what follows from that (`Diagnosed`).

They are core values so that the tools, healing and the page speak of causes and remedies in the same words, whoever
found them (`app.analysis` by rules, a model by reading).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """The root causes. One per failure: the earliest that, if repaired, ends it."""

    OUT_OF_MEMORY = "out_of_memory"
    APPLICATION_CRASH = "application_crash"
    BAD_COMMAND = "bad_command_or_entrypoint"
    MISSING_CONFIG = "missing_config_or_env"
    INVALID_CONFIG = "invalid_config"
    MISSING_FILE = "missing_file_or_dependency"
    PORT_CONFLICT = "port_conflict"
    IMAGE_NOT_FOUND = "image_not_found"
    IMAGE_AUTH = "image_auth"
    RATE_LIMITED = "registry_rate_limited"
    REGISTRY = "registry_unreachable_or_tls"
    ARCHITECTURE = "architecture_mismatch"
    PERMISSION = "permission_denied"
    DISK_FULL = "disk_full"
    DEPENDENCY = "dependency_unreachable"
    DNS = "dns_failure"
    AUTH = "auth_to_dependency_failed"
    PROBE = "health_check_misconfigured"
    GPU = "gpu_unavailable_or_driver"
    GPU_MEMORY = "gpu_out_of_memory"
    TLS = "tls_certificate_error"
    LIMIT = "resource_limit_other"
    COMPLETED = "completed_normally"
    KILLED = "killed_by_signal_external"
    HANG = "hang_or_deadlock"
    STATE = "state_incompatible_or_corrupt"
    UNKNOWN = "unknown"


class RemedyClass(StrEnum):
    """What kind of step ends a failure."""

    INCREASE_MEMORY = "increase_memory"
    ROLLBACK = "rollback"
    FIX_IMAGE = "fix_image_reference"
    REBUILD_IMAGE = "rebuild_image"
    FIX_COMMAND = "fix_command"
    SET_ENV = "set_env"
    ADD_CREDENTIALS = "add_credentials"
    FIX_CONFIG = "fix_config"
    FIX_MOUNT = "fix_mount"
    CHANGE_PORT = "change_port"
    RETRY = "retry_with_backoff"
    TRUST_CERTIFICATE = "trust_certificate"
    FIX_NETWORK = "fix_network"
    RESCHEDULE = "reschedule_other_node"
    FIX_PERMISSIONS = "fix_permissions"
    FREE_DISK = "free_disk"
    FIX_DEPENDENCY = "fix_dependency"
    RESTART = "restart"
    FIX_PROBE = "fix_probe"
    FIX_NODE_GPU = "fix_node_gpu"
    REDUCE_GPU_LOAD = "reduce_gpu_load"
    RAISE_LIMIT = "raise_limit"
    SCALE = "scale"
    NONE_NEEDED = "none_needed"
    NEEDS_HUMAN = "needs_human"


REMEDIES: dict[Cause, tuple[RemedyClass, ...]] = {
    Cause.OUT_OF_MEMORY: (RemedyClass.INCREASE_MEMORY,),
    Cause.APPLICATION_CRASH: (RemedyClass.ROLLBACK, RemedyClass.FIX_IMAGE),
    Cause.BAD_COMMAND: (RemedyClass.FIX_COMMAND, RemedyClass.REBUILD_IMAGE),
    Cause.MISSING_CONFIG: (RemedyClass.SET_ENV, RemedyClass.ADD_CREDENTIALS),
    Cause.INVALID_CONFIG: (RemedyClass.FIX_CONFIG, RemedyClass.SET_ENV, RemedyClass.ROLLBACK),
    Cause.MISSING_FILE: (RemedyClass.REBUILD_IMAGE, RemedyClass.ROLLBACK, RemedyClass.FIX_MOUNT),
    Cause.PORT_CONFLICT: (RemedyClass.CHANGE_PORT,),
    Cause.IMAGE_NOT_FOUND: (RemedyClass.FIX_IMAGE,),
    Cause.IMAGE_AUTH: (RemedyClass.ADD_CREDENTIALS,),
    Cause.RATE_LIMITED: (RemedyClass.RETRY, RemedyClass.ADD_CREDENTIALS),
    Cause.REGISTRY: (
        RemedyClass.TRUST_CERTIFICATE,
        RemedyClass.FIX_NETWORK,
        RemedyClass.RETRY,
        RemedyClass.RESCHEDULE,
    ),
    Cause.ARCHITECTURE: (RemedyClass.FIX_IMAGE, RemedyClass.RESCHEDULE),
    Cause.PERMISSION: (RemedyClass.FIX_PERMISSIONS,),
    Cause.DISK_FULL: (RemedyClass.FREE_DISK, RemedyClass.RESCHEDULE),
    Cause.DEPENDENCY: (RemedyClass.FIX_DEPENDENCY, RemedyClass.RETRY),
    Cause.DNS: (RemedyClass.FIX_NETWORK, RemedyClass.RESTART),
    Cause.AUTH: (RemedyClass.ADD_CREDENTIALS, RemedyClass.SET_ENV),
    Cause.PROBE: (RemedyClass.FIX_PROBE,),
    Cause.GPU: (RemedyClass.FIX_NODE_GPU, RemedyClass.RESCHEDULE),
    Cause.GPU_MEMORY: (RemedyClass.REDUCE_GPU_LOAD, RemedyClass.RESCHEDULE),
    Cause.TLS: (RemedyClass.TRUST_CERTIFICATE,),
    Cause.LIMIT: (RemedyClass.RAISE_LIMIT,),
    Cause.COMPLETED: (RemedyClass.NONE_NEEDED, RemedyClass.FIX_COMMAND),
    Cause.KILLED: (RemedyClass.NONE_NEEDED, RemedyClass.RESTART),
    Cause.HANG: (RemedyClass.RESTART, RemedyClass.FIX_CONFIG, RemedyClass.NEEDS_HUMAN),
    Cause.STATE: (RemedyClass.ROLLBACK, RemedyClass.NEEDS_HUMAN),
    Cause.UNKNOWN: (RemedyClass.NEEDS_HUMAN,),
}
"""The remedies that usually fit a cause, the default first."""


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    LOG = "log"
    """This attempt's output."""
    PREVIOUS = "previous"
    """The output of the attempt before."""
    EVENT = "event"
    STATE = "state"
    """The state's reason and message, as the runtime says them."""
    PROBE = "probe"
    CHANGE = "change"
    """What was changed before it failed."""
    NEIGHBOUR = "neighbour"
    """The state of another app that it talks to."""
    FACT = "fact"
    """A value: exit code, flag, image, limit."""


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence. `text` is verbatim (at most cut at its end), `times` how often it was seen."""

    id: str
    """`log-3`, `event-0`, `exit_code`."""
    source: Source
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that occur in the item of this id exactly so."""

    item: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause with what speaks for it. `confidence` is the chance (0 to 1) that the cause is right, as calibrated."""

    cause: Cause
    confidence: float
    remedies: tuple[RemedyClass, ...]
    """The best first."""
    quotes: tuple[Quote, ...] = ()
    because: str = ""
    """What the quotes show, in one sentence for a person."""
    settle: str = ""
    """What would settle it, empty where it is settled."""
    about: str = ""
    """The app or object that is at fault where it is another one (a dependency)."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another app that this one names in its configuration or output. `well` = it runs and is ready."""

    name: str
    state: str
    well: bool


@dataclass(frozen=True, slots=True)
class Symptoms:
    """What was seen of one failure. Everything may be missing; text is verbatim and only ever data.

    `logs` and `previous_logs` oldest first; `exit_code` 128+n = signal n; sizes in bytes; `env_names` without values.
    """

    image: str = ""
    command: str = ""
    env_names: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    """`8080` or `host:container`."""
    exit_code: int | None = None
    state_reason: str = ""
    oom_killed: bool | None = None
    restart_count: int | None = None
    logs: tuple[str, ...] = ()
    previous_logs: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    health_check: tuple[str, ...] = ()
    recent_changes: tuple[str, ...] = ()
    memory_limit: int | None = None
    memory_used: int | None = None
    """The highest that was measured."""
    neighbours: tuple[Neighbour, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The answer: findings, the likeliest first, with the evidence they quote from. No finding = nothing is wrong."""

    app: str
    findings: tuple[Finding, ...]
    evidence: tuple[Item, ...]
    text: str
    """The explanation for a person, Markdown: what, why with quotes, what to do."""
    observed: bool = True
    """False where the runtime does not answer, so nothing can be said about now."""

    @property
    def best(self) -> Finding | None:
        return self.findings[0] if self.findings else None
