"""Whether a replica answers: asked by ourselves at its own address, because RUNNING only means that a host has claimed
it, and the network's own flag is minutes off.

Not answering: no connection, 502, 503, 504, and the pages the network's front shows for a service that is not there.
Without a port the host's word counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import httpx

from app.core.errors import PortError
from app.ports.clock import Clock
from app.runtimes.nosana.describing import Op, Shape
from app.runtimes.nosana.naming import job_label
from app.runtimes.nosana.nodes import NodeClient

AT_ONCE = 16
SECONDS = 5.0
AGAIN_READY = 10.0
AGAIN_UNREADY = 2.0
TAKEN_FOR_STARTED = 600.0
"""A job whose host tells nothing for so long is taken to have begun: an image of that size is rare."""
NOT_THERE = frozenset({502, 503, 504})
PAGE_BYTES = 4096

_FRONT_PAGES = ("service initializing", "faithfully yours, frp")
_BEGUN = frozenset(
    {"running", "restarting", "success", "finished", "failed", "stopped", "stopping", "healthy", "exited"}
)


@dataclass(frozen=True, slots=True)
class Health:
    """`ready`: it answers now. `started_at`: since when its containers are known to be there (epoch seconds), None =
    still pulled or begun. `why` says what was seen where it is not ready."""

    ready: bool = False
    started_at: float | None = None
    why: str = ""
    asked_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Running:
    """A job that a host has claimed."""

    job: str
    deployment: str
    node: str
    claimed_at: float
    shape: Shape


class Readiness:
    """Remembers by job, so that a look asks only who is due."""

    def __init__(
        self,
        nodes: NodeClient,
        clock: Clock,
        endpoint_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._nodes = nodes
        self._clock = clock
        self._url = endpoint_url
        self._health: dict[str, Health] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=SECONDS,
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        )

    async def look(self, running: Iterable[Running]) -> dict[str, Health]:
        """How each of them is. Never raises: who cannot be asked is not ready."""
        jobs = list(running)
        await asyncio.gather(*(self._refresh(one) for one in jobs))
        return {one.job: self._health[one.job] for one in jobs}

    def forget(self, present: Iterable[str]) -> None:
        """Leaves out all other jobs."""
        kept = set(present)
        self._health = {job: health for job, health in self._health.items() if job in kept}

    def url(self, job: str, op: Op) -> str:
        """A replica's own public address."""
        return self._url.replace("{label}", job_label(op.index, op.port, job)).rstrip("/")

    async def ask(self, url: str, *, headers: dict[str, str] | None = None, within: float = SECONDS) -> tuple[int, str]:
        """Status and the beginning of the page; (0, why) when nothing answers."""
        try:
            async with (
                self._gate,
                asyncio.timeout(within),
                self._http.stream("GET", url, headers=headers, timeout=within) as response,
            ):
                return response.status_code, await _beginning(response)
        except (TimeoutError, httpx.TimeoutException):
            return 0, f"no answer within {within:g} s"
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0, "the connection failed"

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _refresh(self, one: Running) -> None:
        before = self._health.get(one.job, Health())
        now = self._clock.now()
        if before.asked_at and now - before.asked_at < (AGAIN_READY if before.ready else AGAIN_UNREADY):
            return
        op = one.shape.exposed
        health = await self._by_host(one) if op is None else await self._by_address(one, op)
        if health.started_at is None and now - one.claimed_at > TAKEN_FOR_STARTED:
            health = replace(health, started_at=one.claimed_at)
        since = before.started_at if before.started_at is not None else health.started_at
        self._health[one.job] = replace(health, started_at=since, asked_at=now)

    async def _by_address(self, one: Running, op: Op) -> Health:
        path = op.path if op.path.startswith("/") else "/"
        status, page = await self.ask(self.url(one.job, op) + path)
        if answers(status, page):
            return Health(ready=True, started_at=self._clock.now())
        seen = f"HTTP {status}" if status else page
        known = self._health.get(one.job)
        if known is not None and known.started_at is not None:
            return Health(why=seen)
        begun = await self._begun(one)
        return Health(started_at=self._clock.now() if begun else None, why=seen)

    async def _by_host(self, one: Running) -> Health:
        begun = await self._begun(one)
        if begun is None:  # the host tells nothing, so that it was claimed has to do
            return Health(ready=True, started_at=one.claimed_at)
        return Health(
            ready=begun, started_at=self._clock.now() if begun else None, why="" if begun else "not begun yet"
        )

    async def _begun(self, one: Running) -> bool | None:
        """Whether the main container has begun, by the host's word; None where it has none."""
        if not one.node:
            return None
        try:
            states = await self._nodes.ops(one.deployment, one.node, one.job)
        except PortError:
            return None
        told = states.get(one.shape.main.id)
        return None if told is None else told in _BEGUN


def answers(status: int, page: str) -> bool:
    """Whether it was the app that answered, not the network's front in its place."""
    if not status or status in NOT_THERE:
        return False
    return not any(words in page.lower() for words in _FRONT_PAGES)


async def _beginning(response: httpx.Response) -> str:
    data = b""
    async for chunk in response.aiter_bytes():
        data += chunk
        if len(data) >= PAGE_BYTES:
            break
    return data[:PAGE_BYTES].decode(errors="replace")
