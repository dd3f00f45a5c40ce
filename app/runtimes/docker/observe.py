"""What the Engine shows of one container, as pure functions: inspect and list JSON become `Seen`.

The list knows the state but neither exit code nor times; `signature` says whether an earlier inspect still holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core.pods import Drift, ExitInfo, PodPhase, PublishedPort
from app.core.spec import Protocol
from app.runtimes.docker.drift import drift_of, networks_in
from app.runtimes.docker.faults import start_failure
from app.runtimes.docker.mounts import volume_names
from app.runtimes.docker.shape import Shape, shape_by_labels
from app.runtimes.docker.wire import BIRTH_NAME, TEMPLATE_LABEL, Member, member_by_labels, member_name

KILLED_CODE = 137
UNSEEN_CODE = 255
UNSEEN = "Exit code 255: the container ended while the Engine did not watch, or the program itself chose this code."

_IN_PARENTHESES = re.compile(r"\(([^)]*)\)")
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  read from the Engine, not bound

Signature = tuple[Any, ...]


def epoch(text: str | None) -> float | None:
    """RFC 3339 with nanoseconds to epoch seconds; None for the Engine's zero time and for nothing."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(text).timestamp()


def signature(entry: Mapping[str, Any]) -> Signature:
    """Of one entry of `/containers/json`: changes whenever an inspect would show something new, `docker update` aside
    (that has an event only). The words in parentheses of `Status` are the exit code and the health."""
    ports = sorted(
        (port.get("PrivatePort", 0), port.get("Type", ""), port.get("IP", ""), port.get("PublicPort", 0))
        for port in entry.get("Ports") or ()
    )
    names = tuple(entry.get("Names") or ())
    networks = sorted(networks_in(entry).items())
    words = _IN_PARENTHESES.findall(entry.get("Status") or "")
    return (entry.get("Id"), entry.get("State"), names, *words, *networks, *ports)


@dataclass(frozen=True, slots=True)
class Seen:
    """One container of ours as an inspect shows it. `status` is the Engine's word; `exit` how it ended, or why it never
    started; `networks` its address in each; `volumes` the named ones it mounts; `identity` its id."""

    member: Member
    identity: str
    shape: Shape
    template_hash: str
    image: str
    status: str
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    exit: ExitInfo | None = None
    healthy: bool = True
    ports: tuple[PublishedPort, ...] = ()
    networks: Mapping[str, str] = field(default_factory=dict)
    on_host: bool = False
    volumes: tuple[str, ...] = ()
    stop_signal: str = "SIGTERM"
    tty: bool = False
    drift: tuple[Drift, ...] = ()

    @property
    def phase(self) -> PodPhase:
        if self.exit is not None:
            return PodPhase.SUCCEEDED if self.exit.code == 0 else PodPhase.FAILED
        return PodPhase.PENDING if self.status == "created" else PodPhase.RUNNING

    @property
    def live(self) -> bool:
        """It has a process."""
        return self.status in ("running", "paused", "restarting")


def seen_container(instance: str, inspected: Mapping[str, Any], reach_host: str = "127.0.0.1") -> Seen | None:
    """One answer of `/containers/ID/json`; None for a container that is not ours. `reach_host` is shown for ports
    that are bound to every address."""
    config, state, host = (inspected.get(key) or {} for key in ("Config", "State", "HostConfig"))
    labels: Mapping[str, str] = config.get("Labels") or {}
    member = member_by_labels(instance, labels)
    if member is None:
        return None
    name = member_name(instance, member)
    if name not in (str(inspected.get("Name", "")).lstrip("/"), host.get(BIRTH_NAME)):
        return None
    phase, started = _phase(state), epoch(state.get("StartedAt"))
    return Seen(
        member=member,
        identity=inspected.get("Id", ""),
        shape=shape_by_labels(labels),
        template_hash=labels.get(TEMPLATE_LABEL, ""),
        image=config.get("Image", ""),
        status=str(state.get("Status", "")),
        created_at=epoch(inspected.get("Created")) or 0.0,
        started_at=started,
        finished_at=_finished(state, started) if phase.ended else None,
        exit=exit_info(state) if phase.ended else None,
        healthy=_ready(state),
        ports=_ports((inspected.get("NetworkSettings") or {}).get("Ports") or {}, reach_host),
        networks=networks_in(inspected),
        on_host=host.get("NetworkMode") == "host",
        volumes=volume_names(inspected),
        stop_signal=config.get("StopSignal") or "SIGTERM",
        tty=bool(config.get("Tty")),
        drift=drift_of(inspected, name) if phase is PodPhase.RUNNING else (),
    )


def _phase(state: Mapping[str, Any]) -> PodPhase:
    # `Status`, never `Running`: while a restart policy holds a container in `restarting`, Running is true.
    match state.get("Status"):
        case "running" | "paused" | "restarting":
            return PodPhase.RUNNING
        case "created":
            return PodPhase.FAILED if _never_started(state) else PodPhase.PENDING
        case _:
            return PodPhase.FAILED if state.get("ExitCode") else PodPhase.SUCCEEDED


def _never_started(state: Mapping[str, Any]) -> bool:
    return bool(state.get("Error") or state.get("ExitCode"))


def _ready(state: Mapping[str, Any]) -> bool:
    health = (state.get("Health") or {}).get("Status", "none")
    return state.get("Status") == "running" and health in ("healthy", "none")


def _finished(state: Mapping[str, Any], started: float | None) -> float | None:
    """Never before the start: of a process that ends at once, the Engine notes the end a millisecond earlier."""
    finished = epoch(state.get("FinishedAt"))
    return finished if finished is None or started is None else max(finished, started)


def exit_info(state: Mapping[str, Any]) -> ExitInfo:
    """How it ended, from `State`. `OOMKilled` alone only says that something in the container was killed for memory;
    together with 137 it says that the main process was."""
    code, words, oom = int(state.get("ExitCode") or 0), str(state.get("Error") or ""), bool(state.get("OOMKilled"))
    if state.get("Status") == "created":
        return ExitInfo(None, start_failure(words), words)
    if code == 0:
        return ExitInfo(0, "Completed", words, oom)
    if code == KILLED_CODE:
        return ExitInfo(code, "OOMKilled" if oom else "Killed", words, oom)
    if code == UNSEEN_CODE:
        return ExitInfo(code, "Unknown", words or UNSEEN, oom)
    return ExitInfo(code, "Error", words, oom)


def _ports(found: Mapping[str, Any], reach_host: str) -> tuple[PublishedPort, ...]:
    """One entry for each container port: a port bound to every address appears twice, for IPv4 and IPv6."""
    ports = []
    for name, bindings in found.items():
        number, _, protocol = name.partition("/")
        for binding in (bindings or ())[:1]:
            host = binding.get("HostIp", "")
            shown = reach_host if host in _EVERYWHERE else host
            ports.append(PublishedPort(int(number), shown, int(binding["HostPort"]), Protocol(protocol.upper())))
    return tuple(sorted(ports, key=lambda port: (port.container_port, port.protocol)))
