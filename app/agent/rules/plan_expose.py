"""Intents about the address of an app: put a Service in front of it, and take it away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.plan_changes import each, unsettled
from app.agent.rules.plan_looks import apps_of
from app.agent.rules.replies import msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Count, Role
from app.agent.rules.slots import ports
from app.agent.rules.steps import Problem, Step, answer, do, stopped_by, wish

_HIGHEST = 65535
_CHANGED = frozenset({"set", "switch", "update", "use"})
"""Verbs that ask for another port than the one there is."""


def _expose(scene: Scene) -> Step:
    opened = _ports(scene.clause)
    if isinstance(opened, Problem):
        return stopped_by("expose.value", opened, scene.target.names)

    changed = scene.clause.verb in _CHANGED and not scene.clause.any(Role.MARK, "public")

    def port(name: str) -> dict[str, Any] | Problem:
        found = opened or (None if changed else _known(scene, name))
        if not found:
            return Problem(msg("needs_port", name=name), about="port")
        outer, inner = found
        protocol = "UDP" if _is_udp(scene.clause) else None
        given = {
            "port": outer,
            "target_port": inner if inner != outer else None,
            "public": scene.clause.any(Role.MARK, "public") or None,
            "protocol": protocol,
        }
        return {key: value for key, value in given.items() if value is not None}

    return each(scene, port, "expose")


def _known(scene: Scene, name: str) -> tuple[int, int] | None:
    """The port the app has, where it has one only."""
    known = scene.index.apps[name].ports
    return (known[0], known[0]) if len(known) == 1 else None


def _ports(clause: Clause) -> tuple[int, int] | Problem | None:
    """(outside, inside) as they are said: `8080:80`, "port 8080 to 80", "80 with target port 3000"."""
    problem = ports(clause)
    if isinstance(problem, Problem):
        return problem
    outside: list[int] = []
    inside: list[int] = []
    for item in clause.items:
        if item.has(Role.PORT):
            host, port = item.value
            kept = inside if item.has(Role.MARK, "target") or host is not None else outside
            kept.append(port)
            outside.extend([host] if host is not None else [])
        elif isinstance(item.value, Count) and not item.value.of_replicas:
            value = item.value.value
            if value is None or not 0 < value <= _HIGHEST:
                return Problem(msg("bad_port", text=f'"{item.text}"'), reason="invalid_value")
            outside.append(value)
    if not outside:
        return (inside[0], inside[0]) if inside else None
    return outside[0], (inside or outside[1:] or outside)[0]


def _is_udp(clause: Clause) -> bool:
    return clause.any(Role.MARK, "udp") or any(item.text.lower().endswith("/udp") for item in clause.all(Role.PORT))


def _unexpose(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    names = apps_of(scene)
    services = [one for one in scene.index.objects if one.kind == "Service" and set(one.apps) & set(names)]
    if not services:
        return answer("unexpose.none", msg("not_exposed", name=names), apps=names)
    wishes = (wish("delete_object", {"kind": one.kind, "name": one.name}, intent="unexpose") for one in services)
    return do("unexpose", *wishes, apps=names)


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {"expose": _expose, "unexpose": _unexpose}
