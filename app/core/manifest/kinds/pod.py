"""`v1 Pod`: an app of one replica; with restartPolicy Never or OnFailure it runs to completion, as a Job of one."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import read_metadata
from app.core.manifest.kinds.pod_template import Pod, PodRules, read_pod_spec
from app.core.manifest.kinds.tables import POD_ELSEWHERE
from app.core.spec import RESTARTED_AT_ANNOTATION, AppSpec, JobSpec

_OURS = "kubelite.io/"
_PODS = PodRules("Pod", ("Always", "OnFailure", "Never"), deadline=True, elsewhere=POD_ELSEWHERE)


def read_pod(document: Fields) -> AppSpec | None:
    """None (and errors) where it cannot be one app. Labels and annotations are the app's and its replica's alike, but
    for our own: those are the app's."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document)
    spec = document.fields("spec", required=True)
    document.close({}, POD_ELSEWHERE)
    if spec is None:
        return None
    labels, annotations = (meta.labels, meta.annotations) if meta else ({}, {})
    restarted = {key: text for key, text in annotations.items() if key == RESTARTED_AT_ANNOTATION}
    shared = {key: text for key, text in annotations.items() if not key.startswith(_OURS)}
    pod = read_pod_spec(spec, labels, {**shared, **restarted}, _PODS)
    if pod is not None and pod.template.restart_policy == "Always" and pod.active_deadline_seconds is not None:
        message = "activeDeadlineSeconds is ignored: with restartPolicy Always the pod runs until it is stopped"
        spec.warn("activeDeadlineSeconds", message)
    if meta is None or pod is None:
        return None
    return AppSpec(
        kind="Pod",
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        template=pod.template,
        labels=labels,
        annotations={key: text for key, text in annotations.items() if key not in restarted},
        job=_job(pod),
    )


def _job(pod: Pod) -> JobSpec | None:
    """OnFailure tries again for ever, Never not once."""
    policy = pod.template.restart_policy
    if policy == "Always":
        return None
    return JobSpec(backoff_limit=0 if policy == "Never" else None, active_deadline_seconds=pod.active_deadline_seconds)
