"""What we say to the Engine, as pure functions: names, labels, filters, image references, create bodies.

The identity of a container of ours is its labels **and** its name: `docker commit` copies labels into an image, so a
container somebody started from such an image would otherwise pass for a replica.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from app.core.errors import Permanent
from app.core.pods import PodId, PodRequest
from app.core.spec import AppKey, Container, Port, Protocol

INSTANCE_LABEL = "kubelite.io/instance"
APP_LABEL = "kubelite.io/app"
SLOT_LABEL = "kubelite.io/slot"
ATTEMPT_LABEL = "kubelite.io/attempt"
TEMPLATE_LABEL = "kubelite.io/template-hash"

WATCHED_EVENTS = ("start", "die", "destroy", "oom", "pause", "unpause", "rename", "health_status")
"""Those that change what is observed. Health probes alone emit three `exec_*` events each, so a filter is a must."""

PIDS_LIMIT = 4096
"""Stops a fork bomb, far above what a server needs."""

LOG_FILE_SIZE = "10m"
LOG_FILES = "3"
"""The kubelet rotates at 10 MiB as well; without limits the Engine keeps every line for ever."""

MINIMUM_RESERVATION = 6 * 1024 * 1024
"""Bytes. The Engine refuses a smaller reservation; a request is a hint, so a smaller one is left out."""

Json = dict[str, Any]

_REFERENCE = re.compile(r"\w[\w.\-]*(:\d+)?(/\w[\w.\-]*)*(:\w[\w.\-]*)?(@[\w.+\-]+:[0-9a-fA-F]+)?", re.ASCII)
"""The shape of a reference only; what exactly is valid is the Engine's to say."""


def container_name(instance: str, pod: PodId) -> str:
    """`kl.<instance>.<namespace>.<app>.<slot>.<attempt>`. The `k` cannot begin a container id, so the Engine's
    fall-back from name to id prefix never finds a stranger by it."""
    return f"kl.{instance}.{pod.app.namespace}.{pod.app.name}.{pod.slot}.{pod.attempt}"


def pod_labels(instance: str, request: PodRequest) -> dict[str, str]:
    """Labels of a container: the template's own, then ours, which win."""
    pod = request.id
    return {
        **request.template.labels,
        INSTANCE_LABEL: instance,
        APP_LABEL: str(pod.app),
        SLOT_LABEL: str(pod.slot),
        ATTEMPT_LABEL: str(pod.attempt),
        TEMPLATE_LABEL: request.template_hash,
    }


def pod_of(instance: str, labels: Mapping[str, str], name: str) -> PodId | None:
    """Whose container this is, or None for a stranger's. `name` with or without the Engine's leading slash."""
    if labels.get(INSTANCE_LABEL) != instance:
        return None
    namespace, slash, app = labels.get(APP_LABEL, "").partition("/")
    slot, attempt = labels.get(SLOT_LABEL, ""), labels.get(ATTEMPT_LABEL, "")
    if not (slash and slot.isdecimal() and attempt.isdecimal()):
        return None
    pod = PodId(AppKey(namespace, app), int(slot), int(attempt))
    return pod if name.lstrip("/") == container_name(instance, pod) else None


def list_filters(instance: str) -> str:
    """The `filters` parameter for our containers, all of them and no others."""
    return json.dumps({"label": [f"{INSTANCE_LABEL}={instance}"]})


def event_filters(instance: str) -> str:
    """The `filters` parameter for news of our containers."""
    return json.dumps({"label": [f"{INSTANCE_LABEL}={instance}"], "type": ["container"], "event": list(WATCHED_EVENTS)})


def split_reference(image: str) -> tuple[str, str]:
    """Repository and tag or digest of an image reference, as `/images/create` wants them: `nginx` is
    `("nginx", "latest")`, `r:5000/a@sha256:0` is `("r:5000/a", "sha256:0")`. A digest wins over a tag."""
    name, at, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{head}{slash}{last}", digest if at else tag or "latest"


def full_reference(image: str) -> str:
    """The reference with its tag or digest always there."""
    repository, tag = split_reference(image)
    return f"{repository}@{tag}" if ":" in tag else f"{repository}:{tag}"


def container_path(identity: str) -> str:
    """The URL path of a container by id or name, whatever characters that has."""
    return f"/containers/{quote(identity, safe='')}"


def image_path(image: str) -> str:
    """The URL path of an image. Raises `Permanent` (InvalidImageName) for what would lead to another path."""
    if not _REFERENCE.fullmatch(image):
        raise Permanent(f"The image name is not valid: {image!r}", reason="InvalidImageName")
    return f"/images/{full_reference(image)}"


def create_body(instance: str, request: PodRequest, publish_host: str = "127.0.0.1") -> Json:
    """The body of `/containers/create`. Raises `Permanent` (InvalidConfig) for more than one container: a sidecar
    that is silently left out would be worse than a refusal."""
    if len(request.template.containers) > 1:
        names = ", ".join(container.name for container in request.template.containers)
        raise Permanent(
            f"The Docker runtime runs one container per replica, and the template has "
            f"{len(request.template.containers)} ({names}); make the others apps of their own.",
            reason="InvalidConfig",
        )
    container = request.template.containers[0]
    ports = _published(container, request.host_ports)
    body: Json = {
        "Image": container.image,
        "Hostname": request.id.name[:63].rstrip("-."),
        "Env": [f"{variable.name}={variable.value}" for variable in container.env],
        "Labels": pod_labels(instance, request),
        "ExposedPorts": {port: {} for port in ports},
        "StopTimeout": request.template.termination_grace_seconds,
        "HostConfig": _host_config(container, ports, publish_host),
    }
    # Left out rather than empty: an empty list would erase the image's own.
    if container.command:
        body["Entrypoint"] = list(container.command)
    if container.args:
        body["Cmd"] = list(container.args)
    return body


def _published(container: Container, host_ports: Mapping[int, int]) -> dict[str, str]:
    """`"80/tcp"` to the host port asked for, `""` meaning a free one."""
    wished = [*container.ports]
    listed = {port.container_port for port in wished}
    wished += [Port(container_port=number) for number in host_ports if number not in listed]
    return {
        f"{port.container_port}/{port.protocol.value.lower()}": str(host_ports.get(port.container_port, ""))
        for port in wished
        if port.protocol in (Protocol.TCP, Protocol.UDP)
    }


def _host_config(container: Container, ports: Mapping[str, str], publish_host: str) -> Json:
    return {
        # Two healers on one container would fight: the engine restarts, the Engine never does.
        "RestartPolicy": {"Name": "no"},
        "PortBindings": {port: [{"HostIp": publish_host, "HostPort": host}] for port, host in ports.items()},
        "Privileged": False,
        "SecurityOpt": ["no-new-privileges"],
        "PidsLimit": PIDS_LIMIT,
        "LogConfig": {"Type": "json-file", "Config": {"max-size": LOG_FILE_SIZE, "max-file": LOG_FILES}},
        **_resources(container),
    }


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
    if container.resources.gpus:
        found["DeviceRequests"] = [{"Driver": "", "Count": container.resources.gpus, "Capabilities": [["gpu"]]}]
    return found
