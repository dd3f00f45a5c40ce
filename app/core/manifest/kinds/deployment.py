"""`apps/v1 Deployment` with one container."""

from __future__ import annotations

import re

from app.core.manifest.fields import Fields, integer_problem, shown
from app.core.manifest.kinds.application import read_autoscaling_annotation
from app.core.manifest.kinds.container import read_container, read_security
from app.core.manifest.kinds.metadata import NO_POD_LABELS_ANNOTATION, Metadata, read_metadata
from app.core.manifest.kinds.probes import check_volumes
from app.core.manifest.kinds.tables import DEPLOYMENT, ELSEWHERE, METADATA_SERVER_FIELDS, POD, POD_METADATA
from app.core.manifest.nodes import plain
from app.core.manifest.report import Reason
from app.core.names import check_label_key, check_label_value
from app.core.quoting import quoted
from app.core.spec import MAX_REPLICAS, AppSpec, Container, PodTemplate, Strategy

MAX_NAMES = 10
MAX_SECONDS = 2**31 - 1
_PERCENT = re.compile(r"[0-9]{1,4}%")


def read_deployment(document: Fields) -> AppSpec | None:
    """None (and errors) where it cannot be one app."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document)
    spec = document.fields("spec", required=True)
    document.close({}, ELSEWHERE)
    if spec is None:
        return None
    replicas = spec.integer("replicas", 0, MAX_REPLICAS)
    template_fields = spec.fields("template", required=True)
    labels, template = _template(template_fields) if template_fields else (None, None)
    _selector(spec, labels)
    strategy = _strategy(spec)
    spec.close(DEPLOYMENT, ELSEWHERE)
    if meta is None or template is None:
        return None
    return AppSpec(
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        replicas=1 if replicas is None else replicas,
        template=_own_labels(template, meta),
        strategy=strategy,
        autoscaling=read_autoscaling_annotation(document, meta),
        labels=meta.labels,
        annotations=meta.annotations,
    )


def _own_labels(template: PodTemplate, meta: Metadata) -> PodTemplate:
    return template.model_copy(update={"labels": {}}) if NO_POD_LABELS_ANNOTATION in meta.own else template


def _template(template: Fields) -> tuple[dict[str, str], PodTemplate | None]:
    """The pods' labels, and the template where the rest of it is right too."""
    labels, annotations = _pod_metadata(template)
    pod = template.fields("spec", required=True)
    template.close({}, ELSEWHERE)
    if pod is None:
        return labels, None
    container = _only_container(pod)
    grace = pod.integer("terminationGracePeriodSeconds", 0, MAX_SECONDS)
    policy = pod.choice("restartPolicy", ("Always", "OnFailure", "Never"))
    if policy not in (None, "Always"):
        pod.error("restartPolicy", f"restartPolicy of a Deployment must be Always, not {policy}", "remove it")
    read_security(pod)
    check_volumes(pod)
    pod.close(POD, ELSEWHERE)
    if container is None:
        return labels, None
    return labels, PodTemplate(
        containers=(container,),
        labels=labels,
        annotations=annotations,
        termination_grace_seconds=30 if grace is None else grace,
    )


def _pod_metadata(template: Fields) -> tuple[dict[str, str], dict[str, str]]:
    meta = template.fields("metadata")
    if meta is None:
        return {}, {}
    labels = meta.text_map("labels", check_key=check_label_key, check_value=check_label_value)
    annotations = meta.text_map("annotations", check_key=check_label_key)
    meta.silent(*METADATA_SERVER_FIELDS)
    meta.close(POD_METADATA)
    return labels, annotations


def _only_container(pod: Fields) -> Container | None:
    before = len(pod.out.errors)
    items = pod.each("containers")
    read = [read_container(each, None) for each in items[:MAX_NAMES]]
    if len(items) > 1:
        names = [quoted(container.name) for container in read if container]
        message = f"containers must be exactly one for now, not {len(items)} ({', '.join(names)})".removesuffix(" ()")
        pod.error("containers", message, "make an app of each", Reason.NOT_SUPPORTED)
    elif not items and len(pod.out.errors) == before:
        pod.error("containers", "containers is missing: one container is required here")
    return read[0] if read else None


def _selector(spec: Fields, labels: dict[str, str] | None) -> None:
    selector = spec.fields("selector", required=True)
    if selector is None:
        return
    before = len(spec.out.errors)
    wanted = selector.text_map("matchLabels", check_key=check_label_key, check_value=check_label_value)
    rules = selector.each("matchExpressions")
    selector.close({}, dict.fromkeys(("app", "name", "labels"), "spec.selector.matchLabels"))
    if not wanted and not rules and len(spec.out.errors) == before:
        message = "selector is empty: it must name labels of the template"
        spec.error("selector", message, "write matchLabels with the template's labels")
    if labels is not None:
        _match_labels(selector, wanted, labels)
    for rule in rules:
        _expression(rule, labels)


def _match_labels(selector: Fields, wanted: dict[str, str], labels: dict[str, str]) -> None:
    inner = selector.fields("matchLabels")
    if inner is None:
        return
    for key, value in wanted.items():
        if labels.get(key) != value:
            has = f"the template has {quoted(labels[key])}" if key in labels else "the template's labels lack it"
            message = f"selector wants label {key}={value}, but {has}"
            inner.error(key, message, f"add {key}: {value} to spec.template.metadata.labels")


def _expression(rule: Fields, labels: dict[str, str] | None) -> None:
    key = rule.text("key", check=check_label_key, required=True)
    operator = rule.choice("operator", ("In", "NotIn", "Exists", "DoesNotExist"))
    values = rule.texts("values")
    if not rule.has("operator"):
        rule.error("operator", "operator is missing: In, NotIn, Exists or DoesNotExist is required here")
    if labels is None or key is None or operator is None:
        return
    value = labels.get(key)
    matches = {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[operator]
    if not matches:
        rule.error(None, f"selector's rule on label {key} ({operator}) does not match the template's labels")


def _strategy(spec: Fields) -> Strategy:
    ready = spec.integer("minReadySeconds", 0, MAX_SECONDS) or 0
    strategy = spec.fields("strategy")
    if strategy is None:
        return Strategy(min_ready_seconds=ready)
    kind = strategy.choice("type", ("RollingUpdate", "Recreate")) or "RollingUpdate"
    rolling = strategy.fields("rollingUpdate")
    strategy.close({}, {key: f"spec.strategy.rollingUpdate.{key}" for key in ("maxSurge", "maxUnavailable")})
    if rolling is None:
        return Strategy.model_validate({"type": kind, "min_ready_seconds": ready})
    if kind == "Recreate":
        strategy.error("rollingUpdate", "rollingUpdate may not be there when type is Recreate", "remove one of them")
    surge, unavailable = _share(rolling, "maxSurge", None), _share(rolling, "maxUnavailable", 100)
    rolling.close({})
    if surge in (0, "0%") and unavailable in (0, "0%"):
        rolling.error(None, "maxSurge and maxUnavailable may not both be 0: no replica could ever be replaced")
    return Strategy.model_validate(
        {"type": kind, "min_ready_seconds": ready, "max_surge": surge, "max_unavailable": unavailable}
    )


def _share(rolling: Fields, key: str, most_percent: int | None) -> int | str:
    """A count, or a percentage of the replicas; 25% where it is absent."""
    node = rolling.get(key)
    if node is None:
        return "25%"
    value = plain(node)
    if integer_problem(node, 0, MAX_REPLICAS) is None:
        return int(value)
    if isinstance(value, str) and _PERCENT.fullmatch(value) and int(value[:-1]) <= (most_percent or MAX_SECONDS):
        return value
    rolling.error(key, f"{key} must be a whole number from 0 or a percentage such as 25%, not {shown(node)}")
    return "25%"
