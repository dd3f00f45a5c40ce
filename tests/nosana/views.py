"""Records as the API shows them."""

from __future__ import annotations

from typing import Any

from tests.nosana.names import NO_NODE, service_label
from tests.nosana.ports import exposed_ports
from tests.nosana.records import Deployment, Event, Job, Revision, State, Task
from tests.nosana.results import iso

NODE_DOMAIN = "node.k8s.prd.nos.ci"


def deployment_view(deployment: Deployment, jobs: list[Job]) -> dict[str, Any]:
    """`jobs` are the deployment's active ones; only RUNNING ones count in active_jobs."""
    view: dict[str, Any] = {
        "id": deployment.id,
        "name": deployment.name,
        "vault": deployment.vault,
        "market": deployment.market,
        "owner": deployment.owner,
        "status": deployment.status.value,
        "replicas": deployment.replicas,
        "timeout": deployment.timeout,
        "endpoints": endpoints(deployment),
        "confidential": deployment.confidential,
        "active_revision": deployment.active_revision,
        "active_jobs": sum(job.state is State.RUNNING for job in jobs),
        "strategy": deployment.strategy.value,
        "created_at": iso(deployment.created_at),
        "updated_at": iso(deployment.updated_at),
    }
    if deployment.schedule is not None:
        view["schedule"] = deployment.schedule
    if deployment.rotation_time is not None:
        view["rotation_time"] = deployment.rotation_time
    return view


def endpoints(deployment: Deployment) -> list[dict[str, Any]]:
    """One entry per exposed port; ports of one op share their URL."""
    return [
        {
            "opId": op["id"],
            "port": port.port,
            "url": f"https://{service_label(op['id'], deployment.id, deployment.vault)}.{NODE_DOMAIN}",
        }
        for op in deployment.revision.definition["ops"]
        for port in exposed_ports(op)
        if not op["args"].get("private")
    ]


def job_view(job: Job) -> dict[str, Any]:
    return {
        "tx": job.tx,
        "deployment": job.deployment,
        "job": job.id,
        "market": job.market,
        "node": job.node,
        "revision": job.revision,
        "state": job.state.name,
        "time_start": int(job.time_start),
        "created_at": iso(job.created_at),
        "updated_at": iso(job.updated_at),
    }


def job_detail(job: Job, now: float) -> dict[str, Any]:
    return {
        "confidential": job.confidential,
        "revision": job.revision,
        "market": job.market,
        "node": job.node or NO_NODE,
        "state": int(job.state),
        "jobStatus": None,
        "jobDefinition": job.definition,
        "jobResult": job.result if not job.state.active and now >= job.result_at else None,
        "timeStart": int(job.time_start),
        "timeEnd": int(job.time_end),
        "listedAt": int(job.created_at),
    }


def revision_view(revision: Revision, deployment: Deployment) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "deployment": deployment.id,
        "ipfs_definition_hash": revision.hash,
        "job_definition": revision.definition,
        "created_at": iso(revision.created_at),
    }


def task_view(task: Task) -> dict[str, Any]:
    """Unset optionals are empty, not absent."""
    return {
        "task": task.kind.value,
        "deploymentId": task.deployment,
        "tx": "",
        "job": task.job or "",
        "limit": task.limit or 0,
        "active_revision": task.active_revision or 0,
        "due_at": iso(task.due_at),
        "created_at": iso(task.created_at),
    }


def event_view(event: Event) -> dict[str, Any]:
    view = {
        "category": event.category,
        "deploymentId": event.deployment,
        "type": event.type,
        "message": event.message,
        "created_at": iso(event.created_at),
    }
    return view if event.tx is None else {**view, "tx": event.tx}


def paid_job_view(job: Job, price_per_hour: float) -> dict[str, Any]:
    """The reply of GET /api/jobs/{job}, open to everyone: what a confidential job hides is hidden."""
    return {
        "ipfsJob": None,
        "ipfsResult": None,
        "market": job.market,
        "node": job.node or NO_NODE,
        "payer": job.owner,
        "price": round(price_per_hour / 3600, 9),
        "project": job.owner,
        "state": int(job.state),
        "type": "container",
        "jobDefinition": None if job.confidential else job.definition,
        "jobResult": None if job.confidential or job.state.active else job.result,
        "jobStatus": None,
        "timeStart": int(job.time_start),
        "timeEnd": int(job.time_end),
        "timeout": int(job.timeout),
        "usdRewardPerHour": round(price_per_hour / 1.1, 6),
        "listedAt": int(job.created_at),
    }
