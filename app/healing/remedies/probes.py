"""A probe that asks at the wrong door: the process says itself where it listens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.spec import AppSpec
from app.core.template import HttpGet, Probe, TcpSocket
from app.healing.remedies.case import Case

_LISTENS = re.compile(
    r"(?:listen\w*|serving|running|bound|started|ready|accept\w*)\b[^\n]{0,60}?(?:\bport\b[ =:]*|:)(\d{2,5})\b",
    re.IGNORECASE,
)
"""What servers print: "listening on port 8080", "Listening at: http://0.0.0.0:8000", "Running on http://x:5000"."""
_NOT_FOUND = re.compile(r"\b404\b")
_KINDS = ("liveness", "readiness", "startup")
PATIENCE = 30
"""Failures a start-up probe forgives: with Kubernetes' period of 10 s five minutes."""


def fix_probe(case: Case) -> Iterator[Proposal]:
    """The port the process listens on, then the path, then more patience; each alone, so that what helped is known."""
    yield from _other_port(case)
    yield from _other_path(case)
    yield from _patience(case)


def _other_port(case: Case) -> Iterator[Proposal]:
    asked = {str(number) for probe in _probes(case) if (number := _port(probe)) is not None}
    for port, why in _listening(case).items():
        if str(port) in asked:
            continue
        after = _with_probes(case, lambda probe, port=port: _at_port(probe, port))
        if after != case.spec:
            yield _proposal("port", f"let the probe ask port {port}, {why}", after, case)


def _other_path(case: Case) -> Iterator[Proposal]:
    if not any(_NOT_FOUND.search(line) for line in (*case.symptoms.health_check, *case.symptoms.events)):
        return
    after = _with_probes(case, _at_root)
    if after != case.spec:
        yield _proposal("path", 'let the probe ask the path "/", as its own path answers 404', after, case)


def _patience(case: Case) -> Iterator[Proposal]:
    liveness = case.container.liveness
    if liveness is None or case.container.startup is not None:
        return
    startup = liveness.model_copy(
        update={"failure_threshold": PATIENCE, "success_threshold": 1, "initial_delay_seconds": 0}
    )
    after = case.with_container(startup=startup)
    yield _proposal(
        "patience", f"give it {PATIENCE * startup.period_seconds} s to start before liveness counts", after, case
    )


def _proposal(way: str, what: str, after: AppSpec, case: Case) -> Proposal:
    return Proposal(
        remedy=RemedyClass.FIX_PROBE,
        way=way,
        what=what,
        risk=Risk.SAFE,
        after=after,
        undo=f"the probe of revision {case.view.revision} comes back",
        cost="every replica is replaced",
    )


def _probes(case: Case) -> list[Probe]:
    found = (getattr(case.container, kind) for kind in _KINDS)
    return [probe for probe in found if probe is not None]


def _port(probe: Probe) -> int | str | None:
    return probe.handler.port if isinstance(probe.handler, HttpGet | TcpSocket) else None


def _listening(case: Case) -> dict[int, str]:
    """Port -> why it may be the one, in the order of trust."""
    lines = (*case.symptoms.previous_logs, *case.symptoms.logs)
    printed = [int(match[1]) for line in lines for match in _LISTENS.finditer(line)]
    found = dict.fromkeys(reversed(printed), "where the process says it listens")
    declared = [port.container_port for port in case.container.ports]
    if len(declared) == 1:
        found.setdefault(declared[0], "the one port that the container declares")
    return {port: why for port, why in found.items() if 0 < port < 65536}


def _at_port(probe: Probe, port: int) -> Probe:
    if not isinstance(probe.handler, HttpGet | TcpSocket):
        return probe
    return probe.model_copy(update={"handler": probe.handler.model_copy(update={"port": port})})


def _at_root(probe: Probe) -> Probe:
    if not isinstance(probe.handler, HttpGet):
        return probe
    return probe.model_copy(update={"handler": probe.handler.model_copy(update={"path": "/"})})


def _with_probes(case: Case, change: object) -> AppSpec:
    assert callable(change)
    changes = {kind: change(probe) for kind in _KINDS if (probe := getattr(case.container, kind)) is not None}
    return case.with_container(**changes)
