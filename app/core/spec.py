"""Desired state as values: what a person wished for, after validation. All frozen; equality is by content.

Built by `app.core.manifest` from YAML or by the tools from typed arguments; the store keeps them as JSON.
Names and defaults are Kubernetes' own (apps/v1 Deployment, batch/v1 Job) unless a comment says otherwise. What one
replica is lies in `app.core.template`, what is not a workload in `app.core.objects`.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from app.core.template import (
    Amounts,
    Claim,
    Container,
    EmptyDir,
    EnvFrom,
    EnvSource,
    EnvVar,
    Exec,
    FileItem,
    Files,
    FileSource,
    Frozen,
    HostPath,
    HttpGet,
    PodTemplate,
    Port,
    Probe,
    Protocol,
    Resources,
    Security,
    TcpSocket,
    Volume,
    VolumeMount,
)

__all__ = [
    "Amounts",
    "AppKey",
    "AppSpec",
    "Autoscaling",
    "Claim",
    "Container",
    "Desired",
    "EmptyDir",
    "EnvFrom",
    "EnvSource",
    "EnvVar",
    "Exec",
    "FileItem",
    "FileSource",
    "Files",
    "Frozen",
    "HostPath",
    "HttpGet",
    "JobSpec",
    "PodTemplate",
    "Port",
    "Probe",
    "Protocol",
    "Resources",
    "Revision",
    "ScalingPolicy",
    "ScalingRules",
    "Security",
    "Strategy",
    "TcpSocket",
    "Volume",
    "VolumeMount",
]

MAX_REPLICAS = 1000
"""A sane limit for one host; a larger number in a request is a slip of the keyboard, so it is refused."""

RUNTIME_ANNOTATION = "kubelite.io/runtime"
RESTARTED_AT_ANNOTATION = "kubelite.io/restartedAt"
"""On the pod template, as `kubectl rollout restart` does it: a new value is a new template hash."""
STOPPED_FROM_ANNOTATION = "kubelite.io/replicas-before-stop"
"""On an app of no replicas: how many it had, so that a start without a number goes back to them."""
ROLL_BACK_ANNOTATION = "kubelite.io/rollback-on-failure"
""""true" on an app: at the progress deadline it goes back to the revision before by itself."""
ROLL_ON_CONFIG_ANNOTATION = "kubelite.io/roll-on-config-change"
""""true" on an app: a change of a ConfigMap or Secret it uses replaces its replicas."""
CONFIG_HASH_ANNOTATION = "kubelite.io/config-hash"
"""On the pod template of such an app: what its ConfigMaps and Secrets held, hashed (as Helm's checksum idiom)."""


class AppKey(NamedTuple):
    """The name of a work item: namespace and name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> AppKey:
        """`"ns/name"` or `"name"` (namespace `default`)."""
        namespace, _, name = text.rpartition("/")
        return cls(namespace or "default", name)


class ScalingPolicy(Frozen):
    """At most `value` pods, or percent of them, more (or fewer) within `period_seconds`."""

    type: Literal["Pods", "Percent"]
    value: Annotated[int, Field(ge=1)]
    period_seconds: Annotated[int, Field(ge=1, le=1800)]


class ScalingRules(Frozen):
    """One direction of `behavior`."""

    window_seconds: Annotated[int, Field(ge=0, le=3600)]
    select: Literal["Max", "Min", "Disabled"] = "Max"
    policies: tuple[ScalingPolicy, ...]


SCALE_UP = ScalingRules(
    window_seconds=0,
    policies=(
        ScalingPolicy(type="Percent", value=100, period_seconds=15),
        ScalingPolicy(type="Pods", value=4, period_seconds=15),
    ),
)
SCALE_DOWN = ScalingRules(window_seconds=300, policies=(ScalingPolicy(type="Percent", value=100, period_seconds=15),))
"""The defaults of autoscaling/v2."""


class Autoscaling(Frozen):
    """What a HorizontalPodAutoscaler says: of itself, or as the `Application` short form on the app.

    Percentages are of the containers' requests (a limit stands for a missing request). The highest count any target
    asks for wins.
    """

    enabled: bool = False
    min_replicas: int = 1
    max_replicas: int = 10
    target_cpu_percent: int | None = 80
    target_memory_percent: int | None = None
    target_cpu_millicores: int | None = None
    """The average of a replica, instead of a share of its request."""
    target_memory_bytes: int | None = None
    scale_up: ScalingRules = SCALE_UP
    scale_down: ScalingRules = SCALE_DOWN


class Strategy(Frozen):
    """Rolling update with surge and unavailability as counts or percentages of the wish (rounded up and down)."""

    type: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"
    min_ready_seconds: int = 0
    progress_deadline_seconds: int = 600
    revision_history_limit: int = 10


class JobSpec(Frozen):
    """A run to completion. `completions` None = as soon as one replica succeeds no new one starts (a work queue).

    A Pod with restartPolicy Never or OnFailure is one too: one completion, `backoff_limit` 0 or None (no limit).
    """

    completions: Annotated[int, Field(ge=0)] | None = 1
    parallelism: Annotated[int, Field(ge=0)] = 1
    backoff_limit: Annotated[int, Field(ge=0)] | None = 6
    active_deadline_seconds: Annotated[int, Field(ge=1)] | None = None
    ttl_seconds_after_finished: Annotated[int, Field(ge=0)] | None = None
    suspend: bool = False
    indexed: bool = False
    """Each replica gets its slot as JOB_COMPLETION_INDEX and runs until that very index succeeded once."""


class AppSpec(Frozen):
    """One app: a Deployment, or what is run the same way. `runtime` names where: `simulator`, `docker`, ...

    `kind` is what the person wrote (an `Application` is a Deployment). A ReplicaSet has no rollout: a new template only
    counts for new replicas. `replicas` of a Job is its parallelism.
    """

    name: str
    namespace: str = "default"
    runtime: str
    replicas: Annotated[int, Field(ge=0, le=MAX_REPLICAS)] = 1
    template: PodTemplate
    strategy: Strategy = Strategy()
    autoscaling: Autoscaling | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    kind: Literal["Deployment", "ReplicaSet", "Pod", "Job"] = "Deployment"
    paused: bool = False
    """A paused rollout replaces no replica; it still scales, and replaces what ends."""
    job: JobSpec | None = None
    """Set: runs to completion. None: runs for ever."""
    owner: str = ""
    """The CronJob (its name) that made this Job, else empty."""

    @property
    def key(self) -> AppKey:
        return AppKey(self.namespace, self.name)

    @property
    def container(self) -> Container:
        """The first container: the app's main process."""
        return self.template.containers[0]

    @property
    def rolls_back(self) -> bool:
        return self.annotations.get(ROLL_BACK_ANNOTATION) == "true"

    @property
    def follows_config(self) -> bool:
        return self.annotations.get(ROLL_ON_CONFIG_ANNOTATION) == "true"


class Revision(Frozen):
    """A pod template that was wished for once, kept so that one can go back to it."""

    number: int
    template_hash: str
    template: PodTemplate
    cause: str = ""
    created_at: float = 0.0


class Desired(Frozen):
    """The stored wish for one app. `generation` counts every change, `revision` only those of the template."""

    spec: AppSpec
    generation: int
    revision: int
    template_hash: str
    deleting: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0
    revised_at: float = 0.0
    """When the present revision was wished for, or its rollout or run resumed: deadlines count from here. 0.0 = not
    known, so none counts."""
    rolled_out_at: float = 0.0
    """When the present revision was first there in full; 0.0 = not yet."""
    rolled_back_from: int = 0
    """The revision an automatic rollback left for the present one, 0 = somebody wished for it. Such a one is not rolled
    back again."""
    moved_from: tuple[str, ...] = ()
    """Runtimes it was on before, where something of it may still be: it is left there once it is there in full on
    `spec.runtime`."""

    @property
    def key(self) -> AppKey:
        return self.spec.key
