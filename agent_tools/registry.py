"""All tools, in the order `help` shows them."""

from __future__ import annotations

from typing import Any

from agent_tools import delete, deploy, describe, events, logs, manifest, restart, scale, status
from agent_tools.help import make as make_help
from agent_tools.spec import Tool

_WORK: tuple[Tool[Any], ...] = (
    deploy.TOOL,
    scale.TOOL,
    restart.TOOL,
    delete.TOOL,
    status.TOOL,
    logs.TOOL,
    describe.TOOL,
    events.TOOL,
    manifest.APPLY,
    manifest.EXPORT,
)

TOOLS: tuple[Tool[Any], ...] = (*_WORK, make_help(_WORK))


def lookup(name: str) -> Tool[Any] | None:
    """The tool of this name."""
    return next((tool for tool in TOOLS if tool.name == name), None)
