"""Word order: prepositions that stand behind, verbs that come last, orders said in another order than they are done."""

from __future__ import annotations

import pytest

from app.agent.rules import read
from app.agent.rules.canonical import canonical
from app.agent.rules.reading import World
from app.agent.rules.yesno import plain_answer
from benchmarks.robustness import WORLD


def done(text: str, world: World = WORLD) -> list[tuple[object, ...]]:
    """Actions as (action, app, further values)."""
    return [
        (action["action"], action.get("app"), *(value for key, value in action.items() if key not in ("action", "app")))
        for action in canonical(read(text, world))
    ]


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("webを5つに増やして", [("scale", "web", 5)]),
        ("webを2つ増やして", [("scale", "web", 5)]),
        ("web ko 5 tak badhao", [("scale", "web", 5)]),
        ("web neu starten", [("restart", "web")]),
        ("web kann nicht starten", [("analyze", "web")]),
        ("before restarting web set MODE=x", [("set_env", "web", {"MODE": "x"}), ("restart", "web")]),
        ("after scaling web to 2 show its logs", [("scale", "web", 2), ("logs", "web")]),
        ("instead of stopping api restart it", [("restart", "api")]),
        ("give web 1Gi and 2 replicas", [("set_resources", "web", "1Gi"), ("scale", "web", 2)]),
        ("search is broken, look into it", [("analyze", "search")]),
        ("search needs 4Gi", [("set_resources", "search", "4Gi")]),
    ],
)
def test_said(text: str, actions: list[tuple[object, ...]]) -> None:
    assert done(text) == actions


def test_what_all_but_spares_is_never_what_goes() -> None:
    [asked] = canonical(read("remove all apps but web", WORLD))
    assert asked["action"] == "confirm_required"
    assert "web" not in [action["app"] for action in asked["then"]]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("yes, go ahead please", True),
        ("sí, adelante", True),
        ("ja, mach das bitte", True),
        ("no, cancel it, thanks", False),
        ("yes, stop", None),
        ("please", None),
        ("yes and delete api too", None),
    ],
)
def test_a_yes_of_several_phrases(text: str, verdict: bool | None) -> None:
    assert plain_answer(text) is verdict
