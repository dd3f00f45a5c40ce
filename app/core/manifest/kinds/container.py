"""One container: the same in an Application and in a Deployment's template."""

from __future__ import annotations

from app.core.errors import InvalidInput
from app.core.images import parse_image
from app.core.manifest.fields import Fields, pairs
from app.core.manifest.kinds.probes import check_mounts, check_probes
from app.core.manifest.kinds.tables import CONTAINER, ELSEWHERE, SECURITY
from app.core.manifest.report import Reason
from app.core.names import check_container_name, check_env_name, check_port_name
from app.core.quantities import parse_count, parse_cpu, parse_memory
from app.core.quoting import quoted
from app.core.spec import Amounts, Container, EnvVar, Port, Protocol, Resources

GPU = "nvidia.com/gpu"
MAX_ENV_BYTES = 128 * 1024
"""Linux's MAX_ARG_STRLEN: no process can be given a longer variable."""


def read_container(fields: Fields, default_name: str | None) -> Container | None:
    """None (and errors) where it has no image or name. `default_name` is for kinds that do not ask for one."""
    name = fields.text("name", check=check_container_name, required=default_name is None)
    image = fields.text("image", check=_image, required=True)
    container_name = name or default_name
    command, args = fields.texts("command"), fields.texts("args")
    env, ports, resources = _env(fields), _ports(fields), _resources(fields)
    _pull_policy(fields)
    read_security(fields)
    check_probes(fields)
    check_mounts(fields)
    fields.close(CONTAINER, ELSEWHERE)
    if not container_name or not image:
        return None
    return Container(
        name=container_name, image=image, command=command, args=args, env=env, ports=ports, resources=resources
    )


def read_security(fields: Fields) -> None:
    """`securityContext` of a pod or a container: nothing of it is honoured yet, `privileged` is refused."""
    security = fields.fields("securityContext")
    if security is not None:
        security.close(SECURITY)


def _image(text: str) -> str:
    parse_image(text)
    return text


def _env(fields: Fields) -> tuple[EnvVar, ...]:
    found: dict[str, EnvVar] = {}
    lines: dict[str, int] = {}
    for each in fields.each("env", hint='write "- name: KEY" and below it "value: text"'):
        name = each.text("name", check=check_env_name, required=True)
        value = each.text("value", check=_env_value)
        if each.get("valueFrom") is not None:
            message = "valueFrom is not supported yet: the value must be in the manifest"
            each.error("valueFrom", message, "write value", Reason.NOT_SUPPORTED)
        each.close({})
        if name is None:
            continue
        if name in found:
            each.warn("name", f"env {name} is set on line {lines[name]} already: the last one counts")
            del found[name]
        lines[name] = each.line("name")
        found[name] = EnvVar(name=name, value=value or "")
    return tuple(found.values())


def _env_value(text: str) -> str:
    if len(text.encode()) > MAX_ENV_BYTES:
        raise InvalidInput(f"value is longer than the {MAX_ENV_BYTES // 1024} KiB that a process can be given")
    return text


def _ports(fields: Fields) -> tuple[Port, ...]:
    items = fields.each("ports", hint='write "- containerPort: 80"')
    ports = [port for port in map(_port, items) if port is not None]
    _unique_names(items)
    _unique_host_ports(items)
    return tuple(ports)


def _port(each: Fields) -> Port | None:
    number = each.integer("containerPort", 1, 65535, required=True)
    host_port = each.integer("hostPort", 0, 65535)
    protocol = each.choice("protocol", tuple(Protocol)) or Protocol.TCP
    name = each.text("name", check=check_port_name)
    if each.get("hostIP") is not None:
        message = "hostIP is not supported: the runtime chooses the address that a port is published on"
        each.error("hostIP", message, "remove it", Reason.NOT_SUPPORTED)
    each.close({})
    if number is None:
        return None
    return Port(container_port=number, protocol=Protocol(protocol), host_port=host_port or None, name=name)


def _unique_names(items: list[Fields]) -> None:
    first: dict[str, int] = {}
    for each, name in pairs(items, "name"):
        if name in first:
            each.error("name", f"duplicate port name {quoted(name)}: line {first[name]} has it too", "rename one")
        first.setdefault(name, each.line("name"))


def _unique_host_ports(items: list[Fields]) -> None:
    first: dict[tuple[int, str], int] = {}
    for each in items:
        port = _value(each, "hostPort")
        if not isinstance(port, int) or port == 0:
            continue
        key = (port, str(_value(each, "protocol") or "TCP"))
        if key in first:
            each.error("hostPort", f"duplicate hostPort {port}: line {first[key]} has it too", "choose another")
        first.setdefault(key, each.line("hostPort"))


def _value(each: Fields, key: str) -> object:
    node = each.node.entries.get(key)
    return getattr(node, "value", None)


def _resources(fields: Fields) -> Resources:
    resources = fields.fields("resources")
    if resources is None:
        return Resources()
    limits, limit_gpus = _amounts(resources, "limits")
    requests, request_gpus = _amounts(resources, "requests")
    if resources.get("claims") is not None:
        message = "claims is not supported: ask for nvidia.com/gpu instead"
        resources.error("claims", message, reason=Reason.NOT_SUPPORTED)
    resources.close({}, ELSEWHERE)
    if limit_gpus is not None and request_gpus is not None and limit_gpus != request_gpus:
        resources.error(None, f"requests and limits of {GPU} must be equal, not {request_gpus} and {limit_gpus}")
    for name, asked, most in (
        ("cpu", requests.cpu_millicores, limits.cpu_millicores),
        ("memory", requests.memory_bytes, limits.memory_bytes),
    ):
        if asked is not None and most is not None and asked > most:
            inner = resources.fields("requests")
            if inner is not None:
                inner.error(name, f"the {name} request is more than its limit", "lower it, or raise the limit")
    return Resources(requests=requests, limits=limits, gpus=limit_gpus or request_gpus or 0)


def _amounts(resources: Fields, key: str) -> tuple[Amounts, int | None]:
    inner = resources.fields(key)
    if inner is None:
        return Amounts(), None
    cpu, memory = inner.amount("cpu", parse_cpu), inner.amount("memory", parse_memory)
    gpus = inner.amount(GPU, parse_count)
    for name in inner.node.entries:
        if name.startswith(("ephemeral-storage", "hugepages-")) or ("/" in name and name != GPU):
            inner.silent(name)
            inner.warn(name, f"{name} in {key} is ignored: cpu, memory and {GPU} are what can be asked for")
    inner.close({}, dict.fromkeys(("gpu", "gpus"), f"{inner.path}[{GPU}]"))
    return Amounts(cpu_millicores=cpu, memory_bytes=memory), gpus


def _pull_policy(fields: Fields) -> None:
    policy = fields.choice("imagePullPolicy", ("Always", "IfNotPresent", "Never"))
    if policy not in (None, "IfNotPresent"):
        fields.warn("imagePullPolicy", f"imagePullPolicy {policy} is ignored: an image is pulled when it is not there")
