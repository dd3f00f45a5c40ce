"""Our tools as LangChain sees them: a schema and nothing to run.

The graph's middleware takes every call to `ToolRunner`, so that no path around the gate exists. (LangChain would also
overwrite an argument called `runtime`, which `deploy` has, and report bad arguments in its own words.)
"""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool

from agent_tools import OUTPUT_CHARS, Tool, ToolResult
from agent_tools.text import cap


class GatedTool(BaseTool):
    """A tool's name, description and arguments. Calling it directly is a bug and raises."""

    def _run(self, *_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError(f"{self.name} runs through the gate only")


def as_langchain(tool: Tool[Any]) -> GatedTool:
    """The JSON schema is passed on as it is: the runner validates, with sentences of ours."""
    schema = tool.args.model_json_schema()
    return GatedTool(name=tool.name, description=tool.description, args_schema=_slim(schema))


def _slim(schema: dict[str, Any]) -> dict[str, Any]:
    """Without titles, and with `anyOf [x, null]` as x: fewer tokens, and small models stop sending nulls."""
    schema = {key: value for key, value in schema.items() if key not in ("title", "description")}
    schema["properties"] = {name: _slim_property(node) for name, node in schema.get("properties", {}).items()}
    return schema


def _slim_property(node: dict[str, Any]) -> dict[str, Any]:
    branches = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
    inner = branches[0] if len(branches) == 1 else {}
    kept = {key: value for key, value in node.items() if key not in ("title", "anyOf") and value is not None}
    return {**inner, **kept} if inner else kept


def as_message(result: ToolResult, *, name: str, call: str) -> ToolMessage:
    """The result for the model (short) and, as the artifact, for us: without `data`, which is for programs, may hold
    secrets, and would be stored with the conversation."""
    said = result.model_dump(mode="json", include={"ok", "summary", "next", "approval"}, exclude_none=True)
    said["summary"] = cap(said["summary"], OUTPUT_CHARS)
    return ToolMessage(
        json.dumps(said, ensure_ascii=False),
        artifact=result.model_dump(mode="json", exclude={"data"}),
        tool_call_id=call,
        name=name,
        status="success" if result.ok else "error",
    )
