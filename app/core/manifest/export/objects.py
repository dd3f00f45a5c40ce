"""What is no workload as plain data. Values of Secrets only where they are asked for."""

from __future__ import annotations

from app.core.manifest.export.plain import Plain, encoded, given, head, metadata, unless
from app.core.manifest.export.workloads import behavior, job_spec
from app.core.manifest.kinds.metadata import NO_METRICS_ANNOTATION
from app.core.objects import (
    ConfigMap,
    CronJob,
    HorizontalPodAutoscaler,
    KubeObject,
    Namespace,
    Secret,
    Service,
    ServicePort,
    VolumeClaim,
)
from app.core.quantities import format_cpu, format_memory
from app.core.redact import HIDDEN
from app.core.spec import Autoscaling, Protocol


def document(of: KubeObject, *, secrets: bool) -> Plain:
    """One document, in Kubernetes' order of keys. Without `secrets` each value of a Secret is `(hidden)`, which is no
    base64: such an export cannot be applied by mistake."""
    if isinstance(of, Secret):
        return _secret(of, secrets=secrets)
    if isinstance(of, ConfigMap):
        return _configmap(of)
    if isinstance(of, Service):
        return _service(of)
    if isinstance(of, VolumeClaim):
        return _claim(of)
    if isinstance(of, HorizontalPodAutoscaler):
        return _autoscaler(of)
    return _cronjob(of) if isinstance(of, CronJob) else _namespace(of)


def _namespace(of: Namespace) -> Plain:
    return {**head("v1", "Namespace"), "metadata": metadata(of.name, "", of.labels, of.annotations)}


def _plain_metadata(of: ConfigMap | Secret | HorizontalPodAutoscaler, own: dict[str, str] | None = None) -> Plain:
    return metadata(of.name, of.namespace, of.labels, of.annotations, own=own)


def _run_metadata(of: Service | VolumeClaim) -> Plain:
    return metadata(of.name, of.namespace, of.labels, of.annotations, of.runtime)


def _configmap(of: ConfigMap) -> Plain:
    binary = {key: encoded(data) for key, data in of.binary_data.items()}
    return {
        **head("v1", "ConfigMap"),
        "metadata": _plain_metadata(of),
        **given(data=of.data, binaryData=binary, immutable=of.immutable),
    }


def _secret(of: Secret, *, secrets: bool) -> Plain:
    data = {key: encoded(value) if secrets else HIDDEN for key, value in of.data.items()}
    return {
        **head("v1", "Secret"),
        "metadata": _plain_metadata(of),
        **unless("type", of.type, "Opaque"),
        **given(data=data, immutable=of.immutable),
    }


def _claim(of: VolumeClaim) -> Plain:
    size = {} if of.size_bytes is None else {"requests": {"storage": format_memory(of.size_bytes)}}
    return {
        **head("v1", "PersistentVolumeClaim"),
        "metadata": _run_metadata(of),
        "spec": {"accessModes": list(of.access_modes), **given(resources=size)},
    }


# -- Service


def _service(of: Service) -> Plain:
    affinity = {"sessionAffinity": "ClientIP"} if of.session_affinity else {}
    headless = {} if of.ports else {"clusterIP": "None"}
    ports = [_port(port) for port in of.ports]
    return {
        **head("v1", "Service"),
        "metadata": _run_metadata(of),
        "spec": {
            **unless("type", of.type, "ClusterIP"),
            **given(selector=of.selector),
            **headless,
            **given(ports=ports),
            **affinity,
        },
    }


def _port(port: ServicePort) -> Plain:
    return {
        **given(name=port.name),
        "port": port.port,
        **given(targetPort=port.target_port, nodePort=port.node_port),
        **unless("protocol", port.protocol.value, Protocol.TCP.value),
        **given(appProtocol=port.app_protocol),
    }


# -- HorizontalPodAutoscaler, CronJob


def _autoscaler(of: HorizontalPodAutoscaler) -> Plain:
    scaling = of.scaling
    metrics = _metrics(scaling)
    return {
        **head("autoscaling/v2", "HorizontalPodAutoscaler"),
        "metadata": _plain_metadata(of, {} if metrics else {NO_METRICS_ANNOTATION: "true"}),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": of.target},
            **unless("minReplicas", scaling.min_replicas, 1),
            "maxReplicas": scaling.max_replicas,
            **given(metrics=metrics, behavior=behavior(scaling)),
        },
    }


def _metrics(scaling: Autoscaling) -> list[Plain]:
    cpu, memory = scaling.target_cpu_millicores, scaling.target_memory_bytes
    targets = (
        ("cpu", "Utilization", "averageUtilization", scaling.target_cpu_percent),
        ("cpu", "AverageValue", "averageValue", None if cpu is None else format_cpu(cpu)),
        ("memory", "Utilization", "averageUtilization", scaling.target_memory_percent),
        ("memory", "AverageValue", "averageValue", None if memory is None else format_memory(memory)),
    )
    return [
        {"type": "Resource", "resource": {"name": name, "target": {"type": kind, key: value}}}
        for name, kind, key, value in targets
        if value is not None
    ]


def _cronjob(of: CronJob) -> Plain:
    job = of.job
    template = {**given(metadata=given(labels=job.labels, annotations=job.annotations)), "spec": job_spec(job)}
    return {
        **head("batch/v1", "CronJob"),
        "metadata": metadata(of.name, of.namespace, of.labels, of.annotations, job.runtime),
        "spec": {
            "schedule": of.schedule,
            **given(timeZone=of.time_zone),
            **unless("concurrencyPolicy", of.concurrency, "Allow"),
            **unless("startingDeadlineSeconds", of.starting_deadline_seconds, None),
            **given(suspend=of.suspend),
            **unless("successfulJobsHistoryLimit", of.keep_succeeded, 3),
            **unless("failedJobsHistoryLimit", of.keep_failed, 1),
            "jobTemplate": template,
        },
    }
