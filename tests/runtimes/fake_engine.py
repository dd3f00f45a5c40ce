"""A Docker Engine of lies for tests: a real HTTP server on a unix socket that answers what a test tells it to."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from app.core.pods import PodId, PodRequest
from app.core.spec import AppKey, Container, PodTemplate, Port
from app.runtimes.docker.bodies import Setting, create_body
from app.runtimes.docker.networks import network_name
from app.runtimes.docker.wire import Role, container_name

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

INSTANCE = "i1"
_VERSIONED = re.compile(r"^/v(\d+\.\d+)(/.*)$")


class FakeEngine:
    """`on(method, pattern, ...)` says what to answer; the newest rule that fits wins. Every request is remembered."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        """Method, path without its version, query."""
        self.versions: list[str] = []
        self._rules: list[tuple[str, re.Pattern[str], Handler]] = []
        self.on("GET", "/_ping", self._ping)
        labels = {"kubelite.io/instance": INSTANCE}
        self.answers("GET", "/networks/.*", 200, {"Name": f"kl.{INSTANCE}.shop", "Labels": labels})

    def on(self, method: str, pattern: str, handler: Handler) -> None:
        self._rules.insert(0, (method, re.compile(pattern), handler))

    def answers(self, method: str, pattern: str, status: int, body: Any = None) -> None:
        """JSON for anything but text, which is sent as it is."""
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"

        async def handler(_: web.Request) -> web.StreamResponse:
            empty = status in (204, 304)
            return web.Response(status=status) if empty else web.Response(status=status, text=text, content_type=kind)

        self.on(method, pattern, handler)

    def hangs(self, method: str, pattern: str) -> None:
        async def handler(_: web.Request) -> web.StreamResponse:
            return await asyncio.Future()

        self.on(method, pattern, handler)

    def count(self, method: str, pattern: str) -> int:
        return sum(how == method and re.fullmatch(pattern, path) is not None for how, path, _ in self.asked)

    def has(self, request: PodRequest, status: str = "running", **state: Any) -> str:
        """Answers list and inspect with one container; gives its id."""
        identity = f"{request.id.slot:064x}"
        shown = inspected(request, identity, status, **state)
        entry = {
            "Id": identity,
            "Names": [shown["Name"]],
            "Labels": shown["Config"]["Labels"],
            "State": status,
            "Status": "Up 1 second" if status == "running" else status.title(),
        }
        self.answers("GET", f"/containers/({identity}|{shown['Name'][1:]})/json", 200, shown)
        self.answers("GET", "/containers/json", 200, [entry])
        return identity

    async def _ping(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text="OK", headers={"Api-Version": self.api})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if versioned := _VERSIONED.match(path):
            self.versions.append(versioned[1])
            path = versioned[2]
        self.asked.append((request.method, path, dict(request.query)))
        for method, pattern, handler in self._rules:
            if method == request.method and pattern.fullmatch(path):
                return await handler(request)
        return web.json_response({"message": f"page not found: {path}"}, status=404)


def inspected(request: PodRequest, identity: str, status: str = "running", **state: Any) -> dict[str, Any]:
    """What an Engine shows of the pod's container, made as the runtime asks for it."""
    network = network_name(INSTANCE, request.id.app.namespace)
    body = create_body(Setting(INSTANCE, request, network), Role.MAIN, request.template.containers[0])
    host, begun = body.pop("HostConfig"), "" if status == "created" else "2026-11-24T13:28:09Z"
    return {
        "Id": identity,
        "Name": "/" + container_name(INSTANCE, request.id),
        "Created": "2026-11-24T13:28:08Z",
        "State": {"Status": status, "ExitCode": 0, "StartedAt": begun, **state},
        "Config": body,
        "HostConfig": host,
        "NetworkSettings": {"Ports": {}, "Networks": {network: {"IPAddress": "172.20.0.2"}}},
    }


def pod_request(slot: int = 0, host_port: int | None = None) -> PodRequest:
    container = Container(name="web", image="nginx", ports=(Port(container_port=80),))
    wished = {} if host_port is None else {80: host_port}
    return PodRequest(PodId(AppKey("shop", "web"), slot, 1), "abc", PodTemplate(containers=(container,)), wished)


@asynccontextmanager
async def serving(api: str = "1.41") -> AsyncIterator[tuple[FakeEngine, str]]:
    """A fake Engine and its DOCKER_HOST."""
    engine, application = FakeEngine(api), web.Application()
    application.router.add_route("*", "/{path:.*}", engine.serve)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    # Not pytest's own directory: the path of a unix socket may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="kl-") as directory:
        socket = Path(directory) / "docker.sock"
        await web.UnixSite(runner, str(socket)).start()
        try:
            yield engine, f"unix://{socket}"
        finally:
            await runner.cleanup()
