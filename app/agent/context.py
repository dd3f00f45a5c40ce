"""What one turn carries through the graph: not checkpointed, new for every turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage

from agent_tools import TurnState
from app.agent.rules.reading import Reading
from app.core.approvals import Caller


@dataclass
class TurnContext:
    """The graph's context schema. `caller.model` is the configured model; `fallback` says why it did not answer."""

    caller: Caller
    turn: TurnState = field(default_factory=TurnState)
    reading: Reading | None = None
    """What the rules make of the person's sentence; set before the first tool call."""
    fallback: str | None = None
    history: Sequence[BaseMessage] = ()
    """The conversation as the last answer saw it."""
    cards: set[str] = field(default_factory=set)
    """Approvals that were shown: several calls may wait for the same one."""
    model_calls: int = 0
    tool_calls: int = 0
