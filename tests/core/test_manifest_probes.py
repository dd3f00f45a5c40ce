"""Probes: every handler, every number, and what is said of those that cannot be done as they are."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.spec import Exec, HttpGet, Probe, TcpSocket
from tests.core.manifest_texts import CONTAINER, accepted, deployment, parse

PORT = "ports: [{name: http, containerPort: 80}]\n"


@pytest.mark.parametrize(
    ("text", "probe"),
    [
        ("httpGet: {port: 80}", Probe(handler=HttpGet(port=80))),
        ("httpGet: {port: http, path: ''}", Probe(handler=HttpGet(port="http"))),
        (
            "httpGet: {port: 8443, path: /ok, scheme: HTTPS, httpHeaders: [{name: Host, value: a.b}]}",
            Probe(handler=HttpGet(port=8443, path="/ok", scheme="HTTPS", headers=(("Host", "a.b"),))),
        ),
        ("tcpSocket: {port: http}", Probe(handler=TcpSocket(port="http"))),
        ("exec: {command: [cat, /tmp/x]}", Probe(handler=Exec(command=("cat", "/tmp/x")))),
        (
            "tcpSocket: {port: 1}\ninitialDelaySeconds: 5\nperiodSeconds: 3\ntimeoutSeconds: 2\nfailureThreshold: 9",
            Probe(
                handler=TcpSocket(port=1),
                initial_delay_seconds=5,
                period_seconds=3,
                timeout_seconds=2,
                failure_threshold=9,
            ),
        ),
        (
            "tcpSocket: {port: 1}\nperiodSeconds: 0\ntimeoutSeconds: 0\nsuccessThreshold: 0\nfailureThreshold: 0",
            Probe(handler=TcpSocket(port=1)),
        ),
    ],
)
@pytest.mark.parametrize(
    ("name", "field"), [("livenessProbe", "liveness"), ("readinessProbe", "readiness"), ("startupProbe", "startup")]
)
def test_probes(name: str, field: str, text: str, probe: Probe) -> None:
    inner = "".join(f"  {line}\n" for line in text.splitlines())
    container = accepted(deployment(container=f"{PORT}{name}:\n{inner}")).container
    expected: dict[str, Any] = {"liveness": None, "readiness": None, "startup": None, field: probe}
    assert {key: getattr(container, key) for key in expected} == expected


def test_only_a_readiness_probe_may_need_several_successes() -> None:
    text = "{tcpSocket: {port: 1}, successThreshold: 2}"
    ready = accepted(deployment(container=f"readinessProbe: {text}")).container.readiness
    assert ready == Probe(handler=TcpSocket(port=1), success_threshold=2)
    (error,) = parse(deployment(container=f"livenessProbe: {text}")).errors
    assert error.message == "successThreshold of a livenessProbe must be 1"


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("{tcpSocket: {port: 1}, periodSeconds: -1}", "periodSeconds", "from 0"),
        ("{tcpSocket: {port: 1}, timeoutSeconds: '1'}", "timeoutSeconds", "must be a whole number"),
        ("{tcpSocket: {port: 1}, delay: 1}", "delay", "unknown field"),
        ("{tcpSocket: {port: '1'}}", "tcpSocket.port", "a number or a port's name"),
        ("{httpGet: {port: 1, scheme: http}}", "httpGet.scheme", "must be HTTP or HTTPS"),
        ("{httpGet: {port: 1, headers: []}}", "httpGet.headers", "unknown field"),
        ("{httpGet: {port: 1, httpHeaders: [{value: a}]}}", "httpGet.httpHeaders[0].name", "name is missing"),
        ("{exec: {command: []}}", "exec.command", "exec.command of livenessProbe is missing"),
        ("{grpc: {}}", "grpc.port", "grpc.port of livenessProbe is missing"),
    ],
)
def test_probes_that_are_wrong(text: str, path: str, says: str) -> None:
    errors = parse(deployment(container=f"livenessProbe: {text}")).errors
    assert [error.path for error in errors] == [f"{CONTAINER}.livenessProbe.{path}"]
    assert says in errors[0].message


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("{grpc: {port: 9000, service: a}}", "grpc", "done as a TCP probe"),
        ("{httpGet: {port: 80, host: example.com}}", "httpGet.host", "the replica's own address"),
        ("{tcpSocket: {port: web}}", "tcpSocket.port", 'no port named "web"'),
        ("{tcpSocket: {port: 1}, terminationGracePeriodSeconds: 5}", "terminationGracePeriodSeconds", "grace period"),
    ],
)
def test_what_is_done_otherwise_is_said(text: str, path: str, says: str) -> None:
    report = parse(deployment(container=f"livenessProbe: {text}"))
    assert report.ok
    (warning,) = report.warnings
    assert warning.path == f"{CONTAINER}.livenessProbe.{path}"
    assert says in warning.message


def test_a_grpc_probe_asks_whether_the_port_is_open() -> None:
    report = parse(deployment(container="livenessProbe: {grpc: {port: 9000}}"))
    assert report.specs[0].container.liveness == Probe(handler=TcpSocket(port=9000))


@pytest.mark.parametrize(
    ("http", "at"),
    [
        (r'path: "/x\r\nEvil: y"', ".path"),
        (r'path: "/a b"', ".path"),
        (r'httpHeaders: [{name: "A\r\nB", value: x}]', ".httpHeaders[0].name"),
        (r'httpHeaders: [{name: A, value: "x\r\nB: y"}]', ".httpHeaders[0].value"),
    ],
)
def test_a_probe_cannot_write_a_request_of_its_own(http: str, at: str) -> None:
    report = parse(deployment(container=f"livenessProbe:\n  httpGet: {{port: 80, {http}}}\n"))
    assert [error.path.endswith(at) for error in report.errors] == [True]
