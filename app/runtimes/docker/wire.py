"""What we call things at the Engine, as pure functions: names, labels, filters, image references, paths.

The identity of a container of ours is its labels **and** its name: `docker commit` copies labels into an image, so a
container somebody started from such an image would otherwise pass for a replica. A container that was renamed is told
from such a copy by its birth name (`BIRTH_NAME`), which no image carries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote

from app.core.errors import Permanent
from app.core.pods import PodId
from app.core.spec import AppKey

INSTANCE_LABEL = "kubelite.io/instance"
APP_LABEL = "kubelite.io/app"
SLOT_LABEL = "kubelite.io/slot"
ATTEMPT_LABEL = "kubelite.io/attempt"
TEMPLATE_LABEL = "kubelite.io/template-hash"
CONTAINER_LABEL = "kubelite.io/container"
ROLE_LABEL = "kubelite.io/role"
SHAPE_LABEL = "kubelite.io/pod"
WANTED_LABEL = "kubelite.io/wanted"

BIRTH_NAME = "ContainerIDFile"
"""A word of `HostConfig` the Engine keeps and does nothing with. It holds the name a container was made with: unlike
labels it is in no image that is committed from it, and unlike the name nobody changes it."""

CONTAINER_EVENTS = (
    "start",
    "die",
    "destroy",
    "oom",
    "pause",
    "unpause",
    "rename",
    "update",
    "health_status",
)
"""Those that change what is observed. Health probes alone emit three `exec_*` events each, so a filter is a must."""

NETWORK_EVENTS = ("connect", "disconnect")
"""They carry neither labels nor names of ours, only a container's id."""

Json = dict[str, Any]

_REFERENCE = re.compile(r"\w[\w.\-]*(:\d+)?(/\w[\w.\-]*)*(:\w[\w.\-]*)?(@[\w.+\-]+:[0-9a-fA-F]+)?", re.ASCII)
"""The shape of a reference only; what exactly is valid is the Engine's to say."""


class Role(StrEnum):
    """What a container is in its pod. `FILES` writes the pod's volumes before anything runs, and never runs itself."""

    MAIN = "main"
    SIDE = "side"
    INIT = "init"
    FILES = "files"


_ROLES = frozenset(role.value for role in Role)


class Member(NamedTuple):
    """One container of a pod; `container` is its name in the template."""

    pod: PodId
    role: Role
    container: str


def container_name(instance: str, pod: PodId) -> str:
    """`kl.<instance>.<namespace>.<app>.<slot>.<attempt>`: the pod's first container. The `k` cannot begin a container
    id, so the Engine's fall-back from name to id prefix never finds a stranger by it."""
    return f"kl.{instance}.{pod.app.namespace}.{pod.app.name}.{pod.slot}.{pod.attempt}"


def member_name(instance: str, member: Member) -> str:
    """The first container has the pod's own name, the others that and their own behind it."""
    name = container_name(instance, member.pod)
    match member.role:
        case Role.MAIN:
            return name
        case Role.FILES:
            # No container of a template begins with this.
            return f"{name}._files"
        case _:
            return f"{name}.{member.container}"


def pod_labels(instance: str, pod: PodId) -> dict[str, str]:
    """The labels that say which attempt a container or a volume belongs to."""
    return {
        INSTANCE_LABEL: instance,
        APP_LABEL: str(pod.app),
        SLOT_LABEL: str(pod.slot),
        ATTEMPT_LABEL: str(pod.attempt),
    }


def pod_by_labels(instance: str, labels: Mapping[str, str]) -> PodId | None:
    """Whose labels these are, or None for a stranger's."""
    if labels.get(INSTANCE_LABEL) != instance:
        return None
    namespace, slash, app = labels.get(APP_LABEL, "").partition("/")
    slot, attempt = labels.get(SLOT_LABEL, ""), labels.get(ATTEMPT_LABEL, "")
    if not (slash and slot.isdecimal() and attempt.isdecimal()):
        return None
    return PodId(AppKey(namespace, app), int(slot), int(attempt))


def member_by_labels(instance: str, labels: Mapping[str, str]) -> Member | None:
    """Whose labels these are. Whether the container is no copy is for `member_name` or its birth name to say."""
    pod, role = pod_by_labels(instance, labels), labels.get(ROLE_LABEL, Role.MAIN.value)
    if pod is None or role not in _ROLES:
        return None
    return Member(pod, Role(role), labels.get(CONTAINER_LABEL, ""))


def list_filters(instance: str, pod: PodId | None = None) -> str:
    """The `filters` parameter for our containers or volumes, all of them (of one attempt) and no others."""
    labels = {INSTANCE_LABEL: instance} if pod is None else pod_labels(instance, pod)
    return json.dumps({"label": [f"{key}={value}" for key, value in labels.items()]})


def event_filters() -> str:
    """The `filters` parameter for news. One stream for both kinds, so without a filter by label: events of networks
    have none."""
    return json.dumps({"type": ["container", "network"], "event": [*CONTAINER_EVENTS, *NETWORK_EVENTS]})


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
