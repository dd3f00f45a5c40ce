"""`ports` of a container, and what the containers of one pod may not share: they have one network."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.manifest.fields import Fields, pairs
from app.core.names import check_port_name
from app.core.quoting import quoted
from app.core.spec import Port, Protocol


def read_ports(fields: Fields) -> tuple[Port, ...]:
    items = fields.each("ports", hint='write "- containerPort: 80"')
    ports = [port for port in map(_port, items) if port is not None]
    first: dict[str, int] = {}
    for each, name in pairs(items, "name"):
        if name in first:
            each.error("name", f"duplicate port name {quoted(name)}: line {first[name]} has it too", "rename one")
        first.setdefault(name, each.line("name"))
    return tuple(ports)


def _port(each: Fields) -> Port | None:
    number = each.integer("containerPort", 1, 65535, required=True)
    host_port = each.integer("hostPort", 0, 65535)
    protocol = each.choice("protocol", tuple(Protocol)) or Protocol.TCP
    name = each.text("name", check=check_port_name)
    if each.text("hostIP"):
        each.warn("hostIP", "hostIP is ignored: the runtime chooses the address that a port is published on")
    each.close({})
    if number is None:
        return None
    return Port(container_port=number, protocol=Protocol(protocol), host_port=host_port or None, name=name or None)


def check_shared_ports(containers: Iterable[Fields]) -> None:
    """Errors for a host port twice; warnings for a container port or a port's name in two containers."""
    host: dict[tuple[object, str], int] = {}
    inside: dict[tuple[object, str], tuple[str, int]] = {}
    names: dict[str, tuple[str, int]] = {}
    for container in containers:
        for each in container.mappings("ports"):
            _host_port(each, host)
            _container_port(container, each, inside)
            _name(container, each, names)


def _host_port(each: Fields, first: dict[tuple[object, str], int]) -> None:
    port = each.value("hostPort")
    if not isinstance(port, int) or port == 0:
        return
    key = (port, str(each.value("protocol") or "TCP"))
    if key in first:
        each.error("hostPort", f"duplicate hostPort {port}: line {first[key]} has it too", "choose another")
    first.setdefault(key, each.line("hostPort"))


def _container_port(container: Fields, each: Fields, first: dict[tuple[object, str], tuple[str, int]]) -> None:
    port = each.value("containerPort")
    key = (port, str(each.value("protocol") or "TCP"))
    owner, line = first.setdefault(key, (container.path, each.line("containerPort")))
    if owner != container.path and isinstance(port, int):
        message = f"containerPort {port} is of another container too (line {line}): they share one network"
        each.warn("containerPort", message, "let each listen on a port of its own")


def _name(container: Fields, each: Fields, first: dict[str, tuple[str, int]]) -> None:
    name = each.value("name")
    if not isinstance(name, str):
        return
    owner, line = first.setdefault(name, (container.path, each.line("name")))
    if owner != container.path:
        each.warn("name", f"port name {quoted(name)} is in another container too (line {line}): the first one counts")
