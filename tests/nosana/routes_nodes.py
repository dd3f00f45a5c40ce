"""The API of each host, under /node/{node}: what runs there, its figures, its logs, restarts in place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from tests.nosana.asking import world_of
from tests.nosana.hosts import port_label
from tests.nosana.markets import Host
from tests.nosana.ports import exposed_ports
from tests.nosana.records import Job, OpRun, Stage, State
from tests.nosana.replies import Json, Reply
from tests.nosana.results import flow_state
from tests.nosana.routes_endpoints import BAD_GATEWAY, INITIALIZING
from tests.nosana.streams import Waiting
from tests.nosana.views import NODE_DOMAIN
from tests.nosana.world import NosanaWorld

router = APIRouter(prefix="/node/{node}")


@router.get("")
@router.get("/")
async def alive(request: Request) -> Response:
    return PlainTextResponse(json.dumps(_host(request).address), media_type="application/json")


@router.get("/node/info")
async def info(request: Request) -> Response:
    host, world = _host(request), world_of(request)
    market = world.chain.markets[host.market]
    return Json(
        {
            "node": host.address,
            "status": "QUEUED" if host.job is None else "RUNNING",
            "job": host.job,
            "info": {
                "cpu": {"model": "16 cores", "physical_cores": 8, "logical_cores": 16},
                "ram_mb": 65_536,
                "disk_gb": 500,
                "country": "NL",
                "gpus": {
                    "cuda_version": 12.4,
                    "devices": [{"name": market.gpu, "memory": {"total_mb": market.vram * 1024}}],
                },
                "version": "1.1.0",
            },
        }
    )


@router.get("/job/{job}/info")
async def job_info(request: Request) -> Response:
    job, now = _job(request), world_of(request).agenda.time
    state = flow_state(job, "running", None, now)
    state["endTime"] = None
    for op in state["opStates"]:
        del op["logs"], op["providerId"]
    group = _group(job)
    current = {op.id: op.stage.word for op in job.ops if op.group == group}
    everything = {op.id: op.stage.word for op in job.ops}
    return Json({**state, "operations": {"all": everything, "currentGroup": group, "currentGroupStatus": current}})


@router.get("/job/{job}/ops")
async def ops(request: Request) -> Response:
    return Json({op.id: op.stage.word for op in _job(request).ops})


@router.get("/job/{job}/ops/{op}")
async def one_op(request: Request) -> Response:
    name = request.path_params["op"]
    op = _job(request).op(name)
    return Json({name: None if op is None else op.stage.word})


@router.get("/job/{job}/group/{group}")
async def group_status(request: Request) -> Response:
    job, name = _job(request), request.path_params["group"]
    wanted = _group(job) if name == "current" else name
    return Json({op.id: op.stage.word for op in job.ops if op.group == wanted})


@router.get("/job/{job}/endpoints")
async def endpoints(request: Request) -> Response:
    job = _job(request)
    urls = {}
    for op in job.ops:
        for port in exposed_ports(job.definition["ops"][op.index]):
            label = port_label(job, op, port.port)
            url = f"https://{label}.{NODE_DOMAIN}"
            urls[label] = {"opID": op.id, "port": port.port, "url": url, "status": _health(op, checked=port.checked)}
    if not urls:
        return PlainTextResponse("No exposed url for job id", 400)
    online = any(url["status"] == "ONLINE" for url in urls.values())
    return Json({"urls": urls, "status": "ONLINE" if online else "OFFLINE"})


@router.get("/job/{job}/stats")
async def stats(request: Request) -> Response:
    """Samples of every op from `start` to `end` (ms), one each `interval` seconds."""
    world, job, query = world_of(request), _job(request), request.query_params
    now = world.agenda.time
    step = max(1.0, float(query.get("interval") or 5))
    first = max(job.time_start, float(query.get("start") or (now - 60) * 1000) / 1000)
    last = min(now, float(query.get("end") or now * 1000) / 1000)
    moments = [first + n * step for n in range(min(1000, int((last - first) // step) + 1))] if last >= first else []
    return Json([world.hosts.stats(job, op, at) for at in moments for op in _containers(job)])


@router.get("/job/{job}/stats/stream")
async def stats_stream(request: Request) -> Response:
    step = max(1.0, float(request.query_params.get("interval") or 5))
    job = _job(request)
    return StreamingResponse(_samples(world_of(request), job, step), media_type="text/event-stream")


@router.post("/job/{job}/group/{group}/operation/{op}/restart")
async def restart_op(request: Request) -> Response:
    job, op = _running_op(request, "restart")
    world_of(request).hosts.restart(job, op)
    return Json({"message": "Operation restarted"})


@router.post("/job/{job}/group/{group}/operation/{op}/stop")
async def stop_op(request: Request) -> Response:
    job, op = _running_op(request, "Stop")
    world_of(request).hosts.stop_op(job, op)
    return Json({"message": "Operation Stopped"})


@router.post("/job/{job}/group/{group}/restart")
async def restart_group(request: Request) -> Response:
    job = _job(request)
    for op in _in_group(request, job, "Failed to restart group operations"):
        world_of(request).hosts.restart(job, op)
    return Json({"message": "Group Operation restarted"})


@router.post("/job/{job}/group/{group}/stop")
async def stop_group(request: Request) -> Response:
    job = _job(request)
    for op in _in_group(request, job, "Failed to stop group operations"):
        world_of(request).hosts.stop_op(job, op)
    return Json({"message": "Group Operation Stopped"})


@router.post("/job/{job}/stop")
async def stop_job(request: Request) -> Response:
    job = _job(request)
    world_of(request).chain.stop(job)
    return PlainTextResponse("success")


@router.websocket("/{path:path}")
async def socket(websocket: WebSocket) -> None:
    """One socket for all streams: the first message says which."""
    world: NosanaWorld = websocket.app.state.world
    world.advance()
    host = world.hosts.hosts.get(websocket.path_params["node"])
    if host is None or host.lost_at is not None:
        await websocket.close()
        return
    await websocket.accept()
    try:
        await _serve_socket(world, host, websocket)
    except WebSocketDisconnect:
        return


async def _serve_socket(world: NosanaWorld, host: Host, websocket: WebSocket) -> None:
    try:
        asked = json.loads(await websocket.receive_text())
        path, header, body = asked["path"], asked.get("header"), asked.get("body") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        await websocket.close(1011, "Internal Server Error")
        return
    world.advance()
    if path not in ("/log", "/flog"):
        await websocket.close(3003, "Invalid Path")
        return
    job = world.chain.jobs.get(str(body.get("jobAddress") or ""))
    if job is None:
        named = body.get("jobAddress")
        why = f"Could not find job with id {named}" if named else "Expected body to contain jobAddress."
        await websocket.close(1007, why)
    elif path == "/log" and world.signed_by(str(header or "")) != job.owner:
        await websocket.close(3000, "Unauthorized Request")
    elif job.node != host.address:
        await websocket.close(1008, "This job does not run here")
    else:
        await _send_logs(world, job, path.lstrip("/"), body, websocket)


async def _send_logs(world: NosanaWorld, job: Job, path: str, body: dict[str, Any], websocket: WebSocket) -> None:
    """What there is, op by op, then what comes. A job's end closes nothing; a dead host ends the socket."""
    waiting = Waiting(world)
    world.hosts.listeners[job.id].append(waiting.put)
    told = [entry for op in job.ops for entry in op.told] if job.state is State.RUNNING else []
    leaving = _Leaving(websocket, waiting)
    try:
        for entry in told:
            await _send_log(path, entry, body, websocket)
        while True:
            entry = await waiting.get()
            if entry is None:
                return
            await _send_log(path, entry, body, websocket)
    finally:
        world.hosts.listeners[job.id].remove(waiting.put)
        leaving.stop()


class _Leaving:
    """Notices that the client is gone while nothing is sent."""

    def __init__(self, websocket: WebSocket, waiting: Waiting) -> None:
        self._task = asyncio.create_task(self._watch(websocket, waiting))

    async def _watch(self, websocket: WebSocket, waiting: Waiting) -> None:
        try:
            while True:
                await websocket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            waiting.put(None)

    def stop(self) -> None:
        self._task.cancel()


async def _send_log(path: str, entry: dict[str, Any], body: dict[str, Any], websocket: WebSocket) -> None:
    wanted = {"group": body.get("group"), "opId": body.get("opId"), "type": body.get("type")}
    if all(value in (None, "", entry[name]) for name, value in wanted.items()):
        await websocket.send_text(json.dumps({"path": path, "data": json.dumps(entry)}))


async def _samples(world: NosanaWorld, job: Job, step: float) -> AsyncIterator[bytes]:
    waiting = Waiting(world)
    while job.state is State.RUNNING and job.lost_at is None:
        for op in _containers(job):
            yield f"data: {json.dumps(world.hosts.stats(job, op, world.agenda.time))}\n\n".encode()
        try:
            await waiting.get(until=world.now() + step)
        except TimeoutError:
            continue


def _host(request: Request) -> Host:
    """Raises Reply: the proxy's own pages where no host answers."""
    host = world_of(request).hosts.hosts.get(request.path_params["node"])
    if host is None:
        raise Reply(HTMLResponse(INITIALIZING, 503))
    if host.lost_at is not None:
        raise Reply(HTMLResponse(BAD_GATEWAY, 502))
    return host


def _job(request: Request) -> Job:
    """The job, if it runs on this host and its owner asks. Raises Reply."""
    world, host = world_of(request), _host(request)
    job = world.chain.jobs.get(request.path_params["job"])
    if job is None:
        raise Reply(PlainTextResponse(f"Could not find job with id {request.path_params['job']}", 400))
    header = request.headers.get("authorization", "")
    if world.signed_by(header) != job.owner or _too_old(header, job, world.agenda.time):
        raise Reply(PlainTextResponse("Unathorized Request", 401))
    if job.node != host.address or job.state is not State.RUNNING:
        raise Reply(PlainTextResponse("invalid job id", 400))
    return job


def _too_old(header: str, job: Job, now: float) -> bool:
    stamp = header.rpartition(":")[2]
    return stamp.isdigit() and now - int(stamp) / 1000 > job.timeout


def _group(job: Job) -> str | None:
    """The group that runs now."""
    begun = [op for op in job.ops if op.stage is not Stage.WAITING]
    return begun[-1].group if begun else None


def _containers(job: Job) -> list[OpRun]:
    return [op for op in job.ops if op.stage in (Stage.BOOTING, Stage.UP, Stage.SICK)]


def _running_op(request: Request, verb: str) -> tuple[Job, OpRun]:
    job = _job(request)
    op = job.op(request.path_params["op"])
    if op is None or op.group != request.path_params["group"] or op.stage in (Stage.WAITING, Stage.STARTING):
        raise Reply(Json({"error": f"Failed to {verb} operation: operation is not running"}, 500))
    return job, op


def _in_group(request: Request, job: Job, error: str) -> list[OpRun]:
    found = [op for op in job.ops if op.group == request.path_params["group"] and op.stage is not Stage.WAITING]
    if not found:
        raise Reply(Json({"error": error}, 500))
    return found


def _health(op: OpRun, *, checked: bool) -> str:
    if op.stage not in (Stage.BOOTING, Stage.UP, Stage.SICK):
        return "OFFLINE"
    if not checked:
        return "UNKNOWN"
    return "ONLINE" if op.stage is Stage.UP else "OFFLINE"
