"""The pretended machine: the world as time and faults go over it. The verbs are in `runtime`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from app.core.errors import InvalidInput, NotFound, Unreachable
from app.core.pods import Capacity, ExitInfo, PodId
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.news import News
from app.runtimes.simulator.pod import SimContainer, SimPod
from app.runtimes.simulator.reading import full_at
from app.runtimes.simulator.saved import Saver, WorldFile
from app.runtimes.simulator.script import ending
from app.runtimes.simulator.world import World


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
        self._unarmed = [pod.id for pod in self.world.pods.values() if pod.due]

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
        if injection.fault is Fault.BALANCER_DOWN:
            return self._unbalance(injection)
        if injection.fault.once:
            return self._strike(injection)
        self._set_faults([*(other for other in self.world.faults if not other.same_target(injection)), injection])
        if injection.fault is Fault.RUNTIME_DOWN:
            self.news.end(unreachable())
        if injection.fault is not Fault.CRASH_LOOP:
            return ()
        return tuple(found.id for found in self.world.pods.values() if found.running and injection.hits(found.id))

    def remove(self, injections: Iterable[Injection]) -> None:
        """These very faults end, and no other."""
        gone = list(injections)
        self._set_faults([one for one in self.world.faults if one not in gone])

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
            planned = self.scheduled(pod) if pod.exit is None else pod
            if planned != pod:
                self.world.put(planned)
                self.arm(pod.id)
        self.save()

    def _strike(self, injection: Injection) -> tuple[PodId, ...]:
        if injection.app is None and injection.pod is None:
            raise InvalidInput(f"the fault {injection.fault} needs an app or a pod to hit", field="app")
        hit = [
            (pod, container)
            for pod in self.world.pods.values()
            if injection.hits(pod.id) and (container := pod.container(injection.container)) and container.running
            if pod.running or injection.fault is not Fault.DRIFT
        ]
        if not hit:
            raise NotFound(f"nothing runs that the fault {injection.fault} could hit")
        for pod, container in hit:
            if injection.fault is Fault.DRIFT:
                found = injection.drift(container.name if len(pod.members) > 1 else "")
                others = (one for one in pod.drift if one.field != found.field)
                self.put(replace(pod, drift=(*others, found)))
            else:
                how = _END[injection.fault](injection.exit_code)
                self._end(pod, container.name, how, self._clock.now(), injection.message)
        return tuple(pod.id for pod, _ in hit)

    def _unbalance(self, injection: Injection) -> tuple[PodId, ...]:
        if injection.app is None and injection.service is None:
            raise InvalidInput(f"the fault {injection.fault} needs an app or a service to hit", field="service")
        found = [one for one in self.world.balancers.values() if one.running and one.hit_by(injection)]
        if not found:
            raise NotFound(f"nothing runs that the fault {injection.fault} could hit")
        for balancer in found:
            self.world.balancers[balancer.request.service] = replace(balancer, running=False)
        self.save()
        return ()

    def lasting(self, fault: Fault, pod: PodId | None = None) -> Injection | None:
        """The fault of this kind that hits the pod; the newest where several do."""
        return next(
            (each for each in reversed(self.world.faults) if each.fault is fault and (pod is None or each.hits(pod))),
            None,
        )

    def capacity(self, whole: Capacity) -> Capacity:
        """What is left of the host's by the faults."""
        full = self.lasting(Fault.HOST_FULL)
        if full is None:
            return whole
        cpu, memory = full.cpu_millicores, full.memory_bytes
        if cpu is None and memory is None:
            cpu = memory = 0
        return replace(
            whole,
            cpu_millicores=whole.cpu_millicores if cpu is None else cpu,
            memory_bytes=whole.memory_bytes if memory is None else memory,
        )

    # -- ends, news and the file

    def begin(self, pod: SimPod) -> SimPod:
        """The pod's next step, with the ends it has in store."""
        begun = self.scheduled(self.world.begin(pod, self._clock.now()))
        self.put(begun)
        self.arm(begun.id)
        return begun

    def put(self, pod: SimPod) -> None:
        self.world.put(pod)
        self.changed(pod.id)

    def close(self, pod: SimPod, how: ExitInfo) -> None:
        """All of the pod is ended from outside."""
        self.world.close(pod, how, self._clock.now())
        self.arm(pod.id)
        self.changed(pod.id)

    def scheduled(self, pod: SimPod) -> SimPod:
        """The pod with the ends that the scripts of what runs in it and the faults have in store for it."""
        loop = self.lasting(Fault.CRASH_LOOP, pod.id)
        looping = pod.container(loop.container) if loop else None
        return pod.each(lambda one: self._scheduled(one, loop if one is looping else None) if one.running else one)

    def _scheduled(self, container: SimContainer, loop: Injection | None) -> SimContainer:
        started, script = container.started_at or 0.0, container.script
        ends = [] if script.seconds is None else [(started + script.seconds, script.exit_code)]
        if loop is not None:
            ends.append((max(self._clock.now(), started + loop.delay), loop.exit_code))
        if container.starved:
            ends.append((started + STARVED_AFTER_SECONDS, OOM.code or 0))
        if container.leaks:
            ends.append((full_at(container), OOM.code or 0))
        ends_at, exit_code = min(ends, default=(None, 0))
        return replace(container, ends_at=ends_at, exit_code=exit_code)

    def arm(self, pod_id: PodId) -> None:
        """Makes the pod's next end happen when it should; on a later call where no event loop runs yet."""
        if (task := self._ends.pop(pod_id, None)) is not None:
            task.cancel()
        pod = self.world.pods.get(pod_id)
        due = pod.due if pod else None
        if due is None or due.ends_at is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._unarmed.append(pod_id)
            return
        self._ends[pod_id] = loop.create_task(self._end_at(pod_id, due.ends_at), name=f"simulator: end {pod_id.name}")

    async def _end_at(self, pod_id: PodId, at: float) -> None:
        await self._clock.sleep(at - self._clock.now())
        del self._ends[pod_id]
        self._finish_one(self.world.pods[pod_id])

    def _finish_one(self, pod: SimPod) -> None:
        """The next of its containers ends, at the time it should."""
        if (due := pod.due) is not None:
            loop = self.lasting(Fault.CRASH_LOOP, pod.id)
            message = loop.message if loop and pod.container(loop.container) is due else ""
            starved = due.starved or due.leaks
            how = OOM if starved and due.exit_code == OOM.code else ending(due.exit_code)
            self._end(pod, due.name, how, due.ends_at or 0.0, message)

    def _end(self, pod: SimPod, container: str, how: ExitInfo, at: float, message: str) -> None:
        self.world.end(pod, container, how, at, tuple(message.splitlines()))
        self.arm(pod.id)
        self.changed(pod.id)

    def reach(self) -> None:
        """Raises `Unreachable` while the runtime is down."""
        if self.lasting(Fault.RUNTIME_DOWN):
            raise unreachable()
        while self._unarmed:
            pod_id = self._unarmed.pop()
            while (pod := self.world.pods.get(pod_id)) and pod.due and (pod.due.ends_at or 0.0) <= self._clock.now():
                self._finish_one(pod)
            self.arm(pod_id)

    def changed(self, pod: PodId) -> None:
        self.news.tell(pod)
        self.save()

    def save(self) -> None:
        if self._saver is not None:
            self._saver.changed()


OOM = ExitInfo(137, "OOMKilled", oom_killed=True)
STARVED_AFTER_SECONDS = 3.0

_END: dict[Fault, Callable[[int], ExitInfo]] = {
    Fault.CONTAINER_CRASH: ending,
    Fault.KILL: lambda _: ExitInfo(137, "Killed"),
    Fault.STOP: lambda _: ExitInfo(143, "Error"),
    Fault.OOM: lambda _: OOM,
}


def unreachable() -> Unreachable:
    return Unreachable("the simulator is down (fault runtime_down); clear the fault to go on")
