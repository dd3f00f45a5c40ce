"""One container: the same in an Application and in a pod template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.images import parse_image
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.env import read_env
from app.core.manifest.kinds.envfrom import read_env_from
from app.core.manifest.kinds.mounts import read_mounts
from app.core.manifest.kinds.ports import read_ports
from app.core.manifest.kinds.probes import read_probe
from app.core.manifest.kinds.resources import GPU, read_resources
from app.core.manifest.kinds.security import read_security
from app.core.manifest.kinds.tables import CONTAINER, ELSEWHERE
from app.core.names import check_container_name
from app.core.spec import Container, Security, Volume

__all__ = ["GPU", "Around", "read_container"]

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_PODMAN_WORDS = {"missing": "IfNotPresent", "newer": "Always"}
"""What `podman kube generate` and its users write."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the pod gives its containers."""

    volumes: Mapping[str, Volume | None] = field(default_factory=dict)
    security: Security = field(default_factory=Security)
    init: bool = False
    """It is one that runs before the others."""


def read_container(fields: Fields, default_name: str | None, around: Around) -> Container | None:
    """None (and errors) where it has no image or name. `default_name` is for kinds that do not ask for one."""
    name = fields.text("name", check=check_container_name, required=default_name is None)
    image = fields.text("image", check=_image, required=True)
    container_name = name or default_name
    ports = read_ports(fields)
    rest = {
        "command": fields.texts("command"),
        "args": fields.texts("args"),
        "env": read_env(fields, container_name or ""),
        "env_from": read_env_from(fields),
        "ports": ports,
        "resources": read_resources(fields),
        "volume_mounts": read_mounts(fields, around.volumes),
        "liveness": read_probe(fields, "livenessProbe", ports),
        "readiness": read_probe(fields, "readinessProbe", ports),
        "startup": read_probe(fields, "startupProbe", ports),
        "working_dir": fields.text("workingDir") or "",
        "image_pull_policy": _pull_policy(fields),
        "security": read_security(fields, around.security),
    }
    _restart_policy(fields, around)
    fields.close(CONTAINER, ELSEWHERE)
    if not container_name or not image:
        return None
    return Container.model_validate({"name": container_name, "image": image, **rest})


def _image(text: str) -> str:
    parse_image(text)
    return text


def _pull_policy(fields: Fields) -> str:
    written = fields.value("imagePullPolicy")
    if isinstance(written, str) and written in _PODMAN_WORDS:
        policy = _PODMAN_WORDS[written]
        fields.silent("imagePullPolicy")
        fields.warn("imagePullPolicy", f"imagePullPolicy {written} is Podman's word: it is read as {policy}")
        return policy
    return fields.choice("imagePullPolicy", _PULL_POLICIES) or ""


def _restart_policy(fields: Fields, around: Around) -> None:
    """Of one container. `Always` of an init container makes it a sidecar, which is the pod's matter."""
    policy = fields.choice("restartPolicy", ("Always", "OnFailure", "Never"))
    if policy not in (None, "Always"):
        fields.warn("restartPolicy", f"restartPolicy {policy} of a container is ignored: the pod's counts")
    if around.init and policy != "Always":
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            if fields.has(probe):
                fields.error(probe, f"an init container may have no {probe}: it runs to its end", "remove it")
