"""`autoscaling/v1` and `v2 HorizontalPodAutoscaler`: how many replicas an app has, by what they use."""

from __future__ import annotations

from typing import Any

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.behavior import read_behavior
from app.core.manifest.kinds.keys import check_object_name
from app.core.manifest.kinds.metadata import NO_METRICS_ANNOTATION, read_metadata
from app.core.manifest.kinds.scaling import MAX_PERCENT, check_range
from app.core.manifest.report import Reason
from app.core.objects import HorizontalPodAutoscaler
from app.core.quantities import parse_cpu, parse_memory
from app.core.quoting import quoted
from app.core.spec import MAX_REPLICAS, Autoscaling

TARGETS = ("Deployment", "ReplicaSet", "Application")
_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
_FIELDS = {
    ("cpu", "Utilization"): "target_cpu_percent",
    ("memory", "Utilization"): "target_memory_percent",
    ("cpu", "AverageValue"): "target_cpu_millicores",
    ("memory", "AverageValue"): "target_memory_bytes",
}
_V1 = "targetCPUUtilizationPercentage"
_ELSEWHERE = {
    _V1: "spec.metrics (or write apiVersion autoscaling/v1)",
    "metrics": "apiVersion autoscaling/v2",
    "behavior": "apiVersion autoscaling/v2",
    "targetCpuUtilization": _V1,
}


def read_autoscaler(document: Fields) -> HorizontalPodAutoscaler | None:
    """None (and errors) where it cannot be one."""
    document.silent("kind", "status")
    version = document.text("apiVersion")
    meta = read_metadata(document, runs=False, ours=(NO_METRICS_ANNOTATION,))
    spec = document.fields("spec", required=True)
    document.close({})
    if spec is None:
        return None
    target = _target(spec)
    low = spec.integer("minReplicas", 1, MAX_REPLICAS) or 1
    high = spec.integer("maxReplicas", 1, MAX_REPLICAS, required=True)
    targets = _v1_target(spec) if version == "autoscaling/v1" else {**_metrics(spec), **read_behavior(spec)}
    spec.close({}, _ELSEWHERE)
    if high is not None:
        check_range(spec, low, high)
    if meta is None or target is None or high is None:
        return None
    if NO_METRICS_ANNOTATION in meta.own and not spec.has("metrics"):
        targets["target_cpu_percent"] = None
    scaling = Autoscaling(enabled=True, min_replicas=low, max_replicas=high, **targets)
    return HorizontalPodAutoscaler(
        name=meta.name,
        namespace=meta.namespace,
        labels=meta.labels,
        annotations=meta.annotations,
        target=target,
        scaling=scaling,
    )


def _target(spec: Fields) -> str | None:
    fields = spec.fields("scaleTargetRef", required=True)
    if fields is None:
        return None
    fields.text("apiVersion")
    kind = fields.text("kind", required=True)
    name = fields.text("name", check=check_object_name, required=True)
    fields.close({})
    if kind is not None and kind not in TARGETS:
        fields.out.refused_kinds.append(kind)
        message = f"a HorizontalPodAutoscaler of a {quoted(kind)[1:-1]} is not supported: that kind is not run"
        fields.error("kind", message, "let it scale a Deployment or ReplicaSet", Reason.UNSUPPORTED_KIND)
        return None
    return name


def _v1_target(spec: Fields) -> dict[str, Any]:
    percent = spec.integer(_V1, 1, MAX_PERCENT)
    return {} if percent is None else {"target_cpu_percent": percent}


def _metrics(spec: Fields) -> dict[str, Any]:
    """The targets that can be measured here. Without any metric the target is 80 % CPU, as in Kubernetes; where none
    is left, only the bounds count."""
    items = spec.each("metrics", hint='write "- type: Resource" and below it "resource:"')
    if not items:
        return {}
    found: dict[str, Any] = {"target_cpu_percent": None}
    before = len(spec.out.errors)
    for each in items:
        for name, value in _metric(each).items():
            present = found.get(name)
            found[name] = value if present is None else min(present, value)
    if all(value is None for value in found.values()) and len(spec.out.errors) == before:
        message = "no metric of metrics can be measured here: only minReplicas and maxReplicas are kept to"
        spec.warn("metrics", message, "add one of type Resource, cpu or memory")
    return found


def _metric(each: Fields) -> dict[str, int]:
    kind = each.choice("type", tuple(_SOURCES))
    if not each.has("type"):
        each.error("type", "type is missing: Resource is required here")
    inner = each.fields(_SOURCES[kind]) if kind else None
    if kind and inner is None:
        each.error(_SOURCES[kind], f"{_SOURCES[kind]} is missing: it says what is measured")
    each.silent(*_SOURCES.values())
    each.close({})
    if kind is None or inner is None:
        return {}
    if kind not in ("Resource", "ContainerResource"):
        each.warn(_SOURCES[kind], f"a metric of type {kind} is ignored: only cpu and memory are measured here")
        return {}
    if kind == "ContainerResource":
        container = inner.text("container", required=True)
        message = f"containerResource of {quoted(container)} is read as resource: all containers of a replica count"
        each.warn(_SOURCES[kind], message)
    return _resource(inner)


def _resource(inner: Fields) -> dict[str, int]:
    name = inner.text("name", required=True)
    target = inner.fields("target", required=True)
    inner.close({}, dict.fromkeys(("averageUtilization", "averageValue", "targetAverageUtilization"), "target"))
    if target is None or name is None:
        return {}
    kind = target.choice("type", ("Utilization", "AverageValue"))
    if not target.has("type"):
        target.error("type", "type is missing: Utilization or AverageValue is required here")
    percent = target.integer("averageUtilization", 1, MAX_PERCENT, required=kind == "Utilization")
    average = target.amount("averageValue", parse_memory if name == "memory" else parse_cpu)
    if kind == "AverageValue" and not target.has("averageValue"):
        target.error("averageValue", "averageValue is missing: an amount is required here")
    target.close({})
    if name not in ("cpu", "memory"):
        inner.warn("name", f"the resource {quoted(name)} is ignored: only cpu and memory are measured here")
        return {}
    value = percent if kind == "Utilization" else average
    return {} if kind is None or value is None else {_FIELDS[name, kind]: value}
