"""Faults by name on the simulator: `app.ports.chaos.FaultRuntime` over the pretended world. It can do all of them.

A pretended process reads neither its variables nor its files, so where a real one would stumble over a wrong setting
this one is given a command that stumbles in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import InvalidInput, NotFound, Permanent
from app.core.experiments import Injection as Wanted
from app.core.experiments import Token
from app.core.faults import FaultName
from app.core.objects import ObjectKey
from app.core.spec import AppSpec, Claim, EmptyDir, Protocol
from app.core.spoiling import SLOW_SECONDS, spoiled, with_container
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.machine import Machine
from app.runtimes.simulator.pod import NETWORK, PAUSED, SimPod

CRASH = "panic: runtime error: invalid memory address or nil pointer dereference"
SKEW_SECONDS = 7200.0
PRESSURE_CPU, PRESSURE_MEMORY = 4000, 2**30
"""More than any pretended process is given, so that it is its limit that counts."""
EXPERIMENT_ANNOTATION = "kubelite.io/experiment"
PATIENCE_SECONDS = 2.0
"""How long a client waits for an answer."""

_ONCE = {
    FaultName.CONTAINER_CRASH: Fault.CONTAINER_CRASH,
    FaultName.KILL: Fault.KILL,
    FaultName.STOP: Fault.STOP,
    FaultName.OUT_OF_MEMORY: Fault.OOM,
    FaultName.PAUSE: Fault.DRIFT,
    FaultName.NETWORK_CUT: Fault.DRIFT,
}
"""What happens at once to the chosen replicas."""
_FIELD = {FaultName.PAUSE: PAUSED, FaultName.NETWORK_CUT: NETWORK}
_LASTING: Mapping[FaultName, dict[str, Any]] = {
    FaultName.MEMORY_PRESSURE: {"fault": Fault.LOAD, "memory_bytes": PRESSURE_MEMORY},
    FaultName.CPU_PRESSURE: {"fault": Fault.LOAD, "cpu_millicores": PRESSURE_CPU},
    FaultName.NETWORK_DELAY: {"fault": Fault.NETWORK_DELAY, "seconds": PATIENCE_SECONDS},
    FaultName.DISK_FILL: {"fault": Fault.CRASH_LOOP, "message": "write /data/app.db: no space left on device"},
    FaultName.CLOCK_SKEW: {"fault": Fault.CLOCK_SKEW, "seconds": SKEW_SECONDS},
}
"""What stays until it is cleared, of each chosen slot."""


class SimChaos:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._world = machine.world

    def faults(self) -> Mapping[FaultName, str]:
        return dict.fromkeys(FaultName, "")

    async def prepare(self, injection: Wanted, spec: AppSpec) -> Token:
        if injection.fault is FaultName.DISK_FILL and not _has_volume(spec):
            raise InvalidInput(f"disk_fill fills a volume of the app, and {spec.name} has none", field="kind")
        if injection.fault is FaultName.PORT_CONFLICT:
            return Token(data={"port": self._free_port()})
        return Token()

    def spoil(self, injection: Wanted, spec: AppSpec, token: Token) -> AppSpec | None:
        match injection.fault:
            case FaultName.CONFIG_ERROR:
                names = [variable.name for variable in spec.container.env]
                name = names[0] if names else "DATABASE_URL"
                return _stumbling(spec, f"Error: required environment variable {name} is not set")
            case FaultName.PERMISSION_DENIED:
                return _stumbling(spec, "Error: open /var/lib/app/state: permission denied")
            case FaultName.SLOW_START:
                return _again(spec, injection.id)
            case fault:
                return spoiled(fault, spec, host_port=token.data.get("port"))

    async def inject(self, injection: Wanted, token: Token) -> None:
        if injection.fault is FaultName.PORT_CONFLICT:
            self._world.ports.hold(_holder(injection), Protocol.TCP, token.data["port"])
        for lasting in _lasting(injection):
            self._machine.inject(lasting)
        if injection.fault in _ONCE:
            for slot in injection.slots:
                self._strike(injection, slot)

    async def clear(self, injection: Wanted, token: Token) -> None:
        if port := token.data.get("port"):
            self._world.ports.free(_holder(injection), [(Protocol.TCP, port)])
        self._machine.remove(_lasting(injection))
        if field := _FIELD.get(injection.fault):
            self._mend(injection, field)

    async def request(self, url: str) -> bool:
        """By the pod or the balancer that has the port: what runs answers, also while nobody can ask the runtime."""
        port = urlsplit(url).port
        for balancer in self._world.balancers.values():
            if port in balancer.host_ports.values() and balancer.running:
                behind = (self._world.pods.get(one.pod) for one in balancer.endpoints)
                return any(pod is not None and self._answers(pod) for pod in behind)
        holders = (pod for pod in self._world.pods.values() if any(one.host_port == port for one in pod.ports))
        return any(self._answers(pod) for pod in holders)

    def _answers(self, pod: SimPod) -> bool:
        if not pod.running or pod.drifted(PAUSED) or pod.drifted(NETWORK):
            return False
        silent = (Fault.UNHEALTHY, Fault.NETWORK_DELAY)
        return not any(
            one.fault in silent and one.hits(pod.id) and (one.fault is Fault.UNHEALTHY or one.delay >= PATIENCE_SECONDS)
            for one in self._world.faults
        )

    def _strike(self, injection: Wanted, slot: int) -> None:
        message = CRASH if injection.fault is FaultName.CONTAINER_CRASH else ""
        fault, field = _ONCE[injection.fault], _FIELD.get(injection.fault, "")
        try:
            self._machine.inject(Injection(fault, app=injection.app, slot=slot, message=message, field=field))
        except NotFound as error:
            raise Permanent(f"{injection.app.name}-{slot} does not run any more", reason="FaultFailed") from error

    def _mend(self, injection: Wanted, field: str) -> None:
        for pod in list(self._world.pods.values()):
            if pod.id.app == injection.app and pod.id.slot in injection.slots and pod.drifted(field):
                self._machine.put(pod.without_drift(field))

    def _free_port(self) -> int:
        holder = ObjectKey("Port", "chaos", "look")
        port = self._world.ports.take(holder, Protocol.TCP, None)
        self._world.ports.free(holder, [(Protocol.TCP, port)])
        return port


def _lasting(injection: Wanted) -> list[Injection]:
    """The same for the same injection, so that a later process finds them again."""
    if injection.fault is FaultName.SLOW_START:
        return [Injection(Fault.SLOW_START, app=injection.app, seconds=SLOW_SECONDS)]
    if injection.fault is FaultName.ENGINE_DOWN:
        return [Injection(Fault.RUNTIME_DOWN)]
    if injection.fault is FaultName.DEPENDENCY_DOWN:
        name = injection.dependency.name if injection.dependency is not None else "database"
        words = f"Error: could not connect to {name}: Connection refused"
        return [Injection(Fault.CRASH_LOOP, app=injection.app, message=words)]
    kind = _LASTING.get(injection.fault)
    return [Injection(app=injection.app, slot=slot, **kind) for slot in injection.slots] if kind else []


def _stumbling(spec: AppSpec, words: str) -> AppSpec:
    return with_container(spec, {"command": ("sh", "-c", f"echo '{words}'; exit 1"), "args": ()})


def _again(spec: AppSpec, mark: str) -> AppSpec:
    """The same in every respect, and yet all its replicas start anew."""
    annotations = {**spec.template.annotations, EXPERIMENT_ANNOTATION: mark}
    return spec.model_copy(update={"template": spec.template.model_copy(update={"annotations": annotations})})


def _has_volume(spec: AppSpec) -> bool:
    return any(isinstance(one.source, Claim | EmptyDir) for one in spec.template.volumes)


def _holder(injection: Wanted) -> ObjectKey:
    return ObjectKey("Port", "chaos", injection.id)
