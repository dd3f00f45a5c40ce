"""The jobs of one deployment as far as they are known: listed again and again, each ended one looked into once.

A long-lived deployment has thousands of ended jobs. They never change, so a look asks for the newest page and goes on
only while something on it is unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.core.errors import Permanent
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient, read
from app.runtimes.nosana.describing import digest_of
from app.runtimes.nosana.endings import Ending, ending_of
from app.runtimes.nosana.faults import NOT_FOUND
from app.runtimes.nosana.wire import Job, JobDetail, State

AT_ONCE = 8
DETAILS = 40
"""Ended jobs looked into at one look, the newest first: after a long absence the rest follows at the next ones."""
RESULT_WAIT = 60.0
"""Seconds a host gets to hand in the result of a job that ended."""
RESULT_PAUSE = 2.0
LONG_AGO = 600.0
"""A job that ended longer ago than this has no result on its way."""


@dataclass(slots=True)
class Page:
    """One job and what is known beyond the list. `ending` None = not looked into yet, or it runs. `settled` = nothing
    more is to be learnt. `defined` = its definition was looked at; `digest` is empty where that is only a stub, as that
    of a confidential job may be. `per_hour` = the price when it was first seen with a host; a later one is not its."""

    job: Job
    ending: Ending | None = None
    digest: str = ""
    defined: bool = False
    settled: bool = False
    ended_seen: float = 0.0
    asked_at: float = 0.0
    per_hour: Decimal | None = None

    @property
    def ended_at(self) -> float | None:
        """When it was over; by the manager's last note of it where the exact time is not known."""
        if self.job.state.live:
            return None
        exact = self.ending.ended_at if self.ending is not None else 0.0
        return exact or self.job.updated_at

    @property
    def started_at(self) -> float:
        """When a host claimed it, 0.0 for never."""
        return self.job.started_at or (self.ending.started_at if self.ending is not None else 0.0)


class JobBook:
    def __init__(self, client: ManagerClient, clock: Clock, deployment: str) -> None:
        self._client = client
        self._clock = clock
        self._path = f"/deployments/{deployment}/jobs"
        self.pages: dict[str, Page] = {}
        """In the order in which they were listed."""

    @property
    def closed(self) -> bool:
        """Whether nothing of it can change but by a new job."""
        return all(page.settled for page in self.pages.values())

    async def look(self) -> None:
        """Reads what is new. Raises `Permanent` (NotFound) when the deployment is gone."""
        if self.pages:
            await self._read_new()
        else:
            for reply in await self._client.everything(self._path, "jobs", {"sort_order": "asc"}):
                self._note(read(Job, reply, "a job"))
        await self._look_into(self._worth())

    async def result(self, job: str) -> JobDetail:
        """One job in full, its definition and result with it."""
        return read(JobDetail, await self._client.get(f"{self._path}/{job}"), "a job")

    async def _read_new(self) -> None:
        waiting = {name for name, page in self.pages.items() if page.job.state.live}
        fresh: list[Job] = []
        async for replies in self._client.pages(self._path, "jobs", {"sort_order": "desc"}):
            jobs = [read(Job, reply, "a job") for reply in replies]
            known = [job for job in jobs if job.id in self.pages]
            fresh += [job for job in jobs if job.id not in self.pages]
            for job in known:
                self._note(job)
            waiting -= {job.id for job in known}
            if known and not waiting:
                break
        for job in reversed(fresh):
            self._note(job)

    def _note(self, job: Job) -> None:
        page = self.pages.get(job.id)
        if page is None:
            page = self.pages[job.id] = Page(job)
        elif page.job.state.live or not job.state.live:  # a late page may still show what is over as alive
            page.job = job
        if not page.job.state.live and not page.ended_seen:
            page.ended_seen = self._clock.now()
        if page.job.state is State.STOPPED and not page.job.started_at:
            page.settled = True  # it never had a host: no result, no cost

    def _worth(self) -> list[Page]:
        now = self._clock.now()
        ended = [page for page in self.pages.values() if not page.job.state.live and not page.settled]
        due = [page for page in reversed(ended) if now - page.asked_at >= RESULT_PAUSE]
        running = [page for page in self.pages.values() if page.job.state is State.RUNNING and not page.defined]
        return [*running, *due][:DETAILS]

    async def _look_into(self, pages: Iterable[Page]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def look(page: Page) -> None:
            async with gate:
                await self._detail(page)

        await asyncio.gather(*(look(page) for page in pages))

    async def _detail(self, page: Page) -> None:
        now = page.asked_at = self._clock.now()
        try:
            detail = await self.result(page.job.id)
        except Permanent as error:
            if error.reason != NOT_FOUND:
                raise
            page.settled = not page.job.state.live
            return
        page.defined = True
        if detail.definition.get("ops") and "logistics" not in detail.definition:
            page.digest = digest_of(detail.definition)
        if page.job.state.live or detail.state.live:
            return
        page.ending = ending_of(detail)
        patient = now - page.ended_seen < RESULT_WAIT and now - page.job.updated_at < LONG_AGO
        page.settled = page.ending.exit is not None or not patient
