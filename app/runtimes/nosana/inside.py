"""What is asked of single replicas: probes, logs, usage. Each by its job's own address or its host's API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing

from app.core.errors import PortError
from app.core.pods import LogLine, PodId, PodStats, ProbeOutcome
from app.core.template import Exec, HttpGet, Probe
from app.ports.clock import Clock
from app.runtimes.nosana.books import JobBook, Page
from app.runtimes.nosana.client import ManagerClient
from app.runtimes.nosana.endings import said
from app.runtimes.nosana.finding import Found
from app.runtimes.nosana.looking import Looker
from app.runtimes.nosana.nodelogs import NodeLogs
from app.runtimes.nosana.nodes import NodeClient
from app.runtimes.nosana.readiness import Readiness, answers
from app.runtimes.nosana.usage import sample_of
from app.runtimes.nosana.wire import State

NO_COMMAND = "Nosana runs no command inside a container"
NO_TCP = "Nosana passes on HTTPS only, so a TCP port cannot be asked"
STATS_SECONDS = 15.0
AT_ONCE = 8


class Inside:
    def __init__(
        self,
        client: ManagerClient,
        looker: Looker,
        nodes: NodeClient,
        readiness: Readiness,
        clock: Clock,
    ) -> None:
        self._client = client
        self._looker = looker
        self._nodes = nodes
        self._readiness = readiness
        self._clock = clock
        self._logs = NodeLogs(nodes)

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        """Asks over the internet, as its users do. Raises `Unreachable` when it is us who are cut off."""
        handler = probe.handler
        if isinstance(handler, Exec):
            return ProbeOutcome(False, NO_COMMAND)
        if not isinstance(handler, HttpGet):
            return ProbeOutcome(False, NO_TCP)
        there = self._looker.of(pod)
        if there is None or there[1].job.state is not State.RUNNING:
            return ProbeOutcome(False, "it has no host")
        found, page = there
        shape = found.shapes[int(page.job.revision)]
        op = next((one for one in shape.ops if one.id == container), None)
        if op is None or not op.port or op.port != handler.port:
            return ProbeOutcome(False, f"port {handler.port} of {container} has no address on Nosana")
        path = handler.path if handler.path.startswith("/") else f"/{handler.path}"
        status, words = await self._readiness.ask(
            self._readiness.url(page.job.id, op) + path,
            headers=dict(handler.headers),
            within=float(probe.timeout_seconds),
        )
        if not status:
            await self._client.reach()  # a line that is down is not the replica's fault
            return ProbeOutcome(False, words)
        if not answers(status, words):
            return ProbeOutcome(False, f"HTTP {status} from the network: the replica is not connected")
        return ProbeOutcome(200 <= status < 400, f"HTTP {status}")

    async def logs(self, pod: PodId, *, tail: int | None, since: float | None) -> Sequence[LogLine]:
        """Of a running job from its host, of an ended one from what the host handed in."""
        there = await self._there(pod)
        if there is None or there[1].job.state is State.QUEUED:
            return []
        found, page = there
        lines = await self._running(found, page, pod, tail) if page.job.state is State.RUNNING else None
        if lines is None:
            lines = await self._ended(found, page, pod)
        if since is not None:
            lines = [line for line in lines if line.at is None or line.at >= since]
        return lines[-tail:] if tail else lines if tail is None else []

    async def follow(self, pod: PodId, tail: int) -> AsyncGenerator[LogLine, None]:
        there = await self._there(pod)
        if there is None or there[1].job.state is State.QUEUED:
            return
        found, page = there
        if page.job.state is not State.RUNNING or not page.job.node:
            for line in await self.logs(pod, tail=tail, since=None):
                yield line
            return

        async def runs() -> bool:
            return (await self._book(found).result(page.job.id)).state.live

        lines = self._logs.follow(
            found.deployment.id,
            page.job.node,
            page.job.id,
            pod.name,
            several=_several(found, page),
            tail=tail,
            runs=runs,
        )
        async with aclosing(lines):
            async for line in lines:
                yield line

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """Those whose host answers; a host that does not is no error here."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(pod: PodId) -> PodStats | None:
            there = self._looker.of(pod)
            if there is None or there[1].job.state is not State.RUNNING or not there[1].job.node:
                return None
            found, page = there
            now = self._clock.now()
            async with gate:
                try:
                    reply = await self._nodes.stats(
                        found.deployment.id, page.job.node, page.job.id, now - STATS_SECONDS, now
                    )
                except PortError:
                    return None
            return sample_of(reply)

        wanted = list(pods)
        samples = await asyncio.gather(*(ask(pod) for pod in wanted))
        return {pod: sample for pod, sample in zip(wanted, samples, strict=True) if sample is not None}

    async def _running(self, found: Found, page: Page, pod: PodId, tail: int | None) -> list[LogLine]:
        if not page.job.node:
            return []
        return await self._logs.read(
            found.deployment.id, page.job.node, page.job.id, pod.name, several=_several(found, page), tail=tail
        )

    async def _ended(self, found: Found, page: Page, pod: PodId) -> list[LogLine]:
        detail = await self._book(found).result(page.job.id)
        return said(detail.result, pod.name) if detail.result is not None else []

    async def _there(self, pod: PodId) -> tuple[Found, Page] | None:
        """The job behind a pod as it is now."""
        await self._looker.pod(pod)
        return self._looker.of(pod)

    def _book(self, found: Found) -> JobBook:
        return self._looker.book(found.deployment.id)


def _several(found: Found, page: Page) -> bool:
    shape = found.shapes.get(int(page.job.revision))
    return shape is not None and len(shape.ops) > 1
