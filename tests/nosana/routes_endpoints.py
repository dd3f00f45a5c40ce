"""What the internet sees of the services: one address per op that balances, one per port of a job."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tests.nosana.asking import world_of
from tests.nosana.hosts import port_label
from tests.nosana.names import service_label
from tests.nosana.ports import exposed_ports
from tests.nosana.records import Job, OpRun, Stage, State
from tests.nosana.replies import Json
from tests.nosana.world import NosanaWorld

router = APIRouter()
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
INITIALIZING = (
    "<!doctype html><html><head><title>Service Initializing</title></head>"
    "<body><h1>Service Initializing</h1><p>The service is starting. This page reloads.</p></body></html>"
)
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Replica:
    """One op of one running job behind a label."""

    job: Job
    op: OpRun


@router.api_route("/endpoint/{label}", methods=METHODS)
@router.api_route("/endpoint/{label}/{path:path}", methods=METHODS)
async def endpoint(request: Request) -> Response:
    world, path = world_of(request), request.path_params.get("path", "")
    behind = replicas_behind(world, request.path_params["label"])
    answering = [replica for replica in behind if _registered(world, replica)]
    if not answering:
        gone = any(replica.job.lost_at is not None or replica.op.stage is Stage.SICK for replica in behind)
        return HTMLResponse(BAD_GATEWAY, 502) if gone else HTMLResponse(INITIALIZING, 503)
    chosen = answering[world.turn() % len(answering)]
    if chosen.job.lost_at is not None:
        return HTMLResponse(BAD_GATEWAY, 502)
    return _answer(world, chosen, request.method, path)


def replicas_behind(world: NosanaWorld, label: str) -> list[Replica]:
    """Every op of a RUNNING job that this label names, by its deployment or by itself."""
    found = []
    for job in world.jobs(None, State.RUNNING):
        for op in job.ops:
            ports = exposed_ports(job.definition["ops"][op.index])
            own = {port_label(job, op, port.port) for port in ports}
            if ports and not op.args.get("private") and job.deployment is not None:
                own.add(service_label(op.id, job.deployment, job.owner))
            if label in own:
                found.append(Replica(job, op))
    return found


def _registered(world: NosanaWorld, replica: Replica) -> bool:
    """Whether the balancer sends requests there: a dead host stays in for a while, a sick gated service does not."""
    op, lost = replica.op, replica.job.lost_at
    if lost is not None:
        return op.stage is Stage.UP and world.agenda.time < lost + world.timings.tunnel_notice
    gated = any(port.gated for port in exposed_ports(replica.job.definition["ops"][op.index]))
    return op.stage is Stage.UP or (op.stage is Stage.SICK and not gated)


def _answer(world: NosanaWorld, replica: Replica, method: str, path: str) -> Response:
    behaviour = world.hosts.behaviour(replica.op)
    status = 500 if replica.op.stage is Stage.SICK else behaviour.status
    world.hosts.log(replica.job, replica.op, f"{method} /{path} {status}")
    return Json(
        {"job": replica.job.id, "node": replica.job.node, "op": replica.op.id, "path": f"/{path}"}, status_code=status
    )
