"""Probes: how a container is asked whether it has started, lives, and can take requests."""

from __future__ import annotations

import re

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.tables import PROBE
from app.core.names import check_port_name
from app.core.quoting import listed, quoted
from app.core.spec import Exec, HttpGet, Port, Probe, TcpSocket

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
MAX_SECONDS = 2**31 - 1
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_NUMBERS = {
    "periodSeconds": ("period_seconds", 10),
    "timeoutSeconds": ("timeout_seconds", 1),
    "successThreshold": ("success_threshold", 1),
    "failureThreshold": ("failure_threshold", 3),
}
"""With Kubernetes' defaults; 0 means the default, as it does there."""


def read_probe(container: Fields, name: str, ports: tuple[Port, ...]) -> Probe | None:
    """`name` is livenessProbe, readinessProbe or startupProbe; None where it is absent or wrong (and an error)."""
    probe = container.fields(name)
    if probe is None:
        return None
    handler = _handler(probe, name, ports)
    delay = probe.integer("initialDelaySeconds", 0, MAX_SECONDS) or 0
    numbers = {field: probe.integer(key, 0, MAX_SECONDS) or usual for key, (field, usual) in _NUMBERS.items()}
    probe.close(PROBE)
    if numbers["success_threshold"] != 1 and name != "readinessProbe":
        probe.error("successThreshold", f"successThreshold of a {name} must be 1", "remove it")
    return None if handler is None else Probe(handler=handler, initial_delay_seconds=delay, **numbers)


def _handler(probe: Fields, name: str, ports: tuple[Port, ...]) -> HttpGet | TcpSocket | Exec | None:
    handlers = [each for each in _HANDLERS if each in probe.node.entries]
    if len(handlers) != 1:
        wrong = "has no handler" if not handlers else f"has {len(handlers)} handlers"
        probe.error(None, f"{name} {wrong}: it needs exactly one of {listed(_HANDLERS)}")
    read = [_READERS[kind](inner, name, ports) for kind in handlers if (inner := probe.fields(kind)) is not None]
    return read[0] if len(handlers) == 1 and read else None


def _exec(inner: Fields, name: str, _ports: tuple[Port, ...]) -> Exec | None:
    before = len(inner.out.errors)
    command = inner.texts("command")
    inner.close({})
    if not command and len(inner.out.errors) == before:
        inner.error("command", f"exec.command of {name} is missing", 'write a list such as ["cat", "/tmp/ready"]')
    return Exec(command=command) if command else None


def _http(inner: Fields, name: str, ports: tuple[Port, ...]) -> HttpGet | None:
    port = _port(inner, "httpGet", name, ports)
    path, scheme = inner.text("path") or "/", inner.choice("scheme", ("HTTP", "HTTPS")) or "HTTP"
    if not all(map(_in_a_line, path)) or " " in path:
        inner.error("path", f"path of {name} is no path of a URL: {quoted(path)}", "write a space as %20")
    if inner.text("host"):
        inner.warn("host", f"host of {name} is ignored: the replica's own address is asked", "give a Host header")
    headers = tuple(_header(each) for each in inner.each("httpHeaders", hint='write "- name: NAME", "value: TEXT"'))
    inner.close({}, {"headers": "httpHeaders"})
    if port is None:
        return None
    return HttpGet.model_validate({"port": port, "path": path, "scheme": scheme, "headers": headers})


def _header(each: Fields) -> tuple[str, str]:
    name, value = each.text("name", required=True) or "", each.text("value") or ""
    if name and not _HEADER_NAME.fullmatch(name):
        each.error("name", f"{quoted(name)} is no name of an HTTP header", "use letters, digits and '-'")
    if not all(map(_in_a_line, value)):
        each.error("value", "the value of an HTTP header is one line without control characters", "write one line")
    each.close({})
    return name, value


def _in_a_line(char: str) -> bool:
    """Nothing that would end the line of a request and begin another."""
    return char >= " " and char != "\x7f"


def _tcp(inner: Fields, name: str, ports: tuple[Port, ...]) -> TcpSocket | None:
    port = _port(inner, "tcpSocket", name, ports)
    if inner.text("host"):
        inner.warn("host", f"host of {name} is ignored: the replica's own address is asked")
    inner.close({})
    return None if port is None else TcpSocket(port=port)


def _grpc(inner: Fields, name: str, ports: tuple[Port, ...]) -> TcpSocket | None:
    """A connection that opens is less than a service that says SERVING, but it is no other question."""
    port = _port(inner, "grpc", name, ports)
    inner.text("service")
    inner.close({})
    inner.warn(None, f"grpc of {name} is done as a TCP probe: it asks whether the port is open, not for the service")
    return None if port is None else TcpSocket(port=port)


def _port(inner: Fields, handler: str, name: str, ports: tuple[Port, ...]) -> int | str | None:
    if not inner.has("port"):
        inner.error("port", f"{handler}.port of {name} is missing", "write the port's number or name")
        inner.silent("port")
        return None
    port = inner.port("port", check_port_name)
    if isinstance(port, str) and port not in [each.name for each in ports]:
        inner.warn("port", f"the container has no port named {quoted(port)}: {name} will fail", "name one of its ports")
    return port


_READERS = {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc}
