"""The conversation as models and rules see it, whatever was interrupted in it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent_tools import ToolResult
from app.agent.messages import (
    decided,
    earlier_turns,
    last_sentence,
    outdated,
    reading_notes,
    result_of,
    results_since,
    tidy,
)
from app.agent.rules.reading import Outcome, Reading, Wish
from app.agent.sealing import Vault
from app.agent.tools import as_message

VAULT = Vault(b"k")


def _ai(*ids: str, text: str = "") -> AIMessage:
    return AIMessage(text, tool_calls=[{"name": "status", "args": {}, "id": one, "type": "tool_call"} for one in ids])


def _tool(call: str) -> ToolMessage:
    return ToolMessage("{}", tool_call_id=call)


@st.composite
def conversations(draw: st.DrawFn) -> list[AnyMessage]:
    """Turns in which any call may be unanswered, answered late, or answered twice."""
    messages: list[AnyMessage] = []
    number = 0
    for _ in range(draw(st.integers(1, 12))):
        messages.append(HumanMessage("x"))
        for _ in range(draw(st.integers(0, 3))):
            ids = [f"c{number + at}" for at in range(draw(st.integers(0, 3)))]
            number += len(ids)
            messages.append(_ai(*ids, text="" if ids else "y"))
            messages += [_tool(one) for one in draw(st.lists(st.sampled_from(ids), max_size=4))] if ids else []
    return messages


@given(conversations(), st.integers(1, 30))
def test_every_call_is_answered_once_and_at_once(messages: list[AnyMessage], keep: int) -> None:
    sent = tidy(messages, keep)
    assert isinstance(sent[0], HumanMessage)
    assert last_sentence(sent) is last_sentence(messages)
    at = 0
    while at < len(sent):
        message = sent[at]
        assert not isinstance(message, ToolMessage)
        calls = [call["id"] for call in message.tool_calls] if isinstance(message, AIMessage) else []
        answers = sent[at + 1 : at + 1 + len(calls)]
        assert [answer.tool_call_id for answer in answers if isinstance(answer, ToolMessage)] == calls
        at += 1 + len(calls)


@given(conversations(), st.integers(1, 30))
def test_removals_leave_whole_turns(messages: list[AnyMessage], keep: int) -> None:
    for number, message in enumerate(messages):
        message.id = f"m{number}"
    gone = {removal.id for removal in outdated(messages, keep)}
    left = [message for message in messages if message.id not in gone]
    assert isinstance(left[0], HumanMessage)
    assert left == messages[len(messages) - len(left) :]


def test_earlier_turns_for_the_rules() -> None:
    asked = Reading(say="Which?", outcome=Outcome.CLARIFY, about="app", candidates=("web", "api"))
    call: dict[str, Any] = {"name": "delete", "args": {"apps": ["web"]}, "id": "1", "type": "tool_call"}
    messages: list[AnyMessage] = [
        HumanMessage("delete web"),
        AIMessage("", tool_calls=[call], additional_kwargs=reading_notes(Reading())),
        _tool("1"),
        AIMessage("Waiting."),
        *decided("(ann approved: Delete web)", "Deleted web."),
        HumanMessage("restart it"),
        AIMessage("Which?", additional_kwargs=reading_notes(asked)),
        HumanMessage("the first one"),
    ]
    first, second = earlier_turns(messages)
    assert (first.text, first.wishes) == ("delete web", (Wish("delete", {"apps": ["web"]}),))
    assert (second.text, second.outcome, second.candidates) == ("restart it", Outcome.CLARIFY, ("web", "api"))
    sentence = last_sentence(messages)
    assert sentence is not None
    assert sentence.text == "the first one"


def test_results_are_those_of_this_turn() -> None:
    messages = [HumanMessage("a"), _ai("1"), _tool("1"), HumanMessage("b"), _ai("2", "3"), _tool("2"), _tool("3")]
    assert [result.tool_call_id for result in results_since(messages)] == ["2", "3"]
    assert results_since([HumanMessage("a"), _ai("1"), _tool("1"), HumanMessage("b")]) == []


def test_a_result_survives_being_a_message() -> None:
    result = ToolResult(ok=True, summary="s", next="n", data={"a": 1}, actions=[{"action": "list"}])
    message = as_message(result, VAULT, name="status", call="1")
    assert result_of(message) == result.model_copy(update={"data": {}})
    assert "actions" not in message.text
    message.artifact = None
    assert result_of(message) == ToolResult(ok=True, summary="s", next="n")
    assert result_of(ToolMessage("boom", tool_call_id="1", status="error")) == ToolResult(ok=False, summary="boom")


def test_what_a_tool_gives_to_programs_is_not_kept_with_the_conversation() -> None:
    result = ToolResult(ok=True, summary="x", data={"yaml": "value: hunter2"})
    message = as_message(result, VAULT, name="export", call="1")
    assert "hunter2" not in str(message.artifact)
