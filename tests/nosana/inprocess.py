"""httpx and WebSockets to an ASGI app without a socket, so that virtual time passes between question and answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.types import ASGIApp, Message


class InProcess(httpx.AsyncBaseTransport):
    """Streams a reply as it comes and keeps the read time-out; a request that timed out is still worked on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(await request.aread(), request.extensions.get("timeout", {}).get("read"))
        task = asyncio.create_task(exchange.run(self._app, _scope(request)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        start = await exchange.next()
        assert start is not None, "the app ended without a response"
        if exchange.failed is not None:
            raise exchange.failed  # a fault of the app itself: the test must see it, not a 500
        stream = _Stream(exchange, task)
        return httpx.Response(start["status"], headers=start["headers"], stream=stream)

    async def aclose(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Exchange:
    def __init__(self, body: bytes, timeout: float | None) -> None:
        self._body: bytes | None = body
        self._timeout = timeout
        self._sent: asyncio.Queue[Message | Exception | None] = asyncio.Queue()
        self.closed = asyncio.Event()
        self.failed: Exception | None = None

    async def run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:
            self.failed = error
            self._sent.put_nowait(error)
        else:
            self._sent.put_nowait(None)

    async def next(self) -> Message | None:
        """The app's next message, None at its end. Raises httpx.ReadTimeout and what the app raised."""
        try:
            message = await asyncio.wait_for(self._sent.get(), self._timeout)
        except TimeoutError:
            self.closed.set()
            raise httpx.ReadTimeout("no answer in time") from None
        if isinstance(message, Exception):
            raise message
        return message

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self._sent.put_nowait(message)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, exchange: _Exchange, task: asyncio.Task[None]) -> None:
        self._exchange = exchange
        self._task = task

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._exchange.next()
            if message is None:
                return
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                return

    async def aclose(self) -> None:
        self._exchange.closed.set()
        await asyncio.wait([self._task], timeout=1)


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port or 80),
        "client": ("in-process", 1),
        "root_path": "",
        "state": {},
    }


class Socket:
    """A WebSocket to the app: `async with Socket(app, "/node/…/flog") as socket: await socket.send(text)`."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [],
            "client": ("in-process", 1),
            "server": ("nosana.test", 80),
            "subprotocols": [],
            "state": {},
        }
        self._to: asyncio.Queue[Message] = asyncio.Queue()
        self._from: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Socket:
        self._to.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run())
        first = await self._from.get()
        if first["type"] != "websocket.accept":
            raise ConnectionRefusedError(f"the socket was refused: {first}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._to.put_nowait({"type": "websocket.disconnect", "code": 1000})
        assert self._task is not None
        await asyncio.wait_for(self._task, 5)

    async def send(self, text: str) -> None:
        self._to.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> str | int:
        """A text, or the code with which the server closed."""
        message = await self._from.get()
        if message["type"] == "websocket.close":
            return int(message.get("code", 1000))
        return str(message["text"])

    async def _run(self) -> None:
        async def send(message: Message) -> None:
            self._from.put_nowait(message)

        await self._app(self._scope, self._to.get, send)
        self._from.put_nowait({"type": "websocket.close", "code": 1006})
