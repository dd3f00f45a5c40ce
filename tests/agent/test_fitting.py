"""What is sent fits into the model's context, and what was said now is always in it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from app.agent.fitting import LEAST_CHARS, fit, middle_out, size, tokens
from app.agent.messages import tidy
from app.core.pods import LogLine
from tests.agent.fakes import closing, make_world
from tests.openai_server import OpenAIServer, Reply, Say, Use


def _turn(number: int, result: int = 0) -> list[AnyMessage]:
    call = {"name": "logs", "args": {"app": "web"}, "id": f"c{number}", "type": "tool_call"}
    return [
        HumanMessage(f"question {number}"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("x" * result, tool_call_id=f"c{number}"),
        AIMessage(f"answer {number}"),
    ]


def test_what_fits_is_left_alone() -> None:
    messages = [*_turn(1, 500), HumanMessage("now")]
    assert fit(messages, 10_000) == (messages, "")


def test_old_results_go_first_then_old_turns() -> None:
    messages = [one for number in range(6) for one in _turn(number, 3000)] + [HumanMessage("now")]
    cut, digest = fit(messages, 1500)
    assert digest == ""
    assert len(cut) == len(messages)
    assert size(cut) <= 1500
    few, digest = fit(messages, 500)
    assert few[-1] == messages[-1]
    assert size(few) + tokens(digest) <= 500
    assert '- "question 0": answer 0' in digest
    assert isinstance(few[0], HumanMessage)


def test_a_long_result_of_now_keeps_its_beginning_and_its_end() -> None:
    log = "first line\n" + "middle\n" * 5000 + "panic: last line"
    call = {"name": "logs", "args": {"app": "web"}, "id": "c", "type": "tool_call"}
    messages: list[AnyMessage] = [HumanMessage("why?"), AIMessage("", tool_calls=[call])]
    messages.append(ToolMessage(log, tool_call_id="c"))
    fitted, _ = fit(messages, 600)
    assert size(fitted) <= 600
    assert fitted[2].text.startswith("first line")
    assert fitted[2].text.endswith("panic: last line")
    assert "characters left out" in fitted[2].text


@given(st.text(max_size=3000), st.integers(LEAST_CHARS, 2000))
def test_the_middle_goes(text: str, limit: int) -> None:
    cut = middle_out(text, limit)
    assert len(cut) <= limit
    assert cut == text or text.endswith(cut[-50:])


@given(st.lists(st.tuples(st.integers(0, 6000), st.booleans()), min_size=1, max_size=12), st.integers(600, 4000))
def test_it_fits_and_calls_stay_answered(shape: list[tuple[int, bool]], room: int) -> None:
    turns = [
        _turn(number, length) if tool else [HumanMessage("q" * length)] for number, (length, tool) in enumerate(shape)
    ]
    messages = [one for turn in turns for one in turn]
    fitted, digest = fit(tidy(messages), room)
    assert size(fitted) + tokens(digest) <= room
    asked = [call["id"] for one in fitted if isinstance(one, AIMessage) for call in one.tool_calls]
    assert asked == [one.tool_call_id for one in fitted if isinstance(one, ToolMessage)]
    assert isinstance(fitted[0], HumanMessage)


async def test_a_conversation_full_of_logs_stays_under_the_limit() -> None:
    limit = 6000

    def script(body: dict[str, Any]) -> Reply:
        if body["messages"][-1]["role"] == "tool":
            return Say("That is the log.")
        return Use([("logs", {"app": "web", "tail": 500})])

    server = OpenAIServer(script)
    async with server.running(), closing(make_world(url=server.url, context_tokens=limit)) as world:
        world.control.lines["web"] = [LogLine("web-0", "stdout", f"line {n} " + "word " * 12) for n in range(500)]
        for number in range(8):
            await world.say(f"show me the log, number {number}")
    sizes = [tokens(json.dumps(body["messages"])) + tokens(json.dumps(body["tools"])) for body in server.requests]
    assert max(sizes) <= limit
    last = server.requests[-1]["messages"]
    assert "Earlier in this conversation" in last[0]["content"]
    assert 'show me the log, number 0": That is the log.' in last[0]["content"]
    assert last[-1]["content"].count("line 4") > 5
