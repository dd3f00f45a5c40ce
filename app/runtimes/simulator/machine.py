"""The pretended machine: the world as time and faults go over it. The verbs are in `runtime`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from app.core.errors import InvalidInput, NotFound, Unreachable
from app.core.pods import ExitInfo, PodId
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.news import News
from app.runtimes.simulator.saved import Saver, WorldFile
from app.runtimes.simulator.script import ending
from app.runtimes.simulator.world import SimPod, World


class Machine:
    """World, news and file kept together: whoever changes a pod goes through here."""

    def __init__(self, clock: Clock, seed: int, state_path: Path | None, faults: Iterable[Injection]) -> None:
        self.world = World(seed)
        self.news = News()
        self._clock = clock
        self._ends: dict[PodId, asyncio.Task[None]] = {}
        self._saver: Saver | None = None
        self._loaded = ""
        if state_path is not None:
            file = WorldFile(state_path)
            snapshot, self._loaded = file.load()
            self.world.restore(snapshot)
            self._saver = Saver(file, clock, self.world.snapshot)
        self.world.faults.extend(faults)
        self._unarmed = [pod.id for pod in self.world.pods.values() if pod.ends_at is not None]

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the world's file, in sentences."""
        return [text for text in (self._loaded, self._saver.warning if self._saver else "") if text]

    async def aclose(self) -> None:
        """Ends the watches and writes the world down."""
        ends, self._ends = list(self._ends.values()), {}
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)
        self.news.end()
        if self._saver is not None:
            await self._saver.aclose()

    # -- faults

    def inject(self, injection: Injection) -> tuple[PodId, ...]:
        """See `Simulator.inject`."""
        if injection.fault.once:
            return self._strike(injection)
        kept = [other for other in self.world.faults if not other.same_target(injection)]
        self._set_faults([*kept, injection])
        if injection.fault is Fault.RUNTIME_DOWN:
            self.news.end(unreachable())
        if injection.fault is not Fault.CRASH_LOOP:
            return ()
        return tuple(found.id for found in self.world.pods.values() if found.running and injection.hits(found.id))

    def clear(self, name: Fault | None, app: AppKey | None, pod: PodId | None) -> None:
        """See `Simulator.clear`."""
        self._set_faults(
            [
                other
                for other in self.world.faults
                if name not in (None, other.fault) or app not in (None, other.app) or pod not in (None, other.pod)
            ]
        )

    def _set_faults(self, faults: list[Injection]) -> None:
        self.world.faults = faults
        for pod in list(self.world.pods.values()):
            planned = self.scheduled(pod) if pod.running else pod
            if planned != pod:
                self.world.put(planned)
                self.arm(pod.id)
        self.save()

    def _strike(self, injection: Injection) -> tuple[PodId, ...]:
        if injection.app is None and injection.pod is None:
            raise InvalidInput(f"the fault {injection.fault} needs an app or a pod to hit", field="app")
        hit = [pod for pod in self.world.pods.values() if pod.running and injection.hits(pod.id)]
        if not hit:
            raise NotFound(f"nothing runs that the fault {injection.fault} could hit")
        for pod in hit:
            self._end(pod, _END[injection.fault](injection.exit_code), self._clock.now(), injection.message)
        return tuple(pod.id for pod in hit)

    def lasting(self, fault: Fault, pod: PodId | None = None) -> Injection | None:
        """The fault of this kind that hits the pod; the newest where several do."""
        return next(
            (each for each in reversed(self.world.faults) if each.fault is fault and (pod is None or each.hits(pod))),
            None,
        )

    # -- ends, news and the file

    def scheduled(self, pod: SimPod) -> SimPod:
        """The running pod with the end that its script and the faults have in store for it."""
        started = pod.observed.started_at or 0.0
        ends = [] if pod.script.seconds is None else [(started + pod.script.seconds, pod.script.exit_code)]
        if (loop := self.lasting(Fault.CRASH_LOOP, pod.id)) is not None:
            ends.append((max(self._clock.now(), started + loop.delay), loop.exit_code))
        ends_at, exit_code = min(ends, default=(None, 0))
        return replace(pod, ends_at=ends_at, exit_code=exit_code)

    def arm(self, pod_id: PodId) -> None:
        """Makes the pod end when it should; on a later call where no event loop runs yet."""
        if (task := self._ends.pop(pod_id, None)) is not None:
            task.cancel()
        pod = self.world.pods.get(pod_id)
        if pod is None or pod.ends_at is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._unarmed.append(pod_id)
            return
        self._ends[pod_id] = loop.create_task(self._end_at(pod_id, pod.ends_at), name=f"simulator: end {pod_id.name}")

    async def _end_at(self, pod_id: PodId, at: float) -> None:
        await self._clock.sleep(at - self._clock.now())
        del self._ends[pod_id]
        self._finish(self.world.pods[pod_id], at)

    def _finish(self, pod: SimPod, at: float) -> None:
        loop = self.lasting(Fault.CRASH_LOOP, pod.id)
        self._end(pod, ending(pod.exit_code), at, loop.message if loop else "")

    def _end(self, pod: SimPod, how: ExitInfo, at: float, message: str) -> None:
        self.world.end(pod, how, at, tuple(message.splitlines()))
        self.arm(pod.id)
        self.changed(pod.id)

    def reach(self) -> None:
        """Raises `Unreachable` while the runtime is down."""
        if self.lasting(Fault.RUNTIME_DOWN):
            raise unreachable()
        while self._unarmed:
            pod = self.world.pods.get(self._unarmed.pop())
            if pod is not None and pod.ends_at is not None and pod.ends_at <= self._clock.now():
                self._finish(pod, pod.ends_at)
            elif pod is not None:
                self.arm(pod.id)

    def changed(self, pod: PodId) -> None:
        self.news.tell(pod)
        self.save()

    def save(self) -> None:
        if self._saver is not None:
            self._saver.changed()


_END: dict[Fault, Callable[[int], ExitInfo]] = {
    Fault.CONTAINER_CRASH: ending,
    Fault.KILL: lambda _: ExitInfo(137, "Killed"),
    Fault.OOM: lambda _: ExitInfo(137, "OOMKilled", oom_killed=True),
}


def unreachable() -> Unreachable:
    return Unreachable("the simulator is down (fault runtime_down); clear the fault to go on")
