"""The intents that change something. A wrong app or value is never guessed; what ends an app needs its exact name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.agent.rules import plan_looks
from app.agent.rules.reading import Wish
from app.agent.rules.replies import cited, msg, plain
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Count, Role
from app.agent.rules.slots import environment, ports, replica_goal, resources
from app.agent.rules.steps import Problem, Step, answer, ask, do, refuse, stopped_by, wish
from app.core.errors import InvalidInput
from app.core.images import parse_image
from app.core.quantities import format_memory, parse_memory

TOOL_OF: Mapping[str, str] = {
    "stop": "scale",
    "start": "scale",
    "scale_one_less": "scale",
    "unset_env": "set_env",
    "autoscale_off": "autoscale",
    "describe_or_list": "status",
    "list": "status",
    "health_report": "status",
}
"""Intents that another intent's tool carries out."""
_MILD = frozenset({"scale", "restart", "start", "scale_one_less"})
"""What may act on a near spelling: it can be put back and ends no app."""


def unsettled(scene: Scene, verb: str = "") -> Step | None:
    """The question or refusal for an app that is not clear; None where there is exactly what to act on."""
    target = scene.target
    if not scene.index.names:
        return plan_looks.unsettled(scene)
    if target.settled and not (target.pronoun == "implied" and scene.intent in ("delete", "stop")):
        return None
    if target.doubt == "near" and len(target.candidates) == 1:
        if scene.intent in _MILD:
            return None
        say = msg("near_delete", word=cited(target.word), near=target.candidates, verb=verb or scene.intent)
        return ask(f"{scene.intent}.near", "app", say, candidates=target.candidates)
    if target.doubt == "part":
        say = msg("part_of_name", near=target.candidates)
        return ask(f"{scene.intent}.part", "app", say, candidates=target.candidates)
    if target.settled:
        say = msg("which_app_for", verb=verb or scene.intent, names=scene.index.names)
        return ask(f"{scene.intent}.app", "app", say, candidates=scene.index.names)
    return plan_looks.unsettled(scene)


def _each(scene: Scene, arguments: Callable[[str], dict[str, Any] | Problem], tool: str) -> Step:
    """One call an app; the first value that is wrong stops all of them."""
    stop = unsettled(scene)
    if stop is not None:
        return stop
    names = plan_looks.apps_of(scene)
    wishes: list[Wish] = []
    for name in names:
        found = arguments(name)
        if isinstance(found, Problem):
            return stopped_by(f"{scene.intent}.value", found, (name,))
        wishes.append(wish(tool, {"app": name, **found}, intent=scene.intent))
    return do(scene.intent, *wishes, apps=names, confidence=0.95 if scene.target.settled else 0.7)


def _scale(scene: Scene) -> Step:
    def goal(name: str) -> dict[str, Any] | Problem:
        model = _model_app(scene)
        found = model if model is not None else replica_goal(scene.clause, scene.index.apps[name].replicas)
        return found if isinstance(found, Problem) else {"replicas": found}

    early = _bad_count(scene)
    step = early or _each(scene, goal, "scale")
    if scene.target.by_filter and any(made.arguments.get("replicas") == 0 for made in step.wishes):
        return _filtered(step)
    return step


def _model_app(scene: Scene) -> int | None:
    """The count of the app after "as many as"."""
    items = scene.clause.items
    place = next((at for at, item in enumerate(items) if item.has(Role.DEGREE, "asmany")), len(items))
    name = next((item.sense(Role.APP) for item in items[place:] if item.has(Role.APP)), "")
    return scene.index.apps[name].replicas if name in scene.index.apps else None


def _bad_count(scene: Scene) -> Step | None:
    """A number that no app could have is refused before the app is asked for."""
    values = [item for item in scene.clause.all(Role.COUNT) if isinstance(item.value, Count)]
    if scene.target.settled or not values:
        return None
    found = replica_goal(scene.clause, 1)
    wrong = isinstance(found, Problem) and found.reason == "invalid_value" and not values[0].value.change
    return stopped_by("scale.value", found) if wrong and isinstance(found, Problem) else None


def _filtered(step: Step) -> Step:
    wishes = tuple(Wish(made.tool, made.arguments, made.intent, by_filter=True) for made in step.wishes)
    return Step(wishes, apps=step.apps, rule=step.rule, confidence=step.confidence)


def _scale_one_less(scene: Scene) -> Step:
    def goal(name: str) -> dict[str, Any] | Problem:
        current = scene.index.apps[name].replicas
        return {"replicas": current - 1} if current else Problem(msg("below_zero"), reason="invalid_value")

    return _each(scene, goal, "scale")


def _stop(scene: Scene) -> Step:
    stop = unsettled(scene, "stop")
    if stop is not None:
        return stop
    target = scene.target
    wishes = (
        wish("scale", {"app": name, "replicas": 0}, intent="stop", by_filter=target.by_filter) for name in target.names
    )
    return do("stop", *wishes, apps=target.names)


def _start(scene: Scene) -> Step:
    stop = unsettled(scene, "start")
    if stop is not None:
        return stop
    names = plan_looks.apps_of(scene)
    count = next((item.value.value for item in scene.clause.all(Role.COUNT) if isinstance(item.value, Count)), None)
    sleeping = [name for name in names if scene.index.apps[name].replicas == 0]
    if not sleeping:
        running = scene.index.apps[names[0]]
        return answer("start.running", msg("already_running", name=names, replicas=running.replicas), apps=names)
    wishes = (
        wish("scale", {"app": name, "replicas": count or scene.index.apps[name].last_replicas or 1}, intent="start")
        for name in sleeping
    )
    return do("start", *wishes, apps=names)


def _restart(scene: Scene) -> Step:
    return _each(scene, lambda _name: {}, "restart")


def _delete(scene: Scene) -> Step:
    stop = unsettled(scene, "delete")
    if stop is not None:
        return stop
    target = scene.target
    made = wish("delete", {"apps": list(target.names)}, by_filter=target.by_filter)
    return do("delete", made, apps=target.names)


def _update_image(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    return _each(scene, lambda name: _new_image(scene, name), "update_image")


def _new_image(scene: Scene, name: str) -> dict[str, Any] | Problem:
    clause, present = scene.clause, scene.index.apps[name].image
    image = clause.first(Role.IMAGE)
    try:
        if image is not None:
            return {"image": _as_written(parse_image(image.sense(Role.IMAGE)).familiar, image.sense(Role.IMAGE))}
        tag = next((item.sense(Role.VERSION) for item in clause.all(Role.VERSION)), "") or _loose_tag(clause.items)
        if tag:
            return {"image": parse_image(present).with_tag(tag).familiar}
    except InvalidInput as error:
        return Problem(plain(str(error)), reason="invalid_value")
    return Problem(msg("needs_image", name=name), about="image")


def _as_written(familiar: str, written: str) -> str:
    return written or familiar


def _loose_tag(items: Any) -> str:
    """What follows "to" where it is no number of replicas: `to 16`, `to latest`."""
    for before, item in zip(items, items[1:], strict=False):
        if before.has(Role.PREP, "to") and (item.has(Role.COUNT) or item.has(Role.UNKNOWN) or item.has(Role.QUOTE)):
            return str(item.sense(Role.QUOTE) or item.text)
    return ""


def _rollback(scene: Scene) -> Step:
    def back(name: str) -> dict[str, Any] | Problem:
        revision = scene.clause.first(Role.REVISION)
        if revision is not None:
            return {"to_revision": revision.value}
        version = next((item.sense(Role.VERSION) for item in scene.clause.all(Role.VERSION)), "")
        image = scene.clause.first(Role.IMAGE)
        try:
            if image is not None:
                return {"to_image": parse_image(image.sense(Role.IMAGE)).familiar}
            if version:
                return {"to_image": parse_image(scene.index.apps[name].image).with_tag(version).familiar}
        except InvalidInput as error:
            return Problem(plain(str(error)), reason="invalid_value")
        return {}

    return _each(scene, back, "rollback")


def _set_env(scene: Scene) -> Step:
    variables = environment(scene.clause)
    if not variables or None in variables.values():
        stop = unsettled(scene)
        say = msg("needs_env", name=scene.target.names or ("it",))
        return stop or ask("set_env.value", "value", say, apps=scene.target.names)
    return _each(scene, lambda _name: {"env": variables}, "set_env")


def _unset_env(scene: Scene) -> Step:
    names = list(environment(scene.clause)) or [item.text for item in scene.clause.all(Role.UNKNOWN)][:1]
    if not names:
        return ask("unset_env.value", "value", msg("needs_env", name=scene.target.names or ("it",)))
    return _each(scene, lambda _name: {"env": dict.fromkeys(names)}, "set_env")


def _set_resources(scene: Scene) -> Step:
    found = resources(scene.clause)
    if isinstance(found, Problem):
        return stopped_by("set_resources.value", found, scene.target.names)
    factor = next((i.value.factor for i in scene.clause.all(Role.COUNT) if isinstance(i.value, Count)), None)

    def limits(name: str) -> dict[str, Any] | Problem:
        present = scene.index.apps[name].memory
        if found:
            return dict(found)
        if factor and present:
            size = parse_memory(present) * factor
            return {"memory": format_memory(int(size))}
        return Problem(msg("which_resource", name=name), about="value")

    return _each(scene, limits, "set_resources")


def _expose(scene: Scene) -> Step:
    opened = ports(scene.clause)
    if isinstance(opened, Problem):
        return stopped_by("expose.value", opened, scene.target.names)
    counts = [i.value.value for i in scene.clause.all(Role.COUNT) if isinstance(i.value, Count) and i.value.value]
    if not opened and counts:
        opened = [(None, count) for count in counts]

    def port(name: str) -> dict[str, Any] | Problem:
        if not opened:
            return Problem(msg("needs_port", name=name), about="port")
        host, inner = opened[0]
        if host is None and len(opened) == 2:
            host, inner = inner, opened[1][1]
        found: dict[str, Any] = {"port": host or inner}
        if host is not None and host != inner:
            found["target_port"] = inner
        if scene.clause.any(Role.MARK, "public"):
            found["public"] = True
        return found

    return _each(scene, port, "expose")


def _autoscale(scene: Scene) -> Step:
    bounds: dict[str, Any] = {}
    items = (*scene.clause.items, *scene.clause.condition)
    plain_counts: list[int] = []
    for place, item in enumerate(items):
        before = items[place - 1] if place else None
        if item.has(Role.PERCENT) and isinstance(item.value, int):
            bounds["cpu_percent"] = item.value
        elif item.has(Role.OPTION, "min", "max", "cpu-percent") and str(item.value).isdigit():
            bounds[item.sense(Role.OPTION).replace("-", "_")] = int(item.value)
        elif isinstance(item.value, Count) and item.value.value is not None:
            mark = before.sense(Role.MARK) if before is not None else ""
            if mark in ("min", "max"):
                bounds[mark] = item.value.value
            else:
                plain_counts.append(item.value.value)
    if len(plain_counts) >= 2:
        bounds.setdefault("min", min(plain_counts))
        bounds.setdefault("max", max(plain_counts))
    elif plain_counts and "max" not in bounds:
        bounds["max"] = plain_counts[0]
    return _each(scene, lambda name: _bounded(bounds, name), "autoscale")


def _bounded(bounds: dict[str, Any], name: str) -> dict[str, Any] | Problem:
    if "max" not in bounds:
        return Problem(msg("needs_bounds", name=name), about="value")
    if bounds.get("min", 1) > bounds["max"]:
        return Problem(msg("needs_bounds", name=name), about="value")
    return {"min": 1, **bounds}


def _autoscale_off(scene: Scene) -> Step:
    return _each(scene, lambda _name: {"enabled": False}, "autoscale")


def _heal(scene: Scene) -> Step:
    target = scene.target
    troubled = scene.index.with_health("bad")
    if target.doubt in ("none", "unknown", "part") and len(troubled) == 1:
        return do("heal", wish("heal", {"app": troubled[0]}), apps=troubled)
    return _each(scene, lambda _name: {}, "heal")


def _simulate(scene: Scene) -> Step:
    words = " ".join(item.text.lower() for item in scene.clause.items)
    kinds = (("oom", ("memory", "oom")), ("image_pull", ("pull", "image")), ("network", ("network", "packet", "latency")))
    kind = next((kind for kind, marks in kinds if any(mark in words for mark in marks)), "crash")
    return _each(scene, lambda _name: {"kind": kind}, "simulate_failure")


def _undo(scene: Scene) -> Step:
    counts = [i.value.value for i in scene.clause.all(Role.COUNT) if isinstance(i.value, Count) and i.value.value]
    return do("undo", wish("undo", {"steps": counts[0] if counts else None}))


def _set_config(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    return refuse("set_config", "unsupported", msg("cannot_thing", what="command, labels and health checks of apps"))


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {
    "scale": _scale,
    "scale_one_less": _scale_one_less,
    "stop": _stop,
    "start": _start,
    "restart": _restart,
    "delete": _delete,
    "update_image": _update_image,
    "rollback": _rollback,
    "set_env": _set_env,
    "unset_env": _unset_env,
    "set_resources": _set_resources,
    "expose": _expose,
    "autoscale": _autoscale,
    "autoscale_off": _autoscale_off,
    "heal": _heal,
    "simulate_failure": _simulate,
    "undo": _undo,
    "set_config": _set_config,
}
