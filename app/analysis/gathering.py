"""From what the orchestrator shows of an app to symptoms. Pure. Values of variables never get in, only names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.core.diagnosis import Neighbour, Symptoms
from app.core.differences.pods import pod_changes
from app.core.events import Event, EventType
from app.core.pods import ExitInfo, LogLine
from app.core.redact import redact_value
from app.core.reporting.words import explain_exit
from app.core.spec import Revision
from app.core.template import Container, Exec, HttpGet, Probe
from app.core.usage import UsageSample
from app.core.views import AppStatus, AppView, ReplicaView

STREAM_LINES = 500
WELL = frozenset({AppStatus.RUNNING, AppStatus.STOPPED, AppStatus.COMPLETED})
_OWN = frozenset({"Scheduled", "SuccessfulCreate", "Progressing", "SuccessfulRescale"})
_STOPS = frozenset({"Killing", "Killed", "Stopping", "Stopped", "Deleting"})


def troubled(view: AppView) -> bool:
    """Something is to be explained: it is not well, or a replica ended unplanned a short while ago."""
    if view.status in WELL:
        return False
    ended = any(one.last_exit is not None and not one.ready for one in view.replicas)
    return ended or view.status not in (AppStatus.UPDATING, AppStatus.STARTING)


def symptoms_of(
    view: AppView,
    *,
    logs: Sequence[LogLine],
    previous: Sequence[LogLine],
    events: Sequence[Event],
    revisions: Sequence[Revision],
    usage: Sequence[UsageSample],
    apps: Sequence[AppView],
) -> Symptoms:
    """Of the replica that is worst off, with what is known of the app as a whole."""
    worst = _worst(view)
    end = _end(view, worst)
    container = view.spec.container
    now_lines = tuple(_shown(line.text) for line in logs)
    before = tuple(_shown(line.text) for line in previous)
    same = before == now_lines
    since = revisions[-1].created_at if revisions else 0.0
    fresh = [one for one in events if one.last_at >= since]
    told = tuple(_event(one) for one in fresh if one.type is EventType.WARNING or one.reason in _STOPS)
    return Symptoms(
        image=container.image,
        command=_shown(" ".join((*container.command, *container.args))),
        env_names=tuple(var.name for var in container.env),
        ports=tuple(
            f"{port.host_port}:{port.container_port}" if port.host_port else str(port.container_port)
            for port in container.ports
        ),
        exit_code=end.code if end else None,
        state_reason=_state(view, end),
        oom_killed=end.oom_killed if end else None,
        restart_count=view.restarts,
        logs=now_lines,
        previous_logs=() if same else before,
        events=told,
        health_check=tuple(_probes(container, worst)),
        recent_changes=tuple(_changes(revisions)),
        memory_limit=container.resources.limits.memory_bytes,
        memory_used=max((one.memory_bytes for one in usage), default=None),
        neighbours=tuple(_neighbours(view, (*now_lines, *before), apps)),
    )


def _worst(view: AppView) -> ReplicaView | None:
    """The replica whose end or state explains most: one that ended and is not ready again, one that is not ready, and
    only where all are ready one that ended: what it got over explains nothing of the others."""
    concerned = [one for one in view.replicas if one.last_exit is not None or not one.ready]
    by_need = sorted(concerned, key=lambda one: (one.ready, one.last_exit is None, -one.restarts))
    return by_need[0] if by_need else None


def _end(view: AppView, worst: ReplicaView | None) -> ExitInfo | None:
    """How the worst one ended; what it got over explains nothing where the app has a trouble of its own."""
    return None if worst is None or (worst.ready and view.reason) else worst.last_exit


def _state(view: AppView, end: ExitInfo | None) -> str:
    parts = [view.reason]
    if end is not None:
        parts = [explain_exit(end)]
        if view.reason and view.reason not in parts[0] and parts[0] not in view.reason:
            parts.append(view.reason)
    return _shown("; ".join(part for part in parts if part))


def _event(one: Event) -> str:
    return _shown(f"{one.reason}: {one.message}" if one.message else one.reason)


def _shown(text: str) -> str:
    """Without the password of a URL; a line with the shape of a token in it is hidden whole."""
    return redact_value("", text)


def _probes(container: Container, worst: ReplicaView | None) -> Iterator[str]:
    for name in ("liveness", "readiness", "startup"):
        probe: Probe | None = getattr(container, name)
        if probe is not None:
            numbers = f"period {probe.period_seconds} s, failureThreshold {probe.failure_threshold}"
            yield f"{name}: {_handler(probe)}, {numbers}"
    if worst is not None and worst.detail and not worst.ready and worst.last_exit is None:
        yield worst.detail


def _handler(probe: Probe) -> str:
    handler = probe.handler
    if isinstance(handler, HttpGet):
        return f"GET {handler.scheme.lower()}://:{handler.port}{handler.path}"
    if isinstance(handler, Exec):
        return " ".join(handler.command)
    return f"tcp :{handler.port}"


def _changes(revisions: Sequence[Revision]) -> Iterator[str]:
    """What the newest revision changed, in words; secrets hidden by the diff itself."""
    if len(revisions) < 2:
        return
    for change in pod_changes(revisions[-2].template, revisions[-1].template):
        yield f"{change.what} changed from {change.before} to {change.after}"


def _neighbours(view: AppView, lines: Sequence[str], apps: Sequence[AppView]) -> Iterator[Neighbour]:
    """Other apps of the namespace that its configuration or its last output names."""
    values = [redact_value(var.name, var.value) for var in view.spec.container.env]
    text = "\n".join([*values, *lines[-100:], *view.spec.container.args])
    for other in apps:
        if other.key == view.key or other.key.namespace != view.key.namespace:
            continue
        names = {other.name, *(service.name for service in other.services)}
        # Its replicas have names of their own (`db-0`), by which they are reached as well.
        if any(re.search(rf"(?<![\w-]){re.escape(name)}(?:-\d+)?(?![\w-])", text) for name in names):
            well = other.status is AppStatus.RUNNING
            yield Neighbour(other.name, f"{other.status.value}{': ' + other.reason if other.reason else ''}", well)
