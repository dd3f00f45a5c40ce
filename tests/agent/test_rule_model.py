"""The rules as a chat model, outside the graph."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agent_tools import TOOLS, ToolResult
from app.agent.messages import notes
from app.agent.reader import Reader
from app.agent.rule_model import NOT_UNDERSTOOD, RuleModel, report
from app.agent.rules.reading import Reading, Wish, World
from app.agent.sealing import Vault
from app.agent.tools import as_langchain, as_message
from tests.agent.fakes import tiny_read
from tests.tools.fakes import FakeControl, spec


def _model() -> RuleModel:
    control = FakeControl.of(spec("web"), spec("api"))
    return RuleModel(reader=Reader(tiny_read, control, TOOLS))


async def test_streamed_and_whole_are_the_same() -> None:
    bound = _model().bind_tools([as_langchain(tool) for tool in TOOLS])
    for text in ("scale web to 5", "restart", "stop web api"):
        message = HumanMessage(text)
        whole = await bound.ainvoke([message])
        chunks = [chunk async for chunk in bound.astream([message])]
        joined = chunks[0]
        for chunk in chunks[1:]:
            joined = joined + chunk  # type: ignore[assignment]
        assert joined.text == whole.text
        assert [call["args"] for call in joined.tool_calls] == [call["args"] for call in whole.tool_calls]
        assert notes(joined) == notes(whole)


async def test_ids_of_calls_are_never_used_twice() -> None:
    bound = _model().bind_tools([as_langchain(tool) for tool in TOOLS])
    answers = [await bound.ainvoke([HumanMessage("stop web api")]) for _ in range(20)]
    ids = [call["id"] for answer in answers for call in answer.tool_calls]
    assert len(set(ids)) == len(ids) == 40


async def test_only_bound_tools_are_called() -> None:
    without = [as_langchain(tool) for tool in TOOLS if tool.name != "scale"]
    answer = await _model().bind_tools(without).ainvoke([HumanMessage("scale web to 5")])
    assert answer.tool_calls == []
    assert answer.text == NOT_UNDERSTOOD


async def test_the_final_text_is_what_the_tools_said() -> None:
    results = [ToolResult(ok=True, summary="One.", next="Then."), ToolResult(ok=False, summary="Two.", next="Then.")]
    calls = [{"name": "status", "args": {}, "id": str(at), "type": "tool_call"} for at in range(2)]
    messages = [
        HumanMessage("status"),
        AIMessage("", tool_calls=calls),
        *(as_message(result, Vault(b"k"), name="status", call=str(at)) for at, result in enumerate(results)),
    ]
    assert (await _model().ainvoke(messages)).text == "One.\n\nThen.\n\nTwo." == report(results)
    assert (await _model().ainvoke([*messages[:2], ToolMessage("odd", tool_call_id="0")])).text == "odd"


def test_a_reading_is_made_once_a_turn() -> None:
    seen: list[str] = []

    def read(text: str, world: World) -> Reading:
        seen.append(text)
        return Reading(wishes=(Wish("status", {}),))

    reader = Reader(read, FakeControl(), TOOLS)
    for number in range(200):
        message = HumanMessage("status", id=str(number))
        assert reader.reading([message]) is reader.reading([message])
    assert len(seen) == 200


def test_tools_run_through_the_gate_only() -> None:
    for tool in TOOLS:
        with pytest.raises(RuntimeError, match="through the gate only"):
            as_langchain(tool).invoke({})


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_schemas_for_small_models(tool: object) -> None:
    schema = as_langchain(tool).args_schema  # type: ignore[arg-type]
    assert isinstance(schema, dict)
    assert schema["additionalProperties"] is False
    assert "$defs" not in schema
    for node in schema["properties"].values():
        assert node["type"] in ("string", "integer", "number", "boolean", "array", "object")
        assert node["description"]
        assert not {"anyOf", "$ref"} & node.keys()
        assert "title" not in node
