"""A client, a clock and a world in one hand, for the stand-in's own tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.nosana.clock import HandClock
from tests.nosana.server import client
from tests.nosana.world import NosanaWorld

MARKET = "nvidia-3060"
HEALTH = {"type": "http", "path": "/", "method": "GET", "expected_status": 200, "continuous": True}


def definition(
    image: str = "docker.io/library/nginx:1.27", *, port: int | None = 80, gated: bool = False, **args: Any
) -> dict[str, Any]:
    """One container; `gated` gives its port the check that the balancer heeds."""
    if port is not None:
        args["expose"] = [{"port": port, "health_checks": [HEALTH]} if gated else {"port": port}]
    op = {"type": "container/run", "id": "web", "args": {"image": image, **args}}
    return {"version": "0.1", "type": "container", "meta": {"trigger": "api", "app": "web"}, "ops": [op]}


class Drive:
    """`api` sends as the account's owner; `wait` lets the world's time pass."""

    def __init__(self, world: NosanaWorld, clock: HandClock, api: httpx.AsyncClient) -> None:
        self.world = world
        self.clock = clock
        self.api = api

    def wait(self, seconds: float) -> None:
        self.clock.pass_(seconds)
        self.world.advance()

    def body(self, **over: Any) -> dict[str, Any]:
        """A create body; None leaves a field out."""
        usual = {
            "name": "web",
            "market": self.world.market(MARKET).address,
            "replicas": 1,
            "timeout": 60,
            "strategy": "INFINITE",
            "autostart": True,
            "job_definition": definition(),
        }
        return {name: value for name, value in {**usual, **over}.items() if value is not None}

    async def create(self, **over: Any) -> str:
        """The new deployment's id."""
        reply = await self.api.post("/api/deployments/create", json=self.body(**over))
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    async def get(self, path: str, **query: Any) -> Any:
        reply = await self.api.get(f"/api/{path}", params=query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def status(self, name: str) -> str:
        return str((await self.get(f"deployments/{name}"))["status"])

    async def states(self, name: str) -> list[str]:
        """States of the deployment's jobs, oldest first."""
        found = await self.get(f"deployments/{name}/jobs", limit=100, sort_order="asc")
        return [job["state"] for job in found["jobs"]]

    async def events(self, name: str) -> list[str]:
        found = await self.get(f"deployments/{name}/events", limit=100, sort_order="asc")
        return [event["type"] for event in found["events"]]

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.api.post(f"/api/{path}", **({} if body is None else {"json": body}))

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.api.patch(f"/api/deployments/{path}", json=body)


@asynccontextmanager
async def drive(**world: Any) -> AsyncIterator[Drive]:
    """A world in a hand-driven clock; `world` are NosanaWorld's arguments."""
    clock = HandClock()
    made = NosanaWorld(clock.now, **world)
    async with client(made) as api:
        yield Drive(made, clock, api)
