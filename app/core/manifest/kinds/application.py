"""`kubelite.io/v1 Application`: the short form of a Deployment, with one container and an optional autoscaler."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.container import read_container
from app.core.manifest.kinds.metadata import AUTOSCALING_ANNOTATION, Metadata, read_metadata
from app.core.manifest.kinds.tables import APPLICATION_ELSEWHERE
from app.core.manifest.loader import load
from app.core.manifest.nodes import Mapping
from app.core.names import default_labels, suggest_name
from app.core.spec import MAX_REPLICAS, AppSpec, Autoscaling, PodTemplate


def read_application(document: Fields) -> AppSpec | None:
    """None (and errors) where it cannot be one app. Pods get the label `app` and the app's own labels."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document)
    spec = document.fields("spec", required=True)
    document.close({}, APPLICATION_ELSEWHERE)
    if spec is None:
        return None
    replicas = spec.integer("replicas", 0, MAX_REPLICAS)
    autoscaling = read_autoscaling(spec)
    inner = spec.fields("container", required=True)
    spec.close({}, APPLICATION_ELSEWHERE)
    container = read_container(inner, suggest_name(meta.name) if meta else "app") if inner else None
    if meta is None or container is None:
        return None
    return AppSpec(
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        replicas=1 if replicas is None else replicas,
        template=PodTemplate(containers=(container,), labels={**default_labels(meta.name), **meta.labels}),
        autoscaling=autoscaling,
        labels=meta.labels,
        annotations=meta.annotations,
    )


def read_autoscaling(spec: Fields) -> Autoscaling | None:
    """`autoscaling`; None where it is absent."""
    fields = spec.fields("autoscaling")
    if fields is None:
        return None
    return _autoscaling(fields)


def read_autoscaling_annotation(document: Fields, meta: Metadata) -> Autoscaling | None:
    """What an export of ours put into an annotation, because a Deployment has no field for it."""
    text = meta.own.get(AUTOSCALING_ANNOTATION)
    if text is None:
        return None
    path = f"metadata.annotations[{AUTOSCALING_ANNOTATION}]"
    loaded = load(text)
    root = loaded.documents[0].root if len(loaded.documents) == 1 and not loaded.errors else None
    if not isinstance(root, Mapping):
        message = f"{AUTOSCALING_ANNOTATION} must be JSON with the fields of an Application's autoscaling"
        document.error_at(path, document.line("metadata"), message)
        return None
    return _autoscaling(Fields(root, path, document.out))


def _autoscaling(fields: Fields) -> Autoscaling | None:
    enabled = fields.boolean("enabled")
    low = fields.integer("minReplicas", 1, MAX_REPLICAS)
    high = fields.integer("maxReplicas", 1, MAX_REPLICAS)
    target = fields.integer("targetCpuUtilization", 1, 1000)
    near = {"targetCPUUtilizationPercentage": "targetCpuUtilization", "targetCPU": "targetCpuUtilization"}
    fields.close({}, near)
    plain = Autoscaling()
    value = Autoscaling(
        enabled=bool(enabled),
        min_replicas=plain.min_replicas if low is None else low,
        max_replicas=plain.max_replicas if high is None else high,
        target_cpu_percent=plain.target_cpu_percent if target is None else target,
    )
    if value.min_replicas > value.max_replicas:
        message = f"minReplicas ({value.min_replicas}) is more than maxReplicas ({value.max_replicas})"
        fields.error("minReplicas" if low is not None else "maxReplicas", message)
    return value
