"""The verbs on sets: made once whatever happens to replies, changed, stopped, removed, by the manager's rules.

Every verb looks first: what is there already, or gone already, is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

from app.core.errors import InvalidInput, Permanent, PortError, Transient
from app.core.placement import MIN_TIMEOUT_MINUTES
from app.core.replicasets import SetId, SetRequest
from app.core.spec import AppSpec
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient, read
from app.runtimes.nosana.definition import JobDefinition
from app.runtimes.nosana.describing import define
from app.runtimes.nosana.faults import ARCHIVED, NOT_FOUND, NOT_REVISABLE, WRONG_STATE
from app.runtimes.nosana.finding import Finder, Found
from app.runtimes.nosana.fit import fit_of
from app.runtimes.nosana.markets import Prices
from app.runtimes.nosana.naming import NAME, deployment_name
from app.runtimes.nosana.observing import INFINITE
from app.runtimes.nosana.power import Power, still_stopping
from app.runtimes.nosana.secrecy import looks_secret, secret_sources
from app.runtimes.nosana.wire import Deployment, Status

log = logging.getLogger(__name__)

SIMPLE = "SIMPLE"
STARTABLE = frozenset({Status.DRAFT, Status.STOPPED, Status.ERROR})
SPENT = "something went wrong"
"""What the manager says, as a fault of its own, where the number of the next revision is taken."""


class Sets:
    """One verb at a time for each app: two of them could each find nothing and both create."""

    def __init__(self, client: ManagerClient, finder: Finder, prices: Prices, clock: Clock, instance: str) -> None:
        self._client = client
        self._finder = finder
        self._prices = prices
        self._power = Power(client, finder, clock)
        self._instance = instance
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    # -- making

    async def create(self, request: SetRequest) -> Found:
        """Finds it, or makes and starts it. See `ReplicaRuntime.create_set`."""
        definition = self._definition(request)
        confidential = _confidential(request)
        async with self._locks[str(request.id.app)]:
            there = await self._finder.of(request.id)
            if there:
                return await self._adopted(there)
            market = (await self._prices.fitting(request))[0]
            return await self._make(request, definition, market, confidential=confidential)

    async def _make(self, request: SetRequest, definition: JobDefinition, market: str, *, confidential: bool) -> Found:
        body = {
            "name": deployment_name(self._instance, request.id),
            "market": market,
            "replicas": max(request.replicas, 1),
            "timeout": timeout_of(request),
            "strategy": SIMPLE if request.job is not None else INFINITE,
            "confidential": confidential,
            "autostart": True,
            "job_definition": definition.content,
        }
        try:
            reply = await self._client.send("POST", "/deployments/create", body)
        except Transient:
            if there := await self._finder.of(request.id):  # it arrived, only the reply did not
                return await self._adopted(there)
            raise
        made = read(Deployment, reply, "the new deployment")
        if confidential and made.confidential is False:
            await self._withdraw(made)
        if request.replicas < 1:  # a create needs one at least
            await self._client.send("PATCH", f"/deployments/{made.id}/update-replica-count", {"replicas": 0})
        # An earlier try whose reply was lost may have arrived by now: then there are two.
        there = await self._finder.of(request.id)
        if not there:
            raise Transient("Nosana does not list the deployment it has just made.", reason="NotListedYet")
        return await self._adopted(there)

    async def _adopted(self, there: list[Found]) -> Found:
        """The oldest of this set, running; the others go. One that ran to its end is not run again."""
        first, *twins = there
        await self.drop_twins(twins)
        over = first.status == Status.STOPPED and first.deployment.strategy != INFINITE
        if first.status in STARTABLE and not over:
            await self._power.begin(first.deployment.id)
            return await self._finder.get(first.deployment.id) or first
        return first

    async def drop_twins(self, twins: list[Found]) -> None:
        """Removes deployments that a lost reply made twice. What cannot be removed now is found again."""
        for twin in twins:
            log.warning("removing deployment %s: %s was made twice", twin.deployment.id, twin.id)
            try:
                await self._power.remove(twin)
            except PortError:
                continue

    async def _withdraw(self, made: Deployment) -> None:
        """The manager would publish what must not be: it is stopped at once."""
        try:
            found = await self._power.settled(made.id)
            if found is not None:
                await self._power.end(found)
        except PortError as error:
            log.error("a deployment that must not be public could not be stopped: %s", error)
        raise Permanent(
            "Nosana did not keep the job confidential, so it was stopped. What it held from Secrets may have been "
            "published: change those values.",
            reason="NotConfidential",
        )

    # -- changing

    async def scale(self, one: SetId, replicas: int) -> None:
        found = await self._there(one)
        if int(found.deployment.replicas) != replicas:
            await self._patch(found, "update-replica-count", {"replicas": replicas})

    async def extend(self, one: SetId, minutes: int) -> None:
        if minutes < MIN_TIMEOUT_MINUTES:
            raise Permanent(f"A machine is rented for {MIN_TIMEOUT_MINUTES} minutes or more.", reason="InvalidConfig")
        found = await self._there(one)
        if int(found.deployment.timeout) != minutes:
            await self._patch(found, "update-timeout", {"timeout": minutes})

    async def revise(self, one: SetId, request: SetRequest) -> Found:
        """Gives the set another definition in place. See `ReplicaRuntime.revise_set`."""
        definition = self._definition(request)
        confidential = _confidential(request)
        async with self._locks[str(request.id.app)]:
            there = await self._finder.of(request.id)
            if not there:  # else it was done already, perhaps not to its end
                found = await self._there(one)
                await self._revisable(found, request, confidential=confidential)
                await self._post_revision(found, definition)
                there = await self._finder.of(request.id) or [found]
            await self._brought_up(there[0], request)
            return await self._adopted(await self._finder.of(request.id))

    async def _brought_up(self, found: Found, request: SetRequest) -> None:
        """Name, time and count of a revised deployment as they are asked for."""
        deployment, name, minutes = found.deployment, deployment_name(self._instance, request.id), timeout_of(request)
        if deployment.name != name:
            await self._patch(found, "update-name", {"name": name})
        if int(deployment.timeout) != minutes:
            await self._patch(found, "update-timeout", {"timeout": minutes})
        if int(deployment.replicas) != request.replicas:
            await self._patch(found, "update-replica-count", {"replicas": request.replicas})

    async def _revisable(self, found: Found, request: SetRequest, *, confidential: bool) -> None:
        deployment = found.deployment
        if deployment.strategy != INFINITE:
            # Its status would say STOPPED while the new jobs run and are billed.
            raise _not_revisable("only what runs for ever is revised in place")
        if not found.newest:
            raise _not_revisable(
                "it went back to an older revision, and the network makes a new one only of the newest"
            )
        if deployment.confidential is not None and deployment.confidential != confidential:
            raise _not_revisable("whether it is confidential is fixed for its life")
        if deployment.market not in await self._prices.fitting(request):
            raise _not_revisable("its market is fixed for its life")

    async def _post_revision(self, found: Found, definition: JobDefinition) -> None:
        path = f"/deployments/{found.deployment.id}/create-revision"
        try:
            await self._client.send("POST", path, definition.content)
        except Transient as error:
            if SPENT in str(error):
                raise _not_revisable(str(error)) from error
            raise
        except Permanent as error:
            if error.reason == ARCHIVED:
                raise _not_revisable("it is archived") from error
            raise

    async def end_job(self, job: str) -> None:
        """Ends one replica by the address of its job; "" and one that is over already are done."""
        if not job:
            return
        try:
            await self._client.send("POST", f"/jobs/{job}/stop")
        except Permanent as error:
            # 400 "not running", 404: it ended between our look and this call; the next look tells.
            if error.reason not in (NOT_FOUND, WRONG_STATE, "InvalidConfig"):
                raise

    # -- running and not

    async def start(self, one: SetId) -> None:
        found = await self._there(one)
        if found.status == Status.STOPPING:
            raise still_stopping()
        if found.status in STARTABLE or found.status == Status.INSUFFICIENT_FUNDS:
            await self._power.begin(found.deployment.id)

    async def stop(self, one: SetId) -> None:
        for found in await self._finder.of(one):
            await self._power.end(found)

    async def remove(self, one: SetId) -> None:
        waiting: Transient | None = None
        async with self._locks[str(one.app)]:
            for found in await self._finder.of(one):
                try:
                    await self._power.remove(found)
                except Transient as error:
                    waiting = error
        if waiting is not None:
            raise waiting

    async def _patch(self, found: Found, what: str, body: dict[str, object]) -> None:
        await self._client.send("PATCH", f"/deployments/{found.deployment.id}/{what}", body)

    async def _there(self, one: SetId) -> Found:
        there = await self._finder.of(one)
        if not there:
            raise Permanent(f"There is no deployment of {one} on Nosana.", reason=NOT_FOUND)
        return there[0]

    def _definition(self, request: SetRequest) -> JobDefinition:
        key = request.id.app
        fit = fit_of(
            AppSpec(name=key.name, namespace=key.namespace, runtime=NAME, template=request.template, job=request.job)
        )
        if not fit.ok:
            raise Permanent(fit.refusals[0], reason="InvalidConfig")
        try:
            return define(request, self._instance)
        except InvalidInput as error:
            raise Permanent(str(error), reason="InvalidConfig") from None


def timeout_of(request: SetRequest) -> int:
    """Minutes one replica is rented for; a Job's deadline shortens it, to the network's least of an hour."""
    minutes = max(request.placement.timeout_minutes, MIN_TIMEOUT_MINUTES)
    deadline = request.job.active_deadline_seconds if request.job is not None else None
    if deadline is None:
        return minutes
    return max(MIN_TIMEOUT_MINUTES, min(minutes, -(-deadline // 60)))


def _confidential(request: SetRequest) -> bool:
    """Whether the definition must not be published. Raises `Permanent` where it holds Secrets and is asked to be."""
    sources = secret_sources(request.template)
    if sources and not request.confidential:
        raise Permanent(
            f"{sources[0]}: a job that is not confidential is published with its variables, so this is not started.",
            reason="InvalidConfig",
        )
    return request.confidential or looks_secret(request)


def _not_revisable(why: str) -> Permanent:
    return Permanent(f"The deployment cannot be revised in place: {why}.", reason=NOT_REVISABLE)
