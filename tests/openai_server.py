"""An OpenAI-compatible endpoint over real HTTP that says what a test scripts, and fails as real ones fail.

Replies are streamed as server-sent events, tool calls split over many chunks, as OpenAI, llama.cpp and vLLM do it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PIECE = 7
"""Characters of text or arguments per chunk: no boundary of a word, a number or an escape is safe."""


@dataclass(frozen=True)
class Say:
    """An answer in words."""

    text: str


@dataclass(frozen=True)
class Use:
    """Tool calls; `raw` sends the arguments as this text instead."""

    calls: Sequence[tuple[str, dict[str, Any]]]
    text: str = ""
    raw: str | None = None


@dataclass(frozen=True)
class Fail:
    """An HTTP error."""

    status: int = 500
    message: str = "the server had an error"


class Hang:
    """Never answers."""


class Garbage:
    """200, and not a word of the protocol."""


class Cut:
    """Begins an answer and drops the connection."""


Reply = Say | Use | Fail | Hang | Garbage | Cut
Script = Callable[[dict[str, Any]], Reply]


@dataclass
class OpenAIServer:
    """`script` is a list of replies, taken in order (the last one stays), or a function of the request's body."""

    script: list[Reply] | Script
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the first request."""
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[OpenAIServer]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"
        try:
            yield self
        finally:
            self._stop.set()
            await runner.cleanup()

    def _reply(self, body: dict[str, Any]) -> Reply:
        if callable(self.script):
            return self.script(body)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        self.asked.set()
        reply = self._reply(body)
        if isinstance(reply, Hang):
            await self._stop.wait()
        if isinstance(reply, Fail):
            return web.json_response({"error": {"message": reply.message, "type": "e"}}, status=reply.status)
        if isinstance(reply, Garbage):
            return web.Response(text="<html>It works!</html>\n\ndata: {not json\n\n", content_type="text/event-stream")
        if not body.get("stream"):
            return web.json_response(_whole(reply))
        return await _streamed(request, reply)


async def _streamed(request: web.Request, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    for delta in _deltas(reply):
        await response.write(_event({"index": 0, "delta": delta, "finish_reason": None}))
    if isinstance(reply, Cut):
        assert request.transport is not None
        request.transport.abort()
        return response
    reason = "tool_calls" if isinstance(reply, Use) else "stop"
    await response.write(_event({"index": 0, "delta": {}, "finish_reason": reason}))
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


def _event(choice: dict[str, Any]) -> bytes:
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _deltas(reply: Reply) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    text = reply.text if isinstance(reply, Say | Use) else "I will"
    for start in range(0, len(text), PIECE):
        yield {"content": text[start : start + PIECE]}
    if isinstance(reply, Use):
        for index, (name, arguments) in enumerate(reply.calls):
            yield from _call_deltas(index, name, json.dumps(arguments) if reply.raw is None else reply.raw)


def _call_deltas(index: int, name: str, arguments: str) -> Iterator[dict[str, Any]]:
    head = {"index": index, "id": f"call_{name}_{index}", "type": "function"}
    yield {"tool_calls": [{**head, "function": {"name": name, "arguments": ""}}]}
    for start in range(0, len(arguments), PIECE):
        yield {"tool_calls": [{"index": index, "function": {"arguments": arguments[start : start + PIECE]}}]}


def _whole(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text if isinstance(reply, Say | Use) else ""}
    if isinstance(reply, Use):
        message["tool_calls"] = [
            {
                "id": f"call_{name}_{index}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(args)},
            }
            for index, (name, args) in enumerate(reply.calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice]}
