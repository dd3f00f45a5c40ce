"""`app.ports.services.ServiceRuntime` over one Docker Engine: one HAProxy container per Service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from app.core.errors import Permanent, PortError, Transient
from app.core.objects import ObjectKey
from app.core.services import BalancerRequest, ObservedBalancer
from app.runtimes.docker.balancers.config import digest_of, render
from app.runtimes.docker.balancers.handover import NOT_ANSWERING, Handover
from app.runtimes.docker.balancers.wire import Found, balancer_filters, balancer_name, create_body, found
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.endings import Endings
from app.runtimes.docker.faults import classify
from app.runtimes.docker.networks import networks_of
from app.runtimes.docker.pulls import Pulls
from app.runtimes.docker.wire import container_path

log = logging.getLogger(__name__)

DEFAULT_IMAGE = "haproxy:lts-alpine"

TIDY_EVERY = 12
"""Lists between two looks for networks nobody uses any more: about once a minute."""


class DockerServices:
    """`image` is the balancers' image, pulled when it is not there; `publish_host` the address host ports are bound
    to."""

    def __init__(
        self,
        client: EngineClient,
        instance: str,
        pulls: Pulls,
        endings: Endings,
        *,
        image: str = DEFAULT_IMAGE,
        publish_host: str = "127.0.0.1",
    ) -> None:
        self._client, self._instance, self._pulls, self._endings = client, instance, pulls, endings
        self._image, self._publish_host = image, publish_host
        self._networks = networks_of(client, instance)
        self._handover = Handover(client)
        self._turns: WeakValueDictionary[ObjectKey, asyncio.Lock] = WeakValueDictionary()
        self._in_charge: dict[str, tuple[str, frozenset[str]]] = {}
        self._lists = 0

    async def list_balancers(self) -> Sequence[ObservedBalancer]:
        """Every balancer of this instance, one list call. Now and then, networks that nobody uses are removed."""
        listed = await self._list()
        self._in_charge = {one.identity: self._in_charge.get(one.identity, _UNKNOWN) for one in listed}
        self._lists += 1
        if self._lists % TIDY_EVERY == 0:
            await self._networks.tidy()
        return [self._observed(one, await self._digest(one)) for one in listed]

    async def ensure_balancer(self, request: BalancerRequest) -> ObservedBalancer:
        """A balancer that runs is told of other endpoints; one that does not, or that lacks a port, is made anew."""
        text = render(request)
        async with self._turn(request.service):
            one = await self._one(request.service)
            if one is None or not one.serves(self._image, request) or not await self._updated(one, request, text):
                one = await self._replace(one, request, text)
        return self._observed(one, digest_of(text))

    async def remove_balancer(self, service: ObjectKey) -> None:
        """Removes the container with its volume; its network follows when nothing is on it."""
        async with self._turn(service):
            if (one := await self._one(service)) is not None:
                await self._endings.remove(one.identity)
                self._in_charge.pop(one.identity, None)

    def _turn(self, service: ObjectKey) -> asyncio.Lock:
        turn = self._turns.get(service)
        if turn is None:
            turn = self._turns[service] = asyncio.Lock()
        return turn

    async def _list(self, service: ObjectKey | None = None) -> list[Found]:
        params = {"all": "true", "filters": balancer_filters(self._instance, service)}
        entries = (await self._client.call("GET", "/containers/json", params=params)).expect(200)
        seen = (found(self._instance, entry, self._client.place.host) for entry in entries)
        return sorted((one for one in seen if one is not None), key=lambda one: one.service)

    async def _one(self, service: ObjectKey) -> Found | None:
        return next(iter(await self._list(service)), None)

    async def _digest(self, one: Found) -> str:
        if not one.running:
            return ""
        known, _ = self._in_charge.get(one.identity, _UNKNOWN)
        if not known:
            known = await self._handover.applied(one.identity)
            self._in_charge[one.identity] = (known, frozenset())
        return known

    def _observed(self, one: Found, digest: str) -> ObservedBalancer:
        return ObservedBalancer(one.service, one.running, digest, one.host, one.host_ports, one.address)

    async def _updated(self, one: Found, request: BalancerRequest, text: str) -> bool:
        """False where its master does not listen any more (HAProxy issue 3229, in 3.2): only a new one helps then."""
        digest, backends = digest_of(text), _backends(request)
        if await self._digest(one) == digest:
            return True
        _, before = self._in_charge.pop(one.identity, _UNKNOWN)
        # Requests on their way matter only where a replica leaves; whether one does is not known after our restart.
        linger = not before or bool(before - backends)
        try:
            await self._handover.exchange(one.identity, text, digest, linger=linger)
        except Transient as error:
            if error.reason != NOT_ANSWERING:
                raise
            log.warning("the balancer of %s is made anew: %s", request.service, error)
            return False
        self._in_charge[one.identity] = (digest, backends)
        return True

    async def _replace(self, old: Found | None, request: BalancerRequest, text: str) -> Found:
        network = await self._networks.ensure(request.service.namespace)
        if old is not None:
            await self._endings.remove(old.identity)
        identity = await self._create(request)
        try:
            await self._handover.lay_down(identity, text, digest_of(text))
            await self._start(identity, request)
            await self._handover.started(identity)
        except PortError:
            await self._discard(identity)
            raise
        self._in_charge[identity] = (digest_of(text), _backends(request))
        one = await self._one(request.service)
        if one is None or not one.running:
            name = balancer_name(self._instance, request.service)
            raise Transient(f"{name} on the network {network} ended as soon as it had started.", reason="Removed")
        return one

    async def _create(self, request: BalancerRequest) -> str:
        name = balancer_name(self._instance, request.service)
        body = create_body(self._instance, self._image, request, self._publish_host)
        try:
            return await self._created(name, body)
        except Permanent as error:
            if error.reason != "ImageNotPresent":
                raise
        await self._pull()
        return await self._created(name, body)

    async def _created(self, name: str, body: Mapping[str, Any]) -> str:
        within = self._client.timeouts.start
        answer = await self._client.call("POST", "/containers/create", params={"name": name}, body=body, within=within)
        if answer.status != 409:
            return str(answer.expect(201)["Id"])
        if (await self._client.call("GET", f"{container_path(name)}/json")).status == 404:
            raise Transient(f"The container {name} was just being removed.", reason="EngineBusy")
        raise Permanent(
            f"A container named {name} exists that KubeLite did not make; remove or rename it.", reason="NameConflict"
        )

    async def _pull(self) -> None:
        try:
            await self._pulls.pull(self._image, lambda _progress: None)
        except PortError as error:
            words = (
                f"The balancer needs the image {self._image}: {error}. `docker pull` it, or name another one with "
                "KUBELITE_BALANCER_IMAGE."
            )
            raise type(error)(words, reason=error.reason) from error

    async def _start(self, identity: str, request: BalancerRequest) -> None:
        answer = await self._client.call("POST", f"/containers/{identity}/start", within=self._client.timeouts.start)
        if answer.status in (204, 304):
            return
        refusal = classify(answer.status, answer.message)
        if refusal.reason == "PortInUse" and not any(port.host_port for port in request.ports):
            # Nobody asked for this port: the Engine chose one that is taken, and chooses another next time.
            raise Transient(str(refusal), reason=refusal.reason)
        raise refusal

    async def _discard(self, identity: str) -> None:
        try:
            await self._endings.remove(identity)
        except PortError:
            log.warning("the balancer %s that could not be started is still there", identity[:12])


_UNKNOWN: tuple[str, frozenset[str]] = ("", frozenset())


def _backends(request: BalancerRequest) -> frozenset[str]:
    return frozenset(f"{one.address}:{one.port}" for port in request.ports for one in port.endpoints)
