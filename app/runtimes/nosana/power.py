"""A deployment's states: how one is started, stopped and deleted, when the manager allows each only in some of them.

From DRAFT nothing but a start works; a stop is refused while it starts, a delete unless it is stopped. What the manager
calls a wrong state (with a 500) is no fault of the server: it is not tried again but read again and judged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from app.core.errors import Permanent, Transient
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient
from app.runtimes.nosana.faults import ARCHIVED, NOT_FOUND, WRONG_STATE
from app.runtimes.nosana.finding import Finder, Found
from app.runtimes.nosana.observing import INFINITE
from app.runtimes.nosana.wire import State, Status

SETTLE_SECONDS = 0.5
SETTLES = 6
"""A start takes a tenth of a second or so; a stop in the middle of it is refused."""
STOP_SECONDS = 2.0


class Power:
    def __init__(self, client: ManagerClient, finder: Finder, clock: Clock) -> None:
        self._client = client
        self._finder = finder
        self._clock = clock

    async def remove(self, found: Found) -> None:
        """Stops and deletes one. `Transient` (StillStopping) until its jobs are gone."""
        deployment_id = found.deployment.id
        if found.status == Status.DRAFT:  # a draft can be neither stopped nor deleted, so it is started first
            await self.begin(deployment_id)
        settled = await self.settled(deployment_id)
        if settled is None:
            return
        if settled.status != Status.STOPPED or await self._runs_on(settled):
            await self.end(settled)
            raise still_stopping()
        await self._benign(lambda: self._client.send("DELETE", f"/deployments/{deployment_id}"))

    async def end(self, found: Found) -> None:
        """Stops one; nothing happens to one that is stopped or stopping."""
        settled = await self.settled(found.deployment.id) if found.status == Status.STARTING else found
        if settled is None or settled.status in (Status.DRAFT, Status.STOPPING):
            return
        if settled.status == Status.STOPPED:
            if not await self._runs_on(settled):
                return
            # Stopped by name, yet jobs run and are billed: only a start makes it stoppable.
            await self.begin(settled.deployment.id)
            await self.settled(settled.deployment.id)
        if settled.status == Status.STARTING:
            raise Transient("The deployment is still starting.", reason="StillStarting", retry_after=SETTLE_SECONDS)
        await self._benign(lambda: self._client.send("POST", f"/deployments/{settled.deployment.id}/stop"))

    async def _runs_on(self, found: Found) -> bool:
        """Whether one that is called stopped has jobs all the same. Only one that ends by itself can: a revision made
        by hand stops it when the old jobs are gone, and goes on with new ones."""
        if found.deployment.strategy == INFINITE:
            return False
        query = {"state": f"{State.QUEUED},{State.RUNNING}", "limit": "10"}
        reply = await self._client.get(f"/deployments/{found.deployment.id}/jobs", query)
        return bool(reply.get("jobs")) if isinstance(reply, dict) else False

    async def begin(self, deployment_id: str) -> None:
        """Starts one; nothing happens to one that runs."""
        await self._benign(lambda: self._client.send("POST", f"/deployments/{deployment_id}/start"))

    async def settled(self, deployment_id: str) -> Found | None:
        """One afresh, once it is no longer starting; None when it is gone."""
        found = await self._finder.get(deployment_id)
        for _ in range(SETTLES):
            if found is None or found.status != Status.STARTING:
                break
            await self._clock.sleep(SETTLE_SECONDS)
            found = await self._finder.get(deployment_id)
        return found

    async def _benign(self, call: Callable[[], Awaitable[Any]]) -> None:
        """A call whose refusal for the state, or because it is gone, means that it is done or will be seen."""
        try:
            await call()
        except Permanent as error:
            if error.reason not in (WRONG_STATE, ARCHIVED, NOT_FOUND):
                raise


def still_stopping() -> Transient:
    """Try again in a moment."""
    return Transient("Its replicas are still on their way out.", reason="StillStopping", retry_after=STOP_SECONDS)
