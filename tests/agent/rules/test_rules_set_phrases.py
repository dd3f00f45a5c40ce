"""Orders with a fixed form: the demo, game days, experiments, incidents, lessons, saving."""

from __future__ import annotations

from typing import Any

import pytest

from agent_tools import TOOLS
from app.agent.rules import read
from app.agent.rules.reading import KnownApp, World

NAMES = frozenset(tool.name for tool in TOOLS)
WEB = (KnownApp("web", "nginx:1.27", 3), KnownApp("api", "ghcr.io/a/api:1", 2))


def wishes(text: str, *more: str) -> list[tuple[str, dict[str, Any]]]:
    apps = (*WEB, *(KnownApp(name, "redis:7", 1) for name in more))
    return [(one.tool, dict(one.arguments)) for one in read(text, World(apps, NAMES)).wishes]


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("start the demo", "demo", {}),
        ("Could you show me a demo, please?", "demo", {}),
        ("stop the demo!", "demo", {"do": "stop"}),
        ("show act 6 of the demo", "demo", {"only": 6}),
        ("run a game day on web", "run_game_day", {"app": "web"}),
        ("show the game day of web", "game_days", {"app": "web"}),
        ("stop the experiment", "stop_experiment", {}),
        ("show the experiments", "experiments", {}),
        ("show the incidents", "incidents", {}),
        ("show incident 1a2b3c4d", "incidents", {"incident": "1a2b3c4d"}),
        ("the diagnosis of 1a2b3c4d was wrong", "judge_incident", {"incident": "1a2b3c4d", "right": False}),
        ("what have you learnt?", "lessons", {}),
        ("forget the lessons about nginx", "lessons", {"forget": True, "image": "nginx"}),
        ("auto-heal my broken containers", "heal", {}),
        ("fix problems", "heal", {}),
        ("heal my deployment", "heal", {}),
        ("scale down the web to save costs", "cost", {"app": "web", "save": True}),
        ("give web a budget of $5", "set_budget", {"app": "web", "total": "5"}),
        ("let web run 24 more hours", "set_budget", {"app": "web", "hours": 24}),
        ("the cheapest GPU that fits Llama 8B", "markets", {"fits_model": "Llama 8B"}),
    ],
)
def test_a_set_phrase(text: str, tool: str, arguments: dict[str, Any]) -> None:
    assert wishes(text) == [(tool, arguments)]


def test_every_call_fits_its_tool() -> None:
    tools = {tool.name: tool for tool in TOOLS}
    for text in ("start the demo", "run a game day on web", "show incident 1a2b3c4d", "let web run 24 more hours"):
        [(name, arguments)] = wishes(text)
        tools[name].args.model_validate(arguments)


def test_an_app_of_that_name_is_an_app() -> None:
    assert wishes("stop the demo", "demo") == [("stop", {"app": "demo"})]
    assert wishes("run a game day on nowhere") == []
    assert all(tool != "demo" for tool, _ in wishes("don't start the demo"))
