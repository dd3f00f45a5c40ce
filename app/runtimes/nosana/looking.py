"""Looks at everything of ours and makes sets of it. Remembers what never changes: definitions, ended jobs, seats."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.core.errors import Permanent, PortError
from app.core.pods import ObservedPod, PodId
from app.core.replicasets import ObservedSet
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.runtimes.nosana.books import JobBook, Page
from app.runtimes.nosana.client import ManagerClient, read
from app.runtimes.nosana.faults import NOT_FOUND
from app.runtimes.nosana.finding import Finder, Found
from app.runtimes.nosana.markets import Prices
from app.runtimes.nosana.naming import label_of, service_label
from app.runtimes.nosana.observing import Seen, needs_events, observed_set
from app.runtimes.nosana.proofs import proofs_of
from app.runtimes.nosana.readiness import Readiness, Running
from app.runtimes.nosana.seats import Seating, Tenure
from app.runtimes.nosana.wire import Event, State, Status

AT_ONCE = 8
FRESH = 1.0
"""Seconds for which what was seen of a deployment still holds: news tell of several of its pods at once."""


class Looker:
    def __init__(
        self,
        client: ManagerClient,
        finder: Finder,
        readiness: Readiness,
        prices: Prices,
        clock: Clock,
        endpoint_url: str,
    ) -> None:
        self._client = client
        self._finder = finder
        self._readiness = readiness
        self._prices = prices
        self._clock = clock
        self._endpoint_url = endpoint_url
        self._looked = False
        self._books: dict[str, JobBook] = {}
        self._seatings: defaultdict[AppKey, Seating] = defaultdict(Seating)
        self._founds: dict[str, Found] = {}
        self._last_words: dict[str, tuple[float, Sequence[Event]]] = {}
        self._latest: tuple[float, list[ObservedSet]] = (0.0, [])
        self._shown: dict[str, tuple[float, ObservedSet]] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._turn = asyncio.Lock()

    async def everything(self) -> tuple[list[ObservedSet], list[Found]]:
        """All sets, oldest first, and the deployments that are there twice: of one set the oldest counts."""
        async with self._turn:
            found = await self._finder.all()
            once: dict[object, Found] = {}
            twins = [one for one in found if once.setdefault(one.id, one) is not one]
            self._forget(found)
            await self._prices.markets()  # so that what runs has a price
            known = await asyncio.gather(*(self._read(one) for one in once.values()))
            present = [one for one in known if one is not None]
            self._seat()
            seen = await asyncio.gather(*(self._see(one) for one in present))
            self._looked = True
            sets = [self._set(one) for one in seen]
            self._latest = self._clock.now(), sets
            return sets, twins

    async def deployment(self, deployment_id: str) -> ObservedSet | None:
        """One afresh, None when it is gone or not of ours."""
        async with self._turn:
            found = await self._finder.get(deployment_id)
            known = await self._read(found) if found is not None else None
            if known is None:
                self._founds.pop(deployment_id, None)
                self._books.pop(deployment_id, None)
                return None
            self._seat()
            return self._set(await self._see(known))

    def of(self, pod: PodId) -> tuple[Found, Page] | None:
        """The deployment and the job behind a pod that was seen."""
        seating = self._seatings.get(pod.app)
        if seating is None:
            return None
        for deployment, book in self._books.items():
            found = self._founds.get(deployment)
            if found is None or found.id.app != pod.app:
                continue
            for job, page in book.pages.items():
                if seating.of(job) == (pod.slot, pod.attempt):
                    return found, page
        return None

    def book(self, deployment: str) -> JobBook:
        return self._books[deployment]

    async def pod(self, pod: PodId) -> ObservedPod | None:
        """One attempt afresh."""
        if not self._looked:  # we have just started: nothing was read yet
            await self.everything()
        there = self.of(pod)
        if there is None:
            return None
        deployment = there[0].deployment.id
        at, shown = self._shown.get(deployment, (0.0, None))
        fresh = shown is not None and self._clock.now() - at < FRESH
        seen = shown if fresh else await self.deployment(deployment)
        return next((one for one in seen.pods if one.id == pod), None) if seen is not None else None

    def listed_after(self, moment: float) -> list[ObservedSet] | None:
        """All sets, if somebody listed them after this moment."""
        at, sets = self._latest
        return sets if at > moment else None

    def seen_after(self, deployment: str, moment: float) -> ObservedSet | None:
        """One set, if somebody looked at it after this moment."""
        at, shown = self._shown.get(deployment, (0.0, None))
        return shown if at > moment else None

    # -- steps

    async def _read(self, found: Found) -> Found | None:
        """Its jobs, and with them every revision's shape; None when it went meanwhile."""
        deployment = found.deployment.id
        book = self._books.setdefault(deployment, JobBook(self._client, self._clock, deployment))
        async with self._gate:
            try:
                if not self._rests(found, book):
                    await book.look()
            except Permanent as error:
                if error.reason == NOT_FOUND:
                    self._books.pop(deployment, None)
                    return None
                raise
            live = {int(page.job.revision) for page in book.pages.values() if page.job.state.live}
            unknown = live - set(found.revisions)
            known = await self._finder.known(found.deployment, max(unknown)) if unknown else found
        if known is not None:
            self._founds[deployment] = known
        return known

    def _rests(self, found: Found, book: JobBook) -> bool:
        """Whether it was stopped when it was looked at last, and nothing has touched it since."""
        before = self._founds.get(found.deployment.id)
        return (
            found.status == Status.STOPPED
            and before is not None
            and before.status == Status.STOPPED
            and before.deployment.updated_at == found.deployment.updated_at
            and book.closed
        )

    def _seat(self) -> None:
        tenures: defaultdict[AppKey, list[Tenure]] = defaultdict(list)
        for deployment, found in self._founds.items():
            book = self._books.get(deployment)
            for page in book.pages.values() if book is not None else ():
                tenures[found.id.app].append(Tenure(page.job.id, page.job.created_at, page.ended_at))
        for app, known in tenures.items():
            self._seatings[app].assign(known)

    async def _see(self, found: Found) -> Seen:
        pages = list(self._books[found.deployment.id].pages.values())
        seating = self._seatings[found.id.app]
        seats = {page.job.id: seat for page in pages if (seat := seating.of(page.job.id)) is not None}
        events = await self._explained(found) if needs_events(found, pages) else ()
        running = [
            Running(page.job.id, found.deployment.id, page.job.node, page.job.started_at, shape)
            for page in pages
            if page.job.state is State.RUNNING and (shape := found.shapes.get(int(page.job.revision))) is not None
        ]
        return Seen(found, pages, seats, await self._readiness.look(running), events)

    async def _explained(self, found: Found) -> Sequence[Event]:
        """Its events; of one that is stopped they are read once."""
        deployment = found.deployment
        at, known = self._last_words.get(deployment.id, (0.0, ()))
        if found.status == Status.STOPPED and at == deployment.updated_at:
            return known
        events = await self._events(found)
        self._last_words[deployment.id] = (deployment.updated_at if events else 0.0, events)
        return events

    async def _events(self, found: Found) -> Sequence[Event]:
        """The newest of them; none where they cannot be had, because the sets are worth more than the reason."""
        try:
            reply = await self._client.get(f"/deployments/{found.deployment.id}/events", {"limit": "20"}, attempts=1)
        except PortError:
            return ()
        entries = reply.get("events") if isinstance(reply, Mapping) else None
        return [read(Event, entry, "an event") for entry in entries or ()]

    def _set(self, seen: Seen) -> ObservedSet:
        found = seen.found
        url = self._url(found)
        per_hour = self._prices.per_hour(found.deployment.market)
        for page in seen.pages:
            if page.per_hour is None and page.started_at:
                page.per_hour = per_hour
        proofs = proofs_of(found, seen.pages)
        now = self._clock.now()
        shown = observed_set(seen, now, url=url, per_hour=per_hour, proofs=proofs)
        self._shown[found.deployment.id] = (now, shown)
        return shown

    def doubt(self) -> None:
        """Something was changed just now: what was seen before does not hold any more."""
        self._shown.clear()

    def _url(self, found: Found) -> str:
        """Where all replicas are reached: the address we derive, unless the manager gives another name."""
        op, deployment = found.shape.exposed, found.deployment
        if op is None:
            return ""
        label = service_label(op.id, deployment.id, deployment.vault)
        told = next((one.url for one in deployment.endpoints if one.op == op.id and one.url), "")
        return told if told and label_of(told) != label else self._endpoint_url.replace("{label}", label)

    def _forget(self, found: Sequence[Found]) -> None:
        present = {one.deployment.id for one in found}
        for gone in self._books.keys() - present:
            del self._books[gone]
            for kept in (self._founds, self._last_words, self._shown):
                kept.pop(gone, None)
        pages = [page for book in self._books.values() for page in book.pages.values()]
        self._readiness.forget(page.job.id for page in pages if page.job.state.live)
