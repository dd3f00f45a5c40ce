"""What happens during one turn, as values: the page, the CLI and the API render the same stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent_tools.spec import ToolResult
from app.core.approvals import Approval, Role


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits at the other end, after authentication."""

    user: str
    role: Role


@dataclass(frozen=True, slots=True)
class ToolStarted:
    call: str
    """Id of the call, the same in the three tool events."""
    tool: str
    arguments: dict[str, Any]
    """As they run, secrets included: whoever shows or keeps them takes `agent_tools.private.arguments`."""


@dataclass(frozen=True, slots=True)
class ToolProgress:
    call: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    call: str
    tool: str
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    approval: Approval


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """A pending approval was decided (by a typed answer, a button or expiry); `result` is the recorded call's."""

    approval: Approval
    result: ToolResult | None


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The end of the turn, always last. `actions` are canonical actions and outcomes, in order."""

    reply: str
    model: str
    """Who answered: `rules` or the model's name."""
    actions: tuple[dict[str, Any], ...]
    approvals: tuple[Approval, ...]
    notice: str | None = None
    """Said before the reply: the model did not answer, so the rules did."""
    ok: bool = True
    """Nothing was refused and nothing failed. What waits for approval, or a question back, is no failure."""


TurnEvent = ToolStarted | ToolProgress | ToolFinished | Token | ApprovalAsked | ApprovalDecided | TurnDone
