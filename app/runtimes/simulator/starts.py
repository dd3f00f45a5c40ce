"""Starting a pretended pod, step by step: one init container after the other, then all its containers at once."""

from __future__ import annotations

from app.core.errors import Permanent, Transient
from app.core.pods import ObservedPod, PodId, PodPhase, PodRequest
from app.ports.clock import Clock
from app.runtimes.simulator.faults import Fault
from app.runtimes.simulator.images import canonical
from app.runtimes.simulator.machine import Machine
from app.runtimes.simulator.output import dice
from app.runtimes.simulator.pod import SimPod

NO_GPU = 'could not select device driver "" with capabilities: [[gpu]]'


class Starts:
    """One call is one step, see `PodRuntime.start_pod`. `gpus` is how many the host has."""

    def __init__(self, machine: Machine, clock: Clock, gpus: int) -> None:
        self._machine = machine
        self._world = machine.world
        self._clock = clock
        self._gpus = gpus

    async def start(self, request: PodRequest) -> ObservedPod:
        self._machine.reach()
        pod = self._world.pods.get(request.id) or self._create(request)
        if pod.phase is not PodPhase.PENDING or pod.working:
            return self._world.shown[request.id]
        slow = self._machine.lasting(Fault.SLOW_START, request.id)
        quick = dice(self._world.seed, "start", request.id).uniform(0.1, 0.3)
        await self._clock.sleep(slow.delay if slow else quick)
        self._machine.reach()
        return self._step(request.id)

    def _create(self, request: PodRequest) -> SimPod:
        for image in request.template.images:
            if canonical(image) not in self._world.images:
                raise Permanent(f"No such image: {image}", reason="ImageNotPresent")
        if request.template.wants.gpus > self._gpus:
            raise Permanent(NO_GPU, reason="ContainerCannotRun")
        pod = self._world.create(request, self._clock.now())
        self._machine.changed(pod.id)
        return pod

    def _step(self, pod_id: PodId) -> ObservedPod:
        pod = self._world.pods.get(pod_id)
        if pod is None:
            raise Transient(f"{pod_id.name} was removed while it started", reason="PodRemoved")
        if pod.phase is PodPhase.PENDING and pod.working is None:
            self._refuse(pod)
            self._machine.begin(pod)
        return self._world.shown[pod_id]

    def _refuse(self, pod: SimPod) -> None:
        """Where the step cannot begin, the pod is gone."""
        fault = self._machine.lasting(Fault.START_ERROR, pod.id)
        refusals = [one.script.refusal for one in pod.next_steps if one.script.refusal]
        if fault is not None:
            refusals = [fault.message or 'exec: "entrypoint": permission denied: unknown']
        if refusals:
            self._world.drop(pod.id)
            self._machine.changed(pod.id)
            raise Permanent(f"unable to start container process: {refusals[0]}", reason="ContainerCannotRun")
