"""Everything behind the faces (page, API, command line) as one value, and how the agent's part of it is built."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.language_models.chat_models import BaseChatModel
from langgraph.checkpoint.base import BaseCheckpointSaver

from agent_tools import ToolRunner
from app.agent.assistant import Assistant
from app.agent.boards import Purse
from app.agent.checkpoints import open_checkpoints
from app.agent.graph import build_graph
from app.agent.models import chat_model
from app.agent.reader import Reader
from app.agent.rules import read
from app.agent.rules.yesno import plain_answer
from app.core.errors import Transient
from app.healing.news import News
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.demo import Demo
from app.ports.healing import Healing
from app.ports.store import Store
from app.settings import Settings
from app.stores.home import Home


class Heart(Protocol):
    """What must beat for the process to be ready: the engine."""

    @property
    def alive(self) -> bool: ...


@dataclass(frozen=True)
class Backend:
    """What a face gets. It starts and stops nothing; `app.bootstrap` does."""

    settings: Settings
    home: Home
    store: Store
    clock: Clock
    control: Control
    runner: ToolRunner
    assistant: Assistant
    heart: Heart
    purse: Purse
    news: News | None = None
    """What healing has to say; None in a process that heals nothing."""

    @property
    def healing(self) -> Healing | None:
        """None in a process that heals nothing."""
        return self.runner.healing

    @property
    def demo(self) -> Demo | None:
        """None in a process that shows none."""
        return self.runner.demo

    @classmethod
    async def build(
        cls,
        stack: AsyncExitStack,
        settings: Settings,
        home: Home,
        store: Store,
        clock: Clock,
        control: Control,
        runner: ToolRunner,
        heart: Heart,
        *,
        news: News | None = None,
    ) -> Backend:
        """Opens the conversations of `home` and puts the agent on top; `stack` closes both."""
        checkpointer = await stack.enter_async_context(open_checkpoints(home.path / "conversations.db"))
        assistant = make_assistant(settings, runner, store, checkpointer, now=clock.now)
        stack.push_async_callback(runner.aclose)
        stack.push_async_callback(assistant.aclose)
        purse = Purse(runner.money)
        stack.push_async_callback(purse.aclose)
        return cls(settings, home, store, clock, control, runner, assistant, heart, purse, news)

    async def ready(self) -> dict[str, Any]:
        """Raises `Transient` with the reason while the store, the loop or the default runtime does not work."""
        await self.store.ping()
        if not self.heart.alive:
            raise Transient("the reconcile loop does not run; restart the server")
        default = self.control.default_runtime()
        for runtime in self.control.runtimes():
            if runtime.name == default and not runtime.reachable:
                raise Transient(f"the runtime {default} does not answer: {runtime.detail}")
        return {"runtime": default, "model": self.settings.model_name or "rules"}


def make_assistant(
    settings: Settings,
    runner: ToolRunner,
    store: Store,
    checkpointer: BaseCheckpointSaver[Any],
    *,
    model: BaseChatModel | None = None,
    answers: Callable[[str], bool | None] = plain_answer,
    now: Callable[[], float] = time.monotonic,
) -> Assistant:
    """The assistant over the configured model. `model` replaces the one of the settings (tests, evaluations)."""
    reader = Reader(read, runner.control, runner.tools)
    chosen = model or chat_model(settings)
    return Assistant(
        build_graph(chosen, runner, reader, checkpointer, context_tokens=settings.context_tokens, now=now),
        runner,
        reader,
        store,
        checkpointer,
        answers,
        model=settings.model_name if chosen is not None else None,
    )
