"""What a probe of a pretended container sees: it is well, unless a fault, its script or the question says otherwise."""

from __future__ import annotations

from app.core.pods import ProbeOutcome
from app.core.template import Exec, HttpGet, Probe
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.images import says_absent
from app.runtimes.simulator.pod import NETWORK, PAUSED, SimContainer, SimPod
from app.runtimes.simulator.script import read_words

REFUSED = "connection refused"


def outcome(pod: SimPod | None, name: str, probe: Probe, faults: list[Injection], now: float) -> ProbeOutcome:
    """One probe of the container `name`; `faults` are those that are in force."""
    container = None if pod is None else pod.container(name)
    if pod is None or container is None or not container.running:
        return ProbeOutcome(False, "the container does not run")
    if pod.drifted(PAUSED):
        return ProbeOutcome(False, "the container is paused")
    if pod.drifted(NETWORK) and not isinstance(probe.handler, Exec):
        return ProbeOutcome(False, "the container has no address in its network")
    ran = now - (container.started_at or now)
    for fault in reversed(faults):
        if fault.hits(pod.id) and fault.container in (None, name) and _fails(fault, container, probe, ran):
            return ProbeOutcome(False, fault.message or _seen(fault, probe))
    if _unwell(container, probe, ran):
        return ProbeOutcome(False, _sick(probe))
    return _answer(container, probe)


def _fails(fault: Injection, container: SimContainer, probe: Probe, ran: float) -> bool:
    if fault.fault is Fault.UNHEALTHY:
        return ran >= fault.delay
    if fault.fault is Fault.NETWORK_DELAY:
        return fault.delay >= probe.timeout_seconds and not isinstance(probe.handler, Exec)
    return fault.fault is Fault.NOT_READY and _asks_for_readiness(container, probe)


def _asks_for_readiness(container: SimContainer, probe: Probe) -> bool:
    return probe == container.readiness or probe not in (container.liveness, container.startup)


def _unwell(container: SimContainer, probe: Probe, ran: float) -> bool:
    script = container.script
    if script.unhealthy_after is not None and ran >= script.unhealthy_after:
        return True
    return ran < script.unready_until and (probe == container.startup or _asks_for_readiness(container, probe))


def _seen(fault: Injection, probe: Probe) -> str:
    return f"no answer within {probe.timeout_seconds} s" if fault.fault is Fault.NETWORK_DELAY else _sick(probe)


def _sick(probe: Probe) -> str:
    if isinstance(probe.handler, Exec):
        return "exit code 1"
    return "HTTP 503" if isinstance(probe.handler, HttpGet) else REFUSED


def _answer(container: SimContainer, probe: Probe) -> ProbeOutcome:
    if isinstance(probe.handler, Exec):
        return _executed(probe.handler, probe.timeout_seconds)
    if container.script.understood or container.script.listens_on not in (None, probe.handler.port):
        return ProbeOutcome(False, REFUSED)
    if isinstance(probe.handler, HttpGet):
        absent = says_absent(probe.handler.path)
        return ProbeOutcome(not absent, "HTTP 404" if absent else "HTTP 200")
    return ProbeOutcome(True, "connected")


def _executed(handler: Exec, timeout: int) -> ProbeOutcome:
    """A command is read as a container's is; one that is not known succeeds."""
    script = read_words(handler.command)
    if script.refusal:
        return ProbeOutcome(False, script.refusal)
    if script.understood and (script.seconds is None or script.seconds >= timeout):
        return ProbeOutcome(False, f"the command did not end within {timeout} s")
    said = f": {script.says[0][1]}" if script.says else ""
    return ProbeOutcome(script.exit_code == 0, f"exit code {script.exit_code}{said}")
