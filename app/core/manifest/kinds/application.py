"""`kubelite.io/v1 Application`: the short form of a Deployment, with one container and an optional autoscaler."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.container import Around, read_container
from app.core.manifest.kinds.metadata import read_metadata
from app.core.manifest.kinds.scaling import read_autoscaling
from app.core.manifest.kinds.tables import APPLICATION_ELSEWHERE
from app.core.names import default_labels, suggest_name
from app.core.spec import MAX_REPLICAS, AppSpec, PodTemplate


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
    container = read_container(inner, suggest_name(meta.name) if meta else "app", Around()) if inner else None
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
