"""Probes as sums: from single outcomes to "ready" and "unhealthy", with Kubernetes' rules and numbers. Pure.

As the kubelet's probe worker: a verdict needs `failureThreshold` or `successThreshold` equal outcomes in a row; a
container is not ready until its readiness probe passed and is live until its liveness probe failed; while it has a
startup probe that has not passed, the two others wait. Delays count from the start of the replica.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.pods import ProbeOutcome
from app.core.template import Container, HttpGet, PodTemplate, Probe, TcpSocket

MESSAGE_CHARS = 200
SPREAD = 0.618
"""Shares of a period by slot (the golden ratio spreads evenly), so that replicas seen together are asked apart."""


class ProbeKind(StrEnum):
    STARTUP = "Startup"
    READINESS = "Readiness"
    LIVENESS = "Liveness"


@dataclass(frozen=True, slots=True)
class Check:
    """One probe of one container. `probe` has its port as a number, or the name that no port of the container has."""

    container: str
    kind: ProbeKind
    probe: Probe

    @property
    def unknown_port(self) -> str:
        handler = self.probe.handler
        return handler.port if isinstance(handler, HttpGet | TcpSocket) and isinstance(handler.port, str) else ""

    @property
    def needs_seconds(self) -> float:
        """How long after the start it has passed or failed for certain."""
        probe = self.probe
        times = probe.failure_threshold if self.kind is ProbeKind.STARTUP else probe.success_threshold
        return probe.initial_delay_seconds + times * probe.period_seconds + probe.timeout_seconds


@dataclass(frozen=True, slots=True)
class CheckState:
    """`passed` None = no verdict yet; `presumed` = taken for passed until the first outcome.

    `run` counts the latest equal outcomes (`last_ok`), `due` is when it is asked next (epoch seconds)."""

    due: float
    passed: bool | None = None
    presumed: bool = False
    last_ok: bool | None = None
    run: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Probing:
    """All probes of one replica. `changed_at`: when it became ready or unready, or its start where it never was."""

    states: Mapping[Check, CheckState]
    changed_at: float

    @property
    def ready(self) -> bool:
        """Every startup and readiness probe has passed."""
        return all(state.passed is True for check, state in self.states.items() if check.kind is not ProbeKind.LIVENESS)

    @property
    def unhealthy(self) -> str:
        """Why the replica must be replaced: "liveness probe failed 3 times in a row: HTTP 503"; "" = it need not."""
        for check, state in self.states.items():
            if check.kind is not ProbeKind.READINESS and state.passed is False:
                times = check.probe.failure_threshold
                often = f" {times} times in a row" if times > 1 else ""
                return f"{check.kind.value.lower()} probe failed{often}: {state.message}"
        return ""

    @property
    def failing(self) -> str:
        """The first probe whose latest outcome was bad, in words; "" when none."""
        bad = ((check, state) for check, state in self.states.items() if state.last_ok is False)
        return next((f"{check.kind.value.lower()} probe failed: {state.message}" for check, state in bad), "")

    @property
    def due(self) -> float | None:
        """When the next probe is to be asked; None = never again."""
        return min((state.due for _, state in self._asked()), default=None)

    def due_at(self, now: float) -> list[Check]:
        return [check for check, state in self._asked() if state.due <= now]

    def after(self, check: Check, outcome: ProbeOutcome | None, now: float) -> Probing:
        """With the outcome of a probe that was asked; None = the runtime did not answer, which is no verdict."""
        state = replace(self.states[check], due=_next(self.states[check].due, check.probe.period_seconds, now))
        states = {**self.states, check: state if outcome is None else _judged(check, state, outcome)}
        changed = replace(self, states=states)
        return replace(changed, changed_at=now) if changed.ready != self.ready else changed

    def _asked(self) -> Iterator[tuple[Check, CheckState]]:
        """Those that go on: a startup probe until its verdict, the others once their container's has passed. One that
        must be replaced is left alone."""
        held = {
            check.container
            for check, state in self.states.items()
            if check.kind is ProbeKind.STARTUP and state.passed is not True
        }
        if not self.unhealthy:
            for check, state in self.states.items():
                startup = check.kind is ProbeKind.STARTUP
                if (check.container in held) if startup else (check.container not in held):
                    yield check, state


def checks(template: PodTemplate) -> tuple[Check, ...]:
    """Every probe of a template's containers, named ports resolved."""
    return tuple(
        Check(container.name, kind, _numbered(probe, container))
        for container in template.containers
        for kind, probe in (
            (ProbeKind.STARTUP, container.startup),
            (ProbeKind.READINESS, container.readiness),
            (ProbeKind.LIVENESS, container.liveness),
        )
        if probe is not None
    )


def begin(of: tuple[Check, ...], *, started_at: float, now: float, slot: int = 0) -> Probing:
    """The probes of a replica that is seen for the first time.

    One that has run for longer than its probes need was seen by an earlier process of ours: it is taken for ready until
    the first outcome, which then counts at once, so that our restart takes no replica out of service.
    """
    age = now - started_at
    long = bool(of) and age > sum(max((c.needs_seconds for c in of if c.kind is kind), default=0) for kind in _FIRST)
    states = {check: _first(check, started_at, now, slot, presumed=long) for check in of}
    return Probing(states, changed_at=started_at)


_FIRST = (ProbeKind.STARTUP, ProbeKind.READINESS)


def _first(check: Check, started_at: float, now: float, slot: int, *, presumed: bool) -> CheckState:
    if not presumed:
        return CheckState(due=max(started_at + check.probe.initial_delay_seconds, now))
    due = now + check.probe.period_seconds * (slot * SPREAD % 1.0)
    readiness = check.kind is ProbeKind.READINESS
    return CheckState(due=due, passed=None if check.kind is ProbeKind.LIVENESS else True, presumed=readiness)


def _next(due: float, period: float, now: float) -> float:
    """One period after it was due, however long it took; what was missed meanwhile is not caught up with."""
    return due + period if due + period > now else now + period


def _judged(check: Check, state: CheckState, outcome: ProbeOutcome) -> CheckState:
    run = state.run + 1 if outcome.ok == state.last_ok else 1
    needed = check.probe.success_threshold if outcome.ok else check.probe.failure_threshold
    passed = outcome.ok if run >= needed or state.presumed else state.passed
    message = "" if outcome.ok else shown(outcome.message)
    return replace(state, passed=passed, presumed=False, last_ok=outcome.ok, run=run, message=message)


def shown(message: str) -> str:
    """What a probe said, fit for an event: one line, nothing that acts on a terminal, bounded."""
    line = "".join(char if char.isprintable() else " " for char in message).strip()
    return (line if len(line) <= MESSAGE_CHARS else line[: MESSAGE_CHARS - 1] + "…") or "no answer"


def _numbered(probe: Probe, container: Container) -> Probe:
    handler = probe.handler
    if not isinstance(handler, HttpGet | TcpSocket) or isinstance(handler.port, int):
        return probe
    named = [port.container_port for port in container.ports if port.name == handler.port]
    number = int(handler.port) if handler.port.isdigit() else named[0] if named else None
    if number is None:
        return probe
    return probe.model_copy(update={"handler": handler.model_copy(update={"port": number})})
