"""What a manifest says, as plain data in Kubernetes' own words: for scorers, `validate --json` and the curious.

Reads the document itself, not the spec made of it, so that it also tells of what is not honoured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Plain = dict[str, Any]

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("httpGet", "exec", "tcpSocket", "grpc")
_NUMBERS = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold")
_PORT_FIELDS = ("containerPort", "hostPort", "name", "protocol")
_SERVICE_PORT_FIELDS = ("name", "port", "targetPort", "nodePort", "protocol")
_JOB_FIELDS = ("completions", "parallelism", "backoffLimit", "activeDeadlineSeconds", "completionMode")


def document_facts(document: Plain) -> Plain:
    """The facts of one document; what the document leaves out is left out. Wrong shapes are skipped. Never the values
    of a ConfigMap or Secret: their keys."""
    meta = _mapping(document.get("metadata"))
    facts = {"name": meta.get("name"), "namespace": meta.get("namespace"), "labels": meta.get("labels")}
    facts |= _READERS.get(str(document.get("kind")), _workload)(document)
    return {key: value for key, value in facts.items() if key == "namespace" or value not in (None, [], {})}


# -- workloads


def _workload(document: Plain) -> Plain:
    spec = _mapping(document.get("spec"))
    return {
        "replicas": 1 if spec.get("replicas") is None else spec["replicas"],
        "replicas_explicit": spec.get("replicas") is not None,
        "selector": spec.get("selector"),
        "autoscaling": spec.get("autoscaling"),
        **_template(_mapping(spec.get("template")), spec.get("container")),
    }


def _pod(document: Plain) -> Plain:
    return {"replicas": 1, **_pod_spec(_mapping(document.get("spec")))}


def _job(document: Plain) -> Plain:
    spec = _mapping(document.get("spec"))
    return {**_picked(spec, _JOB_FIELDS), **_template(_mapping(spec.get("template")))}


def _cronjob(document: Plain) -> Plain:
    spec = _mapping(document.get("spec"))
    return {"schedule": spec.get("schedule"), **_job(_mapping(spec.get("jobTemplate")))}


def _template(template: Plain, short: object = None) -> Plain:
    """`short` is the one container of an Application."""
    labels = _mapping(template.get("metadata")).get("labels")
    return {"template_labels": labels, **_pod_spec(_mapping(template.get("spec")), short)}


def _pod_spec(pod: Plain, short: object = None) -> Plain:
    containers = _mappings(pod.get("containers")) or _mappings([short])
    return {
        "restartPolicy": pod.get("restartPolicy"),
        "containers": [container_facts(each) for each in containers],
        "initContainers": [container_facts(each) for each in _mappings(pod.get("initContainers"))],
        "volumes": [_volume(each) for each in _mappings(pod.get("volumes"))],
    }


def container_facts(container: Plain) -> Plain:
    """One container."""
    env = [each for each in _mappings(container.get("env")) if "name" in each]
    facts: Plain = {key: container.get(key) for key in ("name", "image", "command", "args")}
    facts |= {
        "ports": [_picked(port, _PORT_FIELDS) for port in _mappings(container.get("ports"))],
        "env_names": [each["name"] for each in env],
        "env_literals": {each["name"]: each.get("value") or "" for each in env if "valueFrom" not in each},
        "env_from_refs": [each["name"] for each in env if "valueFrom" in each],
        "envFrom": [_env_from(each) for each in _mappings(container.get("envFrom"))],
        "resources": _picked(_mapping(container.get("resources")), ("limits", "requests")),
        "volumeMounts": [_picked(each, ("name", "mountPath")) for each in _mappings(container.get("volumeMounts"))],
    }
    facts |= {name: _probe(_mapping(container[name])) for name in _PROBES if container.get(name)}
    return {key: value for key, value in facts.items() if value not in (None, [], {})}


def _probe(probe: Plain) -> Plain:
    handler = next((name for name in _HANDLERS if name in probe), "")
    inner = _mapping(probe.get(handler))
    return {"type": handler, **_picked(inner, ("port", "path", "command")), **_picked(probe, _NUMBERS)}


def _volume(volume: Plain) -> Plain:
    kinds = [key for key in volume if key != "name"]
    return {"name": volume.get("name"), "type": kinds[0] if kinds else "emptyDir"}


def _env_from(source: Plain) -> str:
    kind = next((key for key in ("configMapRef", "secretRef") if key in source), "")
    return f"{kind}:{_mapping(source.get(kind)).get('name', '')}"


# -- the other kinds


def _service(document: Plain) -> Plain:
    spec = _mapping(document.get("spec"))
    return {
        "type": spec.get("type") or "ClusterIP",
        "selector": spec.get("selector"),
        "ports": [_picked(port, _SERVICE_PORT_FIELDS) for port in _mappings(spec.get("ports"))],
    }


def _autoscaler(document: Plain) -> Plain:
    spec = _mapping(document.get("spec"))
    return {
        "target": spec.get("scaleTargetRef"),
        "min": spec.get("minReplicas"),
        "max": spec.get("maxReplicas"),
        "cpu_percent": spec.get("targetCPUUtilizationPercentage") or _cpu_percent(spec),
    }


def _cpu_percent(spec: Plain) -> object:
    for metric in _mappings(spec.get("metrics")):
        resource = _mapping(metric.get("resource"))
        if resource.get("name") == "cpu":
            return _mapping(resource.get("target")).get("averageUtilization")
    return None


def _config(document: Plain) -> Plain:
    keys = {key for part in ("data", "stringData", "binaryData") for key in _mapping(document.get(part))}
    return {"data_keys": sorted(keys)}


def _claim(document: Plain) -> Plain:
    spec = _mapping(document.get("spec"))
    requests = _mapping(_mapping(spec.get("resources")).get("requests"))
    return {"accessModes": spec.get("accessModes"), "storage": requests.get("storage")}


def _named(_document: Plain) -> Plain:
    return {}


_READERS: dict[str, Callable[[Plain], Plain]] = {
    "Pod": _pod,
    "Job": _job,
    "CronJob": _cronjob,
    "Service": _service,
    "HorizontalPodAutoscaler": _autoscaler,
    "ConfigMap": _config,
    "Secret": _config,
    "PersistentVolumeClaim": _claim,
    "Namespace": _named,
}


def _picked(source: Plain, keys: tuple[str, ...]) -> Plain:
    return {key: source[key] for key in keys if source.get(key) is not None}


def _mapping(value: object) -> Plain:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Plain]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
