"""Services kept true: woken by every change of a replica or a Service, looked after every two seconds.

A replica leaves every balancer before it is stopped (`drain`). When we stop, balancers keep running with what they were
told last; the next start finds them as they are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial

from app.core.errors import PortError
from app.core.objects import ObjectKey, Service, Stored
from app.core.pods import PodId
from app.core.services import left_out, port_name, speaks_http, stands_behind
from app.core.spec import AppKey
from app.core.views import ServiceAddress
from app.engine.background.balancing import Balancing, Standing, wanted, where
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects
from app.engine.observing.site import Site
from app.engine.tasks import TaskSet
from app.ports.clock import Clock

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks at a runtime's balancers; one costs one list call. There is no news of them."""

QUIET_LOOKS = 15
"""A runtime no Service is on is looked at every so many looks."""

LOOPBACK = "127.0.0.1"

DRAIN_SECONDS = 2.0
"""A stop waits no longer for balancers to let go of a replica."""


class Services:
    """`sites` by runtime name; `tasks` are waited for when the engine stops."""

    def __init__(
        self,
        objects: Objects,
        desired: DesiredState,
        sites: Mapping[str, Site],
        events: EventLog,
        clock: Clock,
        tasks: TaskSet,
    ) -> None:
        self._objects = objects
        self._desired = desired
        self._sites = sites
        self._clock = clock
        self._tasks = tasks
        self._balancing = Balancing(objects, desired, sites, events, clock)
        self._index: dict[str, list[ObjectKey]] | None = None
        self._stale: set[str] = set()
        self._dirty: set[ObjectKey] = set()
        self._settling: set[ObjectKey] = set()
        self._news = asyncio.Event()
        objects.subscribe(self._changed)

    # -- for the engine

    def wake(self, app: AppKey) -> None:
        """Something about the app or its replicas changed."""
        self._stale.add(app.namespace)
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        self._dirty.update(stored.key for stored in self._objects.all("Service"))
        self._news.set()
        await asyncio.gather(self._follow(), *(self._watch(name, site) for name, site in self._sites.items()))

    async def drain(self, pod: PodId) -> None:
        """Returns once no balancer sends new connections to a replica that is about to be stopped, or after two
        seconds: a stop must not hang on a balancer that does not answer."""
        behind = [key for key in self._in(pod.app.namespace) if self._may_send_to(key, pod)]
        if not behind:
            return
        waits = [self._tasks.spawn(self._balancing.settle(key), f"drain {pod} from {key}") for key in behind]
        _, late = await asyncio.wait(waits, timeout=DRAIN_SECONDS)
        if late:
            log.warning("%s is stopped although a balancer may still send to it", pod)

    def _may_send_to(self, key: ObjectKey, pod: PodId) -> bool:
        one = self._balancing.standing(key)
        if one.asked is None:  # it is being told something now, or was not looked at yet
            return not one.trouble
        return any(pod == each.pod for port in one.asked.ports for each in port.endpoints)

    # -- for people

    def addresses(self, key: AppKey) -> tuple[ServiceAddress, ...]:
        """The Services in front of an app."""
        wish = self._desired.get(key)
        if wish is None:
            return ()
        services = [self._service(one) for one in self._in(key.namespace)]
        return tuple(
            ServiceAddress(service.name, where(service), self._urls(stored, service))
            for stored, service in services
            if stands_behind(service, wish)
        )

    def state(self, key: ObjectKey) -> tuple[str, bool, tuple[str, ...]]:
        """A line in words, whether all is well, and where people reach it."""
        stored = self._objects.get(key)
        if stored is None or not isinstance(stored.object, Service):
            return "", False, ()
        service, one = stored.object, self._balancing.standing(key)
        line, well = self._line(stored, service, one)
        rest = left_out(service)
        if rest and line != rest:
            line = f"{line}; {rest}"
        return line, well, self._urls(stored, service)

    def _line(self, stored: Stored, service: Service, one: Standing) -> tuple[str, bool]:
        site = self._sites.get(service.runtime)
        if site is None:
            return f"there is no runtime {service.runtime} here", False
        if not site.cache.reachable:
            return f"{service.runtime} does not answer, so its balancer is left as it is", False
        if one.trouble:
            return one.trouble, False
        if site.runtime.services is None:
            return self._unbalanced(service)
        if not service.ports:
            return left_out(service), False
        if not service.selector:
            return "it has no selector, so no replica stands behind it", False
        apps = self._balancing.behind(service)
        if not apps:
            labels = ",".join(f"{name}={value}" for name, value in sorted(service.selector.items()))
            return f"no app on {service.runtime} has the labels {labels}", False
        ready = len(self._balancing.receiving(service, site))
        if one.seen is None and one.turn.locked():
            return "its balancer is being started; its image may have to be pulled first", False
        return f"{ready} of {wanted(apps)} replicas behind {where(service, *self._published(stored))}", ready > 0

    def _unbalanced(self, service: Service) -> tuple[str, bool]:
        """Where the runtime balances over an app's replicas itself, and nothing else can."""
        apps = self._balancing.behind(service)
        if not apps:
            return f"no app on {service.runtime} has its labels", False
        names = ", ".join(wish.key.name for wish in apps)
        return f"{service.runtime} has no Services: {names} has an address of its own, which balances", True

    def _published(self, stored: Stored) -> tuple[str, Mapping[str, int]]:
        """Host and host ports; those that are remembered, as long as nobody has looked."""
        seen = self._balancing.standing(stored.key).seen
        return (seen.host, seen.host_ports) if seen else (LOOPBACK, stored.state.host_ports)

    def _urls(self, stored: Stored, service: Service) -> tuple[str, ...]:
        host, found = self._published(stored)
        urls = []
        for port in service.ports:
            number = found.get(port_name(port))
            if number is not None and service.published:
                target = port.target_port if isinstance(port.target_port, int) else port.port
                scheme = "http" if speaks_http(port.app_protocol, port.name, target) else "tcp"
                urls.append(f"{scheme}://{host}:{number}")
        return tuple(urls)

    # -- the loop

    def _service(self, key: ObjectKey) -> tuple[Stored, Service]:
        stored = self._objects.get(key)
        assert stored is not None
        assert isinstance(stored.object, Service)
        return stored, stored.object

    def _in(self, namespace: str) -> Sequence[ObjectKey]:
        if self._index is None:
            self._index = {}
            for stored in self._objects.all("Service"):
                self._index.setdefault(stored.key.namespace, []).append(stored.key)
        return self._index.get(namespace, ())

    def _changed(self, key: ObjectKey) -> None:
        if key.kind == "Service":
            self._index = None
            self._dirty.add(key)
            self._news.set()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            for namespace in self._stale:
                self._dirty.update(self._in(namespace))
            self._stale.clear()
            for key in self._dirty - self._settling:
                self._dirty.discard(key)
                self._settling.add(key)
                task = self._tasks.spawn(self._balancing.settle(key), f"settle {key}")
                task.add_done_callback(partial(self._settled, key))
            await asyncio.sleep(0)

    def _settled(self, key: ObjectKey, _task: asyncio.Task[None]) -> None:
        self._settling.discard(key)
        if key in self._dirty:
            self._news.set()

    async def _watch(self, name: str, site: Site) -> None:
        looks = 0
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            looks += 1
            used = any(self._runtime_of(stored) == name for stored in self._objects.all("Service"))
            if site.cache.reachable and (used or looks % QUIET_LOOKS == 0):
                try:
                    await self._look(name, site)
                except PortError as error:
                    log.debug("the balancers of %s are looked at later: %s", name, error)
                except Exception:
                    log.exception("looking at the balancers of %s failed", name)

    async def _look(self, name: str, site: Site) -> None:
        """Finds balancers that were ended from outside, and those of Services that moved away; tries again what
        failed."""
        runtime = site.runtime.services
        if runtime is None:
            return
        before = {key: one.changes for key, one in self._balancing.known()}
        listed = {one.service: one for one in await runtime.list_balancers()}
        for key, one in self._balancing.known():
            stored = self._objects.get(key)
            if self._runtime_of(stored) != name or one.turn.locked() or before.get(key) != one.changes:
                continue
            now = listed.get(key)
            if one.asked is not None and now != one.seen:
                if now is None or not now.running:
                    self._balancing.lost(key)
                one.asked = None
        self._dirty.update(stored.key for stored in self._objects.all("Service") if self._runtime_of(stored) == name)
        self._news.set()
        for key in listed:
            stored = self._objects.get(key)
            if stored is not None and self._runtime_of(stored) != name:
                await runtime.remove_balancer(key)

    @staticmethod
    def _runtime_of(stored: Stored | None) -> str:
        return stored.object.runtime if stored is not None and isinstance(stored.object, Service) else ""
