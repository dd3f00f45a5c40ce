"""Results that are not a tool's own: refused, waiting for a person, broken."""

from __future__ import annotations

import logging
from typing import Any

from agent_tools.spec import ToolResult
from agent_tools.text import cap
from app.core.approvals import Approval
from app.core.errors import Conflict, InvalidInput, KubeLiteError, NotFound, Refused

_log = logging.getLogger("kubelite.tools")


def refusal(error: KubeLiteError) -> ToolResult:
    """An error of ours as a result: its sentence, near names as the next step, and the canonical outcome."""
    return ToolResult(ok=False, summary=cap(str(error)), next=_next(error), actions=_outcome(error))


def _next(error: KubeLiteError) -> str | None:
    if isinstance(error, NotFound) and error.suggestions:
        return f"Near names: {', '.join(error.suggestions[:5])}."
    return None


def _outcome(error: KubeLiteError) -> list[dict[str, Any]]:
    if isinstance(error, NotFound):
        return [{"action": "refuse", "reason": "not_found"}]
    if isinstance(error, InvalidInput):
        return [{"action": "refuse", "reason": "invalid_value"}]
    if isinstance(error, Refused):
        return [{"action": "refuse", "reason": "unsafe"}]
    if isinstance(error, Conflict):
        return [{"action": "clarify", "about": "intent"}]
    return []


def waiting(approval: Approval, *, first: bool = True) -> ToolResult:
    return ToolResult(
        ok=False,
        summary=f"Waiting for your approval: {approval.preview.title}",
        next="Nothing was changed yet. It runs when a person approves it.",
        actions=[{"action": "confirm_required", "then": list(approval.preview.canonical)}] if first else [],
        approval=approval.id,
    )


def broken(tool: str) -> ToolResult:
    """A bug of ours, called where it was caught. The traceback is for the log alone."""
    _log.exception("the tool %s failed unexpectedly", tool)
    return ToolResult(
        ok=False,
        summary=f"Something went wrong inside {tool}; nothing more was done.",
        next="Look at the status before asking again; the log of the server has the details.",
    )
