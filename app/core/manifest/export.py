"""A spec as `apps/v1 Deployment` YAML that `kubectl` accepts and `parse_manifests` reads back as an equal spec."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from app.core.manifest.kinds.container import GPU
from app.core.manifest.kinds.metadata import AUTOSCALING_ANNOTATION, NO_POD_LABELS_ANNOTATION
from app.core.manifest.nodes import ScalarKind, resolve
from app.core.names import default_labels
from app.core.quantities import format_cpu, format_memory
from app.core.spec import (
    RUNTIME_ANNOTATION,
    Amounts,
    AppSpec,
    Autoscaling,
    Container,
    Port,
    Protocol,
    Resources,
    Strategy,
)

Plain = dict[str, Any]

_SELECTING = ("app", "app.kubernetes.io/name", "app.kubernetes.io/instance")
_DEFAULT_GRACE = 30
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """Block style without aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """Lines as a block; quoted is what would read back as something else (our reader knows more numbers than the
    dumper does) and what has line breaks of Unicode's, which YAML does not keep."""
    style = None
    if _OTHER_BREAKS.search(value) or resolve(value, 0).kind is not ScalarKind.STRING:
        style = '"'
    elif "\n" in value:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def export_manifest(spec: AppSpec) -> str:
    """YAML of one document, in Kubernetes' order of keys, with only what differs from the defaults."""
    return yaml.dump(deployment(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)


def export_manifests(specs: tuple[AppSpec, ...]) -> str:
    """Several documents, `---` between them."""
    return "---\n".join(export_manifest(spec) for spec in specs)


def deployment(spec: AppSpec) -> Plain:
    """The Deployment as plain data."""
    labels = spec.template.labels or default_labels(spec.name[:63].strip(".-"))
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(spec),
        "spec": {
            "replicas": spec.replicas,
            "selector": {"matchLabels": _selected(labels)},
            **_strategy(spec.strategy),
            "template": {
                "metadata": _given(labels=labels, annotations=spec.template.annotations),
                "spec": {
                    **_grace(spec.template.termination_grace_seconds),
                    "containers": [_container(each) for each in spec.template.containers],
                },
            },
        },
    }


def _metadata(spec: AppSpec) -> Plain:
    annotations = {**spec.annotations, RUNTIME_ANNOTATION: spec.runtime}
    if spec.autoscaling is not None:
        annotations[AUTOSCALING_ANNOTATION] = _autoscaling(spec.autoscaling)
    if not spec.template.labels:
        annotations[NO_POD_LABELS_ANNOTATION] = "true"
    namespace = {} if spec.namespace == "default" else {"namespace": spec.namespace}
    return {"name": spec.name, **namespace, **_given(labels=spec.labels), "annotations": annotations}


def _autoscaling(value: Autoscaling) -> str:
    return json.dumps(
        {
            "enabled": value.enabled,
            "minReplicas": value.min_replicas,
            "maxReplicas": value.max_replicas,
            "targetCpuUtilization": value.target_cpu_percent,
        }
    )


def _selected(labels: dict[str, str]) -> dict[str, str]:
    """The label that names the app, else all: a selector must survive a change of the other labels."""
    return next(({key: labels[key]} for key in _SELECTING if key in labels), labels)


def _strategy(strategy: Strategy) -> Plain:
    plain = Strategy()
    ready = {"minReadySeconds": strategy.min_ready_seconds} if strategy.min_ready_seconds else {}
    rolling = {
        key: value
        for key, value, default in (
            ("maxSurge", strategy.max_surge, plain.max_surge),
            ("maxUnavailable", strategy.max_unavailable, plain.max_unavailable),
        )
        if value != default
    }
    if strategy.type == "Recreate":
        return {**ready, "strategy": {"type": "Recreate"}}
    return {**ready, **_given(strategy={"type": strategy.type, "rollingUpdate": rolling} if rolling else {})}


def _grace(seconds: int) -> Plain:
    return {} if seconds == _DEFAULT_GRACE else {"terminationGracePeriodSeconds": seconds}


def _container(container: Container) -> Plain:
    return {
        "name": container.name,
        "image": container.image,
        **_given(
            command=list(container.command),
            args=list(container.args),
            ports=[_port(port) for port in container.ports],
            env=[{"name": var.name, "value": var.value} for var in container.env],
            resources=_resources(container.resources),
        ),
    }


def _port(port: Port) -> Plain:
    return {
        **_given(name=port.name),
        "containerPort": port.container_port,
        **_given(hostPort=port.host_port),
        **({} if port.protocol is Protocol.TCP else {"protocol": port.protocol.value}),
    }


def _resources(resources: Resources) -> Plain:
    gpus = {GPU: str(resources.gpus)} if resources.gpus else {}
    return _given(limits={**_amounts(resources.limits), **gpus}, requests=_amounts(resources.requests))


def _amounts(amounts: Amounts) -> Plain:
    cpu = {} if amounts.cpu_millicores is None else {"cpu": format_cpu(amounts.cpu_millicores)}
    memory = {} if amounts.memory_bytes is None else {"memory": format_memory(amounts.memory_bytes)}
    return {**cpu, **memory}


def _given(**values: Any) -> Plain:
    return {key: value for key, value in values.items() if value not in (None, [], {})}
