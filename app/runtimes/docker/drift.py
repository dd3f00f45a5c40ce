"""What somebody changed by hand, as pure functions: what was asked for is kept in a label and compared with an inspect.

Values of variables are kept as digests only, so that the label holds no secret; and they are compared, never shown.
`docker update` can lower and raise a limit but not take one away, so a limit nobody asked for is not mended in place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from app.core.pods import Drift
from app.core.quantities import format_cpu, format_memory
from app.core.quoting import quoted
from app.runtimes.docker.wire import WANTED_LABEL, Json

DIGEST_CHARS = 16

DEFAULT_SHARES = 1024
"""CPU weight of a container that was given none."""

Found = Mapping[str, Any]


def wish(body: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The label's text for the body of a create."""
    host = body["HostConfig"]
    wanted: Json = {
        "image": body["Image"],
        "env": {name: _digest(name, value) for name, value in _variables(body["Env"]).items()},
        "labels": dict(labels),
        "ports": {port: found[0]["HostPort"] for port, found in host["PortBindings"].items()},
        "limits": {each.key: host[each.key] for each in LIMITS if host.get(each.key)},
        "network": host.get("NetworkMode", ""),
        **{key: body[key] for key in ("Entrypoint", "Cmd", "WorkingDir", "User") if body.get(key)},
    }
    return json.dumps({key: value for key, value in wanted.items() if value}, separators=(",", ":"), sort_keys=True)


def wanted_of(labels: Mapping[str, str]) -> Json | None:
    """What was asked for, from a container's labels; None where they do not say."""
    try:
        found = json.loads(labels[WANTED_LABEL])
    except (KeyError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def drift_of(inspected: Found, name: str) -> tuple[Drift, ...]:
    """What differs from what was asked for, of a container that runs. `name` is what it should be called."""
    labels = (inspected.get("Config") or {}).get("Labels") or {}
    wanted = wanted_of(labels)
    if wanted is None:
        return ()
    return (
        *_name(inspected, name),
        *_paused(inspected),
        *_program(wanted, inspected),
        *_env(wanted, inspected),
        *_labels(wanted, labels),
        *_ports(wanted, inspected),
        *_limits(wanted, inspected),
        *_network(wanted, inspected),
    )


def mended_limits(wanted: Found, inspected: Found) -> Json:
    """The body of `/containers/ID/update` that brings the limits back; empty when there is nothing to bring back."""
    host, body = inspected.get("HostConfig") or {}, Json()
    for each in LIMITS:
        if each.differs(wanted, host) and (value := each.restored(wanted)):
            body[each.key] = value
    if "Memory" in body:
        # The two go together: the Engine refuses a limit above the swap limit that is set.
        body["MemorySwap"] = body["Memory"]
    if _policy(host) != "no":
        body["RestartPolicy"] = {"Name": "no"}
    return body


class _Limit(NamedTuple):
    """`default` is what the kernel takes where nothing was asked, `undo` what sets it back to that (0 = nothing)."""

    key: str
    words: str
    show: Callable[[int], str]
    default: int = 0
    undo: int = 0

    def differs(self, wanted: Found, host: Found) -> bool:
        return self._found(host) != self._wished(wanted)

    def restored(self, wanted: Found) -> int:
        return int((wanted.get("limits") or {}).get(self.key) or self.undo)

    def drift(self, wanted: Found, host: Found) -> Drift:
        found, wished = self._found(host), self._wished(wanted)
        return Drift(self.words, self._shown(found), self._shown(wished), in_place=bool(self.restored(wanted)))

    def _found(self, host: Found) -> int:
        value = int(host.get(self.key) or 0)
        return value if value > 0 else self.default

    def _wished(self, wanted: Found) -> int:
        return int((wanted.get("limits") or {}).get(self.key) or self.default)

    def _shown(self, value: int) -> str:
        return self.show(value) if value else "none"


def _cores(nanoseconds: int) -> str:
    return format_cpu(nanoseconds // 1_000_000)


LIMITS: Sequence[_Limit] = (
    _Limit("Memory", "memory limit", format_memory),
    _Limit("NanoCpus", "cpu limit", _cores),
    _Limit("CpuQuota", "cpu quota", str, undo=-1),
    _Limit("CpuShares", "cpu weight", str, default=DEFAULT_SHARES, undo=DEFAULT_SHARES),
    _Limit("MemoryReservation", "memory request", format_memory, undo=-1),
    _Limit("PidsLimit", "process limit", str),
)


def _limits(wanted: Found, inspected: Found) -> Iterator[Drift]:
    host = inspected.get("HostConfig") or {}
    yield from (each.drift(wanted, host) for each in LIMITS if each.differs(wanted, host))
    if host.get("CpusetCpus"):
        yield Drift("cpu set", str(host["CpusetCpus"]), "none")
    if (policy := _policy(host)) != "no":
        yield Drift("restart policy", policy, "no", in_place=True)


def _policy(host: Found) -> str:
    return (host.get("RestartPolicy") or {}).get("Name") or "no"


def _name(inspected: Found, name: str) -> Iterator[Drift]:
    if (found := str(inspected.get("Name", "")).lstrip("/")) != name:
        yield Drift("name", found, name, in_place=True)


def _paused(inspected: Found) -> Iterator[Drift]:
    if (inspected.get("State") or {}).get("Status") == "paused":
        yield Drift("state", "paused", "running", in_place=True)


def _program(wanted: Found, inspected: Found) -> Iterator[Drift]:
    config = inspected.get("Config") or {}
    if config.get("Image") != wanted.get("image"):
        yield Drift("image", str(config.get("Image")), str(wanted.get("image")))
    words = {"Entrypoint": "command", "Cmd": "args", "WorkingDir": "working directory", "User": "user"}
    for key, word in words.items():
        if key in wanted and config.get(key) != wanted[key]:
            yield Drift(word, _line(config.get(key)), _line(wanted[key]))


def _line(value: Any) -> str:
    return quoted(" ".join(map(str, value)) if isinstance(value, list) else value or "")


def _env(wanted: Found, inspected: Found) -> Iterator[Drift]:
    """Variables that were asked for. One that came with the image is not told from one that was added by hand."""
    found = _variables((inspected.get("Config") or {}).get("Env") or ())
    for name, digest in (wanted.get("env") or {}).items():
        if name not in found:
            yield Drift(f"env {name}", "missing", "set")
        elif _digest(name, found[name]) != digest:
            yield Drift(f"env {name}", "another value", "the value asked for")


def _labels(wanted: Found, labels: Mapping[str, str]) -> Iterator[Drift]:
    for name, value in (wanted.get("labels") or {}).items():
        # Ours win over a template's of the same name, and are what a container is found by.
        if not name.startswith("kubelite.io/") and labels.get(name) != value:
            yield Drift(f"label {name}", quoted(labels.get(name, "")), quoted(value))


def _ports(wanted: Found, inspected: Found) -> Iterator[Drift]:
    bindings = (inspected.get("HostConfig") or {}).get("PortBindings") or {}
    found = {port: (each or [{}])[0].get("HostPort", "") for port, each in bindings.items()}
    wished = wanted.get("ports") or {}
    for port in sorted(found.keys() | wished.keys()):
        if found.get(port) != wished.get(port):
            yield Drift(f"port {port}", _published(found.get(port)), _published(wished.get(port)))


def _published(host_port: str | None) -> str:
    return "not published" if host_port is None else f"host port {host_port}" if host_port else "a free host port"


def networks_in(inspected: Found) -> dict[str, str]:
    """Its networks by name, each with the container's address in it."""
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    return {name: str((found or {}).get("IPAddress") or "") for name, found in networks.items()}


def network_wanted(wanted: Found) -> str:
    """The network it should be on; empty where that is no network of ours."""
    network = str(wanted.get("network") or "")
    return "" if network in ("host", "none") or network.startswith("container:") else network


def _network(wanted: Found, inspected: Found) -> Iterator[Drift]:
    wished, found = network_wanted(wanted), networks_in(inspected)
    if wished and set(found) != {wished}:
        yield Drift("network", ", ".join(sorted(found)) or "none", wished, in_place=True)


def _variables(lines: Sequence[str]) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _digest(name: str, value: str) -> str:
    return sha256(f"{name}={value}".encode()).hexdigest()[:DIGEST_CHARS]
