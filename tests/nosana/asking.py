"""One request to the API: who asks, about which deployment, with what body."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from tests.nosana import replies
from tests.nosana.records import Deployment, Job
from tests.nosana.replies import Reply
from tests.nosana.schema import Refused, checked
from tests.nosana.world import NosanaWorld

M = TypeVar("M", bound=BaseModel)


def world_of(request: Request) -> NosanaWorld:
    world: NosanaWorld = request.app.state.world
    return world


def route_of(request: Request) -> str:
    return f"{request.method} {request.url.path}"


def key_of(request: Request) -> str:
    """The API key of a known account. Raises Reply with 401."""
    world = world_of(request)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Reply(replies.unauthorized("Unauthorized, missing or invalid headers", world.quirks.refusal))
    if key not in world.keys:
        raise Reply(replies.unauthorized("Unauthorized", world.quirks.refusal))
    return key


def owner_of(request: Request) -> str:
    """Raises Reply."""
    return world_of(request).keys[key_of(request)]


def deployment_of(request: Request) -> Deployment:
    """The deployment named in the path, if it is the asker's. Raises Reply."""
    owner = owner_of(request)
    deployment = world_of(request).manager.deployments.get(request.path_params["deployment"])
    if deployment is None or deployment.owner != owner:
        raise Reply(replies.error(404, "Deployment not found."))
    return deployment


def job_of(request: Request, deployment: Deployment) -> Job:
    """Raises Reply."""
    job = world_of(request).manager.jobs.get(request.path_params["job"])
    if job is None or job.deployment != deployment.id:
        raise Reply(replies.error(404, "Job not found"))
    return job


async def raw_json(request: Request) -> Any:
    """The parsed body; None without one. Raises Reply: the content-type and syntax errors of the real server."""
    body = await request.body()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if not kind and not body:
        return None
    if kind != "application/json":
        refuse(request, f"content-type {kind or 'missing'}")
        raise Reply(replies.media_type(kind))
    if request.method == "DELETE" and "content-length" not in request.headers:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        refuse(request, f"the body is no JSON: {error}")
        raise Reply(replies.internal()) from None


async def body_of(request: Request, model: type[M]) -> M:
    """The body by its schema. Raises Refused, Reply."""
    body = await raw_json(request)
    told = checked(model, body)
    for name in sorted(set(body) - {field.alias or key for key, field in model.model_fields.items()}):
        world_of(request).ignored.append((route_of(request), name))
    return told


def refuse(request: Request, why: str) -> None:
    world_of(request).refuse(route_of(request), why)


def refused(request: Request, error: Refused) -> replies.Json:
    """What a schema's refusal looks like from outside; it is noted for the suite's own count."""
    refuse(request, str(error))
    return replies.invalid(str(error))
