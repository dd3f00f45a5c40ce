"""The board as JSON-able data: the one shape of `/api/state`, `kubelite status --json` and the page's elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.views import AppView, ReplicaView, RuntimeView


def board(apps: Sequence[AppView], runtimes: Sequence[RuntimeView], *, now: float) -> dict[str, Any]:
    """`{"now", "runtimes": [...], "apps": [...]}`; apps keep the order given (worst first). Times are epoch seconds."""
    return {
        "now": now,
        "runtimes": [runtime_row(view) for view in runtimes],
        "apps": [app_row(view) for view in apps],
    }


def runtime_row(view: RuntimeView) -> dict[str, Any]:
    return {
        "name": view.name,
        "reachable": view.reachable,
        "detail": view.detail,
        "seen_at": view.seen_at,
        "default": view.default,
    }


def app_row(view: AppView) -> dict[str, Any]:
    """The outer contract's fields (DESIGN 8), then the replicas as rows. Fields of later issues are null."""
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
        "cost_per_hour": None,
        "incident": None,
        "deleting": view.deleting,
        "seen_at": view.seen_at,
        "pods": [replica_row(replica) for replica in view.replicas],
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
