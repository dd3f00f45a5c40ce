"""The routes of the deployment manager, under /api."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tests.nosana import replies, views
from tests.nosana.asking import (
    body_of,
    deployment_of,
    job_of,
    key_of,
    owner_of,
    raw_json,
    refuse,
    world_of,
)
from tests.nosana.manager import BadRotation, UnknownRevision
from tests.nosana.pages import Page, between, one_of
from tests.nosana.records import Deployment, Status, Strategy
from tests.nosana.replies import Json
from tests.nosana.results import iso
from tests.nosana.schema import (
    Create,
    JobDefinition,
    Refused,
    UpdateActiveRevision,
    UpdateName,
    UpdateReplicas,
    UpdateSchedule,
    UpdateTimeout,
    Withdraw,
)
from tests.nosana.streams import deployment_stream

router = APIRouter(prefix="/api/deployments")
Item = TypeVar("Item")


@router.post("/create")
async def create(request: Request) -> Response:
    world, key = world_of(request), key_of(request)
    raw = await raw_json(request)
    try:
        body = await body_of(request, Create)
    except Refused as error:
        refuse(request, str(error))
        return replies.bare()
    try:
        deployment = world.manager.create(body, raw["job_definition"], world.keys[key], key)
    except BadRotation as error:
        refuse(request, str(error))
        return replies.error(400, str(error))
    return Json(_view(request, deployment))


@router.get("")
async def list_(request: Request) -> Response:
    owner, query = owner_of(request), request.query_params
    names = ("id", "name", "vault")
    found = [
        deployment
        for deployment in world_of(request).manager.deployments.values()
        if deployment.owner == owner
        and one_of(query, "id", deployment.id)
        and one_of(query, "status", deployment.status.value)
        and one_of(query, "strategy", deployment.strategy.value)
        and all(query.get(name) in (None, "", getattr(deployment, name)) for name in names[1:])
        and _searched(query.get("search"), deployment)
        and between(query, "created", deployment.created_at)
    ]
    return _page(
        request, "deployments", found, lambda one: (one.created_at, one.number), lambda one: _view(request, one)
    )


@router.get("/vaults")
async def vaults(request: Request) -> Response:
    return Json([_vault(owner_of(request))])


@router.post("/vaults/create")
async def create_vault(request: Request) -> Response:
    await raw_json(request)
    return Json(_vault(owner_of(request)))


@router.post("/vaults/{vault}/withdraw")
async def withdraw(request: Request) -> Response:
    owner = owner_of(request)
    await body_of(request, Withdraw)
    if request.path_params["vault"] != owner:
        return replies.error(404, "Vault not found.")
    return replies.error(400, "Withdrawals are not supported for API key vaults.")


@router.get("/{deployment}")
async def get(request: Request) -> Response:
    return Json(_view(request, deployment_of(request)))


@router.delete("/{deployment}")
async def delete(request: Request) -> Response:
    deployment = deployment_of(request)
    await raw_json(request)
    world_of(request).manager.delete(deployment)
    return Response(status_code=204)


@router.post("/{deployment}/start")
async def start(request: Request) -> Response:
    deployment = deployment_of(request)
    await raw_json(request)
    world_of(request).manager.start(deployment)
    return _changed(deployment, status="STARTING")


@router.post("/{deployment}/stop")
async def stop(request: Request) -> Response:
    deployment = deployment_of(request)
    await raw_json(request)
    world_of(request).manager.stop(deployment)
    return _changed(deployment, status="STOPPING")


@router.post("/{deployment}/archive")
async def archive(request: Request) -> Response:
    deployment = deployment_of(request)
    await raw_json(request)
    world_of(request).manager.archive(deployment)
    return _changed(deployment, status="ARCHIVED")


@router.patch("/{deployment}/update-name")
async def update_name(request: Request) -> Response:
    deployment = deployment_of(request)
    body = await body_of(request, UpdateName)
    world_of(request).manager.rename(deployment, body.name)
    return _changed(deployment, name=body.name)


@router.patch("/{deployment}/update-replica-count")
async def update_replicas(request: Request) -> Response:
    deployment = deployment_of(request)
    body = await body_of(request, UpdateReplicas)
    world_of(request).manager.scale(deployment, body.replicas)
    return _changed(deployment, replicas=body.replicas)


@router.patch("/{deployment}/update-timeout")
async def update_timeout(request: Request) -> Response:
    deployment = deployment_of(request)
    body = await body_of(request, UpdateTimeout)
    world_of(request).manager.set_timeout(deployment, body.timeout)
    return _changed(deployment, timeout=body.timeout)


@router.patch("/{deployment}/update-schedule")
async def update_schedule(request: Request) -> Response:
    deployment = deployment_of(request)
    body = await body_of(request, UpdateSchedule)
    if deployment.strategy is not Strategy.SCHEDULED:
        return replies.error(400, "Schedule can only be updated for scheduled deployments.")
    world_of(request).manager.set_schedule(deployment, body.schedule)
    return _changed(deployment, schedule=body.schedule)


@router.post("/{deployment}/create-revision")
async def create_revision(request: Request) -> Response:
    deployment = deployment_of(request)
    raw = await raw_json(request)
    await body_of(request, JobDefinition)
    world_of(request).manager.create_revision(deployment, raw)
    return _changed(
        deployment,
        active_revision=deployment.active_revision,
        endpoints=views.endpoints(deployment),
        revisions=[views.revision_view(revision, deployment) for revision in deployment.revisions],
    )


@router.patch("/{deployment}/update-active-revision")
async def update_active_revision(request: Request) -> Response:
    deployment = deployment_of(request)
    body = await body_of(request, UpdateActiveRevision)
    try:
        world_of(request).manager.switch_revision(deployment, body.active_revision)
    except UnknownRevision:
        return replies.error(400, "Revision not found.")
    return _changed(deployment, active_revision=deployment.active_revision, endpoints=views.endpoints(deployment))


@router.get("/{deployment}/revisions")
async def revisions(request: Request) -> Response:
    deployment, query = deployment_of(request), request.query_params
    _no_revision_filter(request)
    found = [revision for revision in deployment.revisions if between(query, "created", revision.created_at)]
    return _page(
        request,
        "revisions",
        found,
        lambda one: (one.created_at, one.number),
        lambda one: views.revision_view(one, deployment),
    )


@router.get("/{deployment}/jobs")
async def jobs(request: Request) -> Response:
    deployment, query = deployment_of(request), request.query_params
    _no_revision_filter(request)
    found = [
        job
        for job in world_of(request).manager.jobs.values()
        if job.deployment == deployment.id
        and one_of(query, "state", job.state.name)
        and query.get("job") in (None, "", job.id)
        and between(query, "created", job.created_at)
    ]
    return _page(request, "jobs", found, lambda one: (one.created_at, one.number), views.job_view)


@router.get("/{deployment}/jobs/{job}")
async def one_job(request: Request) -> Response:
    job = job_of(request, deployment_of(request))
    return Json(views.job_detail(job, world_of(request).agenda.time))


@router.get("/{deployment}/tasks")
async def tasks(request: Request) -> Response:
    deployment, query = deployment_of(request), request.query_params
    if deployment.status is Status.ARCHIVED:
        return replies.error(500, "Cannot modify an archived deployment.")
    found = [
        task
        for task in world_of(request).manager.tasks.values()
        if task.deployment == deployment.id
        and one_of(query, "task", task.kind.value)
        and between(query, "due", task.due_at)
    ]
    return _page(request, "tasks", found, lambda one: (one.created_at, one.number), views.task_view)


@router.get("/{deployment}/events")
async def events(request: Request) -> Response:
    deployment, query = deployment_of(request), request.query_params
    found = [
        event
        for event in world_of(request).manager.events
        if event.deployment == deployment.id
        and one_of(query, "category", event.category)
        and one_of(query, "type", event.type)
        and between(query, "created", event.created_at)
    ]
    return _page(request, "events", found, lambda one: (one.created_at, one.number), views.event_view)


@router.get("/{deployment}/header")
async def header(request: Request) -> Response:
    deployment, query = deployment_of(request), request.query_params
    message = query.get("message") or "DEPLOYMENT_HEADER"
    with_time = query.get("includeTime") == "true"
    return Json({"header": world_of(request).signed(deployment.owner, message, with_time)})


@router.get("/{deployment}/stream")
async def stream(request: Request) -> Response:
    deployment = deployment_of(request)
    headers = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
    return StreamingResponse(
        deployment_stream(world_of(request), deployment), media_type="text/event-stream", headers=headers
    )


def _view(request: Request, deployment: Deployment) -> dict[str, Any]:
    return views.deployment_view(deployment, world_of(request).manager.active(deployment))


def _changed(deployment: Deployment, **fields: Any) -> Json:
    return Json({**fields, "updated_at": iso(deployment.updated_at)})


def _vault(owner: str) -> dict[str, Any]:
    return {"vault": owner, "owner": owner, "created_at": iso(1_700_000_000.0)}


def _searched(text: str | None, deployment: Deployment) -> bool:
    return not text or text.lower() in f"{deployment.name} {deployment.id}".lower()


def _no_revision_filter(request: Request) -> None:
    """The filter exists and can not be used: the string is never made a number."""
    if "revision" in request.query_params:
        raise Refused("querystring/revision must be number")


def _page(
    request: Request,
    name: str,
    found: Iterable[Item],
    key: Callable[[Item], tuple[float, int]],
    view: Callable[[Item], dict[str, Any]],
) -> Json:
    page, pagination = Page.of(request.query_params).cut(found, key)
    return Json({name: [view(item) for item in page], "pagination": pagination})
