"""The outermost layer: records every request, lets faults strike, cuts connections, and is a newer server on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import httpx
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.nosana import replies
from tests.nosana.faults import Fault
from tests.nosana.world import NosanaWorld, Record

SECRET_HEADERS = {"authorization", "x-user-id", "x-nosana-api", "cookie", "x-session-id"}
CUTTERS = "tests.nosana.cutters"
"""Key of the ASGI state where the real server keeps how to abort each client's connection."""


class ConnectionCut(httpx.RemoteProtocolError):
    """How a cut looks through an in-process transport."""


class Edge:
    def __init__(self, app: ASGIApp, world: NosanaWorld) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http" and not scope["path"].startswith("/_control"):
                await self._http(scope, receive, send)
            else:
                self._world.advance()
                await self._app(scope, receive, send)
        except ConnectionCut:
            raise
        except Exception as error:
            self._world.bugs.append(f"{scope.get('method')} {scope.get('path')}: {error!r}")
            raise

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        world = self._world
        world.advance()
        body = await _body(receive)
        record = self._record(scope, body)
        world.recorded.append(record)
        fault = world.faults.strike(scope["method"], scope["path"])
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay / world.speed)
            world.advance()
        if world.crashed is not None or (fault is not None and fault.drop == "before"):
            await _cut(scope, receive)
            return
        outgoing = _Outgoing(record, send, newer=world.quirks.newer)
        if fault is not None and fault.status is not None:
            await _answer(fault, scope, receive, outgoing)
        elif len(body) > replies.LIMIT:
            world.refuse(record.route, "the body is over 1 MiB")
            await replies.too_large()(scope, receive, outgoing)
        elif fault is not None and fault.drop == "after":
            await self._app(scope, _replay(body, receive), _nowhere)
            await _cut(scope, receive)
        else:
            await self._app(scope, _replay(body, receive), outgoing)

    def _record(self, scope: Scope, body: bytes) -> Record:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        return Record(
            at=self._world.agenda.time,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            body=_parsed(body),
            authorization=self._judge(headers.get("authorization")),
            headers={name: value for name, value in headers.items() if name not in SECRET_HEADERS},
        )

    def _judge(self, header: str | None) -> str:
        if not header:
            return "missing"
        known = header.removeprefix("Bearer ") in self._world.keys or self._world.signed_by(header) is not None
        return "valid" if known else "wrong"


class _Outgoing:
    """Notes the status; a newer server's JSON is held back until whole, then grows fields."""

    def __init__(self, record: Record, send: Send, *, newer: bool) -> None:
        self._record = record
        self._send = send
        self._newer = newer
        self._start: Message | None = None
        self._held = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._record.status = message["status"]
            if self._newer and _is_json(message):
                self._start = message
                return
        elif self._start is not None:
            self._held += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_grown()
            return
        await self._send(message)

    async def _send_grown(self) -> None:
        assert self._start is not None
        body = json.dumps(replies.with_news(json.loads(self._held))).encode()
        headers = [(name, value) for name, value in self._start["headers"] if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _is_json(message: Message) -> bool:
    return any(name.lower() == b"content-type" and b"json" in value for name, value in message["headers"])


async def _answer(fault: Fault, scope: Scope, receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
    text = isinstance(fault.body, str)
    response = (
        replies.Json(fault.body, fault.status or 500)
        if not text
        else PlainTextResponse(fault.body, fault.status or 500)
    )
    response.headers.update(fault.headers)
    await response(scope, receive, send)


async def _cut(scope: Scope, receive: Receive) -> None:
    """Ends the connection without a word."""
    cutters: MutableMapping[Any, Callable[[], None]] | None = scope.get("state", {}).get(CUTTERS)
    client = tuple(scope["client"] or ())
    if cutters is None or client not in cutters:
        raise ConnectionCut("Server disconnected without sending a response.")
    cutters[client]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more for the app, then what the server itself says (a disconnect)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _nowhere(_: Message) -> None:
    """Where a lost reply goes."""


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
