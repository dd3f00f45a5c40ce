"""What a model is sent: the prompt of now, a part of the conversation that it can read, and the tools of the turn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from langchain.agents.middleware.types import ModelRequest
from langchain_core.messages import SystemMessage
from langchain_core.tools import BaseTool

from agent_tools import ToolRunner
from app.agent.choosing import EVERYTHING_FROM, MORE, chosen
from app.agent.context import TurnContext
from app.agent.fitting import fit, tokens
from app.agent.messages import last_sentence, tidy
from app.agent.rules.reading import Reading
from app.agent.steering import earlier_text, system_text
from app.agent.tools import more_tools

ANSWER_SHARE = 0.15
"""Of the context, left free for the answer."""
LEAST_ROOM = 500
"""Tokens for the conversation, however little there is."""

_Request = ModelRequest[TurnContext]


@dataclass(frozen=True)
class Sending:
    """`context_tokens`: how much the model reads and writes at once, all in all."""

    runner: ToolRunner
    context_tokens: int

    def prepared(self, request: _Request, context: TurnContext) -> _Request:
        tools = self._tools(request, context)
        system = system_text(self.runner.control, context.caller.role)
        used = tokens(system) + sum(map(_tool_size, tools))
        room = int(self.context_tokens * (1 - ANSWER_SHARE)) - used
        messages, digest = fit(tidy(request.messages), max(LEAST_ROOM, room))
        return request.override(
            system_message=SystemMessage(system + earlier_text(digest)), messages=messages, tools=list(tools)
        )

    def _tools(self, request: _Request, context: TurnContext) -> list[BaseTool]:
        """All of them for a model that reads much; a few and the key to the rest for a small one."""
        every = [tool for tool in request.tools if isinstance(tool, BaseTool) and tool.name != MORE]
        if self.context_tokens >= EVERYTHING_FROM:
            return every
        sentence = last_sentence(request.messages)
        names = chosen(
            self.runner.tools,
            sentence.text if sentence else "",
            context.reading or Reading(),
            request.messages,
            context.opened,
        )
        context.offered = tuple(tool.name for tool in every if tool.name not in names)
        shown = [tool for tool in every if tool.name in names]
        return [*shown, more_tools(context.offered)] if context.offered else shown


def _tool_size(tool: BaseTool) -> int:
    schema: Any = tool.args_schema
    return tokens(f"{tool.name}{tool.description}{json.dumps(schema) if isinstance(schema, dict) else ''}") + 20
