"""Desired state as values: what a person wished for, after validation. All frozen; equality is by content.

Built by `app.core.manifest` from YAML or by the tools from typed arguments; the store keeps them as JSON.
Names and defaults are Kubernetes' own (apps/v1 Deployment) unless a comment says otherwise.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

MAX_REPLICAS = 1000
"""A sane limit for one host; a larger number in a request is a slip of the keyboard, so it is refused."""

RUNTIME_ANNOTATION = "kubelite.io/runtime"
RESTARTED_AT_ANNOTATION = "kubelite.io/restartedAt"
"""On the pod template, as `kubectl rollout restart` does it: a new value is a new template hash."""
STOPPED_FROM_ANNOTATION = "kubelite.io/replicas-before-stop"
"""On an app of no replicas: how many it had, so that a start without a number goes back to them."""


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


class Frozen(BaseModel):
    """Base of the specs: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Protocol(StrEnum):
    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"


class Port(Frozen):
    """A port the container listens on. `host_port` asks for that very port on the host (one replica can have it)."""

    container_port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Protocol = Protocol.TCP
    host_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    name: str | None = None


class EnvVar(Frozen):
    name: str
    value: str = ""


class Amounts(Frozen):
    """CPU in millicores (1000 = one core), memory in bytes. None = not given."""

    cpu_millicores: int | None = None
    memory_bytes: int | None = None


class Resources(Frozen):
    requests: Amounts = Amounts()
    limits: Amounts = Amounts()
    gpus: int = 0


class Container(Frozen):
    name: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    ports: tuple[Port, ...] = ()
    resources: Resources = Resources()


class PodTemplate(Frozen):
    """What one replica is. Its content hash is the identity of a revision."""

    containers: Annotated[tuple[Container, ...], Field(min_length=1)]
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    termination_grace_seconds: int = 30


class Autoscaling(Frozen):
    """The `Application` short form of a HorizontalPodAutoscaler."""

    enabled: bool = False
    min_replicas: int = 1
    max_replicas: int = 10
    target_cpu_percent: int = 80


class Strategy(Frozen):
    """Rolling update with surge and unavailability as counts or percentages of the wish (rounded up and down)."""

    type: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"
    min_ready_seconds: int = 0


class AppSpec(Frozen):
    """One app (a Deployment). `runtime` names where it runs: `simulator`, `docker`, ..."""

    name: str
    namespace: str = "default"
    runtime: str
    replicas: Annotated[int, Field(ge=0, le=MAX_REPLICAS)] = 1
    template: PodTemplate
    strategy: Strategy = Strategy()
    autoscaling: Autoscaling | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}

    @property
    def key(self) -> AppKey:
        return AppKey(self.namespace, self.name)

    @property
    def container(self) -> Container:
        """The first container: the app's main process."""
        return self.template.containers[0]


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

    @property
    def key(self) -> AppKey:
        return self.spec.key
