"""The pretended world as values and bookkeeping: pods, images, ports, volumes, balancers, faults. Nothing waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from app.core.objects import ObjectKey
from app.core.pods import ExitInfo, ObservedPod, PodId, PodRequest, PublishedPort
from app.core.services import BalancerRequest, Endpoint
from app.core.template import Claim, Container, HttpGet, Probe, Protocol, TcpSocket
from app.runtimes.simulator.addresses import HOST, Addresses, HostPorts, held
from app.runtimes.simulator.faults import Injection
from app.runtimes.simulator.images import family
from app.runtimes.simulator.output import dice
from app.runtimes.simulator.pod import SimContainer, SimPod, closed, over
from app.runtimes.simulator.script import ending_soon, read_script

INIT_SECONDS = (0.2, 0.5)
"""How long an init container takes of which nothing is known."""


@dataclass(frozen=True, slots=True)
class SimBalancer:
    """What one was last asked for, and the host ports it has, by `80/TCP`."""

    request: BalancerRequest
    host_ports: dict[str, int]
    address: str
    running: bool = True

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All of them, port by port."""
        return tuple(one for port in self.request.ports for one in port.endpoints)

    def hit_by(self, injection: Injection) -> bool:
        """Its service was named, or it stands before the app that was."""
        if injection.service is not None:
            return injection.service == self.request.service
        return any(one.pod.app == injection.app for one in self.endpoints)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole world at one moment, as the file holds it."""

    images: tuple[str, ...] = ()
    pods: tuple[SimPod, ...] = ()
    faults: tuple[Injection, ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()
    balancers: tuple[SimBalancer, ...] = ()
    version: Literal[2] = 2


@dataclass(slots=True)
class World:
    """What is there. No method waits; `shown` is ready-made, so listing is a copy. Volumes are namespace and claim."""

    seed: int
    images: set[str] = field(default_factory=set)
    pods: dict[PodId, SimPod] = field(default_factory=dict)
    shown: dict[PodId, ObservedPod] = field(default_factory=dict)
    faults: list[Injection] = field(default_factory=list)
    volumes: set[tuple[str, str]] = field(default_factory=set)
    balancers: dict[ObjectKey, SimBalancer] = field(default_factory=dict)
    ports: HostPorts = field(default_factory=HostPorts)
    addresses: Addresses = field(default_factory=Addresses)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            tuple(sorted(self.images)),
            tuple(self.pods.values()),
            tuple(self.faults),
            tuple(sorted(self.volumes)),
            tuple(self.balancers.values()),
        )

    def restore(self, snapshot: Snapshot) -> None:
        self.images.update(snapshot.images)
        self.faults.extend(snapshot.faults)
        self.volumes.update(snapshot.volumes)
        for pod in snapshot.pods:
            for protocol, number in held(pod.ports):
                self.ports.hold(pod.id, protocol, number)
            self.addresses.hold(pod.address)
        for balancer in snapshot.balancers:
            for name, number in balancer.host_ports.items():
                self.ports.hold(balancer.request.service, Protocol(name.partition("/")[2]), number)
            self.addresses.hold(balancer.address)
            self.balancers[balancer.request.service] = balancer
        for pod in snapshot.pods:
            # The first version of the file knew no addresses.
            missing = pod.running and not pod.address
            self.put(replace(pod, address=self.addresses.take()) if missing else pod)

    def create(self, request: PodRequest, now: float) -> SimPod:
        """A pod that was never started yet. Raises `Permanent` (PortInUse)."""
        pod_id, template = request.id, request.template
        texture = f"{self.seed}|{pod_id.app}|{pod_id.slot}|{pod_id.attempt}|{now}"
        claims = tuple(dict.fromkeys(one.source.name for one in template.volumes if isinstance(one.source, Claim)))
        pod = SimPod(
            id=pod_id,
            template_hash=request.template_hash,
            runtime_id=f"{dice(texture, 'id').getrandbits(48):012x}",
            created_at=now,
            containers=tuple(_containers(request, texture)),
            restart_policy=template.restart_policy,
            claims=claims,
            ports=tuple(self._publish(request)),
        )
        self.volumes.update((pod_id.app.namespace, claim) for claim in claims)
        self.put(pod)
        return pod

    def put(self, pod: SimPod) -> None:
        self.pods[pod.id] = pod
        self.shown[pod.id] = pod.seen

    def begin(self, pod: SimPod, now: float) -> SimPod:
        """Its next step runs: an init container, or all the others and with them the pod."""
        names = {one.name for one in pod.next_steps}
        pod = pod.each(lambda one: replace(one, started_at=now) if one.name in names else one)
        if not pod.running:
            return pod
        return replace(pod, address=self.addresses.take())

    def end(self, pod: SimPod, container: str, how: ExitInfo, at: float, words: tuple[str, ...] = ()) -> None:
        """One of its containers is over. With the whole attempt its ports are free; it stays to be looked at."""
        self._put_ended(pod, over(pod, container, how, at, words))

    def close(self, pod: SimPod, how: ExitInfo, at: float) -> None:
        """All of it is over, from outside."""
        self._put_ended(pod, closed(pod, how, at, rest=how))

    def _put_ended(self, pod: SimPod, after: SimPod) -> None:
        if after.exit is not None:
            self._free(pod)
        self.put(after)

    def drop(self, pod_id: PodId) -> bool:
        """Whether it was there."""
        pod = self.pods.pop(pod_id, None)
        if pod is None:
            return False
        del self.shown[pod_id]
        self._free(pod)
        return True

    def users(self, volume: tuple[str, str]) -> list[SimPod]:
        """The pods that hold it: also ended ones, until they are removed."""
        namespace, claim = volume
        return [pod for pod in self.pods.values() if pod.id.app.namespace == namespace and claim in pod.claims]

    def _free(self, pod: SimPod) -> None:
        self.ports.free(pod.id, held(pod.ports))
        if pod.address:
            self.addresses.free(pod.address)

    def _publish(self, request: PodRequest) -> list[PublishedPort]:
        published: list[PublishedPort] = []
        try:
            for container in request.template.containers:
                for port in container.ports:
                    asked = request.host_ports.get(port.container_port)
                    if port.protocol is not Protocol.SCTP or asked is not None:
                        number = self.ports.take(request.id, port.protocol, asked)
                        published.append(PublishedPort(port.container_port, HOST, number, port.protocol))
        except Exception:
            self.ports.free(request.id, held(published))
            raise
        return published


def _containers(request: PodRequest, texture: str) -> Iterator[SimContainer]:
    template = request.template
    for container in template.init_containers:
        own = f"{texture}|{container.name}"
        script = read_script(container, _env(request, container))
        seconds = dice(own, "init").uniform(*INIT_SECONDS)
        yield replace(_container(request, container, own), init=True, script=ending_soon(script, seconds))
    for index, container in enumerate(template.containers):
        yield _container(request, container, f"{texture}|{container.name}" if index else texture)


def _container(request: PodRequest, container: Container, texture: str) -> SimContainer:
    limits = container.resources.limits
    return SimContainer(
        name=container.name,
        image=container.image,
        family=family(container.image),
        texture=texture,
        script=read_script(container, _env(request, container)),
        cpu_limit=limits.cpu_millicores,
        memory_limit=limits.memory_bytes,
        liveness=_numbered(container.liveness, container),
        readiness=_numbered(container.readiness, container),
        startup=_numbered(container.startup, container),
    )


def _env(request: PodRequest, container: Container) -> dict[str, str] | None:
    return dict(request.env[container.name]) if container.name in request.env else None


def _numbered(probe: Probe | None, container: Container) -> Probe | None:
    """The probe as it will be asked: its port a number."""
    if probe is None or not isinstance(probe.handler, HttpGet | TcpSocket):
        return probe
    numbers = {port.name: port.container_port for port in container.ports}
    port = numbers.get(probe.handler.port) if isinstance(probe.handler.port, str) else probe.handler.port
    return (
        probe if port is None else probe.model_copy(update={"handler": probe.handler.model_copy(update={"port": port})})
    )
