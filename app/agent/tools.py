"""Our tools as LangChain sees them: a schema and nothing to run.

The graph's middleware takes every call to `ToolRunner`, so that no path around the gate exists. (LangChain would also
overwrite an argument called `runtime`, which `deploy` has, and report bad arguments in its own words.)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool

from agent_tools import Tool, ToolResult
from agent_tools.spec import Args
from app.agent import foreign
from app.agent.choosing import MORE, more_schema
from app.agent.sealing import Vault

_LEFT_OUT = ("title", "anyOf", "$ref")


class GatedTool(BaseTool):
    """A tool's name, description and arguments. Calling it directly is a bug and raises."""

    def _run(self, *_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError(f"{self.name} runs through the gate only")


def as_langchain(tool: Tool[Any]) -> GatedTool:
    """The JSON schema is passed on as it is: the runner validates, with sentences of ours."""
    return GatedTool(name=tool.name, description=tool.description, args_schema=_schema(cast("type[Args]", tool.args)))


@cache
def _schema(args: type[Args]) -> dict[str, Any]:
    """Made once: it takes a millisecond for each tool, and every graph asks for all of them."""
    return _slim(args.model_json_schema())


def _slim(schema: dict[str, Any]) -> dict[str, Any]:
    """Without titles and references, and with `anyOf [x, null]` as x: fewer tokens, and small models stop sending
    nulls."""
    defs = schema.get("$defs", {})
    kept = {key: value for key, value in schema.items() if key not in ("title", "description", "$defs")}
    kept["properties"] = {name: _slim_property(node, defs) for name, node in schema.get("properties", {}).items()}
    return kept


def _slim_property(node: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    branches = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
    inner = branches[0] if len(branches) == 1 else node
    if "$ref" in inner:
        inner = {key: defs[inner["$ref"].rpartition("/")[2]][key] for key in ("type", "enum")}
    kept = {key: value for key, value in node.items() if key not in _LEFT_OUT and value is not None}
    return {**{key: value for key, value in inner.items() if key not in _LEFT_OUT}, **kept}


def more_tools(names: Sequence[str]) -> GatedTool:
    """The tool that shows a model others of these names; the gate answers it, no runner."""
    return GatedTool(
        name=MORE,
        description="Show you further tools by name, to call in your next message. Use it before you say that "
        "something cannot be done.",
        args_schema=more_schema(names),
    )


def as_message(result: ToolResult, vault: Vault, *, name: str, call: str) -> ToolMessage:
    """A result that was made fit to be shown (`app.agent.foreign`): for the model as text and, as the artifact, for
    us. `data` is for programs, may hold secrets, and would be stored with the conversation."""
    return ToolMessage(
        json.dumps(foreign.for_model(name, result), ensure_ascii=False),
        artifact=foreign.kept(result, vault),
        tool_call_id=call,
        name=name,
        status="success" if result.ok else "error",
    )
