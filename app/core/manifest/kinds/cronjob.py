"""`batch/v1 CronJob`: a Job made again and again."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.job import MAX_COUNT, MAX_SECONDS, read_job_spec
from app.core.manifest.kinds.metadata import Metadata, read_annotations, read_metadata
from app.core.manifest.kinds.tables import METADATA_SERVER_FIELDS, POD_METADATA
from app.core.names import check_app_name, check_label_key, check_label_value
from app.core.objects import CronJob
from app.core.schedule import parse_schedule, parse_time_zone
from app.core.spec import AppSpec

MAX_NAME = 52
"""Kubernetes' limit: the run's time comes behind it."""
_IN_TEMPLATE = {"template": "spec.jobTemplate.spec.template", "containers": "spec.jobTemplate.spec.template.spec"}


def read_cronjob(document: Fields) -> CronJob | None:
    """None (and errors) where it cannot be one."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document, check=_name)
    spec = document.fields("spec", required=True)
    document.close({})
    if spec is None:
        return None
    zone = spec.text("timeZone", check=parse_time_zone) or ""
    schedule = spec.text("schedule", required=True, check=parse_schedule)
    fields = {
        "concurrency": spec.choice("concurrencyPolicy", ("Allow", "Forbid", "Replace")) or "Allow",
        "starting_deadline_seconds": spec.integer("startingDeadlineSeconds", 0, MAX_SECONDS),
        "suspend": bool(spec.boolean("suspend")),
        "keep_succeeded": _or(spec.integer("successfulJobsHistoryLimit", 0, MAX_COUNT), 3),
        "keep_failed": _or(spec.integer("failedJobsHistoryLimit", 0, MAX_COUNT), 1),
    }
    job = _job(spec, meta)
    spec.close({}, _IN_TEMPLATE)
    if meta is None or schedule is None or job is None:
        return None
    return CronJob.model_validate(
        {
            "name": meta.name,
            "namespace": meta.namespace,
            "labels": meta.labels,
            "annotations": meta.annotations,
            "schedule": schedule,
            "time_zone": zone,
            "job": job,
            **fields,
        }
    )


def _job(spec: Fields, meta: Metadata | None) -> AppSpec | None:
    """The Job of each run, named after the CronJob for now."""
    template = spec.fields("jobTemplate", required=True)
    if template is None:
        return None
    labels, annotations = _metadata(template)
    inner = template.fields("spec", required=True)
    template.close({}, _IN_TEMPLATE)
    parts = read_job_spec(inner) if inner is not None else None
    if meta is None or parts is None:
        return None
    return AppSpec(
        kind="Job",
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        replicas=parts.job.parallelism,
        template=parts.template,
        labels=labels,
        annotations=annotations,
        job=parts.job,
    )


def _metadata(template: Fields) -> tuple[dict[str, str], dict[str, str]]:
    fields = template.fields("metadata")
    if fields is None:
        return {}, {}
    labels = fields.text_map("labels", check_key=check_label_key, check_value=check_label_value)
    annotations = read_annotations(fields)
    fields.silent(*METADATA_SERVER_FIELDS)
    fields.close(POD_METADATA)
    return labels, annotations


def _name(text: str) -> str:
    check_app_name(text)
    if len(text) > MAX_NAME:
        raise InvalidInput(f"a CronJob's name has at most {MAX_NAME} characters, not {len(text)}: shorten it")
    return text


def _or(value: int | None, usual: int) -> int:
    return usual if value is None else value
