"""The board as JSON-able data: the one shape of `/api/state`, `kubelite status --json` and the page's elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.core.differences.wording import scaling, service_port
from app.core.incidents import Incident
from app.core.objects import CronJob, HorizontalPodAutoscaler, Service
from app.core.spec import AppKey
from app.core.views import AppView, Condition, ObjectView, ReplicaView, RuntimeView

SHOWN = ("Service", "CronJob", "HorizontalPodAutoscaler")
"""Kinds that have rows of their own on the board."""


def board(
    apps: Sequence[AppView],
    runtimes: Sequence[RuntimeView],
    objects: Sequence[ObjectView] = (),
    *,
    now: float,
    hourly: Mapping[AppKey, Decimal] | None = None,
    incidents: Sequence[Incident] = (),
) -> dict[str, Any]:
    """`{"now", "runtimes", "apps", "services", "cronjobs", "autoscalers"}`; apps keep the order given (worst first).
    Times are epoch seconds; `hourly` is what the priced apps cost, in US dollars; `incidents` are those not over."""
    costs = hourly or {}
    failing = {key: one for one in incidents for key in (one.app, *one.apps)}
    rows = {kind: [object_row(view) for view in objects if view.key.kind == kind] for kind in SHOWN}
    return {
        "now": now,
        "runtimes": [runtime_row(view) for view in runtimes],
        "apps": [app_row(view, costs.get(view.key), failing.get(view.key)) for view in apps],
        "services": rows["Service"],
        "cronjobs": rows["CronJob"],
        "autoscalers": rows["HorizontalPodAutoscaler"],
    }


def object_row(view: ObjectView) -> dict[str, Any]:
    """Something beside the apps; never what is in it."""
    row: dict[str, Any] = {
        "kind": view.key.kind,
        "name": view.key.name,
        "namespace": view.key.namespace,
        "state": view.state,
        "well": view.well,
        "urls": list(view.urls),
        "deleting": view.deleting,
    }
    match view.object:
        case Service() as one:
            row |= {"type": one.type, "ports": [service_port(port) for port in one.ports], "runtime": one.runtime}
        case CronJob() as one:
            row |= {"schedule": one.schedule, "suspended": one.suspend, "image": one.job.container.image}
        case HorizontalPodAutoscaler() as one:
            row |= {"target": one.target, "scaling": scaling(one.scaling)}
    return row


def runtime_row(view: RuntimeView) -> dict[str, Any]:
    return {
        "name": view.name,
        "reachable": view.reachable,
        "detail": view.detail,
        "seen_at": view.seen_at,
        "default": view.default,
    }


def incident_row(one: Incident) -> dict[str, Any]:
    """What a card shows of it; `approval` is the one that waits for a person, or empty."""
    return {
        "id": one.id,
        "state": one.state.value,
        "cause": one.cause.value if one.cause else None,
        "confidence": one.confidence,
        "says": one.says,
        "about": one.about,
        "attempts": len(one.attempts),
        "well_at": one.well_at,
        "approval": one.approval,
        "began_at": one.began_at,
    }


def app_row(view: AppView, per_hour: Decimal | None = None, incident: Incident | None = None) -> dict[str, Any]:
    """The outer contract's fields (DESIGN 8), then the replicas as rows. `cost_per_hour` is null where the app costs
    nothing, `incident` where there is none."""
    return {
        "name": view.name,
        "namespace": view.key.namespace,
        "runtime": view.spec.runtime,
        "image": view.spec.container.image,
        "status": view.status.value,
        "reason": view.reason,
        "replicas": {"desired": view.desired, "ready": view.ready, "total": view.total},
        "restarts": view.restarts,
        "revision": view.revision,
        "urls": list(view.urls),
        "cpu_millicores": view.cpu_millicores,
        "memory_bytes": view.memory_bytes,
        "cost_per_hour": None if per_hour is None else float(per_hour),
        "incident": incident_row(incident) if incident else None,
        "deleting": view.deleting,
        "kind": view.spec.kind,
        "paused": view.spec.paused,
        "job": _job(view),
        "services": [{"name": one.name, "address": one.address, "urls": list(one.urls)} for one in view.services],
        "autoscaling": scaling(view.spec.autoscaling) if view.spec.autoscaling else None,
        "conditions": [_condition(one) for one in view.conditions],
        "seen_at": view.seen_at,
        "pods": [replica_row(replica) for replica in view.replicas],
    }


def _job(view: AppView) -> dict[str, Any] | None:
    job = view.spec.job
    if job is None:
        return None
    counts = {"completions": job.completions, "succeeded": view.succeeded, "failed": view.failed}
    return {**counts, "parallelism": job.parallelism, "owner": view.spec.owner}


def _condition(one: Condition) -> dict[str, Any]:
    return {
        "type": one.type,
        "status": one.status,
        "reason": one.reason,
        "message": one.message,
        "since": one.since,
    }


def replica_row(view: ReplicaView) -> dict[str, Any]:
    return {
        "name": view.name,
        "phase": view.phase.value if view.phase else None,
        "ready": view.ready,
        "restarts": view.restarts,
        "started_at": view.started_at,
        "current": view.current,
        "urls": [port.url for port in view.ports],
        "detail": view.detail,
        "exit_code": view.last_exit.code if view.last_exit else None,
        "exit_reason": view.last_exit.reason if view.last_exit else None,
        "retry_at": view.retry_at,
        "runtime_id": view.runtime_id,
    }
