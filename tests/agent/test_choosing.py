"""A small model is shown few tools, and can reach all of them."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import AIMessage

from agent_tools import TOOLS
from app.agent.choosing import CORE, MORE, chosen
from app.agent.rules.reading import Reading, Wish
from tests.agent.fakes import closing, make_world
from tests.openai_server import OpenAIServer, Reply, Say, Use

NOTHING = Reading()


def test_the_core_is_real() -> None:
    assert set(CORE) <= {tool.name for tool in TOOLS}


@pytest.mark.parametrize(
    ("sentence", "tool"),
    [
        ("give web more memory", "set_resources"),
        ("which revisions does api have, and its history?", "history"),
        ("run this migration job every night on a schedule", "run_job"),
        ("make web reachable from outside: expose it", "expose"),
        ("export everything as a manifest", "export_manifest"),
    ],
)
def test_what_the_words_fit_is_shown(sentence: str, tool: str) -> None:
    names = chosen(TOOLS, sentence, NOTHING, [], ())
    assert tool in names
    assert len(names) <= len(CORE) + 3


def test_what_the_rules_read_was_used_or_was_opened_is_shown() -> None:
    reading = Reading(wishes=(Wish("autoscale", {}),))
    used = AIMessage("", tool_calls=[{"name": "metrics", "args": {}, "id": "1", "type": "tool_call"}])
    names = chosen(TOOLS, "", reading, [used], ["diff", "no_such_tool"])
    assert names == {*CORE, "autoscale", "metrics", "diff"}


async def test_a_tool_is_opened_and_called() -> None:
    script: list[Reply] = [
        Use([(MORE, {"tools": ["metrics"]})]),
        Use([("metrics", {"app": "web"})]),
        Say("It uses little."),
    ]
    async with OpenAIServer(script).running() as server, closing(make_world(url=server.url)) as world:
        done = await world.say("good evening")
    assert done.reply == "It uses little."
    first, second, _ = [[tool["function"]["name"] for tool in body["tools"]] for body in server.requests]
    assert "metrics" not in first
    assert "metrics" in second
    said = json.loads(server.requests[1]["messages"][-1]["content"])
    assert said == {"ok": True, "summary": "You can call these now: metrics."}
    assert [action["action"] for action in done.actions] == ["metrics"]


async def test_opening_nothing_real_says_what_there_is() -> None:
    script: list[Reply] = [Use([(MORE, {"tools": ["kubectl"]})]), Say("Sorry.")]
    async with OpenAIServer(script).running() as server, closing(make_world(url=server.url)) as world:
        await world.say("good evening")
    said = json.loads(server.requests[1]["messages"][-1]["content"])
    assert said["ok"] is False
    assert "metrics" in said["summary"]


async def test_what_is_not_shown_can_be_called_all_the_same() -> None:
    script: list[Reply] = [Use([("metrics", {"app": "web"})]), Say("Fine.")]
    async with OpenAIServer(script).running() as server, closing(make_world(url=server.url)) as world:
        done = await world.say("good evening")
    assert [action["action"] for action in done.actions] == ["metrics"]
