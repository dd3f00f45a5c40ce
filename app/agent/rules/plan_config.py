"""Intents that change how an app is set up: image, environment, limits, ports, scaling by load, repair and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from app.agent.rules.amounts import goals, reached
from app.agent.rules.clause import Clause
from app.agent.rules.cursor import shell_words
from app.agent.rules.plan_changes import each, unsettled
from app.agent.rules.replies import msg, plain
from app.agent.rules.scene import Scene
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.slots import environment, ports
from app.agent.rules.steps import Problem, Step, ask, do, refuse, stopped_by, wish
from app.core.errors import InvalidInput
from app.core.images import parse_image


def _update_image(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    return each(scene, lambda name: _new_image(scene, name), "update_image")


def _new_image(scene: Scene, name: str) -> dict[str, Any] | Problem:
    clause, present = scene.clause, scene.index.apps[name].image
    image = clause.first(Role.IMAGE)
    try:
        if image is not None:
            parse_image(image.sense(Role.IMAGE))
            return {"image": image.sense(Role.IMAGE)}
        tag = next((item.sense(Role.VERSION) for item in clause.all(Role.VERSION)), "") or _loose_tag(clause.items)
        if tag:
            return {"image": parse_image(present).with_tag(tag).familiar}
    except InvalidInput as error:
        return Problem(plain(str(error)), reason="invalid_value")
    return Problem(msg("needs_image", name=name), about="image")


def _loose_tag(items: Sequence[Item]) -> str:
    """What follows "to" where it is no number of replicas: `to 16`, `to latest`."""
    for before, item in pairwise(items):
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

    return each(scene, back, "rollback")


def _set_env(scene: Scene) -> Step:
    variables = environment(scene.clause)
    if not variables or None in variables.values():
        stop = unsettled(scene)
        say = msg("needs_env", name=scene.target.names or ("it",))
        return stop or ask("set_env.value", "value", say, apps=scene.target.names)
    return each(scene, lambda _name: {"env": variables}, "set_env")


def _unset_env(scene: Scene) -> Step:
    names = list(environment(scene.clause)) or _bare_names(scene.clause.items)
    if not names:
        return ask("unset_env.value", "value", msg("needs_env", name=scene.target.names or ("it",)))
    return each(scene, lambda _name: {"env": dict.fromkeys(names)}, "set_env")


def _bare_names(items: Sequence[Item]) -> list[str]:
    """The words between the verb and "on": names of variables that nothing else gives away."""
    found: list[str] = []
    for item in items:
        if item.has(Role.PREP) and found:
            break
        if item.has(Role.UNKNOWN):
            found.append(item.text)
    return found


def _set_resources(scene: Scene) -> Step:
    wanted = goals(scene.clause)
    if isinstance(wanted, Problem):
        return stopped_by("set_resources.value", wanted, scene.target.names)

    def limits(name: str) -> dict[str, Any] | Problem:
        app = scene.index.apps[name]
        found = {kind: reached(goal, kind, scene.clause, app) for kind, goal in wanted.items()}
        problem = next((value for value in found.values() if isinstance(value, Problem)), None)
        return problem or found or Problem(msg("which_resource", name=name), about="value")

    return each(scene, limits, "set_resources")


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

    return each(scene, port, "expose")


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
    return each(scene, lambda name: _bounded(bounds, name), "autoscale")


def _bounded(bounds: dict[str, Any], name: str) -> dict[str, Any] | Problem:
    if "max" not in bounds:
        return Problem(msg("needs_bounds", name=name), about="value")
    if bounds.get("min", 1) > bounds["max"]:
        return Problem(msg("needs_bounds", name=name), about="value")
    return {"min": 1, **bounds}


def _autoscale_off(scene: Scene) -> Step:
    return each(scene, lambda _name: {"enabled": False}, "autoscale")


def _heal(scene: Scene) -> Step:
    target = scene.target
    troubled = scene.index.with_health("bad")
    if target.doubt in ("none", "unknown", "part") and len(troubled) == 1:
        return do("heal", wish("heal", {"app": troubled[0]}), apps=troubled)
    return each(scene, lambda _name: {}, "heal")


def _simulate(scene: Scene) -> Step:
    words = " ".join(item.text.lower() for item in scene.clause.items)
    kinds = (
        ("oom", ("memory", "oom")),
        ("image_pull", ("pull", "image")),
        ("network", ("network", "packet", "latency")),
    )
    kind = next((kind for kind, marks in kinds if any(mark in words for mark in marks)), "crash")
    return each(scene, lambda _name: {"kind": kind}, "simulate_failure")


def _undo(scene: Scene) -> Step:
    """Takes back the latest changes, whatever they were; so what is named must be what was changed last."""
    if scene.clause.any(Role.ALL):
        return ask("undo.all", "value", msg("undo_how_many"))
    named = tuple(dict.fromkeys(name for item in scene.clause.all(Role.APP) for name in _named(item)))
    if named and not set(named) & set(scene.focus.last):
        return ask("undo.other", "intent", msg("undo_of", name=named), apps=named)
    counts = [i.value.value for i in scene.clause.all(Role.COUNT) if isinstance(i.value, Count) and i.value.value]
    return do("undo", wish("undo", {"steps": counts[0] if counts else None}))


def _named(item: Item) -> tuple[str, ...]:
    return item.value.names if isinstance(item.value, AppMention) else ()


def _set_config(scene: Scene) -> Step:
    clause = scene.clause
    if clause.any(Role.PATH, "health") or clause.any(Role.NOUN, "health") or clause.any(Role.MARK, "health"):
        return refuse("set_config", "unsupported", msg("cannot_thing", what="health checks"), apps=scene.target.names)
    found: dict[str, Any] = {**_command(clause)}
    if labels := _labels(clause):
        found["labels"] = labels
    if not found:
        return unsettled(scene) or ask("set_config.value", "value", msg("change_what", name=scene.target.names))
    return each(scene, lambda _name: found, "set_config")


def _command(clause: Clause) -> dict[str, list[str]]:
    """What follows its mark at once, or stands in quotes further on: the command of web to "python serve.py"."""
    given = {item.sense(Role.ARGUMENTS): list(item.value) for item in clause.all(Role.ARGUMENTS)}
    mark, text = clause.first(Role.MARK, "command", "args"), clause.first(Role.QUOTE)
    if given or mark is None or text is None:
        return given
    return {mark.sense(Role.MARK): shell_words(text.sense(Role.QUOTE))}


def _labels(clause: Clause) -> dict[str, str | None]:
    """Those to set, or to take away where the verb says so: "label web tier=front", "remove the label tier"."""
    pairs = [item.sense(Role.LABEL).partition("=") for item in clause.all(Role.LABEL)]
    found: dict[str, str | None] = {_last_word(key): value for key, _, value in pairs}
    if not found and (clause.verb == "label" or clause.any(Role.NOUN, "labels")):
        found = dict(environment(clause))
    if clause.verb in ("delete", "unset", "drop"):
        return dict.fromkeys(found or _bare_names(clause.items))
    return {key: value for key, value in found.items() if value is not None}


def _last_word(text: str) -> str:
    """The key of a label that was read with its mark: "label tier=web"."""
    return text.split()[-1] if text.split() else ""


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {
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
