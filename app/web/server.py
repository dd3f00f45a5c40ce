"""Puts the web application together: our routes, then Chainlit at `/`, then the guard around all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from app.web import context, environment
from app.web.context import Backend
from app.web.failures import Failures
from app.web.guard import Guard
from app.web.hosts import Hosts

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(backend: Backend, *, lifespan: Lifespan | None = None) -> FastAPI:
    """The whole page and API over `backend`. `lifespan` is what the caller starts and stops with the server.

    One per process: Chainlit is a module-level application.
    """
    environment.prepare(backend.settings.data_directory, backend.home.auth_secret)
    context.use(backend)
    from app.web import errors, pages, routes

    app = FastAPI(title="KubeLite", lifespan=_lifespan(backend, lifespan), openapi_url=None)
    errors.install(app)
    routes.install(app)
    pages.local_only()
    _mount_chat(app)
    settings = backend.settings
    app.add_middleware(
        Guard,
        hosts=Hosts.of(settings.host, settings.allowed_hosts),
        failures=Failures(backend.clock),
        script_hashes=pages.script_hashes,
    )
    return app


def _lifespan(backend: Backend, given: Lifespan | None) -> Lifespan:
    """Mounted, Chainlit's own start-up never runs: its tables and its engine are ours to open and close."""

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        from app.web import history

        async with AsyncExitStack() as stack:
            if given is not None:
                await stack.enter_async_context(given(app))
            layer = history.layer(backend.settings.data_directory)
            stack.push_async_callback(layer.close)
            await layer.create_tables()
            await _posted(stack, backend)
            yield

    return run


async def _posted(stack: AsyncExitStack, backend: Backend) -> None:
    """What healing and the demo say goes into the open conversations, as long as the server runs."""
    from app.web.incidents import Postings
    from app.web.stories import Stories

    if backend.news is not None:
        postings = Postings(backend)
        backend.news.listen(postings.post)
        await _written(stack, postings.run(), "postings")
    if backend.demo is not None:
        stories = Stories()
        backend.demo.listen(stories.post)
        await _written(stack, stories.run(), "stories")


async def _written(stack: AsyncExitStack, work: Coroutine[Any, Any, None], name: str) -> None:
    task = asyncio.create_task(work, name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


def _mount_chat(app: FastAPI) -> None:
    from chainlit.server import app as chat
    from chainlit.utils import mount_chainlit

    from app.web import errors

    errors.calm(chat)
    mount_chainlit(app, target=str(Path(__file__).with_name("chat.py")), path="/")
    # Keeps paths outside the mount away, of which "/" has none, and takes a reader who leaves early for a bug.
    chat.user_middleware[:] = [each for each in chat.user_middleware if each.cls.__name__ != "ChainlitMiddleware"]
