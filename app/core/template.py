"""What one replica is: containers, probes, volumes. All frozen; equality is by content.

Names and defaults are Kubernetes' own (core/v1 PodSpec) unless a comment says otherwise. The template's content hash is
the identity of a revision (`app.core.revision`), so a default never changes: that would roll every app.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


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


class EnvSource(Frozen):
    """`valueFrom`: where a variable's value is taken from when a replica starts.

    `name` is the ConfigMap or Secret, empty for a field; `key` its key, the field's path (`metadata.name`,
    `status.podIP`) or the resource (`limits.memory`)."""

    kind: Literal["configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef"]
    name: str = ""
    key: str
    optional: bool = False


class EnvVar(Frozen):
    """`value` may hold `$(NAME)` references to variables before it; they are expanded when a replica starts."""

    name: str
    value: str = ""
    source: EnvSource | None = None


class EnvFrom(Frozen):
    """Every key of a ConfigMap or Secret as a variable, `prefix` in front."""

    kind: Literal["configMapRef", "secretRef"]
    name: str
    prefix: str = ""
    optional: bool = False


class Amounts(Frozen):
    """CPU in millicores (1000 = one core), memory in bytes. None = not given."""

    cpu_millicores: int | None = None
    memory_bytes: int | None = None


class Resources(Frozen):
    requests: Amounts = Amounts()
    limits: Amounts = Amounts()
    gpus: int = 0


class HttpGet(Frozen):
    """Healthy = a status from 200 to 399. `port` is a number or the name of a container port."""

    type: Literal["httpGet"] = "httpGet"
    port: int | str
    path: str = "/"
    scheme: Literal["HTTP", "HTTPS"] = "HTTP"
    headers: tuple[tuple[str, str], ...] = ()


class TcpSocket(Frozen):
    """Healthy = the connection opens."""

    type: Literal["tcpSocket"] = "tcpSocket"
    port: int | str


class Exec(Frozen):
    """Healthy = exit code 0 of this command inside the container."""

    type: Literal["exec"] = "exec"
    command: tuple[str, ...]


ProbeHandler = Annotated[HttpGet | TcpSocket | Exec, Field(discriminator="type")]


class Probe(Frozen):
    """Seconds and counts as in Kubernetes; `success_threshold` other than 1 is for readiness only."""

    handler: ProbeHandler
    initial_delay_seconds: Annotated[int, Field(ge=0)] = 0
    period_seconds: Annotated[int, Field(ge=1)] = 10
    timeout_seconds: Annotated[int, Field(ge=1)] = 1
    success_threshold: Annotated[int, Field(ge=1)] = 1
    failure_threshold: Annotated[int, Field(ge=1)] = 3


class VolumeMount(Frozen):
    """`name` is a volume of the template; `sub_path` one file or directory of it."""

    name: str
    mount_path: str
    sub_path: str = ""
    read_only: bool = False


class EmptyDir(Frozen):
    """A directory as long-lived as the attempt; `medium` Memory = a tmpfs."""

    type: Literal["emptyDir"] = "emptyDir"
    medium: Literal["", "Memory"] = ""
    size_limit_bytes: int | None = None


class HostPath(Frozen):
    """A directory of the host, under a root an administrator allowed. Mounted read-only."""

    type: Literal["hostPath"] = "hostPath"
    path: str


class Claim(Frozen):
    """The named volume of a PersistentVolumeClaim; it outlives every replica."""

    type: Literal["persistentVolumeClaim"] = "persistentVolumeClaim"
    name: str
    read_only: bool = False


class FileItem(Frozen):
    """One key as a file; `key` of a downwardAPI source is a field path. `mode` None = the volume's default."""

    key: str
    path: str
    mode: int | None = None


class FileSource(Frozen):
    """Where files come from. No `items` = every key, named as the key is."""

    kind: Literal["configMap", "secret", "downwardAPI"]
    name: str = ""
    items: tuple[FileItem, ...] = ()
    optional: bool = False


class Files(Frozen):
    """A configMap, secret, downwardAPI or projected volume: files written when a replica starts."""

    type: Literal["files"] = "files"
    sources: tuple[FileSource, ...]
    default_mode: int = 0o644


VolumeSource = Annotated[EmptyDir | HostPath | Claim | Files, Field(discriminator="type")]


class Volume(Frozen):
    name: str
    source: VolumeSource


class Security(Frozen):
    """What a container may do. `privileged` is accepted only where an administrator allows host access."""

    run_as_user: int | None = None
    run_as_group: int | None = None
    read_only_root_filesystem: bool = False
    allow_privilege_escalation: bool = True
    privileged: bool = False
    add_capabilities: tuple[str, ...] = ()
    drop_capabilities: tuple[str, ...] = ()


class Container(Frozen):
    name: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    ports: tuple[Port, ...] = ()
    resources: Resources = Resources()
    env_from: tuple[EnvFrom, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()
    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None
    working_dir: str = ""
    image_pull_policy: Literal["", "Always", "IfNotPresent", "Never"] = ""
    """Empty = Kubernetes' default: Always for `latest`, else IfNotPresent. `Always` never waits for a registry where
    the image is there already (ADR 10)."""
    security: Security = Security()


class PodTemplate(Frozen):
    """What one replica is. The first container is its main one: it owns the network that the others share."""

    containers: Annotated[tuple[Container, ...], Field(min_length=1)]
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    termination_grace_seconds: int = 30
    init_containers: tuple[Container, ...] = ()
    """Run one after the other, each to exit code 0, before the containers start."""
    volumes: tuple[Volume, ...] = ()
    restart_policy: Literal["Always", "OnFailure", "Never"] = "Always"
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False

    @property
    def images(self) -> tuple[str, ...]:
        """Every image it needs, each once, the main one first."""
        return tuple(dict.fromkeys(one.image for one in (*self.containers, *self.init_containers)))

    @property
    def wants(self) -> Resources:
        """What one replica asks of the host, by Kubernetes' rule: the sum of the containers' requests (a limit stands
        for a request that is missing), or the largest init container's where that is more."""
        main = [_wanted(one.resources) for one in self.containers]
        first = [_wanted(one.resources) for one in self.init_containers]
        cpu = max(sum(cpu for cpu, _ in main), max((cpu for cpu, _ in first), default=0))
        memory = max(sum(memory for _, memory in main), max((memory for _, memory in first), default=0))
        gpus = sum(one.resources.gpus for one in self.containers)
        return Resources(requests=Amounts(cpu_millicores=cpu, memory_bytes=memory), gpus=gpus)


def _wanted(resources: Resources) -> tuple[int, int]:
    requests, limits = resources.requests, resources.limits
    cpu = requests.cpu_millicores if requests.cpu_millicores is not None else limits.cpu_millicores
    memory = requests.memory_bytes if requests.memory_bytes is not None else limits.memory_bytes
    return cpu or 0, memory or 0
