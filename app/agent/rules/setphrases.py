"""Orders with a fixed form, about things of which there is one of a kind: the demo, game days, experiments, incidents.

Read before the grammar, whole sentences only, and never where an app has that name: an app called demo is an app.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.agent.rules.reading import World
from app.agent.rules.steps import Step, do, wish

_BEFORE = (
    r"\W*(?:(?:please|ok|okay|hey|now|kindly)\W+|(?:can|could|would|will) you (?:please )?|i(?:'d| would) like to )*"
)
_AFTER = r"(?:[\s,]+(?:please|now|for me|thanks))*\W*"
_APP = r"(?P<app>[a-z0-9][a-z0-9./-]*)"
_SHOW = r"(?:show|list|see|give)(?: me| us)?(?: (?:all|the|my|our|all the))?"
_ILL = r"(?:broken|failing|failed|unhealthy|crashed|crashing|sick|bad)"


@dataclass(frozen=True, slots=True)
class _Phrase:
    """`word` is what an app must not be called for this to count; `arguments` come from the match's groups."""

    pattern: re.Pattern[str]
    tool: str
    word: str
    arguments: Callable[[Mapping[str, str | None]], dict[str, Any]]


def _phrase(
    form: str, tool: str, word: str, arguments: Callable[[Mapping[str, str | None]], dict[str, Any]] | None = None
) -> _Phrase:
    pattern = re.compile(f"{_BEFORE}(?:{form}){_AFTER}", re.IGNORECASE)
    return _Phrase(pattern, tool, word, arguments or _named)


def _named(found: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value}


def _act(found: Mapping[str, str | None]) -> dict[str, Any]:
    return {"only": int(found["only"] or 1)}


def _judged(found: Mapping[str, str | None]) -> dict[str, Any]:
    return {"incident": found["incident"], "right": (found["word"] or "").lower() in ("right", "correct")}


PHRASES = (
    _phrase(r"(?:start|run|show(?: me)?|play|begin|launch|give me)(?: the| a| your)? demo", "demo", "demo"),
    _phrase(r"(?:stop|end|abort|quit|cancel)(?: the| this| your)? demo", "demo", "demo", lambda _found: {"do": "stop"}),
    _phrase(r"(?:show|run|play)(?: me)? act (?P<only>\d{1,2})(?: of the demo)?", "demo", "demo", _act),
    _phrase(
        rf"(?:start|run|hold|do|have)(?: an?| the)? game ?day (?:on|for|with|against) {_APP}", "run_game_day", "game"
    ),
    _phrase(rf"{_SHOW} game ?days?(?: (?:report )?(?:of|for|on) {_APP})?", "game_days", "game"),
    _phrase(r"(?:stop|abort|end|cancel)(?: the| all| this| my)? experiments?", "stop_experiment", "experiment"),
    _phrase(rf"{_SHOW} experiments?(?: (?:of|for|on) {_APP})?", "experiments", "experiments"),
    _phrase(rf"{_SHOW} incidents?(?: (?:of|for|on) {_APP})?", "incidents", "incidents"),
    _phrase(r"show(?: me)?(?: the)? incident (?P<incident>[0-9a-f]{8})", "incidents", "incident"),
    _phrase(
        r"(?:the )?(?:diagnosis|cause|remedy|analysis|incident)(?: of)? (?P<incident>[0-9a-f]{8}) (?:was|is) "
        r"(?P<word>right|wrong|correct|incorrect)",
        "judge_incident",
        "incident",
        _judged,
    ),
    _phrase(r"what have you learn(?:t|ed)|what did you learn", "lessons", "lessons"),
    _phrase(
        rf"forget (?:the lessons?|what you(?:'ve| have)? learn(?:t|ed)) (?:about|of|for) {_APP}",
        "lessons",
        "lessons",
        lambda found: {"forget": True, "image": found["app"]},
    ),
    _phrase(
        rf"(?:auto-?heal|heal|fix|repair|mend)(?: (?:my|our|the|all|any|every|all the|all my))?(?: {_ILL})? "
        r"(?:containers?|apps?|deployments?|problems?|issues|failures|services|everything|what(?:'s| is) broken)",
        "heal",
        "problems",
    ),
    _phrase(
        rf"(?:scale down|shrink|downsize|reduce|optimi[sz]e)(?: the| my| our)? {_APP} to (?:save|cut|reduce|lower)"
        r"(?: some| the)? (?:costs?|money|spending)",
        "cost",
        "costs",
        lambda found: {"app": found["app"], "save": True},
    ),
    _phrase(
        r"how (?:could|can) (?:it|this|everything|i) (?:cost less|be cheaper|save money)",
        "cost",
        "cost",
        lambda _f: {"save": True},
    ),
    _phrase(
        rf"give {_APP} a (?:total )?budget of \$? ?(?P<total>\d+(?:\.\d+)?) ?(?:\$|dollars?|usd)?",
        "set_budget",
        "budget",
    ),
    _phrase(
        rf"let {_APP} run (?:for )?(?:another )?(?P<hours>\d{{1,4}})(?: more)? hours?(?: more)?",
        "set_budget",
        "budget",
        lambda found: {"app": found["app"], "hours": int(found["hours"] or 0)},
    ),
    _phrase(
        r"(?:what is |which is |find |show(?: me)? )?the cheapest (?:gpu|market|card) (?:that|which|to) "
        r"(?:fits|fit|runs|run) (?P<fits_model>[\w./: -]{2,60}?)",
        "markets",
        "gpu",
    ),
)


def set_phrase(text: str, world: World) -> Step | None:
    """The one step of such an order; None for every other sentence."""
    names = {app.name for app in world.apps} | {app.name.rpartition("/")[2] for app in world.apps}
    for phrase in PHRASES:
        if phrase.tool not in world.tools or phrase.word in names:
            continue
        if (found := phrase.pattern.fullmatch(text.strip())) is None:
            continue
        arguments = phrase.arguments(found.groupdict())
        app = arguments.get("app")
        if app is not None and app not in names:
            return None  # the grammar knows how to ask for the app that was meant
        return do(phrase.tool, wish(phrase.tool, arguments))
    return None
