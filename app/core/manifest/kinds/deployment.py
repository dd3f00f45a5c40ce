"""`apps/v1 Deployment`."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import (
    NO_POD_LABELS_ANNOTATION,
    REPLICAS_ANNOTATIONS,
    Metadata,
    read_metadata,
)
from app.core.manifest.kinds.pod_template import PodRules, read_template
from app.core.manifest.kinds.scaling import read_autoscaling_annotation
from app.core.manifest.kinds.selector import check_selector
from app.core.manifest.kinds.strategy import read_strategy
from app.core.manifest.kinds.tables import ELSEWHERE
from app.core.spec import MAX_REPLICAS, AppSpec, PodTemplate

_PODS = PodRules("Deployment", ("Always",))


def read_deployment(document: Fields) -> AppSpec | None:
    """None (and errors) where it cannot be one app."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document, ours=REPLICAS_ANNOTATIONS)
    spec = document.fields("spec", required=True)
    document.close({}, ELSEWHERE)
    if spec is None:
        return None
    replicas = spec.integer("replicas", 0, MAX_REPLICAS)
    labels, pod = read_template(spec, _PODS)
    check_selector(spec, labels)
    strategy = read_strategy(spec)
    paused = spec.boolean("paused")
    spec.close({}, ELSEWHERE)
    if meta is None or pod is None:
        return None
    return AppSpec(
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        replicas=1 if replicas is None else replicas,
        template=own_labels(pod.template, meta),
        strategy=strategy,
        paused=bool(paused),
        autoscaling=read_autoscaling_annotation(document, meta),
        labels=meta.labels,
        annotations=meta.annotations,
    )


def own_labels(template: PodTemplate, meta: Metadata) -> PodTemplate:
    return template.model_copy(update={"labels": {}}) if NO_POD_LABELS_ANNOTATION in meta.own else template
