"""`metadata`, the same for every kind that is an app."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.tables import METADATA, METADATA_SERVER_FIELDS
from app.core.names import check_app_name, check_container_name, check_label_key, check_label_value, check_namespace
from app.core.spec import RUNTIME_ANNOTATION

AUTOSCALING_ANNOTATION = "kubelite.io/autoscaling"
"""How an export carries what a Deployment has no field for: the same fields as an Application's, as JSON."""
NO_POD_LABELS_ANNOTATION = "kubelite.io/no-pod-labels"
"""On an export of an app whose pods have no labels: those in the file are there for `kubectl` only."""

_SERVER_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


@dataclass(frozen=True, slots=True)
class Metadata:
    """An app's metadata; `own` are the annotations that are ours and part of no spec."""

    name: str
    namespace: str
    runtime: str
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)


def read_metadata(document: Fields) -> Metadata | None:
    """None (and errors) where there is no name to go by."""
    meta = document.fields("metadata", required=True)
    if meta is None:
        return None
    name = meta.text("name", check=check_app_name, required=True)
    namespace = meta.text("namespace", check=check_namespace) or "default"
    labels = meta.text_map("labels", check_key=check_label_key, check_value=check_label_value)
    annotations = meta.text_map("annotations", check_key=check_label_key)
    runtime = _runtime(meta, annotations)
    own = {
        key: annotations.pop(key) for key in (AUTOSCALING_ANNOTATION, NO_POD_LABELS_ANNOTATION) if key in annotations
    }
    for key in _SERVER_ANNOTATIONS:
        annotations.pop(key, None)
    meta.silent(*METADATA_SERVER_FIELDS)
    meta.close(METADATA)
    return None if name is None else Metadata(name, namespace, runtime, labels, annotations, own)


def _runtime(meta: Fields, annotations: dict[str, str]) -> str:
    text = annotations.pop(RUNTIME_ANNOTATION, None)
    if text is None:
        return meta.out.runtime
    inner = meta.fields("annotations")
    if inner is not None:
        inner.text(RUNTIME_ANNOTATION, check=check_container_name)
    return text
