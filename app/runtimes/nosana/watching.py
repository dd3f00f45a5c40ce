"""News of ours: the manager's event streams where it has them, its lists again and again where it has not.

A stream tells that something changed and is not replayed, so it is only a nudge: what changed is read afresh and
compared with what was seen before. An older manager answers a stream with 404, a busy one with 503: then that
deployment is polled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any

from httpx_sse import EventSource, SSEError

from app.core.errors import Permanent, PortError, Unreachable
from app.core.pods import ObservedPod, PodId
from app.core.replicasets import ObservedSet, SetPhase
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient
from app.runtimes.nosana.looking import Looker

SILENCE = 60.0
"""A stream says something every 25 s, if only that it is alive."""
POLL_FIRST = 5.0
POLL_MOST = 15.0
AGAIN_SECONDS = 300.0
"""After this long a deployment that is polled gets another try at its stream."""
LISTED_EACH = 3
"""Every third turn of `POLL_FIRST` new deployments are looked for: ours are told of at once, those of another process
are not."""


class News:
    def __init__(self, client: ManagerClient, looker: Looker, clock: Clock) -> None:
        self._client = client
        self._looker = looker
        self._clock = clock
        self._watches: set[_Watch] = set()

    def meet(self, deployment: str) -> None:
        """One of ours was made or changed just now."""
        for watch in self._watches:
            watch.meet(deployment)

    async def __call__(self) -> AsyncGenerator[PodId, None]:
        """Pods to look at again. Raises `Unreachable` when the manager does not answer."""
        watch = _Watch(self._client, self._looker, self._clock)
        try:
            await watch.begin()
            self._watches.add(watch)
            while True:
                for pod in await watch.news():
                    yield pod
        except Permanent as error:
            raise Unreachable(str(error), reason=error.reason) from error
        finally:
            self._watches.discard(watch)
            await watch.aclose()


class _Watch:
    """One caller's watch: a light task for each deployment, and one that looks for new deployments."""

    def __init__(self, client: ManagerClient, looker: Looker, clock: Clock) -> None:
        self._client = client
        self._looker = looker
        self._clock = clock
        self._seen: dict[str, ObservedSet] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._nudged: dict[str, bool] = {}
        """What to look at; True = news came of it, so what others saw before does not do."""
        self._looked_at: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._pace: dict[str, float] = {}
        self._lister: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """What there is now is no news."""
        await self._list()
        self._lister = self._task(self._listing(), "nosana list")

    async def news(self) -> list[PodId]:
        """Waits until something changed, and says what."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            nudged, self._nudged = list(self._nudged.items()), {}
            changed: dict[PodId, None] = {}
            for deployment, news in nudged:
                changed |= dict.fromkeys(await self._look(deployment, news=news))
            self._raise()
            if changed:
                return list(changed)

    async def aclose(self) -> None:
        tasks = [*self._tasks.values(), *([self._lister] if self._lister is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, deployment: str, *, news: bool) -> list[PodId]:
        before = self._seen.get(deployment)
        seen = None if news else self._looker.seen_after(deployment, self._looked_at.get(deployment, 0.0))
        self._looked_at[deployment] = self._clock.now()
        now = seen or await self._looker.deployment(deployment)
        if now is None:
            self._seen.pop(deployment, None)
            self._looked_at.pop(deployment, None)
        else:
            self._seen[deployment] = now
        if now is None or now.phase is SetPhase.STOPPED:
            self._leave(deployment)
        found = _differences(before, now)
        pace = self._pace.get(deployment, POLL_FIRST)
        self._pace[deployment] = POLL_FIRST if found else min(pace * 1.5, POLL_MOST)
        return found

    def meet(self, deployment: str) -> None:
        """Follows one from now on, and has it looked at."""
        if deployment not in self._tasks:
            self._tasks[deployment] = self._task(self._follow(deployment), f"nosana stream {deployment}")
        self._nudge(deployment)

    def _leave(self, deployment: str) -> None:
        """Nothing happens to what is stopped until it is started, and that the list shows."""
        task = self._tasks.pop(deployment, None)
        if task is not None:
            task.cancel()

    async def _list(self) -> None:
        recent = self._looker.listed_after(self._clock.now() - LISTED_EACH * POLL_FIRST)
        sets = recent if recent is not None else (await self._looker.everything())[0]
        for one in sets:
            if self._lister is None:
                self._seen[one.runtime_id] = one
            if one.runtime_id not in self._tasks and one.phase is not SetPhase.STOPPED:
                self.meet(one.runtime_id)

    async def _listing(self) -> None:
        """New ones now and then; those whose replicas are still to answer each time, because only we see that."""
        turn = 0
        while True:
            await self._clock.sleep(POLL_FIRST)
            turn += 1
            if turn % LISTED_EACH == 0:
                await self._list()
            for deployment, one in self._seen.items():
                if any(not pod.ready and not pod.phase.ended for pod in one.pods):
                    self._nudge(deployment, news=False)

    async def _follow(self, deployment: str) -> None:
        """Nudges until cancelled: by the stream, or by the clock while there is none."""
        while True:
            with suppress(_NoStream):
                await self._stream(deployment)
                self._nudge(deployment)  # it ended: what happened since is not replayed
                await self._clock.sleep(1.0)
                continue
            until = self._clock.now() + AGAIN_SECONDS
            while self._clock.now() < until:
                await self._clock.sleep(self._pace.get(deployment, POLL_FIRST))
                self._nudge(deployment, news=False)

    async def _stream(self, deployment: str) -> None:
        """Until the server ends it. Raises `_NoStream` where there is none."""
        told = False
        try:
            async with self._client.open_stream(f"/deployments/{deployment}/stream", SILENCE) as response:
                async for _ in EventSource(response).aiter_sse():
                    told = True
                    self._nudge(deployment)
        except Unreachable:
            if not told:
                raise _NoStream from None
        except (PortError, SSEError):
            raise _NoStream from None

    def _nudge(self, deployment: str, *, news: bool = True) -> None:
        self._nudged[deployment] = news or self._nudged.get(deployment, False)
        self._wake.set()

    def _task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """One whose end, which is a failure, wakes who waits."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(lambda _: self._wake.set())
        return task

    def _raise(self) -> None:
        """What a task of ours ended with."""
        for task in (*self._tasks.values(), self._lister):
            if task is not None and task.done() and not task.cancelled():
                task.result()


class _NoStream(Exception):
    """The manager gives no stream of this deployment now."""


def _differences(before: ObservedSet | None, now: ObservedSet | None) -> list[PodId]:
    """Pods that came, went or changed; where only the set itself changed, the id of its first pod stands for it."""
    was = _pods(before)
    are = _pods(now)
    found = [pod for pod in {**was, **are} if was.get(pod) != are.get(pod)]
    if found or (before is None and now is None):
        return found
    either = now or before
    assert either is not None
    same = before is not None and now is not None and _standing(before) == _standing(now)
    return [] if same else [PodId(either.id.app, 0, 0)]


def _pods(one: ObservedSet | None) -> dict[PodId, ObservedPod]:
    return {pod.id: pod for pod in one.pods} if one is not None else {}


def _standing(one: ObservedSet) -> tuple[object, ...]:
    return one.id, one.phase, one.replicas, one.timeout_minutes, one.trouble
