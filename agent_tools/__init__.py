"""What the agent may do: typed tools over the `Control` port, and the runner that puts every call through the gate.

Free of LangChain and of the engine, so that the agent, the API and MCP wrap the same functions.
"""

from agent_tools.calls import Announced, TurnState
from agent_tools.registry import TOOLS, lookup
from agent_tools.runner import ToolRunner
from agent_tools.spec import OUTPUT_CHARS, Args, Tool, ToolContext, ToolResult

__all__ = [
    "OUTPUT_CHARS",
    "TOOLS",
    "Announced",
    "Args",
    "Tool",
    "ToolContext",
    "ToolResult",
    "ToolRunner",
    "TurnState",
    "lookup",
]
