"""The stand-in as an ASGI app, in process or on a real loopback port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.nosana import replies, routes_control, routes_deployments, routes_endpoints, routes_nodes, routes_public
from tests.nosana.asking import refused
from tests.nosana.edge import CUTTERS, Edge
from tests.nosana.inprocess import InProcess
from tests.nosana.manager import WrongState
from tests.nosana.pages import BadCursor
from tests.nosana.replies import Reply
from tests.nosana.schema import Refused
from tests.nosana.world import NosanaWorld


def standin(world: NosanaWorld) -> ASGIApp:
    """The API under /api, hosts under /node/{node}/, services under /endpoint/{label}/, control under /_control/."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.world = world
    for module in (routes_deployments, routes_public, routes_endpoints, routes_nodes, routes_control):
        app.include_router(module.router)
    _errors(app)
    return Edge(app, world)


def transport(world: NosanaWorld) -> InProcess:
    """For httpx in virtual time: streams replies and keeps the client's time-outs, which httpx's own does not."""
    return InProcess(standin(world))


def client(world: NosanaWorld, **more: Any) -> httpx.AsyncClient:
    """A client with the world's key; paths begin with /api."""
    more.setdefault("headers", world.headers())
    return httpx.AsyncClient(transport=transport(world), base_url="http://nosana.test", **more)


@asynccontextmanager
async def running(world: NosanaWorld, port: int = 0) -> AsyncIterator[str]:
    """Serves on 127.0.0.1; gives the root URL ("http://127.0.0.1:40123")."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = _server(standin(world))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                serving.result()
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        world.feed.close()
        server.should_exit = True
        server.force_exit = True
        await serving
        listener.close()


def _server(app: ASGIApp) -> uvicorn.Server:
    cutters: dict[Any, Callable[[], None]] = {}

    class Protocol(H11Protocol):
        """Knows how to abort its own connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            cutters[tuple(transport.get_extra_info("peername"))] = transport.abort

        def connection_lost(self, exc: Exception | None) -> None:
            cutters.pop(tuple(self.transport.get_extra_info("peername")), None)
            super().connection_lost(exc)

    async def with_cutters(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})[CUTTERS] = cutters
        await app(scope, receive, send)

    config = uvicorn.Config(
        with_cutters, http=Protocol, ws="websockets-sansio", lifespan="off", log_level="critical", access_log=False
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    return server


def _errors(app: FastAPI) -> None:
    @app.exception_handler(Reply)
    async def _reply(_: Request, error: Reply) -> Response:
        return error.response

    @app.exception_handler(Refused)
    async def _refused(request: Request, error: Refused) -> Response:
        return refused(request, error)

    @app.exception_handler(WrongState)
    async def _wrong_state(_: Request, error: WrongState) -> Response:
        return replies.error(500, str(error))

    @app.exception_handler(BadCursor)
    async def _bad_cursor(_: Request, __: BadCursor) -> Response:
        return replies.internal()

    @app.exception_handler(HTTPException)
    async def _no_route(request: Request, _: HTTPException) -> Response:
        return replies.no_route(request.method, request.url.path.removeprefix("/api"))
