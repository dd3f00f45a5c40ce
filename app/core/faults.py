"""Faults one can ask for, by name: what each does, how far it reaches, and as what it should be diagnosed. Pure.

Every runtime that can does them for real (`app.ports.chaos.FaultRuntime`); what it cannot do it says in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from app.core.diagnosis import Cause
from app.core.errors import InvalidInput


class FaultName(StrEnum):
    CONTAINER_CRASH = "container_crash"
    KILL = "kill"
    STOP = "stop"
    PAUSE = "pause"
    OUT_OF_MEMORY = "out_of_memory"
    MEMORY_PRESSURE = "memory_pressure"
    CPU_PRESSURE = "cpu_pressure"
    NETWORK_CUT = "network_cut"
    NETWORK_DELAY = "network_delay"
    DISK_FILL = "disk_fill"
    DEPENDENCY_DOWN = "dependency_down"
    IMAGE_PULL_ERROR = "image_pull_error"
    PORT_CONFLICT = "port_conflict"
    PERMISSION_DENIED = "permission_denied"
    MISSING_DEPENDENCY = "missing_dependency"
    CONFIG_ERROR = "config_error"
    SLOW_START = "slow_start"
    PROBE_FAILURE = "probe_failure"
    CLOCK_SKEW = "clock_skew"
    ENGINE_DOWN = "engine_down"

    @classmethod
    def named(cls, text: str) -> FaultName:
        """By name or alias, in any case, with `-`, `_` or blanks. Raises `InvalidInput` with near names."""
        word = "_".join(text.strip().lower().replace("-", " ").replace("_", " ").split())
        if word in ALIASES:
            return ALIASES[word]
        try:
            return cls(word)
        except ValueError as error:
            near = get_close_matches(word, [*cls, *ALIASES], n=3)
            shown = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(cls)}"
            raise InvalidInput(f"there is no fault {text!r}; {shown}", field="kind") from error

    @property
    def trait(self) -> Trait:
        return TRAITS[self]


ALIASES: dict[str, FaultName] = {
    "any": FaultName.CONTAINER_CRASH,
    "crash": FaultName.CONTAINER_CRASH,
    "oom": FaultName.OUT_OF_MEMORY,
    "oom_kill": FaultName.OUT_OF_MEMORY,
    "resource_exhaustion": FaultName.OUT_OF_MEMORY,
    "image_pull": FaultName.IMAGE_PULL_ERROR,
    "network": FaultName.NETWORK_CUT,
    "network_issue": FaultName.NETWORK_CUT,
    "network_partition": FaultName.NETWORK_CUT,
    "latency": FaultName.NETWORK_DELAY,
    "db_connection": FaultName.DEPENDENCY_DOWN,
    "disk_full": FaultName.DISK_FILL,
    "unhealthy": FaultName.PROBE_FAILURE,
    "runtime_down": FaultName.ENGINE_DOWN,
}
"""Other names of the same: the corpus' kinds, and those of the earlier prototype."""


class Reach(StrEnum):
    """What a fault hits: chosen replicas; the wish of an app, so that its next replicas fail; the whole runtime."""

    REPLICAS = "replicas"
    WISH = "wish"
    RUNTIME = "runtime"


@dataclass(frozen=True, slots=True)
class Trait:
    """`does` completes "web: ..."; `causes` are the right diagnoses, none where there is nothing to diagnose; `once` =
    it is over at once, only what it broke is left; `outside` = nothing here can end it, so what counts is how soon the
    app is back once it is over."""

    does: str
    reach: Reach = Reach.REPLICAS
    causes: frozenset[Cause] = frozenset()
    once: bool = False
    outside: bool = False


def _causes(*causes: Cause) -> frozenset[Cause]:
    return frozenset(causes)


TRAITS: dict[FaultName, Trait] = {
    FaultName.CONTAINER_CRASH: Trait(
        "its process ends by itself", causes=_causes(Cause.APPLICATION_CRASH, Cause.KILLED), once=True
    ),
    FaultName.KILL: Trait("its process is killed from outside", causes=_causes(Cause.KILLED), once=True),
    FaultName.STOP: Trait("its container is stopped by hand", causes=_causes(Cause.KILLED), once=True),
    FaultName.PAUSE: Trait("its process is frozen", causes=_causes(Cause.HANG, Cause.KILLED)),
    FaultName.OUT_OF_MEMORY: Trait(
        "its memory runs out and the kernel kills it", causes=_causes(Cause.OUT_OF_MEMORY), once=True
    ),
    FaultName.MEMORY_PRESSURE: Trait(
        "something else in it takes most of its memory", causes=_causes(Cause.OUT_OF_MEMORY), outside=True
    ),
    FaultName.CPU_PRESSURE: Trait(
        "something else in it takes its CPU", causes=_causes(Cause.LIMIT, Cause.HANG), outside=True
    ),
    FaultName.NETWORK_CUT: Trait(
        "it is taken off its network", causes=_causes(Cause.DNS, Cause.DEPENDENCY, Cause.HANG, Cause.PROBE)
    ),
    FaultName.NETWORK_DELAY: Trait(
        "its network becomes slow", causes=_causes(Cause.DEPENDENCY, Cause.HANG, Cause.PROBE), outside=True
    ),
    FaultName.DISK_FILL: Trait("its own volume is filled up", causes=_causes(Cause.DISK_FULL), outside=True),
    FaultName.DEPENDENCY_DOWN: Trait(
        "an app that it needs is stopped", Reach.WISH, _causes(Cause.DEPENDENCY, Cause.DNS)
    ),
    FaultName.IMAGE_PULL_ERROR: Trait(
        "its next version has an image that is not there", Reach.WISH, _causes(Cause.IMAGE_NOT_FOUND, Cause.REGISTRY)
    ),
    FaultName.PORT_CONFLICT: Trait(
        "its next version wants a host port that is taken", Reach.WISH, _causes(Cause.PORT_CONFLICT)
    ),
    FaultName.PERMISSION_DENIED: Trait(
        "its next version runs as a user without rights", Reach.WISH, _causes(Cause.PERMISSION)
    ),
    FaultName.MISSING_DEPENDENCY: Trait(
        "its next version starts a program that is not there",
        Reach.WISH,
        _causes(Cause.BAD_COMMAND, Cause.MISSING_FILE),
    ),
    FaultName.CONFIG_ERROR: Trait(
        "its next version lacks the settings it was given",
        Reach.WISH,
        _causes(Cause.MISSING_CONFIG, Cause.INVALID_CONFIG),
    ),
    FaultName.SLOW_START: Trait("its next start takes long", Reach.WISH, _causes(Cause.PROBE)),
    FaultName.PROBE_FAILURE: Trait(
        "its next version is probed at the wrong place", Reach.WISH, _causes(Cause.PROBE, Cause.HANG)
    ),
    FaultName.CLOCK_SKEW: Trait("its clock is wrong", outside=True),
    FaultName.ENGINE_DOWN: Trait("the container engine does not answer", Reach.RUNTIME, outside=True),
}
