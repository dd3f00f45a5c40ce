"""A pasted `docker run` line as a wish to deploy. Read as words, never run; what has no equivalent is named."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import Any

from app.agent.rules.deploying import place
from app.agent.rules.flags import port_pair
from app.agent.rules.names import AppIndex
from app.agent.rules.replies import msg
from app.agent.rules.setup import HOST_ITSELF
from app.agent.rules.slots import cpu_of, memory_of
from app.agent.rules.steps import Problem, Step, ask, refuse
from app.agent.rules.vocabulary import phrases

_COMMAND = re.compile(r"\s*(?:\$\s*)?(?:sudo\s+)?(?:docker|podman|nerdctl)\s+(?:container\s+)?run\s", re.IGNORECASE)
_SILENT = frozenset(
    phrases(
        "d, detach, i, interactive, t, tty, it, dit, di, ti, id, td, rm, init, q, quiet, sig-proxy, pull, "
        "restart, platform"
    )
)
"""What needs no equivalent: the engine restarts, detaches and pulls by itself."""
_VALUED = frozenset(
    phrases(
        "p, publish, e, env, name, m, memory, cpus, gpus, v, volume, mount, network, net, restart, entrypoint, "
        "w, workdir, u, user, h, hostname, l, label, env-file, log-driver, log-opt, add-host, link, device, "
        "cap-add, cap-drop, security-opt, ulimit, shm-size, health-cmd, health-interval, expose, pull, platform, "
        "pid, ipc, dns, memory-swap, cpu-shares, tmpfs, volumes-from, stop-timeout"
    )
)


@dataclass(slots=True)
class _Read:
    image: str = ""
    name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    problem: Problem | None = None


def is_docker_run(text: str) -> bool:
    return _COMMAND.match(text) is not None


def docker_run(text: str, index: AppIndex) -> Step:
    """The one step of a `docker run` line."""
    start = _COMMAND.match(text)
    try:
        words = shlex.split(text[start.end() if start else 0 :].replace("\\\n", " "))
    except ValueError:
        return ask("docker-run", "value", msg("not_understood"))
    read = _Read()
    _flags(words, read)
    if read.problem:
        return refuse("docker-run", "invalid_value", read.problem.say)
    if read.missing:
        parts = tuple(dict.fromkeys(read.missing))
        return refuse("docker-run", "unsupported", msg("cannot_deploy_with", parts=parts, image=read.image or "IMAGE"))
    if not read.image:
        return ask("docker-run", "image", msg("which_image", images=("nginx",)))
    return place(read.image, read.name, read.arguments, index)


def _flags(words: list[str], read: _Read) -> None:
    at = 0
    while at < len(words):
        word = words[at]
        if not word.startswith("-"):
            read.image = word
            if words[at + 1 :]:
                read.arguments["args"] = words[at + 1 :]
            return
        name, equals, value = word.lstrip("-").partition("=")
        if not equals and not word.startswith("--") and len(name) > 1 and name[0] in "pevm" and name not in _VALUED:
            name, value, equals = name[0], name[1:], "="
        if not equals and name in _VALUED and at + 1 < len(words):
            at += 1
            value = words[at]
        _flag(name, value, read)
        at += 1


def _flag(name: str, value: str, read: _Read) -> None:
    if name in ("v", "volume", "l", "label"):
        _setup(name, value, read)
    elif name in ("p", "publish", "expose"):
        _port(value, read)
    elif name in ("e", "env"):
        key, equals, text = value.partition("=")
        if equals:
            read.arguments.setdefault("env", {})[key] = text
        else:
            read.missing.append(f"the variable {key} without a value")
    elif name == "name":
        read.name = value
    elif name in ("m", "memory", "cpus"):
        amount = cpu_of(value) if name == "cpus" else memory_of(value)
        if isinstance(amount, Problem):
            read.problem = amount
        else:
            read.arguments["cpu" if name == "cpus" else "memory"] = amount
    elif name == "gpus":
        read.arguments["gpu"] = int(value) if value.isdigit() else 1
    elif name == "entrypoint":
        read.arguments["command"] = [value]
    elif name in ("mount", "tmpfs", "volumes-from"):
        read.missing.append(f"the volume {value}")
    elif name not in _SILENT:
        read.missing.append(f"the option --{name}" if len(name) > 1 else f"the option -{name}")


def _setup(name: str, value: str, read: _Read) -> None:
    """A volume or a label. The whole disk of the host, or the engine's own socket, is no volume."""
    if name in ("l", "label"):
        key, _, text = value.partition("=")
        read.arguments.setdefault("labels", {})[key] = text
    elif HOST_ITSELF.match(value):
        read.missing.append(f"the volume {value}")
    else:
        read.arguments.setdefault("volumes", []).append(value)


def _port(value: str, read: _Read) -> None:
    if not re.fullmatch(r"(?:[\d.]+:)?(?:\d{1,5}:)?\d{1,5}(?:/(?:tcp|udp))?", value):
        read.problem = Problem(msg("bad_port", text=f'"{value}"'), reason="invalid_value")
        return
    port = port_pair(value)[1]
    if not 1 <= port <= 65535:
        read.problem = Problem(msg("bad_port", text=f'"{value}"'), reason="invalid_value")
        return
    opened = read.arguments.setdefault("ports", [])
    if port not in opened:
        opened.append(port)
