"""The chain: a queue per market, jobs that hosts claim, time-outs, and who pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.nosana.agenda import Agenda
from tests.nosana.credits import Credits
from tests.nosana.hosts import Hosts
from tests.nosana.markets import Host, Market
from tests.nosana.names import address, signature
from tests.nosana.records import Job, State
from tests.nosana.timings import Timings


class UnknownMarket(Exception):
    """No market has this address."""


class Chain:
    """Jobs by address. `changed(job)` is called after every change of a job's state."""

    def __init__(
        self, agenda: Agenda, timings: Timings, markets: list[Market], hosts: Hosts, credits_: Credits, seed: int
    ) -> None:
        self._agenda = agenda
        self._timings = timings
        self._seed = seed
        self._hosts = hosts
        self._credits = credits_
        self._claims: set[str] = set()
        self.markets = {market.address: market for market in markets}
        self.jobs: dict[str, Job] = {}
        self.changed: Callable[[Job], None] = lambda _: None
        hosts.finished = self._completed
        for market in markets:
            for host in market.hosts:
                hosts.hosts[host.address] = host

    def post(
        self,
        *,
        owner: str,
        market: str,
        definition: dict[str, Any],
        timeout: float,
        deployment: str | None = None,
        revision: int = 1,
        confidential: bool = False,
        node: str | None = None,
    ) -> Job:
        """Lists one job and reserves its price for the whole timeout (seconds).

        Raises UnknownMarket, InsufficientCredits.
        """
        place = self.markets.get(market)
        if place is None:
            raise UnknownMarket(f"Account does not exist or has no data {market}")
        number = len(self.jobs) + 1
        job_id = address(f"job/{self._seed}/{number}")
        self._credits.reserve(owner, job_id, place.hourly * timeout / 3600)
        now = self._agenda.time
        job = Job(
            id=job_id,
            number=number,
            deployment=deployment,
            owner=owner,
            market=market,
            revision=revision,
            definition=definition,
            confidential=confidential,
            tx=signature(f"list/{job_id}"),
            timeout=timeout,
            created_at=now,
            updated_at=now,
        )
        self.jobs[job_id] = job
        self._agenda.after(0.0, lambda: self.match(market, wanted=node))
        return job

    def stop(self, job: Job) -> bool:
        """Ends an active job; True where it was queued and so left the list without a run."""
        delisted = job.state is State.QUEUED
        if job.state.active:
            self._end(job, State.STOPPED, "jobStopped")
        return delisted

    def extend(self, job: Job, seconds: float) -> None:
        """A later time-out. Raises InsufficientCredits."""
        self._credits.reserve(job.owner, job.id, self.markets[job.market].hourly * seconds / 3600)
        job.timeout += seconds
        self._set_expiry(job)

    def queue(self, market: str) -> list[Job]:
        """Jobs of the market that no host has claimed, oldest first."""
        return [job for job in self.jobs.values() if job.market == market and job.state is State.QUEUED]

    def idle(self, market: Market) -> list[Host]:
        return [host for host in market.hosts if host.job is None and host.lost_at is None]

    def match(self, market: str, wanted: str | None = None) -> None:
        """Idle hosts claim queued jobs, each a moment later."""
        idle = [host for host in self.idle(self.markets[market]) if host.address not in self._claims]
        if wanted is not None:
            idle = [host for host in idle if host.address == wanted]
        waiting = len(self.queue(market)) - sum(self._hosts.hosts[name].market == market for name in self._claims)
        for host in idle[: max(0, waiting)]:
            self._claims.add(host.address)
            self._agenda.after(self._timings.claim, lambda host=host: self._claim(host))  # type: ignore[misc]

    def _claim(self, host: Host) -> None:
        self._claims.discard(host.address)
        queued = self.queue(host.market)
        if not queued:
            return
        if host.lost_at is not None or host not in self.markets[host.market].hosts:
            self.match(host.market)
            return
        job = queued[0]
        host.job = job.id
        job.node = host.address
        job.state = State.RUNNING
        job.time_start = job.updated_at = self._agenda.time
        self._set_expiry(job)
        self._hosts.begin(job)
        self.changed(job)

    def _set_expiry(self, job: Job) -> None:
        if job.expiry is not None:
            job.expiry.cancel()
        if job.state is State.RUNNING:
            job.expiry = self._agenda.at(
                job.time_start + job.timeout, lambda: self._end(job, State.COMPLETED, "jobExpired")
            )

    def _completed(self, job: Job) -> None:
        self._end(job, State.COMPLETED, None)

    def _end(self, job: Job, state: State, reason: str | None) -> None:
        if not job.state.active:
            return
        now = self._agenda.time
        if reason is not None:
            self._hosts.halt(job, reason)
        if job.expiry is not None:
            job.expiry.cancel()
        used = now - job.time_start if job.time_start else 0.0
        job.time_end = now if job.time_start else 0.0
        job.state, job.updated_at = state, now
        self._credits.settle(job.owner, job.id, self.markets[job.market].hourly * used / 3600)
        if job.node is not None:
            host = self._hosts.hosts[job.node]
            host.job = None
            self._agenda.after(0.0, lambda: self.match(host.market))
        self.changed(job)
