"""The simulator's verbs: `app.ports.runtime.PodRuntime` over a pretended world, in the clock's time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.errors import Permanent, Transient
from app.core.objects import ObjectKey
from app.core.pods import (
    Capacity,
    ExitInfo,
    LogLine,
    ObservedPod,
    PodId,
    PodRequest,
    PodStats,
    ProbeOutcome,
    PullProgress,
    RuntimeInfo,
)
from app.core.spec import AppKey
from app.core.template import Probe
from app.ports.clock import Clock
from app.runtimes.simulator.balancers import SimServices
from app.runtimes.simulator.chaos import SimChaos
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.images import canonical, says_absent, unknown_image
from app.runtimes.simulator.machine import Machine, unreachable
from app.runtimes.simulator.output import dice
from app.runtimes.simulator.pod import KILLED, SimPod
from app.runtimes.simulator.probing import outcome
from app.runtimes.simulator.reading import follow, lines, samples, skewed
from app.runtimes.simulator.starts import Starts

VERSION = "2"
PULL_STEPS = 5
MIB = 2**20
TERMINATED = ExitInfo(143, "Error")
"""How a process ends that obeys SIGTERM and has nothing to say about it."""
CAPACITY = Capacity(cpu_millicores=4000, memory_bytes=8 * 1024 * MIB)


class Simulator:
    """Deterministic by `seed`: each duration, line and number is drawn from the seed and what it is about.

    With `state_path` the world is read from that file and written there within 0.2 s of each change. `faults` are in
    force from the start, as if injected. `capacity` is what `check` says of the host: the engine keeps to it, nothing
    here enforces it.
    """

    name = "simulator"

    def __init__(
        self,
        clock: Clock,
        seed: int = 0,
        state_path: Path | None = None,
        faults: Iterable[Injection] = (),
        *,
        capacity: Capacity = CAPACITY,
    ) -> None:
        self._clock = clock
        self._capacity = capacity
        self._machine = Machine(clock, seed, state_path, faults)
        self._world = self._machine.world
        self._starts = Starts(self._machine, clock, capacity.gpus)
        self._services = SimServices(self._world, clock, self._machine.reach, self._machine.save)
        self._chaos = SimChaos(self._machine)

    @property
    def services(self) -> SimServices:
        return self._services

    @property
    def chaos(self) -> SimChaos:
        """Faults by the names that all runtimes share; `inject` and `clear` are the levers beneath."""
        return self._chaos

    # -- looking

    async def check(self) -> RuntimeInfo:
        self._machine.reach()
        running = sum(pod.running for pod in self._world.pods.values())
        detail = f"a pretended world, nothing runs for real: {len(self._world.pods)} containers, {running} running"
        words = "; ".join([detail, *self._machine.warnings])
        return RuntimeInfo(self.name, VERSION, words, self._machine.capacity(self._capacity))

    async def list_pods(self) -> Sequence[ObservedPod]:
        self._machine.reach()
        return list(self._world.shown.values())

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        self._machine.reach()
        return self._world.shown.get(pod)

    def watch(self) -> AsyncIterator[PodId]:
        """Subscribed when this returns."""
        subscription = self._machine.news.subscribe()
        if self._machine.lasting(Fault.RUNTIME_DOWN):
            subscription.end(unreachable())
        return subscription.stream()

    # -- images

    async def has_image(self, image: str) -> bool:
        self._machine.reach()
        return canonical(image) in self._world.images

    async def pull_image(self, image: str, progress: Callable[[PullProgress], None]) -> None:
        self._machine.reach()
        reference = canonical(image)
        roll = dice(self._world.seed, "pull", reference)
        total, seconds = roll.randint(20 * MIB, 200 * MIB), roll.uniform(0.2, 0.6)
        for step in range(PULL_STEPS):
            if reference not in self._world.images:
                progress(PullProgress(image, total * step // PULL_STEPS, total, "Downloading"))
                await self._clock.sleep(seconds / PULL_STEPS)
                self._machine.reach()
                self._refuse_pull(image, reference)
        progress(PullProgress(image, total, total, "Pull complete"))
        self._world.images.add(reference)
        self._machine.save()

    def _refuse_pull(self, image: str, reference: str) -> None:
        for fault in self._world.faults:
            if fault.fault is Fault.IMAGE_PULL_ERROR and (not fault.image or canonical(fault.image) == reference):
                raise Permanent(fault.message or f"pulling {image} failed: unexpected EOF", reason="ErrImagePull")
        if says_absent(image):
            raise unknown_image(image)

    # -- pods

    async def start_pod(self, request: PodRequest) -> ObservedPod:
        return await self._starts.start(request)

    async def stop_pod(self, pod: PodId, grace_seconds: float, *, keep: bool = False) -> None:
        self._machine.reach()
        found = self._world.pods.get(pod)
        running = [one for one in found.containers if one.running] if found else []
        keep = keep and found is not None and any(one.started_at is not None for one in found.containers)
        stubborn = any(one.script.ignores_term for one in running)
        if running:
            quick = dice(self._world.seed, "stop", pod).uniform(0.05, 0.15)
            grace = max(0.0, grace_seconds)
            await self._clock.sleep(grace if stubborn else min(quick, grace))
        if not keep:
            await self.remove_pod(pod)
            return
        self._machine.reach()
        found = self._world.pods.get(pod)
        if found is not None and found.exit is None:
            self._machine.close(found, KILLED if stubborn or grace_seconds <= 0 else TERMINATED)

    async def repair_pod(self, request: PodRequest) -> ObservedPod:
        self._machine.reach()
        found = self._world.pods.get(request.id)
        if found is None or not found.running:
            raise Permanent(f"{request.id.name} does not run, so it cannot be mended in place", reason="RepairFailed")
        left = tuple(one for one in found.drift if not one.in_place)
        if left != found.drift:
            self._machine.put(replace(found, drift=left))
        return self._world.shown[request.id]

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        self._machine.reach()
        return outcome(self._world.pods.get(pod), container, probe, self._world.faults, self._clock.now())

    async def remove_volume(self, namespace: str, claim: str) -> None:
        self._machine.reach()
        if users := self._world.users((namespace, claim)):
            raise Transient(f"the volume of {namespace}/{claim} is in use by {users[0].id.name}", reason="VolumeInUse")
        if (namespace, claim) in self._world.volumes:
            self._world.volumes.remove((namespace, claim))
            self._machine.save()

    async def remove_pod(self, pod: PodId) -> None:
        self._machine.reach()
        if self._world.drop(pod):
            self._machine.arm(pod)
            self._machine.changed(pod)

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """Empty for a pod that is not there."""
        self._machine.reach()
        found = self._world.pods.get(pod)
        if found is None:
            return ()
        skew = self._machine.lasting(Fault.CLOCK_SKEW, pod)
        return skewed(lines(found, self._clock.now(), tail=tail, since=since), skew.delay if skew else 0.0)

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncIterator[LogLine]:
        def look() -> SimPod | None:
            self._machine.reach()
            return self._world.pods.get(pod)

        return follow(look, self._clock, self._machine.news.subscribe(), tail)

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        self._machine.reach()
        present = self._world.pods
        wanted = (present[pod] for pod in pods if pod in present)
        return {
            pod.id: usage for pod, usage in samples(wanted, present.values(), self._world.faults, self._clock.now())
        }

    async def aclose(self) -> None:
        """Ends the watches and writes the world down."""
        await self._machine.aclose()

    # -- faults

    def inject(
        self,
        fault: str,
        *,
        app: AppKey | None = None,
        pod: PodId | None = None,
        image: str | None = None,
        seconds: float | None = None,
        exit_code: int = 1,
        message: str = "",
        container: str | None = None,
        service: ObjectKey | None = None,
        cpu_millicores: int | None = None,
        memory_bytes: int | None = None,
        field: str = "",
        found: str = "",
        wanted: str = "",
        in_place: bool | None = None,
        slot: int | None = None,
    ) -> tuple[PodId, ...]:
        """Brings a fault into the world, see `Fault`; a lasting one replaces the same one on the same target.

        Returns the running pods that were hit at once. Raises `InvalidInput` for an unknown name or a one-off fault
        without a target, `NotFound` when nothing of that target runs.
        """
        return self._machine.inject(
            Injection(
                Fault.named(fault),
                app=app,
                pod=pod,
                image=image,
                seconds=seconds,
                exit_code=exit_code,
                message=message,
                container=container,
                service=service,
                cpu_millicores=cpu_millicores,
                memory_bytes=memory_bytes,
                field=field,
                found=found,
                wanted=wanted,
                in_place=in_place,
                slot=slot,
            )
        )

    def clear(self, fault: str | None = None, *, app: AppKey | None = None, pod: PodId | None = None) -> None:
        """Ends lasting faults: of this name, of this target, or all. What they broke stays broken."""
        self._machine.clear(None if fault is None else Fault.named(fault), app, pod)
