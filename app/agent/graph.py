"""The one graph: model, tools, middleware, checkpointer (DESIGN: the agent)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware.types import AgentState
from langchain_core.language_models.chat_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agent_tools import ToolRunner
from app.agent.breaker import Breaker
from app.agent.context import TurnContext
from app.agent.falling_back import Fallback
from app.agent.middleware import Gate, Model, Steering, limits
from app.agent.reader import Reader
from app.agent.rule_model import RuleModel
from app.agent.sending import Sending
from app.agent.tools import as_langchain, more_tools
from app.settings import DEFAULT_CONTEXT

Graph = CompiledStateGraph[AgentState[Any], TurnContext, Any, Any]


def build_graph(
    model: BaseChatModel | None,
    runner: ToolRunner,
    reader: Reader,
    checkpointer: BaseCheckpointSaver[Any],
    *,
    context_tokens: int = DEFAULT_CONTEXT,
    now: Callable[[], float] = time.monotonic,
) -> Graph:
    """`model` None: the rules answer. The order is that of `app.agent.middleware`: limits count every answer, and
    the fallback is innermost, so that both who may answer are steered alike. `now` (seconds) is the breaker's."""
    rules = RuleModel(reader=reader)
    steering = Steering(runner, reader, Sending(runner, context_tokens))
    names = [tool.name for tool in runner.tools]
    return create_agent(
        model or rules,
        tools=[*map(as_langchain, runner.tools), more_tools(names)],
        middleware=[Model(limits, steering, Fallback(rules, Breaker(now))), Gate(runner, reader)],
        context_schema=TurnContext,
        checkpointer=checkpointer,
    )
