"""What the Engine is told of a balancer, and what it shows of one. Pure.

A balancer has labels of its own kind and no pod's: it never passes for a replica (`app.runtimes.docker.wire.pod_of`).
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.core.objects import ObjectKey
from app.core.services import BalancerRequest
from app.runtimes.docker.archive import Entry, tarball
from app.runtimes.docker.networks import NAMESPACE_LABEL, network_name
from app.runtimes.docker.wire import INSTANCE_LABEL, Json

SERVICE_LABEL = "kubelite.io/service"
MADE_AS_LABEL = "kubelite.io/made-as"
"""What cannot be changed of a container that runs, as a hash: another one means another container."""

DIRECTORY = "/etc/kubelite"
"""A volume: the Engine writes into it although the container's root is read-only."""
CONFIG, APPLIED = "haproxy.cfg", "applied"
"""The configuration, and the digest of the one that is in charge."""

MEMORY_BYTES = 256 * 2**20
"""A worker takes 7 MiB, and some 35 KiB more for each of 4,000 connections at most."""

USER = "99:99"
"""That of the official image; a number, because other images have no name for it."""

_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  read from the Engine, not bound


def balancer_name(instance: str, service: ObjectKey) -> str:
    """`kl-svc.<instance>.<namespace>.<service>`: no pod's name, which begins with `kl.`, and no id."""
    return f"kl-svc.{instance}.{service.namespace}.{service.name}"


def aliases(service: ObjectKey) -> list[str]:
    """The names its namespace's pods reach it by: those of Kubernetes' DNS."""
    name, namespace = service.name, service.namespace
    return [name, *(f"{name}.{namespace}{rest}" for rest in ("", ".svc", ".svc.cluster.local"))]


def balancer_filters(instance: str, service: ObjectKey | None = None) -> str:
    """The `filters` parameter for all balancers of ours, or for one."""
    which = SERVICE_LABEL if service is None else f"{SERVICE_LABEL}={service.namespace}/{service.name}"
    return json.dumps({"label": [f"{INSTANCE_LABEL}={instance}", which]})


def made_as(image: str, request: BalancerRequest) -> str:
    """The hash of what a balancer is made of but its configuration and the host ports it was given."""
    ports = sorted((one.port, one.host_port is not None) for one in request.ports)
    return sha256(json.dumps([1, image, ports]).encode()).hexdigest()[:16]


def create_body(instance: str, image: str, request: BalancerRequest, publish_host: str) -> Json:
    """The body of `/containers/create`. The process has no capability, no root and one directory it can read from."""
    service = request.service
    network = network_name(instance, service.namespace)
    published = {f"{one.port}/tcp": one.host_port for one in request.ports if one.host_port is not None}
    return {
        "Image": image,
        # Ours, not the image's: the official one wraps it in a script, Debian's has none.
        "Entrypoint": ["haproxy", "-W", "-db", "-f", f"{DIRECTORY}/{CONFIG}"],
        "Cmd": [],
        "User": USER,
        "Hostname": service.name[:63].rstrip("-."),
        "Labels": {
            INSTANCE_LABEL: instance,
            NAMESPACE_LABEL: service.namespace,
            SERVICE_LABEL: f"{service.namespace}/{service.name}",
            MADE_AS_LABEL: made_as(image, request),
        },
        "Healthcheck": {"Test": ["NONE"]},
        "ExposedPorts": {port: {} for port in published},
        "Volumes": {DIRECTORY: {}},
        "HostConfig": {
            "NetworkMode": network,
            "PortBindings": {
                port: [{"HostIp": publish_host, "HostPort": str(wished or "")}] for port, wished in published.items()
            },
            "RestartPolicy": {"Name": "no"},
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            # It binds low ports and is not root.
            "Sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
            "ReadonlyRootfs": True,
            "PidsLimit": 64,
            "Memory": MEMORY_BYTES,
            "MemorySwap": MEMORY_BYTES,
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}},
        },
        "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": aliases(service)}}},
    }


@dataclass(frozen=True, slots=True)
class Found:
    """One balancer container of ours as the Engine lists it. `running` = it runs, on its network."""

    service: ObjectKey
    identity: str
    running: bool
    made_as: str
    address: str
    host: str
    host_ports: Mapping[str, int]

    def serves(self, image: str, request: BalancerRequest) -> bool:
        """Whether this very container can do what is asked, given the right configuration."""
        wished = {f"{one.port}/TCP": one.host_port for one in request.ports if one.host_port}
        kept = all(self.host_ports.get(name) == number for name, number in wished.items())
        return self.running and self.made_as == made_as(image, request) and kept


def found(instance: str, entry: Mapping[str, Any], reach_host: str) -> Found | None:
    """One entry of `/containers/json`; None for a container that is no balancer of this instance. `reach_host` is
    shown for ports that are bound to every address."""
    labels: Mapping[str, str] = entry.get("Labels") or {}
    namespace, _, name = labels.get(SERVICE_LABEL, "").partition("/")
    service = ObjectKey("Service", namespace, name)
    if f"/{balancer_name(instance, service)}" not in (entry.get("Names") or ()):
        return None
    networks = (entry.get("NetworkSettings") or {}).get("Networks") or {}
    address = str((networks.get(network_name(instance, namespace)) or {}).get("IPAddress") or "")
    bound = [port for port in entry.get("Ports") or () if port.get("PublicPort")]
    hosts = {str(port.get("IP", "")) for port in bound}
    host = next((one for one in sorted(hosts) if one not in _EVERYWHERE), reach_host)
    return Found(
        service=service,
        identity=str(entry["Id"]),
        running=entry.get("State") == "running" and bool(address),
        made_as=labels.get(MADE_AS_LABEL, ""),
        address=address,
        host=host,
        host_ports={f"{port['PrivatePort']}/{str(port['Type']).upper()}": int(port["PublicPort"]) for port in bound},
    )


def pack(files: Iterable[tuple[str, str]]) -> bytes:
    """A tar archive of texts by name, readable by everybody."""
    return tarball((Entry(name, 0o644, text.encode()) for name, text in files), modified_at=0.0)


def unpack(archive: bytes, name: str) -> str:
    """The text of one file of an archive; empty where it is not there or cannot be read."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            member = tar.extractfile(name)
            return "" if member is None else member.read().decode(errors="replace")
    except (tarfile.TarError, KeyError):
        return ""
