"""What a plan for the sets of a replica runtime may say, as values (`app.core.planning.actions` for pod runtimes)."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.planning.actions import Expire, Forget, RollBack, RolledOut
from app.core.pods import PodId
from app.core.replicasets import SetId


@dataclass(frozen=True, slots=True)
class CreateSet:
    """Make a set of the wish's template and start it."""

    set: SetId
    replicas: int


@dataclass(frozen=True, slots=True)
class ScaleSet:
    set: SetId
    replicas: int


@dataclass(frozen=True, slots=True)
class ReviseSet:
    """Give the set `old` the wish's template, which makes it `set`: all its replicas go, then new ones come."""

    set: SetId
    old: SetId
    replicas: int


@dataclass(frozen=True, slots=True)
class ExtendSet:
    """Rent for so long from now on."""

    set: SetId
    timeout_minutes: int


@dataclass(frozen=True, slots=True)
class StartSet:
    """Start a stopped set as it was."""

    set: SetId
    why: str


@dataclass(frozen=True, slots=True)
class StopSet:
    """It costs nothing then, and keeps its settings."""

    set: SetId
    why: str


@dataclass(frozen=True, slots=True)
class RemoveSet:
    """It is stopped, and not needed any more."""

    set: SetId


@dataclass(frozen=True, slots=True)
class ReplacePod:
    """End one unhealthy replica; the manager puts another in its place."""

    set: SetId
    pod: PodId
    why: str


SetEffect = CreateSet | ScaleSet | ReviseSet | ExtendSet | StartSet | StopSet | RemoveSet | ReplacePod
"""What is done to the runtime."""
SetAction = SetEffect | RolledOut | RollBack | Expire | Forget


@dataclass(frozen=True, slots=True)
class SetPlan:
    """`wake_at` and `milestone` as of `app.core.planning.actions.Plan`."""

    actions: tuple[SetAction, ...] = ()
    wake_at: float | None = None
    milestone: str = ""
