"""Intents that change what an app runs with: image, environment, limits; and repair, tests and undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from app.agent.rules.amounts import goals, reached
from app.agent.rules.plan_changes import each, unsettled
from app.agent.rules.replies import msg, plain
from app.agent.rules.scene import Scene
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.setup import bare_names
from app.agent.rules.slots import environment
from app.agent.rules.steps import Problem, Step, ask, do, refuse, stopped_by, wish
from app.core.errors import InvalidInput
from app.core.images import parse_image

MOST_STEPS = 20
"""Changes that one undo takes back, as the tool takes it."""


def _update_image(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    return each(scene, lambda name: _new_image(scene, name), "update_image")


def _new_image(scene: Scene, name: str) -> dict[str, Any] | Problem:
    clause, present = scene.clause, scene.index.apps[name].image
    image = _new_one(clause.items)
    try:
        if image is not None:
            parse_image(image.sense(Role.IMAGE))
            return {"image": image.sense(Role.IMAGE)}
        tag = _new_version(clause.items) or _loose_tag(clause.items)
        if tag:
            return {"image": parse_image(present).with_tag(tag).familiar}
    except InvalidInput as error:
        return Problem(plain(str(error)), reason="invalid_value")
    return Problem(msg("needs_image", name=name), about="image")


def _new_one(items: Sequence[Item]) -> Item | None:
    """The image that is wanted: not the one after "from"."""
    found = [place for place, item in enumerate(items) if item.has(Role.IMAGE)]
    wanted = [place for place in found if not (place and items[place - 1].has(Role.PREP, "from"))]
    return items[(wanted or found)[0]] if found else None


def _new_version(items: Sequence[Item]) -> str:
    """The version that is wanted: not the one after "from"."""
    found = [place for place, item in enumerate(items) if item.has(Role.VERSION)]
    wanted = [place for place in found if not (place and items[place - 1].has(Role.PREP, "from"))]
    return items[(wanted or found)[0]].sense(Role.VERSION) if found else ""


def _loose_tag(items: Sequence[Item]) -> str:
    """What follows "to" where it is no number of replicas: `to 16`, `to latest`."""
    for before, item in pairwise(items):
        if before.has(Role.PREP, "to") and item.text.lower() == "latest":
            return "latest"
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
        if scene.clause.any(Role.NOUN, "history") and scene.clause.any(Role.COUNT):
            return Problem(msg("which_revision", name=name), about="revision")
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
    variables = _completed(environment(scene.clause), scene.clause.items)
    if not variables or None in variables.values():
        stop = unsettled(scene)
        say = msg("needs_env", name=scene.target.names or ("it",))
        return stop or ask("set_env.value", "value", say, apps=scene.target.names)
    return each(scene, lambda _name: {"env": variables}, "set_env")


def _completed(variables: Mapping[str, str | None], items: Sequence[Item]) -> dict[str, str | None]:
    """With the value that stands apart from the name: "set WORKERS of web to 8"."""
    bare = [name for name, value in variables.items() if value is None]
    values = [after for before, after in pairwise(items) if before.has(Role.PREP, "to") and not after.has(Role.APP)]
    if len(bare) != 1 or not values:
        return dict(variables)
    return {**variables, bare[0]: values[-1].sense(Role.QUOTE) or values[-1].text}


def _unset_env(scene: Scene) -> Step:
    names = list(environment(scene.clause)) or bare_names(scene.clause.items)
    if not names:
        return ask("unset_env.value", "value", msg("needs_env", name=scene.target.names or ("it",)))
    return each(scene, lambda _name: {"env": dict.fromkeys(names)}, "set_env")


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


def _no_gpu(scene: Scene) -> Step:
    return each(scene, lambda _name: {"gpu": 0}, "set_resources")


def _heal(scene: Scene) -> Step:
    target = scene.target
    if scene.clause.any(Role.ALL) and not scene.clause.any(Role.APP) and not target.settled and scene.index.names:
        return do("heal", wish("heal", {}))
    troubled = scene.index.with_health("bad")
    if target.doubt in ("none", "unknown", "part") and len(troubled) == 1:
        return do("heal", wish("heal", {"app": troubled[0]}), apps=troubled)
    return each(scene, lambda _name: {}, "heal")


def _simulate(scene: Scene) -> Step:
    said = (f"{item.text} {item.value if isinstance(item.value, str) else ''}" for item in scene.clause.items)
    words = " ".join(said).lower()
    kinds = (
        ("oom", ("memory", "oom")),
        ("image_pull", ("pull", "image")),
        ("network", ("network", "packet", "latency")),
        ("cpu_pressure", ("cpu",)),
        ("disk_fill", ("disk",)),
        ("crash", ("crash", "kill", "die", "dead", "down")),
    )
    kind = next((kind for kind, marks in kinds if any(mark in words for mark in marks)), None)
    return each(scene, lambda _name: {"kind": kind} if kind else {}, "simulate_failure")


def _undo(scene: Scene) -> Step:
    """Takes back the latest changes, whatever they were; so what is named must be what was changed last."""
    if scene.clause.any(Role.ALL):
        return ask("undo.all", "value", msg("undo_how_many"))
    named = tuple(dict.fromkeys(name for item in scene.clause.all(Role.APP) for name in _named(item)))
    if named and not set(named) & set(scene.focus.last) and _of_release(scene) and "rollback" in scene.tools:
        return each(scene, lambda _name: {}, "rollback")
    if named and not set(named) & set(scene.focus.last):
        return ask("undo.other", "intent", msg("undo_of", name=named), apps=named)
    counts = [i.value.value for i in scene.clause.all(Role.COUNT) if isinstance(i.value, Count) and i.value.value]
    if counts and not 0 < counts[0] <= MOST_STEPS:
        return refuse("undo.value", "invalid_value", msg("undo_too_many", limit=MOST_STEPS))
    return do("undo", wish("undo", {"steps": counts[0] if counts else None}))


def _of_release(scene: Scene) -> bool:
    """What is to be taken back is a release of an app, though nobody made it here: "undo the last update of web"."""
    told = {item.text.lower() for item in scene.clause.items}
    return bool(told & {"deployment", "update", "release", "rollout", "upgrade", "version"})


def _named(item: Item) -> tuple[str, ...]:
    return item.value.names if isinstance(item.value, AppMention) else ()


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {
    "update_image": _update_image,
    "rollback": _rollback,
    "set_env": _set_env,
    "unset_env": _unset_env,
    "set_resources": _set_resources,
    "no_gpu": _no_gpu,
    "heal": _heal,
    "simulate_failure": _simulate,
    "undo": _undo,
}
