"""What the Engine is asked to make, as pure functions: the body of `/containers/create` for each container of a pod.

The first container owns the pod's network: it has the ports, the name in DNS and the host name; the others join it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.pods import PodRequest
from app.core.template import Container, Exec, Port, Probe, Protocol, Security
from app.runtimes.docker.drift import wish
from app.runtimes.docker.host import GPU_LABEL, device_ids
from app.runtimes.docker.mounts import container_mounts
from app.runtimes.docker.shape import shape_of
from app.runtimes.docker.wire import (
    BIRTH_NAME,
    CONTAINER_LABEL,
    ROLE_LABEL,
    SHAPE_LABEL,
    TEMPLATE_LABEL,
    WANTED_LABEL,
    Json,
    Member,
    Role,
    container_name,
    member_name,
    pod_labels,
)

PIDS_LIMIT = 4096
"""Stops a fork bomb, far above what a server needs."""

LOG_FILE_SIZE = "10m"
LOG_FILES = "3"
"""The kubelet rotates at 10 MiB as well; without limits the Engine keeps every line for ever."""

MINIMUM_RESERVATION = 6 * 1024 * 1024
"""Bytes. The Engine refuses a smaller reservation; a request is a hint, so a smaller one is left out."""

HOST_NAME_CHARS = 63


@dataclass(frozen=True, slots=True)
class Setting:
    """One pod and where it runs. `network` empty = the Engine's own bridge. `publish_probes`: the ports of probes are
    published too, because containers cannot be reached from here. `alone`: a side container joins nobody, as the main
    one has ended. `devices`: device requests of each container."""

    instance: str
    request: PodRequest
    network: str = ""
    publish_host: str = "127.0.0.1"
    publish_probes: bool = False
    subpaths: bool = False
    alone: bool = False
    devices: Mapping[str, Sequence[Json]] = field(default_factory=dict)

    def member(self, role: Role, container: str) -> Member:
        return Member(self.request.id, role, container)

    @property
    def main(self) -> Member:
        return self.member(Role.MAIN, self.request.template.containers[0].name)


def create_body(setting: Setting, role: Role, container: Container) -> Json:
    """One container of the pod. Raises `Permanent` (InvalidConfig) for what this Engine cannot do."""
    request, template = setting.request, setting.request.template
    ports = _published(setting) if role is Role.MAIN and not template.host_network else {}
    body: Json = {
        "Image": container.image,
        "Env": [f"{name}={value}" for name, value in environment(request, container)],
        "ExposedPorts": {port: {} for port in ports},
        "StopTimeout": template.termination_grace_seconds,
        "HostConfig": _host_config(setting, role, container, ports),
        **_identity(setting, role),
        **_process(container),
    }
    ours = _labels(setting, role, container)
    body["Labels"] = {**template.labels, **ours, WANTED_LABEL: wish(body, template.labels)}
    return body


def environment(request: PodRequest, container: Container) -> tuple[tuple[str, str], ...]:
    """Its variables: those the engine resolved, else the literal ones."""
    literal = tuple((variable.name, variable.value) for variable in container.env)
    return request.env.get(container.name, literal)


def workbench_body(setting: Setting, mounts: Sequence[Json]) -> Json:
    """The container that writes files: made of the main image because that is there, and never started."""
    container = setting.request.template.containers[0]
    member = setting.member(Role.FILES, "")
    return {
        "Image": container.image,
        "Entrypoint": ["/never-started"],
        "Labels": {**pod_labels(setting.instance, setting.request.id), ROLE_LABEL: Role.FILES.value},
        "HostConfig": {
            "NetworkMode": "none",
            "Mounts": list(mounts),
            BIRTH_NAME: member_name(setting.instance, member),
        },
    }


def _labels(setting: Setting, role: Role, container: Container) -> dict[str, str]:
    shape, gpus = shape_of(setting.request.template), device_ids(setting.devices.get(container.name, ()))
    return {
        **pod_labels(setting.instance, setting.request.id),
        TEMPLATE_LABEL: setting.request.template_hash,
        CONTAINER_LABEL: container.name,
        ROLE_LABEL: role.value,
        **({} if shape.plain else {SHAPE_LABEL: shape.label()}),
        **({GPU_LABEL: gpus} if gpus else {}),
    }


def _identity(setting: Setting, role: Role) -> Json:
    """Host name and place in the network, of containers that have a network of their own."""
    template, pod = setting.request.template, setting.request.id
    if template.host_network or (role is Role.SIDE and not setting.alone):
        return {}
    found: Json = {"Hostname": pod.name[:HOST_NAME_CHARS].rstrip("-.")}
    if setting.network:
        aliases = {"Aliases": [pod.name]} if role is Role.MAIN else {}
        found["NetworkingConfig"] = {"EndpointsConfig": {setting.network: aliases}}
    return found


def _process(container: Container) -> Json:
    # Left out rather than empty: an empty list would erase the image's own.
    found, security = Json(), container.security
    if container.command:
        found["Entrypoint"] = list(container.command)
    if container.args:
        found["Cmd"] = list(container.args)
    if container.working_dir:
        found["WorkingDir"] = container.working_dir
    if security.run_as_user is not None:
        group = "" if security.run_as_group is None else f":{security.run_as_group}"
        found["User"] = f"{security.run_as_user}{group}"
    return found


def _published(setting: Setting) -> dict[str, str]:
    """`"80/tcp"` to the host port asked for, `""` meaning a free one."""
    containers, host_ports = setting.request.template.containers, setting.request.host_ports
    wished = [port for container in containers for port in container.ports]
    listed = {port.container_port for port in wished}
    extra = [*host_ports, *(_probed(containers) if setting.publish_probes else ())]
    wished += [Port(container_port=number) for number in dict.fromkeys(extra) if number not in listed]
    return {
        f"{port.container_port}/{port.protocol.value.lower()}": str(host_ports.get(port.container_port, ""))
        for port in wished
        if port.protocol in (Protocol.TCP, Protocol.UDP)
    }


def _probed(containers: Sequence[Container]) -> Iterator[int]:
    for container in containers:
        probes: tuple[Probe | None, ...] = (container.liveness, container.readiness, container.startup)
        for probe in probes:
            if probe is None or isinstance(probe.handler, Exec):
                continue
            if isinstance(probe.handler.port, int):
                yield probe.handler.port


def _host_config(setting: Setting, role: Role, container: Container, ports: Mapping[str, str]) -> Json:
    mounts = container_mounts(setting.instance, setting.request, container, subpaths=setting.subpaths)
    devices = setting.devices.get(container.name)
    name = member_name(setting.instance, setting.member(role, container.name))
    return {
        # Two healers on one container would fight: the engine restarts, the Engine never does.
        "RestartPolicy": {"Name": "no"},
        "PortBindings": {port: [{"HostIp": setting.publish_host, "HostPort": host}] for port, host in ports.items()},
        "PidsLimit": PIDS_LIMIT,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": LOG_FILE_SIZE, "max-file": LOG_FILES}},
        BIRTH_NAME: name,
        **_namespaces(setting, role),
        **_security(container.security),
        **_resources(container),
        **({"Mounts": mounts} if mounts else {}),
        **({"DeviceRequests": list(devices)} if devices else {}),
    }


def _namespaces(setting: Setting, role: Role) -> Json:
    """Containers of a pod share network and System V memory, as in Kubernetes; init containers come before all that."""
    template, found = setting.request.template, Json()
    main = f"container:{container_name(setting.instance, setting.request.id)}"
    if template.host_network:
        found["NetworkMode"] = "host"
    elif role is Role.SIDE and not setting.alone:
        found["NetworkMode"] = main
    elif setting.network:
        found["NetworkMode"] = setting.network
    if template.host_pid:
        found["PidMode"] = "host"
    if template.host_ipc:
        found["IpcMode"] = "host"
    elif len(template.containers) > 1 and role is not Role.INIT and not setting.alone:
        found["IpcMode"] = main if role is Role.SIDE else "shareable"
    return found


def _security(security: Security) -> Json:
    """`no-new-privileges` always: no image of a service needs a set-user-id program, and an attacker would. Only a
    privileged container, which an administrator allowed, goes without."""
    found: Json = {"Privileged": security.privileged}
    if not security.privileged:
        found["SecurityOpt"] = ["no-new-privileges"]
    if security.read_only_root_filesystem:
        found["ReadonlyRootfs"] = True
    if security.add_capabilities:
        found["CapAdd"] = list(security.add_capabilities)
    if security.drop_capabilities:
        found["CapDrop"] = list(security.drop_capabilities)
    if security.run_as_group is not None and security.run_as_user is None:
        # The Engine takes a group with a user only; as a further group it opens the same files.
        found["GroupAdd"] = [str(security.run_as_group)]
    return found


def _resources(container: Container) -> Json:
    limits, requests, found = container.resources.limits, container.resources.requests, Json()
    if limits.cpu_millicores:
        found["NanoCpus"] = limits.cpu_millicores * 1_000_000
    if weight := requests.cpu_millicores or limits.cpu_millicores:
        # Kubernetes' own conversion: 1024 shares are one core, two the least the kernel takes.
        found["CpuShares"] = max(2, weight * 1024 // 1000)
    if limits.memory_bytes:
        # No swap beyond the limit, as in Kubernetes: a leak ends in an OOM kill that is seen, not in a crawl.
        found["Memory"] = found["MemorySwap"] = limits.memory_bytes
    wished = requests.memory_bytes or 0
    if wished >= MINIMUM_RESERVATION and wished <= (limits.memory_bytes or wished):
        found["MemoryReservation"] = wished
    return found
