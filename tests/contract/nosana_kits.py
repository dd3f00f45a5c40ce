"""What a test of the replica runtimes' contract needs: a manager to speak to, and time that passes.

The stand-in in virtual time always; a real manager too where `KUBELITE_NOSANA_TEST_URL` (with its `/api`) and
`NOSANA_API_KEY` are set: there the same tests rent real machines for some minutes, in
`KUBELITE_NOSANA_TEST_MARKET` or the cheapest market with idle hosts.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.core.errors import Transient
from app.core.pods import ObservedPod
from app.core.replicasets import ObservedSet, SetRequest
from app.core.spec import PodTemplate
from app.ports.clock import Clock
from app.ports.replicas import ReplicaRuntime
from app.runtimes.clock import SystemClock
from app.runtimes.nosana import NosanaRuntime
from tests.clock import LoopClock
from tests.nosana.server import transport
from tests.nosana.world import KEY, NosanaWorld
from tests.runtimes.nosana_kit import addresses, request

REAL_URL = os.environ.get("KUBELITE_NOSANA_TEST_URL", "")
REAL_KEY = os.environ.get("NOSANA_API_KEY", "")
REAL_MARKET = os.environ.get("KUBELITE_NOSANA_TEST_MARKET", "")
REAL_NODES = os.environ.get("KUBELITE_NOSANA_NODE_URL", "https://{node}.node.k8s.prd.nos.ci")
REAL_SERVICES = os.environ.get("KUBELITE_NOSANA_ENDPOINT_URL", "https://{label}.node.k8s.prd.nos.ci")
REAL_HOSTS = os.environ.get("KUBELITE_NOSANA_HOSTS_URL", "https://host-manager.k8s.prd.nosana.com")
_connect = socket.socket.connect


@dataclass
class ReplicaKit:
    """`patience` is how long a replica may take to come up, in the kit's seconds."""

    clock: Clock
    make: Callable[[str], ReplicaRuntime]
    instance: str
    market: str
    patience: float
    opened: list[ReplicaRuntime] = field(default_factory=list)

    @property
    def runtime(self) -> ReplicaRuntime:
        """The first process's; made in the test itself, because time is virtual only there."""
        return self.opened[0] if self.opened else self.reopened()

    def reopened(self, instance: str = "") -> ReplicaRuntime:
        """The same account, seen by a process that has just started; or by another instance."""
        runtime = self.make(instance or self.instance)
        self.opened.append(runtime)
        return runtime

    def ask(self, of: PodTemplate | None = None, **more: Any) -> SetRequest:
        return request(of, market=self.market, **more)

    async def until(
        self, what: Callable[[Sequence[ObservedSet]], Any], *, within: float = 0.0, of: ReplicaRuntime | None = None
    ) -> Sequence[ObservedSet]:
        """The sets as soon as `what` holds of them. Fails when that takes longer than `within`, else the patience."""
        end = self.clock.now() + (within or self.patience)
        while True:
            sets = await (of or self.runtime).list_sets()
            if what(sets):
                return sets
            assert self.clock.now() < end, f"still: {sets}"
            await self.clock.sleep(1.0)

    async def ready(self, count: int) -> list[ObservedPod]:
        """The ready pods, once there are exactly so many of the live ones."""
        sets = await self.until(lambda sets: len(ready_of(sets)) == count == len(live_of(sets)))
        return ready_of(sets)


def ready_of(sets: Sequence[ObservedSet]) -> list[ObservedPod]:
    return [pod for one in sets for pod in one.pods if pod.ready]


def live_of(sets: Sequence[ObservedSet]) -> list[ObservedPod]:
    return [pod for one in sets for pod in one.pods if not pod.phase.ended]


@asynccontextmanager
async def standin_kit() -> AsyncIterator[ReplicaKit]:
    """At the end the stand-in has nothing to complain of."""
    clock = LoopClock()
    worlds: list[NosanaWorld] = []

    def make(instance: str) -> ReplicaRuntime:
        if not worlds:
            worlds.append(NosanaWorld(clock.now))
        return NosanaRuntime(instance, KEY, clock, **addresses(), transport=transport(worlds[0]))

    kit = ReplicaKit(clock, make, "k1", "nvidia-3060", patience=120.0)
    try:
        yield kit
        assert [world.wrongs() for world in worlds] == [[]]
    finally:
        for runtime in kit.opened:
            await runtime.aclose()


@asynccontextmanager
async def manager_kit(allow: Callable[[Any, str, Any], None]) -> AsyncIterator[ReplicaKit]:
    """A real manager. What the test leaves is removed."""
    allow(socket.socket, "connect", _connect)
    clock = SystemClock()

    def make(instance: str) -> ReplicaRuntime:
        return NosanaRuntime(
            instance,
            REAL_KEY,
            clock,
            api_url=REAL_URL,
            node_url=REAL_NODES,
            endpoint_url=REAL_SERVICES,
            hosts_url=REAL_HOSTS,
            transport=httpx.AsyncHTTPTransport(),
        )

    kit = ReplicaKit(clock, make, f"t{secrets.token_hex(4)}", REAL_MARKET, patience=1200.0)
    try:
        if not kit.market:
            offers = [one for one in (await kit.runtime.markets()).markets if one.idle]
            kit.market = min(offers, key=lambda one: one.per_hour).slug
        yield kit
    finally:
        for one in await kit.runtime.list_sets():
            await gone(kit, one)
        for runtime in kit.opened:
            await runtime.aclose()


async def gone(kit: ReplicaKit, one: ObservedSet) -> None:
    """Removed, however long that takes."""
    while True:
        try:
            await kit.runtime.remove_set(one.id)
        except Transient as error:
            await kit.clock.sleep(error.retry_after or 1.0)
        else:
            return
