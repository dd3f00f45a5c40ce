"""What is desired beside the workloads: configuration, services, volumes, autoscalers, schedules, namespaces. Frozen.

Names and defaults are Kubernetes' own. An object is found by its `ObjectKey`; `Stored` is how the store keeps it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer

from app.core.spec import AppKey, AppSpec, Autoscaling
from app.core.template import Frozen, Protocol


def _decoded(value: Any) -> Any:
    return b64decode(value, validate=True) if isinstance(value, str) else value


def _encoded(value: bytes) -> str:
    return b64encode(value).decode()


Blob = Annotated[bytes, BeforeValidator(_decoded), PlainSerializer(_encoded, when_used="json")]
"""Bytes; base64 text in JSON, as in a manifest."""

KINDS = ("Namespace", "ConfigMap", "Secret", "PersistentVolumeClaim", "Service", "HorizontalPodAutoscaler", "CronJob")
"""In the order they are applied: what others refer to comes first. Workloads come after the claims."""


class ObjectKey(NamedTuple):
    kind: str
    namespace: str
    """Empty for a Namespace."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class _Object(Frozen):
    name: str
    namespace: str = "default"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Namespace(_Object):
    kind: Literal["Namespace"] = "Namespace"
    namespace: str = ""


class ConfigMap(_Object):
    kind: Literal["ConfigMap"] = "ConfigMap"
    data: dict[str, str] = {}
    binary_data: dict[str, Blob] = {}
    immutable: bool = False

    @property
    def values(self) -> dict[str, bytes]:
        return {**{key: text.encode() for key, text in self.data.items()}, **self.binary_data}


class Secret(_Object):
    """Never in a log, an event, a reply, a prompt: its `repr` shows no value, and exports hide them unless asked."""

    kind: Literal["Secret"] = "Secret"
    type: str = "Opaque"
    data: dict[str, Blob] = Field(default={}, repr=False)
    """Decoded; in JSON base64, as in a manifest."""
    immutable: bool = False

    @property
    def values(self) -> dict[str, bytes]:
        return dict(self.data)


class VolumeClaim(_Object):
    """A named volume of the runtime. Its size is noted, not enforced."""

    kind: Literal["PersistentVolumeClaim"] = "PersistentVolumeClaim"
    runtime: str
    size_bytes: int | None = None
    access_modes: tuple[str, ...] = ("ReadWriteOnce",)


class ServicePort(Frozen):
    """`target_port` None = `port`; a name is looked up in each replica's containers. `node_port` asks for that very
    port on the host; without one a free one is taken and kept."""

    port: Annotated[int, Field(ge=1, le=65535)]
    name: str = ""
    protocol: Protocol = Protocol.TCP
    target_port: int | str | None = None
    node_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    app_protocol: str = ""


class Service(_Object):
    """One stable address for the ready replicas whose template labels hold the selector.

    Every type is reached by name from the pods of its namespace; NodePort and LoadBalancer also from the host
    (`published`). ExternalName is not run.
    """

    kind: Literal["Service"] = "Service"
    runtime: str
    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    session_affinity: bool = False
    """True = ClientIP."""

    @property
    def published(self) -> bool:
        return self.type != "ClusterIP"


class HorizontalPodAutoscaler(_Object):
    kind: Literal["HorizontalPodAutoscaler"] = "HorizontalPodAutoscaler"
    target: str
    """The name of an app in the same namespace."""
    scaling: Autoscaling

    @property
    def target_key(self) -> AppKey:
        return AppKey(self.namespace, self.target)


class CronJob(_Object):
    """`job` is the Job each run makes; its name is the CronJob's with the run's minute behind it."""

    kind: Literal["CronJob"] = "CronJob"
    schedule: str
    """Five fields, or @hourly, @daily, ... as in Kubernetes; checked when it is read."""
    time_zone: str = ""
    """An IANA name; empty = UTC."""
    concurrency: Literal["Allow", "Forbid", "Replace"] = "Allow"
    starting_deadline_seconds: int | None = None
    suspend: bool = False
    keep_succeeded: int = 3
    keep_failed: int = 1
    job: AppSpec


KubeObject = Annotated[
    Namespace | ConfigMap | Secret | VolumeClaim | Service | HorizontalPodAutoscaler | CronJob,
    Field(discriminator="kind"),
]


class ObjectState(Frozen):
    """What must be remembered of an object beside the wish."""

    host_ports: dict[str, int] = {}
    """Of a Service: `80/TCP` -> the host port it was given, kept across restarts."""
    last_run_at: float | None = None
    """Of a CronJob: the scheduled time (epoch seconds) of the last run that was begun or skipped."""


class Stored(Frozen):
    """One object in the store. `generation` counts its changes."""

    object: KubeObject
    generation: int
    state: ObjectState = ObjectState()
    deleting: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0

    @property
    def key(self) -> ObjectKey:
        return key_of(self.object)


def key_of(one: KubeObject) -> ObjectKey:
    return ObjectKey(one.kind, one.namespace, one.name)
