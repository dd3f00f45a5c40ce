"""Intents about money and places: what things cost, limits on it, GPU markets, another runtime; and what was learnt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.agent.rules.plan_changes import each, unsettled
from app.agent.rules.plan_looks import optional
from app.agent.rules.replies import msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Role
from app.agent.rules.steps import Step, ask, do, wish

_SAVING = frozenset(
    {"save", "saving", "savings", "optimize", "optimise", "cheaper", "reduce", "lower", "cut", "economise"}
)
_HOURLY = re.compile(r"\b(?:per|an|a|each|every) hour\b|\bhourly\b|/h\b")
_PERIODIC = re.compile(r"\b(?:per|a|each|every) (?:day|week|month|year)\b|\b(?:daily|weekly|monthly|yearly)\b")
_GPU_NAME = re.compile(r"(?:(?:nvidia|rtx|gtx|tesla) )*[a-z]{0,2}\d{2,4}(?: ?ti)?", re.IGNORECASE)
_NONE = "none"
"""What the tool takes for "without a limit"."""


def _cost(scene: Scene) -> Step:
    """What apps cost; with proposals where it is about paying less."""
    step = optional(scene, "cost")
    words = {item.text.lower() for item in scene.clause.items} | {word.lower() for word in scene.clause.loose}
    if not words & _SAVING:
        return step
    wishes = (wish("cost", {**one.arguments, "save": True}, intent="cost") for one in step.wishes)
    return replace(step, wishes=tuple(wishes))


def _markets(scene: Scene) -> Step:
    named = (item.text for item in scene.clause.items if item.has(Role.GPU) or item.has(Role.UNIT, "gpu"))
    found = (_GPU_NAME.search(text) for text in named)
    model = next((match[0] for match in found if match), None)
    memory = scene.clause.first(Role.MEMORY)
    given = {"gpu_model": model, "gpu_memory": memory.sense(Role.MEMORY) if memory else None}
    return do("markets", wish("markets", given))


def _set_budget(scene: Scene) -> Step:
    amount = scene.clause.first(Role.MONEY)
    if amount is None:
        return ask("set_budget.value", "value", msg("needs_budget"))
    said = " ".join(item.text.lower() for item in scene.clause.items)
    if _PERIODIC.search(said):
        return ask("set_budget.value", "value", msg("budget_hour_or_all"))
    total = scene.clause.any(Role.MARK, "total")
    if not _HOURLY.search(said) and not total:
        return ask("set_budget.value", "value", msg("budget_hour_or_all"))
    return _limited(scene, {"total" if total else "per_hour": amount.sense(Role.MONEY)})


def _no_budget(scene: Scene) -> Step:
    return _limited(scene, {"per_hour": _NONE, "no_limit": True})


def _limited(scene: Scene, limits: Mapping[str, Any]) -> Step:
    """Of the app that is named, of all apps together where none is."""
    named = scene.clause.any(Role.APP) or (scene.clause.any(Role.PRONOUN) and scene.target.settled)
    if not named:
        return do("set_budget", wish("set_budget", limits))
    return each(scene, lambda _name: dict(limits), "set_budget")


def _move(scene: Scene) -> Step:
    stop = unsettled(scene)
    place = scene.clause.first(Role.RUNTIME)
    if stop is not None or place is None:
        return stop or ask("move.value", "value", msg("change_what", name=scene.target.names), apps=scene.target.names)
    return each(scene, lambda _name: {"to": place.sense(Role.RUNTIME)}, "move")


def _incidents(scene: Scene) -> Step:
    return optional(scene, "incidents")


def _lessons(_scene: Scene) -> Step:
    return do("lessons", wish("lessons", {}))


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {
    "cost": _cost,
    "markets": _markets,
    "set_budget": _set_budget,
    "no_budget": _no_budget,
    "move": _move,
    "incidents": _incidents,
    "lessons": _lessons,
}
