"""The Nosana runtime: the port that the engine speaks to. Each part of the work lies in a module of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx

from app.core.errors import Permanent, Transient, Unreachable
from app.core.pods import LogLine, ObservedPod, PodId, PodStats, ProbeOutcome, RuntimeInfo
from app.core.replicasets import Fit, ObservedSet, SetId, SetRequest
from app.core.spec import AppSpec
from app.core.spending import Balance, Markets, dollars
from app.core.template import Probe
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient
from app.runtimes.nosana.faults import NOT_FOUND, UNAUTHORIZED
from app.runtimes.nosana.finding import Finder, Found
from app.runtimes.nosana.fit import fit_of
from app.runtimes.nosana.inside import Inside
from app.runtimes.nosana.looking import Looker
from app.runtimes.nosana.markets import Prices
from app.runtimes.nosana.naming import NAME
from app.runtimes.nosana.nodes import NodeClient
from app.runtimes.nosana.readiness import Readiness
from app.runtimes.nosana.sets import Sets
from app.runtimes.nosana.watching import News


class NosanaRuntime:
    """A replica runtime over the network's deployment manager. `transport` stands in for the network in tests."""

    def __init__(
        self,
        instance: str,
        api_key: str,
        clock: Clock,
        *,
        api_url: str,
        node_url: str,
        endpoint_url: str,
        hosts_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = ManagerClient(api_url, api_key, clock, transport)
        self._nodes = NodeClient(self._client, clock, node_url, transport)
        self._readiness = Readiness(self._nodes, clock, endpoint_url, transport)
        self._prices = Prices(self._client, clock, hosts_url, transport)
        self._finder = Finder(self._client, instance)
        self._sets = Sets(self._client, self._finder, self._prices, clock, instance)
        self._looker = Looker(self._client, self._finder, self._readiness, self._prices, clock, endpoint_url)
        self._inside = Inside(self._client, self._looker, self._nodes, self._readiness, clock)
        self._news = News(self._client, self._looker, clock)

    def __repr__(self) -> str:
        return "NosanaRuntime()"

    @property
    def name(self) -> str:
        return NAME

    @property
    def services(self) -> None:
        """The network balances over a set's replicas itself; there is no network between sets."""
        return None

    async def check(self) -> RuntimeInfo:
        """Whether the API answers and takes the key: asks for the balance, or for anything where none is kept (a
        manager of one's own)."""
        with _silence():
            try:
                left = dollars((await self._prices.balance()).spendable)
            except Permanent as error:
                if error.reason != NOT_FOUND:
                    raise
                await self._client.get("/deployments", {"limit": "10"})
                left = "not told here"
        return RuntimeInfo(NAME, "api", f"credits left: {left}")

    # -- observing

    async def list_sets(self) -> Sequence[ObservedSet]:
        """All of ours. What a lost reply made twice is removed on the way."""
        with _silence():
            sets, twins = await self._looker.everything()
        if twins:
            await self._sets.drop_twins(twins)
        return sets

    async def list_pods(self) -> Sequence[ObservedPod]:
        """The pods of all sets."""
        return [pod for one in await self.list_sets() for pod in one.pods]

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        with _silence():
            return await self._looker.pod(pod)

    def watch(self) -> AsyncGenerator[PodId, None]:
        """Hints to look again; a set that changed without any of its pods is told by the id of its first one."""
        return self._news()

    # -- single replicas

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        """HTTP probes, at the replica's own public address; the other kinds cannot be asked there."""
        with _silence():
            return await self._inside.probe(pod, container, probe)

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """Lines oldest first; none for a pod that is not there or has no host yet."""
        with _silence():
            return await self._inside.logs(pod, tail=tail, since=since)

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncGenerator[LogLine, None]:
        """The last `tail` lines, then new ones until the job is over."""
        return self._inside.follow(pod, tail)

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """Usage as hosts tell it; those that tell none are left out."""
        with _silence():
            return await self._inside.stats(pods)

    # -- sets

    def fit(self, spec: AppSpec) -> Fit:
        """What of it cannot be done there, field by field."""
        return fit_of(spec)

    async def create_set(self, request: SetRequest) -> ObservedSet:
        found = await self._sets.create(request)
        return await self._shown(found)

    async def scale_set(self, one: SetId, replicas: int) -> None:
        await self._sets.scale(one, replicas)
        self._looker.doubt()

    async def revise_set(self, one: SetId, request: SetRequest) -> ObservedSet:
        found = await self._sets.revise(one, request)
        return await self._shown(found)

    async def extend_set(self, one: SetId, timeout_minutes: int) -> None:
        await self._sets.extend(one, timeout_minutes)
        self._looker.doubt()

    async def start_set(self, one: SetId) -> None:
        await self._sets.start(one)
        self._looker.doubt()

    async def stop_set(self, one: SetId) -> None:
        await self._sets.stop(one)
        self._looker.doubt()

    async def remove_set(self, one: SetId) -> None:
        try:
            await self._sets.remove(one)
        finally:
            self._looker.doubt()

    async def replace_pod(self, pod: PodId) -> None:
        """Stops the job; one that is over already, or not known any more, is replaced already."""
        await self._sets.end_job(await self._job_of(pod))
        self._looker.doubt()

    async def remove_volume(self, namespace: str, claim: str) -> None:
        """Nothing: no claim's volume was ever made here."""

    # -- money

    async def markets(self) -> Markets:
        return await self._prices.markets()

    async def balance(self) -> Balance:
        return await self._prices.balance()

    async def aclose(self) -> None:
        await self._readiness.aclose()
        await self._nodes.aclose()
        await self._prices.aclose()
        await self._client.aclose()

    async def _shown(self, found: Found) -> ObservedSet:
        self._news.meet(found.deployment.id)
        seen = await self._looker.deployment(found.deployment.id)
        if seen is None:
            raise Transient("The deployment was removed while it was made.", reason="Removed")
        return seen

    async def _job_of(self, pod: PodId) -> str:
        there = self._looker.of(pod)
        if there is None and await self._looker.pod(pod) is not None:
            there = self._looker.of(pod)
        return there[1].job.id if there is not None and there[1].job.state.live else ""


@contextmanager
def _silence() -> Iterator[None]:
    """A key that is not accepted means that nothing is known of what runs, not that nothing runs."""
    try:
        yield
    except Permanent as error:
        if error.reason == UNAUTHORIZED:
            raise Unreachable(str(error), reason=UNAUTHORIZED) from error
        raise
