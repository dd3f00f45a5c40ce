"""Wrong arguments, whatever a model invents: a sentence each, and nothing happens."""

from __future__ import annotations

import math
from typing import Any

import pytest

from agent_tools import TOOLS
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl

_REPLICAS = "replicas must be a whole number from 0 to 1000"


@pytest.mark.parametrize("value", [-1, 1001, 3.0, 2.5, "3", "3.0", "three", True, [3], {}, math.inf, 10**30])
async def test_replicas_are_strict(run: Run, control: FakeControl, value: Any) -> None:
    result = await run("scale", app="web", replicas=value)
    assert not result.ok
    assert result.summary.startswith(_REPLICAS)
    assert control.writes == []


@pytest.mark.parametrize("value", [0, 1, 1000])
async def test_whole_numbers_in_range_pass(run: Run, control: FakeControl, value: int) -> None:
    assert (await run("scale", app="web", replicas=value)).ok
    assert control.app("web").spec.replicas == value


@pytest.mark.parametrize(
    ("tool", "args", "said"),
    [
        ("scale", {"app": "web"}, "scale needs replicas: how many replicas; 0 stops the app."),
        ("scale", {"app": "web", "replicas": None}, "scale needs replicas: "),
        ("scale", {"app": "web", "count": 3}, 'scale has no argument "count"; it takes app, replicas.'),
        ("scale", {"app": 7, "replicas": 1}, "app must be text, not 7."),
        ("scale", {"app": "  ", "replicas": 1}, "app must name one app"),
        ("delete", {"apps": []}, "apps list should have at least 1 item"),
        ("delete", {"apps": "web"}, "apps must be a list, each item text"),
        ("delete", {"apps": ["*"]}, "patterns are not accepted"),
        ("logs", {"app": "web", "since": "yesterday"}, 'for example "10m"'),
        ("logs", {"app": "web", "tail": 0}, "tail must be a whole number from 1 to 2000, not 0."),
        ("logs", {"app": "web", "previous": "yes"}, "previous must be true or false"),
        ("nonsense", {}, 'There is no tool "nonsense"; the tools are deploy, '),
    ],
)
async def test_sentences(run: Run, control: FakeControl, tool: str, args: dict[str, Any], said: str) -> None:
    result = await run(tool, **args)
    assert not result.ok
    assert said in result.summary
    assert control.writes == []


async def test_two_problems_are_two_sentences(run: Run) -> None:
    result = await run("scale", replicas=-1, app=None)
    assert "scale needs app" in result.summary
    assert _REPLICAS in result.summary


async def test_null_is_not_given(run: Run) -> None:
    assert (await run("status", app=None)).actions == [{"action": "list"}]
    assert (await run("logs", app="web", since=None, grep=None)).actions == [{"action": "logs", "app": "web"}]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_small_model_can_read_it(tool: Any) -> None:
    schema = tool.args.model_json_schema()
    assert len(tool.description) <= 160
    assert tool.examples
    for name, node in schema["properties"].items():
        assert node.get("description"), f"{tool.name}.{name}"
        assert "$ref" not in str(node)
