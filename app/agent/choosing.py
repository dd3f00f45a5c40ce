"""Which tools a model is shown in one turn: small models lose their way among thirty, and each costs tokens.

A core is always there; what the rules read in the sentence, what the conversation used lately and what the sentence's
words fit come on top. `more_tools` opens any other, so the whole set stays reachable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from agent_tools import Tool
from app.agent.rules.reading import Reading

MORE = "more_tools"
CORE = ("status", "logs", "describe", "analyze", "deploy", "scale", "restart", "update_image", "delete", "undo", "help")
EVERYTHING_FROM = 100_000
"""Tokens of context from which every tool is shown: large models cope, and an unchanging list is cheaper to them."""
FITTING = 3
_RECENT = 8
"""Messages in which a used tool stays at hand."""
_STEM = 5
_WORD = re.compile(r"[a-z]{4,}")
_COMMON = frozenset({"their", "there", "where", "which", "shows", "chang", "repli", "these", "every", "other", "after"})


def chosen(
    tools: Sequence[Tool[Any]], sentence: str, reading: Reading, messages: Sequence[BaseMessage], opened: Iterable[str]
) -> frozenset[str]:
    """Names of the tools for the next answer."""
    wished = {wish.tool for wish in reading.wishes}
    recent = messages[-_RECENT:]
    used = {call["name"] for one in recent if isinstance(one, AIMessage) for call in one.tool_calls}
    known = {tool.name for tool in tools}
    return frozenset({*CORE, *wished, *used, *opened, *_fitting(tools, sentence)} & known)


def more_schema(names: Sequence[str]) -> dict[str, Any]:
    """The arguments of `more_tools`, where `names` are those not shown."""
    items = {"type": "string", "enum": list(names)}
    return {
        "type": "object",
        "properties": {"tools": {"type": "array", "items": items, "minItems": 1}},
        "required": ["tools"],
    }


def _fitting(tools: Sequence[Tool[Any]], sentence: str) -> list[str]:
    """The tools whose name, description and examples share most word stems with the sentence."""
    said = _stems(sentence)
    scores = {tool.name: _score(tool, said) for tool in tools if tool.name not in CORE}
    best = sorted((name for name, score in scores.items() if score), key=lambda name: -scores[name])
    return best[:FITTING]


def _score(tool: Tool[Any], said: frozenset[str]) -> int:
    named = _stems(tool.name.replace("_", " "))
    told = _stems(" ".join((tool.description, *tool.examples, *tool.args.model_fields)))
    return 3 * len(said & named) + len(said & told - named)


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(text.lower().replace("_", " "))) - _COMMON
