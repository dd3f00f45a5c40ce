"""A pod: the same in every workload, under `template` or as a document of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.container import Around, read_container
from app.core.manifest.kinds.hostaccess import read_host_access
from app.core.manifest.kinds.metadata import read_annotations
from app.core.manifest.kinds.ports import check_shared_ports
from app.core.manifest.kinds.rent import read_gpu_labels
from app.core.manifest.kinds.security import read_pod_security
from app.core.manifest.kinds.tables import ELSEWHERE, METADATA_SERVER_FIELDS, POD, POD_METADATA
from app.core.manifest.kinds.volumes import read_volumes
from app.core.manifest.report import Reason
from app.core.names import check_label_key, check_label_value
from app.core.quoting import listed, quoted
from app.core.spec import Container, PodTemplate

MAX_SECONDS = 2**31 - 1
MAX_CONTAINERS = 100
"""Of one pod; on one host a hundred is a slip."""
DEFAULT_GRACE = 30


@dataclass(frozen=True, slots=True)
class PodRules:
    """What a kind of workload asks of its pods: `restart` are the policies it may have; `deadline` = it may have
    activeDeadlineSeconds; `elsewhere` says where a misplaced field belongs."""

    owner: str
    restart: tuple[str, ...]
    deadline: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=lambda: ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Pod:
    """A template and what of the pod belongs to the run."""

    template: PodTemplate
    active_deadline_seconds: int | None = None


def read_template(spec: Fields, rules: PodRules) -> tuple[dict[str, str] | None, Pod | None]:
    """`template`: the pods' labels, and the pod where the rest of it is right too."""
    template = spec.fields("template", required=True)
    if template is None:
        return None, None
    labels, annotations = _pod_metadata(template)
    pod = template.fields("spec", required=True)
    template.close({}, ELSEWHERE)
    return labels, None if pod is None else read_pod_spec(pod, labels, annotations, rules)


def _pod_metadata(template: Fields) -> tuple[dict[str, str], dict[str, str]]:
    meta = template.fields("metadata")
    if meta is None:
        return {}, {}
    labels = meta.text_map("labels", check_key=check_label_key, check_value=check_label_value)
    annotations = read_annotations(meta)
    meta.silent(*METADATA_SERVER_FIELDS)
    meta.close(POD_METADATA)
    return labels, annotations


def read_pod_spec(pod: Fields, labels: dict[str, str], annotations: dict[str, str], rules: PodRules) -> Pod | None:
    """None (and errors) where it has no container to run."""
    volumes = read_volumes(pod)
    around = Around(volumes, read_pod_security(pod))
    policy = _restart_policy(pod, rules)
    main = _containers(pod, "containers", around, required=True)
    init, sidecars = _init_containers(pod, around, completes=policy != "Always")
    fields = [*pod.mappings("containers"), *pod.mappings("initContainers")]
    _unique_names(fields)
    check_shared_ports(pod.mappings("containers"))
    deadline = _deadline(pod, rules)
    grace = pod.integer("terminationGracePeriodSeconds", 0, MAX_SECONDS)
    access = read_host_access(pod)
    chosen = read_gpu_labels(pod)
    pod.close(POD, rules.elsewhere)
    if not main:
        return None
    template = PodTemplate.model_validate(
        {
            "containers": (*main, *sidecars),
            "init_containers": init,
            "labels": labels,
            "annotations": {**annotations, **chosen},
            "termination_grace_seconds": DEFAULT_GRACE if grace is None else grace,
            "volumes": tuple(volume for volume in volumes.values() if volume is not None),
            "restart_policy": policy,
            **access,
        }
    )
    return Pod(template, deadline)


def _restart_policy(pod: Fields, rules: PodRules) -> str:
    policy = pod.choice("restartPolicy", ("Always", "OnFailure", "Never"))
    if (policy or "Always") in rules.restart or (pod.has("restartPolicy") and policy is None):
        return policy or "Always"
    must = f"restartPolicy of a {rules.owner} must be {listed(rules.restart)}"
    has = f", not {policy}" if policy else ": it is missing, and Always is the default"
    pod.error("restartPolicy", must + has, "remove it" if rules.restart == ("Always",) else f"write {rules.restart[0]}")
    return rules.restart[0]


def _containers(pod: Fields, key: str, around: Around, *, required: bool = False) -> list[Container]:
    before = len(pod.out.errors)
    items = pod.each(key, hint='write "- name: NAME" and below it "image: IMAGE"')
    if len(items) > MAX_CONTAINERS:
        pod.error(key, f"{key} must be at most {MAX_CONTAINERS}, not {len(items)}", "make apps of their own of some")
    read = [read_container(each, None, around) for each in items[:MAX_CONTAINERS]]
    if required and not items and len(pod.out.errors) == before:
        pod.error(key, f"{key} is missing: one container is required here")
    return [container for container in read if container is not None]


def _init_containers(
    pod: Fields, around: Around, *, completes: bool
) -> tuple[tuple[Container, ...], tuple[Container, ...]]:
    """Those that run before the others, and the sidecars: they start with the others here, not before them. In a pod
    that runs to completion a sidecar would keep it from ever being done, so there it is left out."""
    read = _containers(pod, "initContainers", Around(around.volumes, around.security, init=True))
    lasting = [each for each in pod.mappings("initContainers") if each.value("restartPolicy") == "Always"]
    for each in lasting:
        instead = (
            "it is left out: a pod that runs to completion is done when all its containers are"
            if completes
            else "it starts together with the other containers, after the init containers"
        )
        each.warn("restartPolicy", f"sidecar {quoted(each.value('name'))} of initContainers: {instead}")
    names = {each.value("name") for each in lasting}
    first = tuple(container for container in read if container.name not in names)
    return first, () if completes else tuple(container for container in read if container.name in names)


def _unique_names(containers: Sequence[Fields]) -> None:
    first: dict[str, int] = {}
    for each in containers:
        name = each.value("name")
        if not isinstance(name, str):
            continue
        if name in first:
            each.error("name", f"duplicate container name {quoted(name)}: line {first[name]} has it too", "rename one")
        first.setdefault(name, each.line("name"))


def _deadline(pod: Fields, rules: PodRules) -> int | None:
    seconds = pod.integer("activeDeadlineSeconds", 1, MAX_SECONDS)
    if seconds is not None and not rules.deadline:
        message = f"activeDeadlineSeconds is not supported: a {rules.owner} runs until it is stopped"
        pod.error("activeDeadlineSeconds", message, "remove it", Reason.NOT_SUPPORTED)
    return seconds
