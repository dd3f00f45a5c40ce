"""`metadata`, the same for every kind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.rent import check_rent
from app.core.manifest.kinds.tables import METADATA, METADATA_SERVER_FIELDS
from app.core.manifest.nodes import plain
from app.core.names import check_app_name, check_container_name, check_label_key, check_label_value, check_namespace
from app.core.quoting import quoted
from app.core.spec import RUNTIME_ANNOTATION

AUTOSCALING_ANNOTATION = "kubelite.io/autoscaling"
"""How an export carries what a Deployment has no field for: the same fields as an Application's, as JSON."""
NO_POD_LABELS_ANNOTATION = "kubelite.io/no-pod-labels"
"""On an export of an app whose pods have no labels: those in the file are there for `kubectl` only."""
REPLICAS_ANNOTATIONS = (AUTOSCALING_ANNOTATION, NO_POD_LABELS_ANNOTATION)
NO_METRICS_ANNOTATION = "kubelite.io/no-metrics"
"""On an export of an autoscaler that measures nothing (`metrics` left out would mean 80 % CPU)."""
OWNER_ANNOTATION = "kubelite.io/cronjob"
"""On an export of a Job that a CronJob made: the CronJob's name."""
MAX_ANNOTATION_BYTES = 256 * 1024
"""Kubernetes' TotalAnnotationSizeLimitB."""

_SERVER_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
_LONGEST_PREFIX = 57


@dataclass(frozen=True, slots=True)
class Metadata:
    """An object's metadata; `own` are the annotations that are ours and part of no spec. `runtime` is the default one
    and `own` empty for what is not run."""

    name: str
    namespace: str
    runtime: str
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)


def read_metadata(
    document: Fields, *, check: Callable[[str], object] = check_app_name, runs: bool = True, ours: tuple[str, ...] = ()
) -> Metadata | None:
    """None (and errors) where there is no name to go by. `runs` = the kind has a runtime; `ours` are the annotations
    of ours that mean something for it."""
    meta = document.fields("metadata", required=True, hint="write at least metadata.name")
    if meta is None:
        return None
    name = _name(document, meta, check)
    namespace = meta.text("namespace", check=check_namespace) or "default"
    labels = meta.text_map("labels", check_key=check_label_key, check_value=check_label_value)
    annotations = read_annotations(meta)
    runtime = _runtime(meta, annotations) if runs else meta.out.runtime
    own = {key: annotations.pop(key) for key in ours if key in annotations}
    for key in _SERVER_ANNOTATIONS:
        annotations.pop(key, None)
    meta.silent(*METADATA_SERVER_FIELDS)
    meta.close(METADATA)
    return None if name is None else Metadata(name, namespace, runtime, labels, annotations, own)


def read_annotations(meta: Fields) -> dict[str, str]:
    annotations = meta.text_map("annotations", check_key=_annotation_key)
    size = sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items())
    if size > MAX_ANNOTATION_BYTES:
        message = f"annotations are {size:,} bytes, the limit is {MAX_ANNOTATION_BYTES:,}"
        meta.error("annotations", message, "long text belongs in a ConfigMap")
    check_rent(meta, annotations)
    return annotations


def _annotation_key(text: str) -> object:
    """As a label's, but capitals in the prefix are let pass, as Kubernetes does for annotations."""
    return check_label_key(text.lower())


def _name(document: Fields, meta: Fields, check: Callable[[str], object]) -> str | None:
    if meta.has("name") or not meta.has("generateName"):
        meta.silent("generateName")
        return meta.text("name", check=check, required=True)
    prefix = meta.text("generateName", check=_prefix(check))
    meta.silent("name")
    if prefix is None:
        return None
    content = json.dumps(plain(document.node), sort_keys=True, ensure_ascii=True)
    name = prefix[:_LONGEST_PREFIX] + hashlib.sha256(content.encode("ascii")).hexdigest()[:5]
    message = (
        f"generateName: the name is {quoted(name)}, made from the document's content, so that the same file is the "
        "same object when it is applied again"
    )
    meta.warn("generateName", message)
    return name


def _prefix(check: Callable[[str], object]) -> Callable[[str], object]:
    def checked(text: str) -> object:
        if not text:
            raise InvalidInput("generateName is empty: write a name")
        return check(f"{text[:_LONGEST_PREFIX]}x")

    return checked


def _runtime(meta: Fields, annotations: dict[str, str]) -> str:
    text = annotations.pop(RUNTIME_ANNOTATION, None)
    if text is None:
        return meta.out.runtime
    inner = meta.fields("annotations")
    if inner is not None:
        inner.text(RUNTIME_ANNOTATION, check=check_container_name)
    return text
