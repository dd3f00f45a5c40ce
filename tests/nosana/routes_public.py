"""Credits, markets, single jobs, signing, and what the host manager tells."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from tests.nosana import replies
from tests.nosana.asking import body_of, key_of, owner_of, raw_json, world_of
from tests.nosana.chain import UnknownMarket
from tests.nosana.credits import InsufficientCredits
from tests.nosana.names import signature
from tests.nosana.records import Job, State
from tests.nosana.replies import Json, Reply
from tests.nosana.schema import ExtendJob, ListJob, SignMessage
from tests.nosana.views import paid_job_view

router = APIRouter()
LEAST_SECONDS = 3600
"""The network refuses jobs paid by credits for less than an hour."""


@router.get("/api/credits/balance")
async def balance(request: Request) -> Response:
    key = key_of(request)
    return Json(world_of(request).account(key).view())


@router.get("/api/markets/")
async def markets(request: Request) -> Response:
    kind = request.query_params.get("type")
    found = [market.view() for market in world_of(request).chain.markets.values() if kind in (None, "", market.kind)]
    limit = request.query_params.get("limit", "")
    return Json(found[: int(limit)] if limit.isdigit() else found)


@router.get("/api/markets/{market}/")
async def one_market(request: Request) -> Response:
    market = world_of(request).chain.markets.get(request.path_params["market"])
    if market is None:
        return Json({"name": "Error", "message": "Market not found"}, 500)
    return Json(market.view())


@router.get("/api/markets/{market}/required-resources")
async def required_resources(request: Request) -> Response:
    market = world_of(request).chain.markets.get(request.path_params["market"])
    if market is None:
        return Json({"name": "Error", "message": "Market not found"}, 500)
    view = market.view()
    return Json({name: view[name] for name in ("required_images", "required_remote_resources")})


@router.get("/nodes/queued-nodes")
@router.get("/host-manager/nodes/queued-nodes")
async def queued_nodes(request: Request) -> Response:
    world = world_of(request)
    return Json(
        [
            {"nodeAddress": host.address, "marketAddress": market.address, "state": "QUEUED"}
            for market in world.chain.markets.values()
            for host in world.chain.idle(market)
        ]
    )


@router.get("/jobs/running")
@router.get("/host-manager/jobs/running")
async def running_jobs(request: Request) -> Response:
    counts = Counter(job.market for job in world_of(request).jobs(None, State.RUNNING))
    return Json({market: {"running": count} for market, count in counts.items()})


@router.post("/api/auth/sign-message/external")
@router.post("/auth/sign-message/external")
async def sign_message(request: Request) -> Response:
    owner = owner_of(request)
    body = await body_of(request, SignMessage)
    return Json({"signature": world_of(request).signed(owner, body.message, bool(body.includeTime))})


@router.post("/api/jobs/list")
async def list_job(request: Request) -> Response:
    """By the hash of a definition that some deployment here has used: there is no IPFS to pin it on."""
    world, owner = world_of(request), owner_of(request)
    body = await body_of(request, ListJob)
    seconds = float(body.timeout or LEAST_SECONDS)
    if seconds < LEAST_SECONDS:
        return replies.error(400, "Job timeout must be at least 60 minutes")
    definition = _pinned(request, body.ipfsHash)
    try:
        job = world.chain.post(owner=owner, market=body.market, definition=definition, timeout=seconds, node=body.node)
    except InsufficientCredits as error:
        return replies.error(402, str(error))
    except UnknownMarket as error:
        return replies.error(400, str(error))
    return Json({"tx": job.tx, "job": job.id, "run": job.id, "credits": _cost(request, job, seconds)})


@router.get("/api/jobs/{job}")
async def get_job(request: Request) -> Response:
    job = _job(request)
    return Json(paid_job_view(job, world_of(request).chain.markets[job.market].hourly))


@router.post("/api/jobs/{job}/stop")
async def stop_job(request: Request) -> Response:
    owner, job = owner_of(request), _job(request)
    await raw_json(request)
    if job.owner != owner:
        raise Reply(replies.error(404, "Job not found"))
    if not job.state.active:
        return replies.error(400, "Job is not running or queued.")
    delisted = world_of(request).chain.stop(job)
    return Json({"tx": signature(f"stop/{job.id}"), "job": job.id, "delisted": delisted})


@router.post("/api/jobs/{job}/extend")
async def extend_job(request: Request) -> Response:
    owner, job = owner_of(request), _job(request)
    body = await body_of(request, ExtendJob)
    if job.owner != owner:
        raise Reply(replies.error(404, "Job not found"))
    if job.state is not State.RUNNING:
        return replies.error(400, "Job is not running.")
    try:
        world_of(request).chain.extend(job, body.seconds)
    except InsufficientCredits as error:
        return replies.error(402, str(error))
    tx = signature(f"extend/{job.id}/{job.timeout}")
    return Json({"tx": tx, "job": job.id, "credits": _cost(request, job, body.seconds)})


def _job(request: Request) -> Job:
    job = world_of(request).chain.jobs.get(request.path_params["job"])
    if job is None:
        raise Reply(replies.error(404, "Job not found"))
    return job


def _cost(request: Request, job: Job, seconds: float) -> dict[str, Any]:
    usd = round(world_of(request).chain.markets[job.market].hourly * seconds / 3600, 6)
    return {"costUSD": usd, "creditsUsed": usd, "reservationId": f"reservation-{job.number}", "project": job.owner}


def _pinned(request: Request, ipfs: str) -> dict[str, Any]:
    for deployment in world_of(request).deployments:
        for revision in deployment.revisions:
            if revision.hash == ipfs:
                return revision.definition
    raise Reply(replies.error(400, "Job definition not found on IPFS"))
