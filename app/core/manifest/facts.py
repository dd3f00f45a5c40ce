"""What a manifest says, as plain data in Kubernetes' own words: for scorers, `validate --json` and the curious.

Reads the document itself, not the spec made of it, so that it also tells of what is not honoured.
"""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = {"httpGet": "httpGet", "exec": "exec", "tcpSocket": "tcpSocket", "grpc": "grpc"}
_NUMBERS = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold")
_PORT_FIELDS = ("containerPort", "hostPort", "name", "protocol")


def document_facts(document: Plain) -> Plain:
    """The facts of one workload document; what the document leaves out is left out. Wrong shapes are skipped."""
    meta, spec = _mapping(document.get("metadata")), _mapping(document.get("spec"))
    template = _mapping(spec.get("template"))
    pod = _mapping(template.get("spec"))
    containers = _mappings(pod.get("containers")) or _mappings([spec.get("container")])
    facts: Plain = {
        "name": meta.get("name"),
        "namespace": meta.get("namespace"),
        "replicas": 1 if spec.get("replicas") is None else spec["replicas"],
        "replicas_explicit": spec.get("replicas") is not None,
        "labels": meta.get("labels"),
        "template_labels": _mapping(template.get("metadata")).get("labels"),
        "selector": spec.get("selector"),
        "restartPolicy": pod.get("restartPolicy"),
        "containers": [container_facts(each) for each in containers],
        "initContainers": [container_facts(each) for each in _mappings(pod.get("initContainers"))],
        "volumes": [_volume(each) for each in _mappings(pod.get("volumes"))],
        "autoscaling": spec.get("autoscaling"),
    }
    return {key: value for key, value in facts.items() if key == "namespace" or value not in (None, [], {})}


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


def _picked(source: Plain, keys: tuple[str, ...]) -> Plain:
    return {key: source[key] for key in keys if source.get(key) is not None}


def _mapping(value: object) -> Plain:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Plain]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
