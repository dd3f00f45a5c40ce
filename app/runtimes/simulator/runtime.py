"""The simulator's verbs: `app.ports.runtime.PodRuntime` over a pretended world, in the clock's time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.core.errors import Permanent, Transient
from app.core.pods import (
    LogLine,
    ObservedPod,
    PodId,
    PodPhase,
    PodRequest,
    PodStats,
    PullProgress,
    RuntimeInfo,
)
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.images import canonical, says_absent, unknown_image
from app.runtimes.simulator.machine import Machine, unreachable
from app.runtimes.simulator.output import dice
from app.runtimes.simulator.reading import follow, lines, sample
from app.runtimes.simulator.world import SimPod

VERSION = "1"
PULL_STEPS = 5
MIB = 2**20


class Simulator:
    """Deterministic by `seed`: each duration, line and number is drawn from the seed and what it is about.

    With `state_path` the world is read from that file and written there within 0.2 s of each change. `faults` are in
    force from the start, as if injected.
    """

    name = "simulator"

    def __init__(
        self, clock: Clock, seed: int = 0, state_path: Path | None = None, faults: Iterable[Injection] = ()
    ) -> None:
        self._clock = clock
        self._machine = Machine(clock, seed, state_path, faults)
        self._world = self._machine.world

    # -- looking

    async def check(self) -> RuntimeInfo:
        self._machine.reach()
        running = sum(pod.running for pod in self._world.pods.values())
        detail = f"a pretended world, nothing runs for real: {len(self._world.pods)} containers, {running} running"
        return RuntimeInfo(self.name, VERSION, "; ".join([detail, *self._machine.warnings]))

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
        self._machine.reach()
        pod = self._world.pods.get(request.id) or self._create(request)
        if pod.observed.phase is not PodPhase.PENDING:
            return pod.observed
        slow = self._machine.lasting(Fault.SLOW_START, request.id)
        quick = dice(self._world.seed, "start", request.id).uniform(0.1, 0.3)
        await self._clock.sleep(slow.delay if slow else quick)
        self._machine.reach()
        return self._run(request.id)

    def _create(self, request: PodRequest) -> SimPod:
        for container in request.template.containers:
            if canonical(container.image) not in self._world.images:
                raise Permanent(f"No such image: {container.image}", reason="ImageNotPresent")
        pod = self._world.create(request, self._clock.now())
        self._machine.changed(pod.id)
        return pod

    def _run(self, pod_id: PodId) -> ObservedPod:
        pod = self._world.pods.get(pod_id)
        if pod is None:
            raise Transient(f"{pod_id.name} was removed while it started", reason="PodRemoved")
        if pod.observed.phase is not PodPhase.PENDING:
            return pod.observed
        fault = self._machine.lasting(Fault.START_ERROR, pod_id)
        refusal = (fault.message or 'exec: "entrypoint": permission denied: unknown') if fault else pod.script.refusal
        if refusal:
            self._world.drop(pod_id)
            self._machine.changed(pod_id)
            raise Permanent(f"unable to start container process: {refusal}", reason="ContainerCannotRun")
        now = self._clock.now()
        observed = replace(pod.observed, phase=PodPhase.RUNNING, ready=True, started_at=now)
        self._world.put(self._machine.scheduled(replace(pod, observed=observed)))
        self._machine.arm(pod_id)
        self._machine.changed(pod_id)
        return observed

    async def stop_pod(self, pod: PodId, grace_seconds: float) -> None:
        self._machine.reach()
        found = self._world.pods.get(pod)
        if found is not None and found.running:
            quick = dice(self._world.seed, "stop", pod).uniform(0.05, 0.15)
            grace = max(0.0, grace_seconds)
            await self._clock.sleep(grace if found.script.ignores_term else min(quick, grace))
        await self.remove_pod(pod)

    async def remove_pod(self, pod: PodId) -> None:
        self._machine.reach()
        if self._world.drop(pod):
            self._machine.arm(pod)
            self._machine.changed(pod)

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """Empty for a pod that is not there."""
        self._machine.reach()
        found = self._world.pods.get(pod)
        return lines(found, self._clock.now(), tail=tail, since=since) if found else ()

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncIterator[LogLine]:
        def look() -> SimPod | None:
            self._machine.reach()
            return self._world.pods.get(pod)

        return follow(look, self._clock, self._machine.news.subscribe(), tail)

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        self._machine.reach()
        now = self._clock.now()
        found = (self._world.pods.get(pod) for pod in pods)
        return {pod.id: sample(pod, now) for pod in found if pod is not None and pod.running}

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
    ) -> tuple[PodId, ...]:
        """Brings a fault into the world, see `Fault`; a lasting one replaces the same one on the same target.

        Returns the running pods that were hit at once. Raises `InvalidInput` for an unknown name or a one-off fault
        without `app` or `pod`, `NotFound` when nothing of that target runs.
        """
        return self._machine.inject(Injection(Fault.named(fault), app, pod, image, seconds, exit_code, message))

    def clear(self, fault: str | None = None, *, app: AppKey | None = None, pod: PodId | None = None) -> None:
        """Ends lasting faults: of this name, of this target, or all. What they broke stays broken."""
        self._machine.clear(None if fault is None else Fault.named(fault), app, pod)
