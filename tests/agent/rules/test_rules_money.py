"""Money, markets and places: limits are never guessed, and what is only looked at changes nothing."""

from __future__ import annotations

import pytest

from app.agent.rules import read
from app.agent.rules.reading import KnownApp, Outcome, World

TOOLS = frozenset(
    {"cost", "markets", "set_budget", "move", "incidents", "lessons", "events", "help", "status", "scale", "deploy"}
)
APPS = (KnownApp("shop", "nginx:1.27", 2), KnownApp("kv", "redis:7", 1))


def meant(text: str) -> list[tuple[str, dict[str, object]]]:
    return [(wish.tool, wish.arguments) for wish in read(text, World(APPS, TOOLS)).wishes]


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("what do I spend on shop?", "cost", {"app": "shop"}),
        ("how much of the budget is left?", "cost", {}),
        ("make kv cheaper", "cost", {"app": "kv", "save": True}),
        ("how do I save money?", "cost", {"save": True}),
        ("list the gpu markets", "markets", {}),
        ("what does an RTX 3090 cost?", "markets", {"gpu_model": "RTX 3090"}),
        ("limit spending to $1.50 an hour", "set_budget", {"per_hour": "1.50"}),
        ("cap shop at 2 dollars per hour", "set_budget", {"app": "shop", "per_hour": "2"}),
        ("set the budget to 30 usd in total", "set_budget", {"total": "30"}),
        ("remove the budget of kv", "set_budget", {"app": "kv", "per_hour": "none", "no_limit": True}),
        ("move shop to nosana", "move", {"app": "shop", "to": "nosana"}),
        ("show past incidents of kv", "incidents", {"app": "kv"}),
        ("what have you learnt so far?", "lessons", {}),
    ],
)
def test_said(text: str, tool: str, arguments: dict[str, object]) -> None:
    assert meant(text) == [(tool, arguments)]


@pytest.mark.parametrize("text", ["set the budget to $20", "limit spending to 5 dollars a month", "set a budget"])
def test_an_amount_without_its_time_is_asked_about(text: str) -> None:
    found = read(text, World(APPS, TOOLS))
    assert (found.wishes, found.outcome, found.about) == ((), Outcome.CLARIFY, "value")


def test_without_the_tool_it_is_said() -> None:
    found = read("set the budget to $2 per hour", World(APPS, frozenset({"status", "cost"})))
    assert (found.wishes, found.reason) == ((), "unsupported")
