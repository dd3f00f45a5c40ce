"""HorizontalPodAutoscalers of both versions: targets, metrics, bounds, behaviour."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.manifest import Reason
from app.core.objects import HorizontalPodAutoscaler
from app.core.spec import SCALE_UP, Autoscaling, ScalingPolicy, ScalingRules
from tests.core.manifest_texts import indented, parse

CPU = "- {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}"
MEMORY = "- {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 100Mi}}}"
PODS = "- {type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 1k}}}"


def hpa(spec: str = "", *, version: str = "v2", kind: str = "Deployment", high: str = "maxReplicas: 10") -> str:
    return (
        f"apiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: h}}\nspec:\n"
        f"  scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: web}}\n{indented(high, 2)}{indented(spec, 2)}"
    )


def metrics(*items: str) -> str:
    return "metrics:\n" + "\n".join(items)


def scaling(text: str, warnings: int = 0) -> Autoscaling:
    report = parse(text)
    assert [str(error) for error in report.errors] == []
    assert len(report.warnings) == warnings
    (found,) = report.objects
    assert isinstance(found, HorizontalPodAutoscaler)
    assert found.target == "web"
    return found.scaling


def wanted(**changes: Any) -> Autoscaling:
    return Autoscaling.model_validate({"enabled": True, "max_replicas": 10, "target_cpu_percent": None, **changes})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (hpa(), wanted(target_cpu_percent=80)),
        (hpa(version="v1"), wanted(target_cpu_percent=80)),
        (hpa("targetCPUUtilizationPercentage: 50", version="v1"), wanted(target_cpu_percent=50)),
        (hpa("minReplicas: 3"), wanted(target_cpu_percent=80, min_replicas=3)),
        (hpa(metrics(CPU)), wanted(target_cpu_percent=50)),
        (hpa(metrics(MEMORY)), wanted(target_memory_bytes=100 * 2**20)),
        (hpa(metrics(CPU, MEMORY)), wanted(target_cpu_percent=50, target_memory_bytes=100 * 2**20)),
        (hpa(metrics(CPU, CPU.replace("50", "40"))), wanted(target_cpu_percent=40)),
        (
            hpa(metrics("- {type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}}")),
            wanted(target_cpu_millicores=500),
        ),
        (hpa(kind="ReplicaSet"), wanted(target_cpu_percent=80)),
    ],
)
def test_targets(text: str, found: Autoscaling) -> None:
    assert scaling(text) == found


def test_a_metric_that_cannot_be_measured_is_left_out_and_said() -> None:
    assert scaling(hpa(metrics(CPU, PODS)), warnings=1) == wanted(target_cpu_percent=50)


def test_where_no_metric_is_left_only_the_bounds_count() -> None:
    report = parse(hpa(metrics(PODS, PODS.replace("Pods", "External").replace("pods:", "external:"))))
    assert scaling(hpa(metrics(PODS)), warnings=2) == wanted()
    assert [warning.path for warning in report.warnings] == [
        "spec.metrics[0].pods",
        "spec.metrics[1].external",
        "spec.metrics",
    ]


def test_a_container_stands_for_the_whole_replica() -> None:
    item = (
        "- {type: ContainerResource, containerResource: "
        "{name: cpu, container: main, target: {type: Utilization, averageUtilization: 60}}}"
    )
    assert scaling(hpa(metrics(item)), warnings=1) == wanted(target_cpu_percent=60)


def test_behavior() -> None:
    spec = """
    behavior:
      scaleDown:
        stabilizationWindowSeconds: 30
        selectPolicy: Min
        policies:
        - {type: Pods, value: 4, periodSeconds: 60}
        - {type: Percent, value: 10, periodSeconds: 60}
      scaleUp:
        selectPolicy: Disabled
    """
    found = scaling(hpa(spec))
    assert found.scale_down == ScalingRules(
        window_seconds=30,
        select="Min",
        policies=(
            ScalingPolicy(type="Pods", value=4, period_seconds=60),
            ScalingPolicy(type="Percent", value=10, period_seconds=60),
        ),
    )
    assert found.scale_up == SCALE_UP.model_copy(update={"select": "Disabled"})


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        (hpa(high=""), "spec.maxReplicas", "maxReplicas is missing"),
        (hpa(high="maxReplicas: 0"), "spec.maxReplicas", "from 1 to 1000"),
        (hpa("minReplicas: 0"), "spec.minReplicas", "from 1 to 1000"),
        (hpa("minReplicas: 11"), "spec.minReplicas", "more than maxReplicas"),
        (hpa("targetCPUUtilizationPercentage: 50"), "spec.targetCPUUtilizationPercentage", "unknown field"),
        (hpa(metrics(CPU), version="v1"), "spec.metrics", "unknown field"),
        (hpa(metrics(CPU.replace("Resource,", "Resources,"))), "spec.metrics[0].type", "must be Resource"),
        (hpa(metrics("- {type: Resource}")), "spec.metrics[0].resource", "resource is missing"),
        (hpa(metrics(CPU.replace("50", "0"))), "spec.metrics[0].resource.target.averageUtilization", "from 1"),
        (
            hpa(metrics(CPU.replace(", averageUtilization: 50", ""))),
            "spec.metrics[0].resource.target.averageUtilization",
            "is missing",
        ),
        (
            hpa(metrics(MEMORY.replace("100Mi", "lots"))),
            "spec.metrics[0].resource.target.averageValue",
            "is not a memory amount",
        ),
        (
            hpa(metrics(MEMORY.replace(", averageValue: 100Mi", ""))),
            "spec.metrics[0].resource.target.averageValue",
            "is missing",
        ),
        (
            hpa("behavior: {scaleUp: {stabilizationWindowSeconds: 9999}}"),
            "spec.behavior.scaleUp.stabilizationWindowSeconds",
            "from 0 to 3600",
        ),
        (
            hpa("behavior: {scaleUp: {policies: [{type: Pods, value: 1}]}}"),
            "spec.behavior.scaleUp.policies[0].periodSeconds",
            "is missing",
        ),
        (hpa("behavior: {scaleup: {}}"), "spec.behavior.scaleup", "unknown field"),
    ],
)
def test_autoscalers_that_are_wrong(text: str, path: str, says: str) -> None:
    (error,) = parse(text).errors
    assert error.path == path
    assert says in error.message


@pytest.mark.parametrize("kind", ["StatefulSet", "ReplicationController", "Rollout"])
def test_a_target_that_is_not_run_is_named(kind: str) -> None:
    report = parse(hpa(kind=kind))
    (error,) = report.errors
    assert (error.path, error.reason) == ("spec.scaleTargetRef.kind", Reason.UNSUPPORTED_KIND)
    assert f"a HorizontalPodAutoscaler of a {kind} is not supported" in error.message
    assert report.unsupported_kinds == (kind,)


def test_an_application_takes_every_target_too() -> None:
    text = """
    apiVersion: kubelite.io/v1
    kind: Application
    metadata: {name: web}
    spec:
      container: {image: nginx}
      autoscaling: {enabled: true, targetMemoryUtilization: 70, targetCpu: 500m, targetMemory: 1Gi}
    """
    assert parse(text).specs[0].autoscaling == Autoscaling(
        enabled=True,
        target_cpu_percent=None,
        target_memory_percent=70,
        target_cpu_millicores=500,
        target_memory_bytes=2**30,
    )
