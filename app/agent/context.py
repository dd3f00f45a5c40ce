"""What one turn carries through the graph: not checkpointed, new for every turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import BaseMessage

from agent_tools import ToolResult, TurnState
from app.agent.rules.reading import Reading
from app.agent.sealing import Vault
from app.core.approvals import Caller


@dataclass
class TurnContext:
    """The graph's context schema. `caller.model` is the configured model; `fallback` says why it did not answer."""

    caller: Caller
    vault: Vault
    """The secrets of the conversation: messages hold placeholders only."""
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
    quoted: bool = False
    """The answer saw text of containers or strangers (`app.agent.foreign.QUOTING`)."""
    offered: tuple[str, ...] = ()
    """Tools that the model was not shown in its last call, but may open."""
    opened: set[str] = field(default_factory=set)

    def open(self, names: Any) -> ToolResult:
        """Shows the model more tools from its next answer on."""
        asked = [str(name) for name in names] if isinstance(names, list) else []
        known = [name for name in asked if name in self.offered]
        self.opened.update(known)
        if not known:
            return ToolResult(ok=False, summary=f'Name some of these in "tools": {", ".join(self.offered)}.')
        return ToolResult(ok=True, summary=f"You can call these now: {', '.join(known)}.")
