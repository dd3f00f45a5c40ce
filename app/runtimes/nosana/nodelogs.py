"""What the containers of a running job print: a WebSocket to the host it runs on, its history first, then what comes.

The socket tells neither where the history ends nor when the job does: a pause ends the one, the manager is asked about
the other.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidURI, WebSocketException

from app.core.errors import Transient
from app.core.pods import LogLine
from app.runtimes.nosana.endings import lines_of
from app.runtimes.nosana.nodes import NodeClient, gone
from app.runtimes.nosana.wire import LogEntry

OPEN_SECONDS = 5.0
QUIET_SECONDS = 0.7
"""A pause of this length: the history is over."""
HISTORY_SECONDS = 10.0
ASK_SECONDS = 5.0
"""How often the manager is asked whether the job still runs, while nothing is printed."""
KEPT_LINES = 25_000
"""Hosts keep as many."""
MESSAGE_BYTES = 4 * 1024 * 1024
PATHS = ("/flog", "/log")
"""The newer one first."""

UNAUTHORIZED = 3000
BAD_PATH = 3003


class NodeLogs:
    def __init__(self, nodes: NodeClient) -> None:
        self._nodes = nodes

    async def read(
        self, deployment: str, node: str, job: str, pod: str, *, several: bool, tail: int | None
    ) -> list[LogLine]:
        """The history, oldest first. Raises `Transient` (HostGone) when the host does not answer."""
        kept: deque[LogLine] = deque(maxlen=min(tail, KEPT_LINES) if tail is not None else KEPT_LINES)
        loop = asyncio.get_running_loop()
        until = loop.time() + HISTORY_SECONDS
        async with aclosing(self._lines(deployment, node, job, pod, several)) as lines:
            async for line in lines:
                if line is None or loop.time() > until:
                    break
                kept.append(line)
        return list(kept)

    async def follow(
        self,
        deployment: str,
        node: str,
        job: str,
        pod: str,
        *,
        several: bool,
        tail: int,
        runs: Callable[[], Awaitable[bool]],
    ) -> AsyncGenerator[LogLine, None]:
        """The last `tail` lines of the history, then every new one until the job is over."""
        history: deque[LogLine] | None = deque(maxlen=tail)
        quiet = 0.0
        async with aclosing(self._lines(deployment, node, job, pod, several)) as lines:
            async for line in lines:
                if line is not None:
                    quiet = 0.0
                    if history is not None:
                        history.append(line)
                    else:
                        yield line
                    continue
                for kept in history or ():
                    yield kept
                history, quiet = None, quiet + QUIET_SECONDS
                if quiet >= ASK_SECONDS:
                    quiet = 0.0
                    if not await runs():
                        return
        for kept in history or ():
            yield kept

    async def _lines(
        self, deployment: str, node: str, job: str, pod: str, several: bool
    ) -> AsyncGenerator[LogLine | None, None]:
        """Lines as they come; None for every pause. Ends when the host ends it."""
        for path in PATHS:
            for fresh in (False, True):
                header = await self._nodes.header(deployment, fresh=fresh)
                try:
                    async with aclosing(self._entries(path, header, node, job)) as entries:
                        async for entry in entries:
                            for line in _read(entry, pod, several) if entry is not None else (None,):
                                yield line
                    return
                except ConnectionClosed as closed:
                    code = closed.rcvd.code if closed.rcvd is not None else 0
                    if code == BAD_PATH:
                        break
                    if code != UNAUTHORIZED:
                        raise _refused(node, code) from closed
        raise Transient(f"The host {node} does not show the logs to this account.", reason="HostRefused")

    async def _entries(self, path: str, header: str, node: str, job: str) -> AsyncGenerator[str | None, None]:
        """Raises `ConnectionClosed` for a close that says why, `Transient` where no host answers."""
        url = self._nodes.base(node).replace("http", "ws", 1) + path
        first = {
            "path": path,
            "header": header,
            "headers": {"Authorization": header},
            "body": {"jobAddress": job, "address": node},
        }
        try:
            async with connect(url, open_timeout=OPEN_SECONDS, close_timeout=1, max_size=MESSAGE_BYTES) as socket:
                await socket.send(json.dumps(first))
                while True:
                    message = await _next(socket)
                    if message is None or isinstance(message, str):
                        yield message
                    else:
                        return
        except ConnectionClosed:
            raise
        except (OSError, TimeoutError, InvalidURI, WebSocketException) as error:
            raise gone(node) from error


class _Over:
    """The host closed without a complaint."""


async def _next(socket: ClientConnection) -> str | _Over | None:
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            message = await socket.recv()
    except TimeoutError:
        return None
    except ConnectionClosed as closed:
        if closed.rcvd is None or closed.rcvd.code in (1000, 1001, 1005, 1006, 1012):
            return _Over()
        raise
    return message if isinstance(message, str) else message.decode(errors="replace")


_STREAMS = {"container": "stdout", "info": "stdout", "error": "stderr"}


def _read(message: str, pod: str, several: bool) -> list[LogLine]:
    """One message: `{"path", "data": "<JSON of the entry>"}`; older hosts send the entry itself, or bare text.

    An entry is `{"opId", "group", "type": "container" | "info" | "error", "timestamp": <ms>, "message"}`. It does not
    tell which of its two streams a container wrote to, so all of that is stdout, and so is what the host itself says;
    what it complains of (`error`) is stderr. Its pull progress, which is no text, is left out.
    """
    told = _json(message)
    data = told.get("data") if isinstance(told, dict) and "data" in told else told
    entry = _json(data) if isinstance(data, str) else data
    if not isinstance(entry, dict):
        return lines_of(LogEntry(log=data if isinstance(data, str) else message), pod)
    text = entry.get("message", entry.get("log"))
    if not isinstance(text, str):
        return []
    kind, op = str(entry.get("type") or "container"), str(entry.get("opId") or "")
    stream = _STREAMS.get(kind, kind)
    line = LogEntry(type=stream, log=text, timestamp=entry.get("timestamp"))
    return lines_of(line, f"{pod}/{op}" if several and op else pod)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _refused(node: str, code: int) -> Transient:
    return Transient(
        f"The host {node} does not show the logs of this job (it closed with {code}).", reason="HostRefused"
    )
