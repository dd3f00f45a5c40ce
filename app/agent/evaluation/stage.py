"""One record's own product: the real assistant, tools and gate over a still world, a store in memory, no server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langgraph.checkpoint.memory import InMemorySaver

from agent_tools import TOOLS, Tool, ToolRunner
from app.agent.assistant import Assistant
from app.agent.backend import make_assistant
from app.agent.evaluation.states import Row
from app.agent.evaluation.stilltrouble import StillChaos, StillHealing
from app.agent.evaluation.world import StillClock, StillWorld
from app.agent.graph import build_graph
from app.agent.reader import Reader
from app.agent.rules.reading import Reading, World
from app.agent.rules.yesno import plain_answer
from app.agent.turns import Person, ToolStarted, TurnDone, TurnEvent
from app.core.approvals import Role
from app.settings import Settings
from app.stores.memory import MemoryStore

PERSON = Person("user", Role.OPERATOR)
CONVERSATION = "evaluation"


@dataclass(frozen=True)
class Turn:
    """How a turn ended, and the arguments of every call in it as they were made."""

    done: TurnDone
    calls: tuple[dict[str, Any], ...]


@dataclass
class Stage:
    """`assistant` is the one under test; `actor` makes one that reads sentences with a reader of the caller's, in the
    same conversation."""

    world: StillWorld
    store: MemoryStore
    runner: ToolRunner
    assistant: Assistant
    saver: InMemorySaver
    new_id: Callable[[], str]
    _actors: list[tuple[ToolRunner, Assistant]] = field(default_factory=list)

    def actor(self, read: Callable[[str, World], Reading], tools: Sequence[Tool[Any]]) -> Assistant:
        healing, chaos = StillHealing(self.world), StillChaos(self.world)
        runner = ToolRunner(tools, self.world, self.store, StillClock(), self.new_id, healing=healing, chaos=chaos)
        reader = Reader(read, self.world, tools)
        graph = build_graph(None, runner, reader, self.saver)
        assistant = Assistant(graph, runner, reader, self.store, self.saver, plain_answer, model=None)
        self._actors.append((runner, assistant))
        return assistant

    async def say(self, text: str) -> Turn:
        """One turn with the assistant under test."""
        return await taken(self.assistant.turn(CONVERSATION, PERSON, text))

    async def aclose(self) -> None:
        for runner, assistant in (*self._actors, (self.runner, self.assistant)):
            await assistant.aclose()
            await runner.aclose()


@asynccontextmanager
async def open_stage(rows: Sequence[Row], settings: Settings, model: BaseChatModel | None) -> AsyncIterator[Stage]:
    """The product in a world as `rows` say. `model` None = the one of `settings`, the rules where it has none."""
    world, store, saver = StillWorld(rows), MemoryStore(), InMemorySaver()
    numbers = count(1)

    def new_id() -> str:
        return f"approval-{next(numbers):03}"

    runner = ToolRunner(TOOLS, world, store, StillClock(), new_id, healing=StillHealing(world), chaos=StillChaos(world))
    assistant = make_assistant(settings, runner, store, saver, model=model)
    stage = Stage(world, store, runner, assistant, saver, new_id)
    try:
        yield stage
    finally:
        await stage.aclose()


async def taken(events: AsyncIterator[TurnEvent]) -> Turn:
    """All of a turn."""
    calls: list[dict[str, Any]] = []
    done: TurnDone | None = None
    async for event in events:
        if isinstance(event, ToolStarted):
            calls.append(event.arguments)
        elif isinstance(event, TurnDone):
            done = event
    if done is None:
        raise RuntimeError("the turn ended without an answer")
    return Turn(done, tuple(calls))
