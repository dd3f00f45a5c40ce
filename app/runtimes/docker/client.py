"""A small client of the Docker Engine's HTTP API: sessions, timeouts, API version, and error kinds in one place.

Every call is bounded, because an Engine can wedge while it still answers pings (moby issue 46661). Calls and streams
have a session each, so that followed logs never use up the connections calls need. No exception of aiohttp leaves.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp

from app.core.errors import PortError, Transient, Unreachable
from app.runtimes.docker.endpoint import Endpoint, endpoint, no_connection
from app.runtimes.docker.faults import classify

NEWEST_TESTED = (1, 45)
"""API of Engine 26.1. A newer Engine is spoken to in this version as long as it allows it."""

CALLS_AT_ONCE = 32
"""Connections for calls: an Engine serves more in parallel, but only the latency of each grows."""

Version = tuple[int, int]

_MINIMUM = re.compile(r"minimum supported API version is (\d+)\.(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds a kind of call may take; far above what a healthy Engine needs (start 0.2, removal 0.1, read 0.01)."""

    start: float = 60.0
    end: float = 30.0
    read: float = 10.0
    pull_answer: float = 120.0
    """Until the registry's first answer."""
    pull_silence: float = 300.0
    """Between two lines of progress: a large layer is verified in silence."""


class Answer(NamedTuple):
    """Status and body of a finished call: JSON where it is JSON, else text. Statuses are judged by the caller."""

    status: int
    body: Any

    @property
    def message(self) -> str:
        """The Engine's own words. Some refusals are plain text, not JSON."""
        if isinstance(self.body, dict):
            return str(self.body.get("message", ""))
        return str(self.body or "").strip()

    def expect(self, *statuses: int) -> Any:
        """The body when the status is one of these; else raises what the refusal means."""
        if self.status not in statuses:
            raise classify(self.status, self.message)
        return self.body


class Stream(NamedTuple):
    """An open answer: `chunks` are bytes as they come. A refusal has its words in `message` and no chunks."""

    status: int
    message: str
    chunks: AsyncIterator[bytes]


def choose_version(server: str | None) -> Version:
    """The API version to speak to a server whose newest is `server` (`"1.41"`): the newest both know."""
    major, _, minor = (server or "").partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        return NEWEST_TESTED
    return min((int(major), int(minor)), NEWEST_TESTED)


class EngineClient:
    """Speaks to one Engine. Raises `Unreachable`, `Transient` and `Permanent` only."""

    def __init__(self, docker_host: str | None = None, timeouts: Timeouts | None = None) -> None:
        self.timeouts = timeouts or Timeouts()
        self._docker_host = docker_host
        self._sessions: dict[int, aiohttp.ClientSession] = {}
        self._version: Version | None = None
        self._asking: asyncio.Task[Version] | None = None

    @property
    def place(self) -> Endpoint:
        """Where the Engine is. Raises `Permanent` for an address that is not supported."""
        return endpoint(self._docker_host)

    async def version(self) -> Version:
        """The API version spoken, asked once: (1, 41) is Engine 20.10, (1, 42) is 23.0."""
        if self._version is not None:
            return self._version
        # One question for all who wait: were each to ask in turn, a dead Engine would cost them a timeout each.
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_version())
            self._asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._asking)

    async def _ask_version(self) -> Version:
        seconds = self.timeouts.read
        url = f"{self.place.base}/_ping"
        async with self._open("GET", url, limit=CALLS_AT_ONCE, answer_within=seconds, total=seconds) as response:
            words = await response.text()
        if response.status != 200:
            raise classify(response.status, words)
        self._version = choose_version(response.headers.get("Api-Version"))
        return self._version

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        within: float | None = None,
    ) -> Answer:
        """One call that ends `within` seconds, those of a read by default. A `body` of bytes is a tar archive."""
        seconds = within or self.timeouts.read
        answer = await self._once(method, path, params, body, seconds)
        if self._forget_version(answer.status, answer.message):
            answer = await self._once(method, path, params, body, seconds)
        return answer

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        answer_within: float | None = None,
        silence: float | None = None,
    ) -> AsyncIterator[Stream]:
        """One call whose answer goes on. `answer_within`: seconds until its headers; `silence`: seconds between two
        pieces, None = for ever."""
        within = answer_within or self.timeouts.read
        for retry in (True, False):
            url = await self._url(path)
            async with self._open(
                method, url, params=params, body=body, limit=0, answer_within=within, silence=silence
            ) as got:
                refused = _decode(await got.read()) if got.status >= 400 else None
                answer = Answer(got.status, refused)
                if retry and self._forget_version(answer.status, answer.message):
                    continue
                async with aclosing(self._chunks(method, got, silence or within)) as chunks:
                    yield Stream(got.status, answer.message, chunks)
                return

    async def aclose(self) -> None:
        """Closes all connections; a later call opens new ones."""
        if self._asking is not None:
            self._asking.cancel()
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | bytes | None,
        seconds: float,
    ) -> Answer:
        url = await self._url(path)
        async with self._open(
            method, url, params=params, body=body, limit=CALLS_AT_ONCE, answer_within=seconds, total=seconds
        ) as response:
            return Answer(response.status, _decode(await response.read()))

    async def _url(self, path: str) -> str:
        major, minor = await self.version()
        return f"{self.place.base}/v{major}.{minor}{path}"

    def _forget_version(self, status: int, message: str) -> bool:
        """True when the Engine refused our API version (it was exchanged while we ran): ask again."""
        if status != 400 or "client version" not in message:
            return False
        least = _MINIMUM.search(message)
        # An Engine that no longer speaks what we tested gets the oldest it does speak: nearest to what we know.
        self._version = (int(least[1]), int(least[2])) if least else None
        return True

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        url: str,
        *,
        limit: int,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        answer_within: float,
        total: float | None = None,
        silence: float | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=total, sock_read=silence)
        sent: dict[str, Any] = {"json": body}
        if isinstance(body, bytes):
            sent = {"data": body, "headers": {"Content-Type": "application/x-tar"}}
        with self._errors(method, answer_within):
            session = self._session(limit)
            async with asyncio.timeout(answer_within):
                response = await session.request(method, url, params=params, timeout=timeout, **sent)
        try:
            with self._errors(method, total or silence or answer_within):
                yield response
        finally:
            response.close()

    async def _chunks(
        self, method: str, response: aiohttp.ClientResponse, seconds: float
    ) -> AsyncGenerator[bytes, None]:
        with self._errors(method, seconds):
            async for chunk in response.content.iter_any():
                yield chunk

    def _session(self, limit: int) -> aiohttp.ClientSession:
        if limit not in self._sessions:
            socket = self.place.socket
            connector = (
                aiohttp.UnixConnector(socket, limit=limit) if socket is not None else aiohttp.TCPConnector(limit=limit)
            )
            self._sessions[limit] = aiohttp.ClientSession(connector=connector)
        return self._sessions[limit]

    @contextmanager
    def _errors(self, method: str, seconds: float) -> Iterator[None]:
        """Turns what aiohttp raises into our kinds. An effect that timed out may have happened: `Transient`. A read
        that timed out says nothing at all: `Unreachable`."""
        try:
            yield
        except PortError:
            raise
        except TimeoutError as error:
            kind: type[Transient] = Unreachable if method == "GET" else Transient
            raise kind(
                f"The Docker Engine did not finish within {seconds:g} s; if this lasts, restart it "
                "(`sudo systemctl restart docker`).",
                reason="EngineNotAnswering",
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise no_connection(self.place, error.os_error) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable("The connection to the Docker Engine was lost; it may be restarting.") from error


def _decode(data: bytes) -> Any:
    text = data.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
