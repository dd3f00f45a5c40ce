"""`batch/v1 Job`: a run to completion; a CronJob's template reads the same."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import OWNER_ANNOTATION, read_metadata
from app.core.manifest.kinds.pod_template import PodRules, read_template
from app.core.manifest.kinds.tables import ELSEWHERE, JOB
from app.core.spec import MAX_REPLICAS, AppSpec, JobSpec, PodTemplate

MAX_COUNT = 100_000
"""Kubernetes' limit for indexed Jobs."""
MAX_SECONDS = 2**31 - 1
_PODS = PodRules("Job", ("OnFailure", "Never"), deadline=True)


@dataclass(frozen=True, slots=True)
class JobParts:
    """`spec` of a Job."""

    job: JobSpec
    template: PodTemplate


def read_job(document: Fields) -> AppSpec | None:
    """None (and errors) where it cannot be one."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document, ours=(OWNER_ANNOTATION,))
    spec = document.fields("spec", required=True)
    document.close({}, ELSEWHERE)
    parts = read_job_spec(spec) if spec is not None else None
    if meta is None or parts is None:
        return None
    return AppSpec(
        kind="Job",
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        replicas=parts.job.parallelism,
        template=parts.template,
        labels=meta.labels,
        annotations=meta.annotations,
        job=parts.job,
        owner=meta.own.get(OWNER_ANNOTATION, ""),
    )


def read_job_spec(spec: Fields) -> JobParts | None:
    """None (and errors) where there is no pod to run."""
    completions = spec.integer("completions", 0, MAX_COUNT)
    parallelism = spec.integer("parallelism", 0, MAX_REPLICAS)
    mode = spec.choice("completionMode", ("NonIndexed", "Indexed"))
    numbers = {
        "backoff_limit": _or(spec.integer("backoffLimit", 0, MAX_SECONDS), JobSpec().backoff_limit),
        "active_deadline_seconds": spec.integer("activeDeadlineSeconds", 1, MAX_SECONDS),
        "ttl_seconds_after_finished": spec.integer("ttlSecondsAfterFinished", 0, MAX_SECONDS),
        "suspend": bool(spec.boolean("suspend")),
    }
    _, pod = read_template(spec, _PODS)
    spec.close(JOB, ELSEWHERE)
    if mode == "Indexed" and completions is None:
        spec.error("completionMode", "completionMode Indexed needs completions: how many indexes there are")
    if pod is None:
        return None
    if pod.active_deadline_seconds is not None:
        _pod_deadline(spec)
    job = JobSpec.model_validate(
        {
            "completions": 1 if completions is None and parallelism is None else completions,
            "parallelism": _or(parallelism, 1),
            "indexed": mode == "Indexed",
            **numbers,
        }
    )
    return JobParts(job, pod.template)


def _pod_deadline(spec: Fields) -> None:
    template = spec.fields("template")
    pod = template.fields("spec") if template is not None else None
    if pod is not None:
        message = "activeDeadlineSeconds of the pod is ignored: only the whole Job has a deadline"
        pod.warn("activeDeadlineSeconds", message, "write it at spec.activeDeadlineSeconds")


def _or(value: int | None, usual: int | None) -> int | None:
    return usual if value is None else value
