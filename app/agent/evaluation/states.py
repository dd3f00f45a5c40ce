"""An app as a corpus records it, as the value behind an app of the still world.

A row has `name, image, replicas, ready, status` and, where they matter, `env, ports, memory, cpu, gpu, command, args,
autoscale, history` (older revisions, newest last), `logs` (lines), `events` (sentences or objects) and `error`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.errors import InvalidInput
from app.core.events import Event, EventType
from app.core.images import same_image
from app.core.names import default_labels
from app.core.pods import LogLine, PodPhase
from app.core.quantities import parse_cpu, parse_memory, parse_user_cpu, parse_user_memory
from app.core.revision import template_hash
from app.core.spec import (
    STOPPED_FROM_ANNOTATION,
    Amounts,
    AppKey,
    AppSpec,
    Autoscaling,
    Container,
    EnvVar,
    PodTemplate,
    Port,
    Resources,
    Revision,
)
from app.core.views import AppStatus, AppView, ReplicaView

EPOCH = 1_700_000_000.0
"""The one moment of a world that holds still, in epoch seconds."""
RUNTIME = "simulator"

Row = Mapping[str, Any]

_STATUS = {
    "running": (AppStatus.RUNNING, ""),
    "degraded": (AppStatus.DEGRADED, "not every replica is ready"),
    "unhealthy": (AppStatus.DEGRADED, "not ready"),
    "crashloop": (AppStatus.CRASH_LOOPING, "Error"),
    "oomkilled": (AppStatus.CRASH_LOOPING, "OOMKilled"),
    "imagepullbackoff": (AppStatus.FAILED, "ErrImagePull"),
    "pending": (AppStatus.STARTING, ""),
    "stopped": (AppStatus.STOPPED, ""),
}
_DOWN = frozenset({AppStatus.FAILED, AppStatus.CRASH_LOOPING})


@dataclass(frozen=True, slots=True)
class StillApp:
    """One app of the still world."""

    spec: AppSpec
    status: AppStatus = AppStatus.RUNNING
    reason: str = ""
    ready: int = 0
    revisions: tuple[Revision, ...] = ()
    lines: tuple[LogLine, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def view(self) -> AppView:
        replicas = tuple(self._replica(slot) for slot in range(self.spec.replicas))
        present = self.ready if self.status in _DOWN else len(replicas)
        return AppView(
            key=self.spec.key,
            spec=self.spec,
            status=self.status,
            reason=self.reason,
            desired=self.spec.replicas,
            ready=self.ready,
            total=present,
            restarts=0,
            revision=self.revisions[-1].number if self.revisions else 1,
            generation=1,
            replicas=replicas,
            updated=present,
            seen_at=EPOCH,
        )

    def _replica(self, slot: int) -> ReplicaView:
        ready = slot < self.ready
        phase = None if self.status in _DOWN else PodPhase.PENDING
        return ReplicaView(
            name=f"{self.spec.name}-{slot}",
            slot=slot,
            phase=PodPhase.RUNNING if ready else phase,
            ready=ready,
            restarts=0,
            started_at=EPOCH if ready else None,
            current=True,
            detail="ready" if ready else self.reason,
            image=self.spec.container.image if ready else "",
        )

    def wished(self, spec: AppSpec) -> StillApp:
        """The app right after `spec` was wished for. Trouble stays, but for an app that was stopped or gets a new
        template: that one runs."""
        if spec.replicas == 0:
            return replace(self, spec=spec, status=AppStatus.STOPPED, reason="", ready=0)
        if self.status is AppStatus.STOPPED or spec.template != self.spec.template:
            return replace(running(spec), revisions=_next_revision(self.revisions, spec), lines=self.lines)
        ready = spec.replicas if self.status is AppStatus.RUNNING else min(self.ready, spec.replicas)
        return replace(self, spec=spec, ready=ready)

    def recorded(self, row: Row) -> StillApp:
        """The app as `row` has it, set up as it is where the row says nothing else: a replayed turn leaves more behind
        than a record writes down, such as a port that the image is known for."""
        app = still_app(row)
        if not _says_the_same(row, app.spec, self.spec):
            return app
        return replace(app, spec=self.spec, revisions=self.revisions)


def _says_the_same(row: Row, recorded: AppSpec, present: AppSpec) -> bool:
    told, real = recorded.container, present.container
    return (
        (recorded.key, recorded.replicas) == (present.key, present.replicas)
        and same_image(told.image, real.image)
        and all(getattr(told, part) == getattr(real, part) for word, part in _PARTS.items() if word in row)
    )


_PARTS = {
    "env": "env",
    "ports": "ports",
    "memory": "resources",
    "cpu": "resources",
    "gpu": "resources",
    "command": "command",
    "args": "args",
}
"""Fields of a row, and what of a container each of them is about."""


def running(spec: AppSpec) -> StillApp:
    """A new app, up at once; one of no replicas is stopped."""
    status = AppStatus.RUNNING if spec.replicas else AppStatus.STOPPED
    if spec.job is not None:
        return StillApp(spec, AppStatus.COMPLETED, revisions=_next_revision((), spec))
    return StillApp(spec, status, ready=spec.replicas, revisions=_next_revision((), spec))


def still_app(row: Row) -> StillApp:
    """Raises `InvalidInput` for a row that is no app."""
    word = str(row.get("status", "running"))
    if word not in _STATUS:
        raise InvalidInput(f'the app {row.get("name")} has the status "{word}"; known are {", ".join(_STATUS)}')
    spec = _spec(row)
    status, what = _STATUS[word]
    ready = int(row.get("ready", spec.replicas if status is AppStatus.RUNNING else 0))
    return StillApp(
        spec=spec,
        status=status,
        reason=": ".join(part for part in (what, str(row.get("error") or "")) if part),
        ready=min(ready, spec.replicas),
        revisions=_revisions(row, spec),
        lines=tuple(LogLine(f"{spec.name}-0", "stdout", str(line)) for line in row.get("logs", ())),
        events=tuple(_event(spec.key, given) for given in row.get("events", ())),
    )


def _spec(row: Row) -> AppSpec:
    name = str(row["name"])
    container = Container(
        name=name,
        image=str(row["image"]),
        command=tuple(row.get("command") or ()),
        args=tuple(row.get("args") or ()),
        env=tuple(EnvVar(name=key, value=str(value)) for key, value in (row.get("env") or {}).items()),
        ports=tuple(Port(container_port=_port(port)) for port in row.get("ports") or ()),
        resources=_resources(row),
    )
    return AppSpec(
        name=name,
        namespace=str(row.get("namespace") or "default"),
        runtime=RUNTIME,
        replicas=int(row.get("replicas", 1)),
        template=PodTemplate(containers=(container,), labels=default_labels(name)),
        autoscaling=_autoscaling(row.get("autoscale")),
        labels=default_labels(name),
        annotations=_remembered(row),
    )


def _remembered(row: Row) -> dict[str, str]:
    """What the product itself notes when it stops an app: how many replicas it had, where that is recorded."""
    counts = [str(old["replicas"]) for old in row.get("history", ()) if old.get("replicas")]
    return {STOPPED_FROM_ANNOTATION: counts[-1]} if counts and not row.get("replicas", 1) else {}


def _port(given: Any) -> int:
    """80, `"8080:80"` or `{"port": 8080, "target_port": 80}` as the container's port."""
    if isinstance(given, Mapping):
        given = next(given[key] for key in ("containerPort", "target_port", "port") if given.get(key))
    return int(str(given).partition("/")[0].rpartition(":")[2])


def _resources(row: Row) -> Resources:
    memory, cpu = row.get("memory"), row.get("cpu")
    limits = Amounts(
        memory_bytes=_amount(str(memory), parse_memory, parse_user_memory) if memory else None,
        cpu_millicores=_amount(str(cpu), parse_cpu, parse_user_cpu) if cpu else None,
    )
    return Resources(limits=limits, gpus=int(row.get("gpu") or 0))


def _amount(text: str, manifest: Callable[[str], int], typed: Callable[[str], int]) -> int:
    """As a manifest writes it, else as a person types it."""
    try:
        return manifest(text)
    except InvalidInput:
        return typed(text)


def _autoscaling(given: Row | None) -> Autoscaling | None:
    if not given:
        return None
    return Autoscaling(
        enabled=bool(given.get("enabled", True)),
        min_replicas=int(given.get("min", 1)),
        max_replicas=int(given.get("max", 10)),
        target_cpu_percent=int(given.get("cpu_percent", 80)),
    )


def _revisions(row: Row, spec: AppSpec) -> tuple[Revision, ...]:
    """The recorded ones, then the one that is wished for now."""
    older: tuple[Revision, ...] = ()
    for number, old in enumerate(row.get("history", ()), start=1):
        container = spec.container.model_copy(update={"image": str(old.get("image", spec.container.image))})
        template = spec.template.model_copy(update={"containers": (container,)})
        older = (*older, _revision(int(old.get("revision", number)), template))
    return _next_revision(older, spec)


def _next_revision(older: Sequence[Revision], spec: AppSpec) -> tuple[Revision, ...]:
    if older and older[-1].template == spec.template:
        return tuple(older)
    return (*older, _revision(older[-1].number + 1 if older else 1, spec.template))


def _revision(number: int, template: PodTemplate) -> Revision:
    return Revision(number=number, template_hash=template_hash(template), template=template, created_at=EPOCH)


def _event(key: AppKey, given: Any) -> Event:
    row = given if isinstance(given, Mapping) else {"message": given}
    normal = row.get("type") == EventType.NORMAL
    return Event(
        app=key,
        type=EventType.NORMAL if normal else EventType.WARNING,
        reason=str(row.get("reason", "Recorded")),
        message=str(row.get("message", "")),
        first_at=EPOCH,
        last_at=EPOCH,
    )
