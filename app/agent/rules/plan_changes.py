"""The intents that change something. A wrong app or value is never guessed; what ends an app needs its exact name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.agent.rules import plan_looks
from app.agent.rules.reading import Wish
from app.agent.rules.replies import Message, cited, msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.slots import replica_goal
from app.agent.rules.steps import Problem, Step, answer, ask, do, stopped_by, wish

TOOL_OF: Mapping[str, str] = {
    "stop": "scale",
    "start": "scale",
    "scale_one_less": "scale",
    "unset_env": "set_env",
    "no_gpu": "set_resources",
    "no_budget": "set_budget",
    "autoscale_off": "autoscale",
    "unexpose": "delete_object",
    "list_objects": "status",
    "describe_or_list": "status",
    "list": "status",
    "health_report": "status",
}
"""Intents that another intent's tool carries out; `stop` and `start` only where their own are not bound."""
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


def each(scene: Scene, arguments: Callable[[str], dict[str, Any] | Problem], tool: str) -> Step:
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
    confidence = 0.95 if scene.target.settled else 0.7
    return do(scene.intent, *wishes, apps=names, note=strangers(scene), confidence=confidence)


def strangers(scene: Scene) -> Message | None:
    """A note about words that stand in the list of apps and name none: "delete web and foo"."""
    items = scene.clause.items
    unknown = [
        item.text
        for place, item in enumerate(items)
        if item.has(Role.UNKNOWN) and any(_listed(items, place, way) for way in (-1, 1))
    ]
    if not unknown:
        return None
    return msg("no_such_app_too", word=cited(" ".join(unknown)))


def _listed(items: Sequence[Item], place: int, way: int) -> bool:
    """Whether an app stands beside the word at `place`, joined by a comma or "and"."""
    joint, app = place + way, place + 2 * way
    if min(joint, app) < 0 or max(joint, app) >= len(items):
        return False
    joined = items[joint].has(Role.BREAK) or items[joint].has(Role.CONNECT, "and")
    return joined and items[app].has(Role.APP)


def _scale(scene: Scene) -> Step:
    def goal(name: str) -> dict[str, Any] | Problem:
        model = _model_app(scene)
        found = model if model is not None else replica_goal(scene.clause, scene.index.apps[name].replicas)
        return found if isinstance(found, Problem) else {"replicas": found}

    early = _bad_count(scene)
    step = early or each(scene, goal, "scale")
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

    return each(scene, goal, "scale")


def _stop(scene: Scene) -> Step:
    stop = unsettled(scene, "stop")
    if stop is not None:
        return stop
    target = scene.target
    tool, count = ("stop", None) if "stop" in scene.tools else ("scale", 0)
    wishes = (
        wish(tool, {"app": name, "replicas": count}, intent="stop", by_filter=target.by_filter) for name in target.names
    )
    return do("stop", *wishes, apps=target.names, note=strangers(scene))


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
    if "start" in scene.tools:
        return do("start", *(wish("start", {"app": name, "replicas": count}) for name in sleeping), apps=names)
    wishes = (
        wish("scale", {"app": name, "replicas": count or scene.index.apps[name].last_replicas or 1}, intent="start")
        for name in sleeping
    )
    return do("start", *wishes, apps=names)


def _restart(scene: Scene) -> Step:
    return each(scene, lambda _name: {}, "restart")


def _rollout(tool: str) -> Callable[[Scene], Step]:
    return lambda scene: each(scene, lambda _name: {}, tool)


def _delete(scene: Scene) -> Step:
    stop = unsettled(scene, "delete")
    if stop is not None:
        return stop
    target = scene.target
    made = wish("delete", {"apps": list(target.names)}, by_filter=target.by_filter)
    return do("delete", made, apps=target.names, note=strangers(scene))


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {
    "scale": _scale,
    "scale_one_less": _scale_one_less,
    "stop": _stop,
    "start": _start,
    "restart": _restart,
    "pause_rollout": _rollout("pause_rollout"),
    "resume_rollout": _rollout("resume_rollout"),
    "delete": _delete,
}
