"""Workloads as plain data: Deployment, ReplicaSet, Pod, Job."""

from __future__ import annotations

import json

from app.core.manifest.export.plain import Plain, amounts, given, head, metadata, unless
from app.core.manifest.export.pods import pod_spec
from app.core.manifest.kinds.metadata import AUTOSCALING_ANNOTATION, NO_POD_LABELS_ANNOTATION, OWNER_ANNOTATION
from app.core.names import default_labels
from app.core.spec import Amounts, AppSpec, Autoscaling, JobSpec, PodTemplate, ScalingRules, Strategy

_SELECTING = ("app", "app.kubernetes.io/name", "app.kubernetes.io/instance")
_NO_LIMIT = 2**31 - 1


def workload(spec: AppSpec) -> Plain:
    """One document, in Kubernetes' order of keys."""
    return {"Pod": _pod, "Job": _job, "ReplicaSet": _replicas, "Deployment": _replicas}[spec.kind](spec)


def _replicas(spec: AppSpec) -> Plain:
    labels = spec.template.labels or default_labels(spec.name[:63].strip(".-"))
    own = {} if spec.template.labels else {NO_POD_LABELS_ANNOTATION: "true"}
    if spec.autoscaling is not None:
        own[AUTOSCALING_ANNOTATION] = json.dumps(_autoscaling(spec.autoscaling))
    return {
        **head("apps/v1", spec.kind),
        "metadata": _metadata(spec, own),
        "spec": {
            "replicas": spec.replicas,
            **given(paused=spec.paused),
            "selector": {"matchLabels": _selected(labels)},
            **_strategy(spec.strategy),
            "template": _template(spec.template, labels),
        },
    }


def _pod(spec: AppSpec) -> Plain:
    """Its own labels and annotations are its replica's: what either has is written."""
    template, deadline = spec.template, spec.job.active_deadline_seconds if spec.job else None
    meta = metadata(
        spec.name,
        spec.namespace,
        {**template.labels, **spec.labels},
        {**template.annotations, **spec.annotations},
        spec.runtime,
    )
    rest = {**unless("activeDeadlineSeconds", deadline, None), **pod_spec(template)}
    return {**head("v1", "Pod"), "metadata": meta, "spec": rest}


def _job(spec: AppSpec) -> Plain:
    own = {OWNER_ANNOTATION: spec.owner} if spec.owner else {}
    return {**head("batch/v1", "Job"), "metadata": _metadata(spec, own), "spec": job_spec(spec)}


def job_spec(spec: AppSpec) -> Plain:
    """`spec` of a Job, also in a CronJob's template."""
    return {**_job_numbers(spec.job or JobSpec()), "template": _template(spec.template, spec.template.labels)}


def _job_numbers(job: JobSpec) -> Plain:
    alone = {} if (job.completions, job.parallelism) == (1, 1) else unless("completions", job.completions, None)
    limit = _NO_LIMIT if job.backoff_limit is None else job.backoff_limit
    return {
        **alone,
        **({} if job.parallelism == 1 and job.completions is not None else {"parallelism": job.parallelism}),
        **unless("backoffLimit", limit, JobSpec().backoff_limit),
        **unless("activeDeadlineSeconds", job.active_deadline_seconds, None),
        **unless("ttlSecondsAfterFinished", job.ttl_seconds_after_finished, None),
        **given(suspend=job.suspend),
        **({"completionMode": "Indexed", "completions": job.completions} if job.indexed else {}),
    }


def _metadata(spec: AppSpec, own: dict[str, str]) -> Plain:
    return metadata(spec.name, spec.namespace, spec.labels, spec.annotations, spec.runtime, own)


def _template(template: PodTemplate, labels: dict[str, str]) -> Plain:
    meta = given(labels=labels, annotations=template.annotations)
    return {**given(metadata=meta), "spec": pod_spec(template)}


def _selected(labels: dict[str, str]) -> dict[str, str]:
    """The label that names the app, else all: a selector must survive a change of the other labels."""
    return next(({key: labels[key]} for key in _SELECTING if key in labels), labels)


def _strategy(strategy: Strategy) -> Plain:
    usual = Strategy()
    rolling = {
        **unless("maxSurge", strategy.max_surge, usual.max_surge),
        **unless("maxUnavailable", strategy.max_unavailable, usual.max_unavailable),
    }
    how: Plain = {"type": strategy.type, **given(rollingUpdate=rolling)} if rolling else {}
    if strategy.type == "Recreate":
        how = {"type": "Recreate"}
    return {
        **unless("minReadySeconds", strategy.min_ready_seconds, 0),
        **unless("progressDeadlineSeconds", strategy.progress_deadline_seconds, usual.progress_deadline_seconds),
        **unless("revisionHistoryLimit", strategy.revision_history_limit, usual.revision_history_limit),
        **given(strategy=how),
    }


# -- the short form of an autoscaler


def _autoscaling(value: Autoscaling) -> Plain:
    average = amounts(Amounts(cpu_millicores=value.target_cpu_millicores, memory_bytes=value.target_memory_bytes))
    return {
        "enabled": value.enabled,
        "minReplicas": value.min_replicas,
        "maxReplicas": value.max_replicas,
        **unless("targetCpuUtilization", value.target_cpu_percent, None),
        **unless("targetMemoryUtilization", value.target_memory_percent, None),
        **unless("targetCpu", average.get("cpu"), None),
        **unless("targetMemory", average.get("memory"), None),
        **given(behavior=behavior(value)),
    }


def behavior(value: Autoscaling) -> Plain:
    """The directions that are not Kubernetes' default."""
    usual = Autoscaling()
    up = {} if value.scale_up == usual.scale_up else {"scaleUp": _rules(value.scale_up)}
    down = {} if value.scale_down == usual.scale_down else {"scaleDown": _rules(value.scale_down)}
    return {**up, **down}


def _rules(rules: ScalingRules) -> Plain:
    policies = [
        {"type": each.type, "value": each.value, "periodSeconds": each.period_seconds} for each in rules.policies
    ]
    return {
        "stabilizationWindowSeconds": rules.window_seconds,
        **unless("selectPolicy", rules.select, "Max"),
        "policies": policies,
    }
