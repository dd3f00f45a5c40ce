"""What a replica runtime shows: one set per template of an app, whose count its own manager keeps. Values only.

A pod runtime (`app.core.pods`) is asked for each replica; a replica runtime (Nosana) is asked for a *set*: "three of
this template". The set is to an app what a ReplicaSet is to a Kubernetes Deployment. Its replicas are pods all the
same, so that the board, the probes and the diagnosis see one model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from app.core.placement import Placement
from app.core.pods import FileContent, ObservedPod
from app.core.spec import AppKey, JobSpec, PodTemplate
from app.core.spending import Charge


class SetId(NamedTuple):
    """One template of one app. Chosen by us beforehand, so a lost reply is healed by looking again."""

    app: AppKey
    template_hash: str

    def __str__(self) -> str:
        return f"{self.app}@{self.template_hash}"


HOST_LOST = "HostShutDown"
"""`ExitInfo.reason` of a replica whose host went away."""
RENT_ENDED = "RentEnded"
"""`ExitInfo.reason` of a replica whose rented time was over: it moves on to another host."""
NOT_THE_APP = frozenset({HOST_LOST, RENT_ENDED})
"""Ends that say nothing about the app."""
FAIL_SAFE = "RapidCompletionFailSafe"
"""`ObservedSet.trouble` begins with it where the manager itself stopped a set whose replicas only end."""


class SetPhase(StrEnum):
    """Where a set stands with its manager."""

    STARTING = "Starting"
    ACTIVE = "Active"
    """The manager keeps the count. Says nothing of the replicas."""
    STALLED = "Stalled"
    """Money ran out; the manager tries again by itself."""
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    """Costs nothing, keeps its settings; not a failure."""
    FAILED = "Failed"
    """The manager gave up."""


@dataclass(frozen=True, slots=True)
class SetRequest:
    """What a replica runtime is asked to keep. `env` and `files` as of `app.core.pods.PodRequest`: they may hold
    secrets and are never logged; `confidential` when they do. `name` is what people read there.

    `job` set: each replica runs to its end once and is not replaced."""

    id: SetId
    template: PodTemplate = field(repr=False)
    replicas: int
    placement: Placement
    confidential: bool = False
    job: JobSpec | None = None
    env: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, repr=False)
    files: Mapping[str, tuple[FileContent, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing the network's hosts are not simply trusted for: `what` ("image digest", "job definition", "endpoint"),
    what we `expected`, what was `found`; `ok` None = could not be checked, and `found` says why."""

    what: str
    expected: str
    found: str
    ok: bool | None


@dataclass(frozen=True, slots=True)
class ObservedSet:
    """One set as its manager shows it. Times are epoch seconds, `timeout_minutes` as the manager counts.

    `pods` are its present replicas and the ended ones still known, `charges` what each of its replicas cost or costs.
    """

    id: SetId
    runtime_id: str
    phase: SetPhase
    replicas: int
    """What the manager is asked to keep."""
    market: str
    timeout_minutes: int
    confidential: bool
    created_at: float
    updated_at: float
    url: str = ""
    """The one address that balances over the replicas; empty where nothing is exposed."""
    pods: tuple[ObservedPod, ...] = ()
    trouble: str = ""
    """Reason first: "MarketQueue: 2 of 3 replicas wait for a free host", "InsufficientFunds: ..."; empty when fine."""
    proofs: tuple[Proof, ...] = ()
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """What of a spec a runtime cannot do as asked. `refusals` name the field and the way out; with any, nothing is
    started. `warnings` say what happens instead."""

    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.refusals
