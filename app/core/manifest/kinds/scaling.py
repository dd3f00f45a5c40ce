"""Autoscaling as the short form says it: an Application's `autoscaling`, and the annotation of an export."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.behavior import read_behavior
from app.core.manifest.kinds.metadata import AUTOSCALING_ANNOTATION, Metadata
from app.core.manifest.loader import load
from app.core.manifest.nodes import Mapping
from app.core.quantities import parse_cpu, parse_memory
from app.core.spec import MAX_REPLICAS, Autoscaling

MAX_PERCENT = 1000
_NEAR = {"targetCPUUtilizationPercentage": "targetCpuUtilization", "targetCPU": "targetCpuUtilization"}


def read_autoscaling(spec: Fields) -> Autoscaling | None:
    """`autoscaling`; None where it is absent."""
    fields = spec.fields("autoscaling")
    return None if fields is None else _autoscaling(fields)


def read_autoscaling_annotation(document: Fields, meta: Metadata) -> Autoscaling | None:
    """What an export of ours put into an annotation, because a Deployment has no field for it."""
    text = meta.own.get(AUTOSCALING_ANNOTATION)
    if text is None:
        return None
    path = document.at("metadata", "annotations", AUTOSCALING_ANNOTATION)
    loaded = load(text)
    root = loaded.documents[0].root if len(loaded.documents) == 1 and not loaded.errors else None
    if not isinstance(root, Mapping):
        message = f"{AUTOSCALING_ANNOTATION} must be JSON with the fields of an Application's autoscaling"
        document.error_at(path, document.line("metadata"), message)
        return None
    return _autoscaling(Fields(root, path, document.out))


def check_range(fields: Fields, low: int, high: int, low_key: str = "minReplicas") -> None:
    if low > high:
        message = f"minReplicas ({low}) is more than maxReplicas ({high})"
        fields.error(low_key if fields.has(low_key) else "maxReplicas", message)


def _autoscaling(fields: Fields) -> Autoscaling | None:
    usual = Autoscaling()
    enabled = fields.boolean("enabled")
    low = fields.integer("minReplicas", 1, MAX_REPLICAS) or usual.min_replicas
    high = fields.integer("maxReplicas", 1, MAX_REPLICAS) or usual.max_replicas
    percent = fields.integer("targetCpuUtilization", 1, MAX_PERCENT)
    others = {
        "target_memory_percent": fields.integer("targetMemoryUtilization", 1, MAX_PERCENT),
        "target_cpu_millicores": fields.amount("targetCpu", parse_cpu),
        "target_memory_bytes": fields.amount("targetMemory", parse_memory),
    }
    behavior = read_behavior(fields)
    fields.close({}, _NEAR)
    check_range(fields, low, high)
    alone = all(value is None for value in others.values())
    return Autoscaling(
        enabled=bool(enabled),
        min_replicas=low,
        max_replicas=high,
        target_cpu_percent=usual.target_cpu_percent if percent is None and alone else percent,
        **others,
        **behavior,
    )
