"""Argument errors as sentences a person or a model can act on: field, value, what would be right."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agent_tools.spec import Args, Tool
from agent_tools.text import one_line

_OWN_WORDS = frozenset(
    {"value_error", "assertion_error", "string_too_long", "string_too_short", "too_long", "too_short"}
)
_PRIVATE = frozenset({"env"})
"""Arguments whose values may be secret: never repeated in a message."""


def sentences(error: ValidationError, tool: Tool[Any]) -> str:
    """One sentence per problem, in the order of the arguments."""
    return " ".join(_sentence(problem, tool) for problem in error.errors(include_url=False, include_context=False))


def _sentence(problem: ErrorDetails, tool: Tool[Any]) -> str:
    path = problem["loc"]
    if not path and problem["type"] in _OWN_WORDS:
        return f"{_own(problem)}."
    if not path:
        return f"{tool.name} takes an object with the arguments {_names(tool.args)}."
    field, top = _dotted(path), str(path[0])
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f'{tool.name} has no argument "{one_line(field, 60)}"; it takes {_names(tool.args)}.'
    if kind == "missing":
        return f"{tool.name} needs {field}: {_meaning(tool.args, top)}."
    shown = "" if top in _PRIVATE else f", not {_shown(problem['input'])}"
    if kind in _OWN_WORDS:
        text = _own(problem)
        return f"{field} {text[:1].lower()}{text[1:]}{shown}."
    return f"{field} must be {_wanted(tool.args, path)}{shown}."


def _own(problem: ErrorDetails) -> str:
    return problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _dotted(path: tuple[int | str, ...]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path if part != "[key]"]
    return "".join(parts).lstrip(".")


def _names(args: type[Args]) -> str:
    return ", ".join(args.model_fields) or "no arguments"


def _meaning(args: type[Args], field: str) -> str:
    info = args.model_fields.get(field)
    return (info.description if info else None) or "it is required"


def _shown(value: Any) -> str:
    return one_line(json.dumps(value, ensure_ascii=False, default=str), 60)


def _wanted(args: type[Args], path: tuple[int | str, ...]) -> str:
    """The right form, read from the JSON schema the model sees, so that the two cannot drift apart."""
    node: dict[str, Any] = args.model_json_schema()["properties"].get(str(path[0]), {})
    for part in path[1:]:
        node = _given(node)
        deeper = node.get("items") if isinstance(part, int) else node.get("additionalProperties")
        node = deeper if isinstance(deeper, dict) else {}
    return _in_words(_given(node))


def _given(node: dict[str, Any]) -> dict[str, Any]:
    """The non-null branch of an optional argument."""
    branches: list[dict[str, Any]] = node.get("anyOf", [])
    return next((branch for branch in branches if branch.get("type") != "null"), node)


def _in_words(node: dict[str, Any]) -> str:
    kind = node.get("type")
    if kind == "integer":
        low, high = node.get("minimum"), node.get("maximum")
        return "a whole number" + (f" from {low} to {high}" if low is not None and high is not None else "")
    if kind == "array":
        return f"a list, each item {_in_words(node.get('items', {}))}"
    return {"string": "text", "boolean": "true or false", "object": "an object of names and text values"}.get(
        str(kind), "of the right type"
    )
