"""Readings and tool calls in the product's canonical actions: what `kubelite ask --json` and the evaluation speak.

An action is a dict with `action`, mostly `app`, and the fields that were given. What would only be asked for stands
inside `confirm_required`, by the rule of the gate: deleting always, and stopping three apps or by a filter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.agent.rules.reading import KnownApp, Outcome, Reading, Wish
from app.agent.rules.yesno import plain_answer
from app.core.errors import InvalidInput
from app.core.gate import MASS
from app.core.images import app_name_from_image

Action = dict[str, Any]
_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
_NOT_CANONICAL = frozenset({"runtime", "save"})
"""Arguments that the canonical words do not have."""
_SAME_TOOL = {"status": frozenset({"list", "status"}), "scale": frozenset({"scale", "stop", "start"})}
"""Intents that are canonical words of their own though another one's tool carries them out."""


def actions_of(wish: Wish) -> list[Action]:
    """What one call carries out: one action an app."""
    arguments = {name: value for name, value in wish.arguments.items() if name not in _NOT_CANONICAL}
    if wish.tool == "delete":
        return [{"action": "delete", "app": app} for app in arguments.get("apps", [])]
    if wish.tool == "deploy":
        return [_deployed(arguments)]
    word = wish.intent if wish.intent in _SAME_TOOL.get(wish.tool, ()) else wish.tool
    if wish.tool == "scale" and word in ("stop", "start"):
        arguments.pop("replicas", None)
    return [{"action": word, **arguments}]


def canonical(reading: Reading) -> list[Action]:
    """A reading's calls in order, with what the gate would ask for inside `confirm_required`, then its outcome."""
    actions: list[Action] = []
    asked: list[Action] = []
    massive = _stops_many(reading.wishes)
    for wish in reading.wishes:
        made = actions_of(wish)
        if wish.tool in ("delete", "delete_object") or (massive and _stops(wish)):
            if not asked:
                actions.append({"action": "confirm_required", "then": asked})
            asked.extend(made)
        else:
            actions.extend(made)
    return actions + outcome_of(reading)


def outcome_of(reading: Reading) -> list[Action]:
    """The outcome without a change, as an action; empty where there is none."""
    if reading.outcome is Outcome.CLARIFY:
        return [{"action": "clarify", "about": reading.about, "candidates": list(reading.candidates)}]
    if reading.outcome is Outcome.REFUSE:
        return [{"action": "refuse", "reason": reading.reason}]
    return [{"action": "answer_only"}] if reading.outcome is Outcome.ANSWER else []


def answered(text: str, earlier: Sequence[Mapping[str, Any]]) -> list[Action] | None:
    """What the page does with a plain yes or no to the one thing that was asked; None where nothing was."""
    pending = [action for action in earlier if action.get("action") == "confirm_required"]
    verdict = plain_answer(text)
    if verdict is None or len(pending) != 1:
        return None
    return [dict(action) for action in pending[0].get("then", [])] if verdict else [{"action": "answer_only"}]


def wishes_of(actions: Sequence[Mapping[str, Any]], apps: Sequence[KnownApp]) -> tuple[Wish, ...]:
    """Canonical actions back as calls, for replaying an earlier turn; outcomes are left out."""
    found: list[Wish] = []
    for action in actions:
        word = str(action["action"])
        if word == "confirm_required":
            found.extend(wishes_of(action.get("then", []), apps))
        elif word not in _OUTCOMES:
            names = [app.name for app in apps] if action.get("app") == "*" else [action.get("app")]
            found.extend(_wish(word, name, action) for name in names)
    return tuple(found)


def _wish(word: str, name: Any, action: Mapping[str, Any]) -> Wish:
    fields = {key: value for key, value in action.items() if key not in ("action", "app")}
    if word == "delete":
        return Wish("delete", {"apps": [name]}, word)
    if word == "deploy":
        return Wish("deploy", {"name": str(name).lstrip("~"), **fields}, word)
    if word in ("stop", "start"):
        return Wish("scale", {"app": name, "replicas": 0 if word == "stop" else fields.get("replicas", 1)}, word)
    tool = "status" if word == "list" else word
    return Wish(tool, {**({"app": name} if name else {}), **fields}, word)


def _deployed(arguments: Mapping[str, Any]) -> Action:
    fields = {key: value for key, value in arguments.items() if key != "name"}
    return {"action": "deploy", "app": arguments.get("name") or _named_after(str(arguments.get("image", ""))), **fields}


def _named_after(image: str) -> str:
    try:
        return app_name_from_image(image)
    except InvalidInput:
        return "app"


def _stops(wish: Wish) -> bool:
    return wish.tool == "stop" or (wish.tool == "scale" and wish.arguments.get("replicas") == 0)


def _stops_many(wishes: Sequence[Wish]) -> bool:
    stops = [wish for wish in wishes if _stops(wish)]
    ended = len(stops) + sum(len(wish.arguments.get("apps", [])) for wish in wishes if wish.tool == "delete")
    return bool(stops) and (ended >= MASS or any(wish.by_filter for wish in stops))
