"""The one graph: model, tools, middleware, checkpointer (DESIGN: the agent)."""

from __future__ import annotations

from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware.types import AgentState
from langchain_core.language_models.chat_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph

from agent_tools import ToolRunner
from app.agent.context import TurnContext
from app.agent.middleware import Fallback, Gate, Model, Steering, limits
from app.agent.reader import Reader
from app.agent.rule_model import RuleModel
from app.agent.tools import as_langchain

Graph = CompiledStateGraph[AgentState[Any], TurnContext, Any, Any]


def build_graph(
    model: BaseChatModel | None, runner: ToolRunner, reader: Reader, checkpointer: BaseCheckpointSaver[Any]
) -> Graph:
    """`model` None: the rules answer. The order is that of `app.agent.middleware`: limits count every answer, and
    the fallback is innermost, so that both who may answer are steered alike."""
    rules = RuleModel(reader=reader)
    return create_agent(
        model or rules,
        tools=[as_langchain(tool) for tool in runner.tools],
        middleware=[Model(limits, Steering(runner, reader), Fallback(rules)), Gate(runner, reader)],
        context_schema=TurnContext,
        checkpointer=checkpointer,
    )
