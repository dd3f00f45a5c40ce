"""The pretended world as values and bookkeeping: pods, images, ports, faults. Nothing here waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from app.core.errors import Permanent
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase, PodRequest, PublishedPort
from app.core.spec import Port, Protocol
from app.runtimes.simulator.faults import Injection
from app.runtimes.simulator.images import family
from app.runtimes.simulator.output import dice
from app.runtimes.simulator.script import Script, read_script

HOST = "127.0.0.1"
FIRST_PORT = 20000
LAST_PORT = 60999


@dataclass(frozen=True, slots=True)
class SimPod:
    """One attempt: what is shown of it, and what only the simulator knows."""

    observed: ObservedPod
    texture: str
    """Seed text of its output and usage."""
    family: str
    script: Script
    cpu_limit: int | None = None
    memory_limit: int | None = None
    ends_at: float | None = None
    """When it will end by itself, epoch seconds."""
    exit_code: int = 0
    """With which code, then."""
    last_words: tuple[str, ...] = ()

    @property
    def id(self) -> PodId:
        return self.observed.id

    @property
    def running(self) -> bool:
        return self.observed.phase is PodPhase.RUNNING


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole world at one moment, as the file holds it."""

    images: tuple[str, ...] = ()
    pods: tuple[SimPod, ...] = ()
    faults: tuple[Injection, ...] = ()
    version: Literal[1] = 1


@dataclass(slots=True)
class World:
    """Present pods, images, ports and faults. No method waits; `shown` is ready-made, so listing is a copy."""

    seed: int
    images: set[str] = field(default_factory=set)
    pods: dict[PodId, SimPod] = field(default_factory=dict)
    shown: dict[PodId, ObservedPod] = field(default_factory=dict)
    faults: list[Injection] = field(default_factory=list)
    _ports: dict[tuple[Protocol, int], PodId] = field(default_factory=dict)
    _next_port: int = FIRST_PORT

    def snapshot(self) -> Snapshot:
        return Snapshot(tuple(sorted(self.images)), tuple(self.pods.values()), tuple(self.faults))

    def restore(self, snapshot: Snapshot) -> None:
        self.images.update(snapshot.images)
        self.faults.extend(snapshot.faults)
        for pod in snapshot.pods:
            self.put(pod)

    def create(self, request: PodRequest, now: float) -> SimPod:
        """A pod that was never started yet. Raises `Permanent` (PortInUse)."""
        pod_id, main = request.id, request.template.containers[0]
        texture = f"{self.seed}|{pod_id.app}|{pod_id.slot}|{pod_id.attempt}|{now}"
        observed = ObservedPod(
            id=pod_id,
            template_hash=request.template_hash,
            phase=PodPhase.PENDING,
            ready=False,
            image=main.image,
            runtime_id=f"{dice(texture, 'id').getrandbits(48):012x}",
            created_at=now,
            ports=tuple(self._publish(request)),
        )
        limits = main.resources.limits
        pod = SimPod(
            observed, texture, family(main.image), read_script(main), limits.cpu_millicores, limits.memory_bytes
        )
        self.put(pod)
        return pod

    def put(self, pod: SimPod) -> None:
        self.pods[pod.id] = pod
        self.shown[pod.id] = pod.observed
        for port in pod.observed.ports:
            self._ports[port.protocol, port.host_port] = pod.id

    def end(self, pod: SimPod, how: ExitInfo, at: float, words: tuple[str, ...] = ()) -> None:
        """Its process is over and its ports are free; the attempt stays to be looked at until it is removed."""
        self._free(pod)
        phase = PodPhase.SUCCEEDED if how.code == 0 else PodPhase.FAILED
        observed = replace(pod.observed, phase=phase, ready=False, finished_at=at, exit=how, ports=())
        self.put(replace(pod, observed=observed, ends_at=None, last_words=words))

    def drop(self, pod_id: PodId) -> bool:
        """Whether it was there."""
        pod = self.pods.pop(pod_id, None)
        if pod is None:
            return False
        del self.shown[pod_id]
        self._free(pod)
        return True

    def _free(self, pod: SimPod) -> None:
        for port in pod.observed.ports:
            self._ports.pop((port.protocol, port.host_port), None)

    def _publish(self, request: PodRequest) -> Iterator[PublishedPort]:
        for container in request.template.containers:
            for port in container.ports:
                if port.protocol is not Protocol.SCTP or port.container_port in request.host_ports:
                    number = self._host_port(port, request.host_ports.get(port.container_port))
                    yield PublishedPort(port.container_port, HOST, number, port.protocol)

    def _host_port(self, port: Port, asked: int | None) -> int:
        if asked is None:
            return self._free_port(port.protocol)
        owner = self._ports.get((port.protocol, asked))
        if owner is not None:
            raise Permanent(
                f"Bind for {HOST}:{asked} failed: port is already allocated (by {owner.name} of {owner.app})",
                reason="PortInUse",
            )
        return asked

    def _free_port(self, protocol: Protocol) -> int:
        """The next number that is free; numbers given back are used again only after all others."""
        for _ in range(FIRST_PORT, LAST_PORT + 1):
            number = self._next_port
            self._next_port = FIRST_PORT if number >= LAST_PORT else number + 1
            if (protocol, number) not in self._ports:
                return number
        raise Permanent(f"no free port between {FIRST_PORT} and {LAST_PORT} is left", reason="PortInUse")
