"""`apps/v1 ReplicaSet`: a number of replicas without rollouts; a new template counts for new replicas only."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.deployment import own_labels
from app.core.manifest.kinds.metadata import REPLICAS_ANNOTATIONS, read_metadata
from app.core.manifest.kinds.pod_template import PodRules, read_template
from app.core.manifest.kinds.scaling import read_autoscaling_annotation
from app.core.manifest.kinds.selector import check_selector
from app.core.manifest.kinds.strategy import read_ready_seconds
from app.core.manifest.kinds.tables import ELSEWHERE
from app.core.spec import MAX_REPLICAS, AppSpec, Strategy

_PODS = PodRules("ReplicaSet", ("Always",))
_OF_A_DEPLOYMENT = dict.fromkeys(("strategy", "paused", "progressDeadlineSeconds"), "spec of a Deployment")


def read_replicaset(document: Fields) -> AppSpec | None:
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
    ready = read_ready_seconds(spec)
    spec.close({}, {**ELSEWHERE, **_OF_A_DEPLOYMENT})
    if meta is None or pod is None:
        return None
    return AppSpec(
        kind="ReplicaSet",
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        replicas=1 if replicas is None else replicas,
        template=own_labels(pod.template, meta),
        strategy=Strategy(min_ready_seconds=ready),
        autoscaling=read_autoscaling_annotation(document, meta),
        labels=meta.labels,
        annotations=meta.annotations,
    )
