"""Services on the simulator: `app.ports.services.ServiceRuntime` over the pretended world.

A balancer is what it was asked for: it has ports and remembers its endpoints, but carries no request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from app.core.errors import Permanent
from app.core.objects import ObjectKey
from app.core.services import BalancerRequest, Endpoint, ObservedBalancer
from app.core.template import Protocol
from app.ports.clock import Clock
from app.runtimes.simulator.addresses import HOST
from app.runtimes.simulator.output import dice
from app.runtimes.simulator.world import SimBalancer, World

START_SECONDS = (0.05, 0.15)


class SimServices:
    """`reach` raises while the runtime is down; `save` notes that the world changed."""

    def __init__(self, world: World, clock: Clock, reach: Callable[[], None], save: Callable[[], None]) -> None:
        self._world = world
        self._clock = clock
        self._reach = reach
        self._save = save

    async def list_balancers(self) -> Sequence[ObservedBalancer]:
        self._reach()
        return [_seen(one) for one in self._world.balancers.values()]

    async def ensure_balancer(self, request: BalancerRequest) -> ObservedBalancer:
        self._reach()
        _check(request)
        known = self._world.balancers.get(request.service)
        if known is None or not known.running:
            await self._clock.sleep(dice(self._world.seed, "balancer", request.service).uniform(*START_SECONDS))
            self._reach()
            known = self._world.balancers.get(request.service)
        if known is None or not known.running or known.request != request:
            known = self._renewed(request, known)
            self._world.balancers[request.service] = known
            self._save()
        return _seen(known)

    async def remove_balancer(self, service: ObjectKey) -> None:
        self._reach()
        known = self._world.balancers.pop(service, None)
        if known is not None:
            self._free(known)
            self._world.addresses.free(known.address)
            self._save()

    def endpoints(self, service: ObjectKey) -> tuple[Endpoint, ...]:
        """Where a running balancer sends to: what a client of the service would meet."""
        known = self._world.balancers.get(service)
        return known.endpoints if known is not None and known.running else ()

    def _renewed(self, request: BalancerRequest, known: SimBalancer | None) -> SimBalancer:
        if known is not None:
            self._free(known)
        try:
            ports = self._take(request, known.host_ports if known else {})
        except Exception:
            if known is not None:
                self._hold(known)
            raise
        return SimBalancer(request, ports, known.address if known else self._world.addresses.take())

    def _take(self, request: BalancerRequest, before: dict[str, int]) -> dict[str, int]:
        """Host ports by name; one that may be any stays what it was."""
        taken: dict[str, int] = {}
        try:
            for port in request.ports:
                if port.host_port is not None:
                    name = f"{port.port}/{port.protocol}"
                    asked = port.host_port or before.get(name, 0)
                    taken[name] = self._world.ports.take_for_service(request.service, port.protocol, asked)
        except Exception:
            self._free(SimBalancer(request, taken, ""))
            raise
        return taken

    def _free(self, balancer: SimBalancer) -> None:
        self._world.ports.free(balancer.request.service, _held(balancer))

    def _hold(self, balancer: SimBalancer) -> None:
        for protocol, number in _held(balancer):
            self._world.ports.hold(balancer.request.service, protocol, number)


def _check(request: BalancerRequest) -> None:
    """Raises `Permanent` (InvalidConfig) for what the balancers of the other runtimes cannot carry."""
    for port in request.ports:
        if port.protocol is not Protocol.TCP:
            raise Permanent(
                f"Port {port.port}/{port.protocol} cannot be balanced: balancers carry TCP only; leave it out of the "
                "Service, and publish it with hostPort on the pod.",
                reason="InvalidConfig",
            )
        for endpoint in port.endpoints:
            if not endpoint.address:
                raise Permanent(f"{endpoint.pod.name} has no address", reason="InvalidConfig")


def _held(balancer: SimBalancer) -> list[tuple[Protocol, int]]:
    return [(Protocol(name.partition("/")[2]), number) for name, number in balancer.host_ports.items()]


def _seen(balancer: SimBalancer) -> ObservedBalancer:
    request = balancer.request
    return ObservedBalancer(
        service=request.service,
        running=balancer.running,
        digest=hashlib.sha256(repr(request).encode()).hexdigest()[:16] if balancer.running else "",
        host=HOST,
        host_ports=dict(balancer.host_ports),
        address=balancer.address,
    )
