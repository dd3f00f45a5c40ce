"""Hands for tests in another process: change the world, and read what it has seen. No part of the real API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from tests.nosana.asking import world_of
from tests.nosana.behaviours import Behaviour
from tests.nosana.replies import Json
from tests.nosana.views import deployment_view, job_view
from tests.nosana.world import NosanaWorld

router = APIRouter(prefix="/_control")
Deed = Callable[[NosanaWorld, dict[str, Any]], object]


def _fault(world: NosanaWorld, body: dict[str, Any]) -> None:
    kind = body.pop("kind")
    assert kind in ("fail", "delay", "drop_before", "drop_after"), kind
    getattr(world.faults, kind)(**body)


def _behave(world: NosanaWorld, body: dict[str, Any]) -> None:
    word = body.pop("word")
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    world.behaviours[word] = Behaviour(**fields)


def _quirks(world: NosanaWorld, body: dict[str, Any]) -> None:
    for name, value in body.items():
        assert hasattr(world.quirks, name), name
        setattr(world.quirks, name, value)


DEEDS: dict[str, Deed] = {
    "credits": lambda world, body: world.set_credits(**body),
    "claw-back": lambda world, body: world.claw_back(**body),
    "hosts": lambda world, body: world.set_hosts(**body),
    "lose-host": lambda world, body: world.lose_host(**body),
    "find-host": lambda world, body: world.find_host(**body),
    "say": lambda world, body: world.say(**body),
    "revoke": lambda world, body: world.revoke(**body),
    "new-key": lambda world, body: world.new_key(**body),
    "watch-tunnels": lambda world, body: world.watch_tunnels(**body),
    "break-streams": lambda world, _: world.feed.close(),
    "skip": lambda world, body: world.skip(**body),
    "behave": _behave,
    "fault": _fault,
    "no-stream": lambda world, _: world.faults.no_stream(),
    "clear-faults": lambda world, _: world.faults.clear(),
    "quirks": _quirks,
}
"""POST /_control/{deed} with the arguments of the world's method as JSON."""


@router.get("/state")
async def state(request: Request) -> Response:
    world = world_of(request)
    return Json(
        {
            "now": world.agenda.time,
            "speed": world.speed,
            "crashed": world.crashed,
            "bugs": world.bugs,
            "refused": [asdict(refusal) for refusal in world.refused],
            "ignored": world.ignored,
            "recorded": [asdict(record) for record in world.recorded],
            "deployments": [deployment_view(one, world.manager.active(one)) for one in world.deployments],
            "jobs": [{**job_view(job), "ops": {op.id: op.stage.value for op in job.ops}} for job in world.jobs()],
        }
    )


@router.post("/{deed}")
async def do(request: Request) -> Response:
    deed = DEEDS.get(request.path_params["deed"])
    if deed is None:
        return Json({"error": f"no such deed; there are {', '.join(sorted(DEEDS))}"}, 404)
    raw = await request.body()
    try:
        deed(world_of(request), dict(await request.json()) if raw else {})
    except (TypeError, ValueError, KeyError, AssertionError, StopIteration) as error:
        return Json({"error": f"{type(error).__name__}: {error}"}, 400)
    return Json({"done": True})
