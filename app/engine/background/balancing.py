"""One Service at a time: which replicas stand behind it now, and its balancer brought to that.

A Service whose runtime is silent is left alone: its balancer goes on with what it was told last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.errors import PortError, Transient, Unreachable
from app.core.events import EventType
from app.core.objects import ObjectKey, ObjectState, Service, Stored
from app.core.pods import ObservedPod
from app.core.services import (
    BalancerRequest,
    Candidate,
    ObservedBalancer,
    endpoints,
    port_name,
    receives,
    stands_behind,
)
from app.core.spec import AppKey, Desired
from app.core.template import PodTemplate
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects
from app.engine.observing.site import Site
from app.ports.clock import Clock
from app.ports.services import ServiceRuntime

log = logging.getLogger(__name__)

RETRY_FIRST_SECONDS = 1.0
RETRY_MAX_SECONDS = 60.0

TRIES_FOR_A_PORT = 3
"""A host port that was remembered and is taken is asked for so often before another one is; a port a person named is
asked for again and again."""

TEMPLATES_KEPT = 1000


@dataclass(slots=True)
class Standing:
    """What is known of one balancer. `asked` is what it does now, None when that is not certain."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked: BalancerRequest | None = None
    seen: ObservedBalancer | None = None
    changes: int = 0
    failures: int = 0
    retry_at: float = 0.0
    trouble: str = ""
    ready: int = 0
    full: bool = False


class Balancing:
    """`settle` brings one Service's balancer to what it should be; what stands in the way is kept as `trouble`."""

    def __init__(
        self, objects: Objects, desired: DesiredState, sites: Mapping[str, Site], events: EventLog, clock: Clock
    ) -> None:
        self._objects = objects
        self._desired = desired
        self._sites = sites
        self._events = events
        self._clock = clock
        self._standings: dict[ObjectKey, Standing] = {}
        self._templates: dict[tuple[AppKey, str], PodTemplate | None] = {}

    def standing(self, key: ObjectKey) -> Standing:
        return self._standings.setdefault(key, Standing())

    def known(self) -> list[tuple[ObjectKey, Standing]]:
        return list(self._standings.items())

    def behind(self, service: Service) -> list[Desired]:
        """The apps whose replicas it is for."""
        return [wish for wish in self._desired.all() if stands_behind(service, wish)]

    def receiving(self, service: Service, site: Site) -> list[tuple[Desired, ObservedPod]]:
        """The replicas that may be sent to now: ready as the status says, and not on their way out."""
        found = []
        health = site.health
        for wish in self.behind(service):
            # Replicas of an app that moves away are not probed any more: there the runtime's word has to do.
            judge = health if wish.spec.runtime == service.runtime else None
            unhealthy = judge.unhealthy(wish.key) if judge is not None else {}
            for pod in site.cache.pods(wish.key):
                staying = pod.id not in site.stopping and pod.id not in unhealthy
                if staying and receives(pod) and (judge is None or judge.ready(pod)):
                    found.append((wish, pod))
        return found

    async def settle(self, key: ObjectKey) -> None:
        """Never raises what a port may raise. When it returns without `trouble`, the balancer does what it should."""
        one = self.standing(key)
        async with one.turn:
            stored = self._objects.get(key)
            try:
                if stored is None:
                    self._standings.pop(key, None)
                elif stored.deleting:
                    await self._end(stored, one)
                else:
                    await self._serve(stored, one)
            except Unreachable as error:
                self._silent(stored, one, error)
            except PortError as error:
                await self._failed(key, one, error)
            except Exception:
                log.exception("the balancer of %s failed", key)
                await self._failed(key, one, Transient("an internal error; the log says more", reason="InternalError"))

    async def _serve(self, stored: Stored, one: Standing) -> None:
        service, place = self._place(stored)
        if place is None:
            return
        site, runtime = place
        if runtime is None:
            one.trouble = ""  # it has no balancers: each app there has one address of its own
            return
        await self._learn(service, site)
        candidates = self._candidates(service, site)
        request = endpoints(service, candidates, stored.state.host_ports)
        if request is None:
            await self._nothing_to_balance(stored, one, runtime)
        elif request != one.asked and self._clock.now() >= one.retry_at:
            one.asked = None  # until it is answered, nobody knows what the balancer does
            seen = await runtime.ensure_balancer(request)
            one.asked, one.seen, one.changes = request, seen, one.changes + 1
            one.failures, one.retry_at, one.trouble = 0, 0.0, ""
            await self._remember(stored, service, seen)
        self._tell(service, one, len(candidates))

    async def _nothing_to_balance(self, stored: Stored, one: Standing, runtime: ServiceRuntime) -> None:
        if one.seen is not None:
            await runtime.remove_balancer(stored.key)
            one.seen = one.asked = None

    async def _end(self, stored: Stored, one: Standing) -> None:
        service, place = self._place(stored)
        if place is None:
            return
        _, runtime = place
        if runtime is not None:
            await runtime.remove_balancer(stored.key)
        await self._objects.forget(stored.key)
        self._standings.pop(stored.key, None)
        one.asked = one.seen = None
        self._say(service, EventType.NORMAL, "ServiceDeleted", f"Service {service.name} is gone")

    def _place(self, stored: Stored) -> tuple[Service, tuple[Site, ServiceRuntime | None] | None]:
        """The Service, and where it is; None while that cannot be asked."""
        service = stored.object
        assert isinstance(service, Service)
        site = self._sites.get(service.runtime)
        if site is None or not site.cache.reachable:
            return service, None
        return service, (site, site.runtime.services)

    # -- replicas

    async def _learn(self, service: Service, site: Site) -> None:
        """Looks up the templates of replicas of earlier revisions: a named port may have had another number."""
        for wish, pod in self.receiving(service, site):
            which = (wish.key, pod.template_hash)
            if pod.template_hash != wish.template_hash and which not in self._templates:
                if len(self._templates) > TEMPLATES_KEPT:
                    self._templates.clear()
                self._templates[which] = await self._desired.template(wish, pod.template_hash)

    def _candidates(self, service: Service, site: Site) -> list[Candidate]:
        return [
            Candidate(pod, self._templates.get((wish.key, pod.template_hash)) or wish.spec.template)
            for wish, pod in self.receiving(service, site)
        ]

    # -- what is remembered and said

    async def _remember(self, stored: Stored, service: Service, seen: ObservedBalancer) -> None:
        """Host ports that were given are asked for again, also after a restart of ours or of the runtime."""
        names = {port_name(port) for port in service.ports}
        ports = {name: number for name, number in seen.host_ports.items() if name in names}
        if ports != stored.state.host_ports:
            await self._objects.note(stored.key, ObjectState(host_ports=ports))

    def _silent(self, stored: Stored | None, one: Standing, error: Unreachable) -> None:
        one.asked = None
        site = self._sites.get(stored.object.runtime) if stored and isinstance(stored.object, Service) else None
        if site is not None:
            site.cache.lost(error)

    async def _failed(self, key: ObjectKey, one: Standing, error: PortError) -> None:
        one.failures += 1
        delay = min(RETRY_FIRST_SECONDS * 2 ** min(one.failures - 1, 16), RETRY_MAX_SECONDS)
        one.retry_at = self._clock.now() + delay
        stored = self._objects.get(key)
        if stored is None or not isinstance(stored.object, Service):
            return
        remembered = stored.state.host_ports
        if error.reason == "PortInUse" and remembered and one.failures >= TRIES_FOR_A_PORT:
            await self._give_up_ports(stored, remembered)
        if one.trouble != str(error):
            one.trouble = str(error)
            self._say(stored.object, EventType.WARNING, error.reason, f"Service {key.name}: {error}")

    async def _give_up_ports(self, stored: Stored, remembered: Mapping[str, int]) -> None:
        service = stored.object
        assert isinstance(service, Service)
        named = {port_name(port) for port in service.ports if port.node_port}
        if lost := sorted(number for name, number in remembered.items() if name not in named):
            words = f"Service {service.name}: the host port {', '.join(map(str, lost))} is taken by something else"
            self._say(service, EventType.WARNING, "HostPortLost", f"{words}; another one is chosen")
            try:
                await self._objects.note(stored.key, ObjectState())
            except PortError as error:
                log.warning("the host ports of %s are given up later: %s", stored.key, error)

    def _tell(self, service: Service, one: Standing, ready: int) -> None:
        """One event when all replicas are behind it, one when none is any more; not one for each step of a rollout."""
        if one.asked is None:
            return
        total = wanted(self.behind(service))
        full = 0 < total <= ready
        if full and not one.full:
            place = where(service, one.seen.host, one.seen.host_ports) if one.seen else where(service)
            line = f"{service.name}: {ready} of {total} replicas behind {place}"
            self._say(service, EventType.NORMAL, "ServiceReady", line)
        elif one.ready and not ready:
            self._say(service, EventType.WARNING, "ServiceEmpty", f"{service.name}: no replica behind it is ready")
        one.ready, one.full = ready, full

    def lost(self, key: ObjectKey) -> None:
        """Its balancer was ended from outside."""
        stored = self._objects.get(key)
        if stored is not None and isinstance(stored.object, Service):
            message = f"Service {key.name}: its balancer was stopped or removed from outside; it is made again"
            self._say(stored.object, EventType.WARNING, "BalancerLost", message)

    def _say(self, service: Service, type_: EventType, reason: str, message: str) -> None:
        """Among the events of the app it is for, where there is one."""
        apps = self.behind(service)
        key = apps[0].key if apps else AppKey(service.namespace, service.name)
        self._events.record(key, type_, reason, message)


def wanted(apps: list[Desired]) -> int:
    """How many replicas are wished for; those of Jobs come and go."""
    return sum(wish.spec.replicas for wish in apps if wish.spec.job is None)


def where(service: Service, host: str = "", host_ports: Mapping[str, int] | None = None) -> str:
    """`127.0.0.1:32768`, or the name and port the pods use where nothing is published."""
    published = host_ports or {}
    first = next((published[port_name(port)] for port in service.ports if port_name(port) in published), None)
    if first is not None:
        return f"{host}:{first}"
    return f"{service.name}.{service.namespace}" + (f":{service.ports[0].port}" if service.ports else "")
