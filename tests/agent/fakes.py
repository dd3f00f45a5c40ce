"""An assistant over the fake orchestrator, with a handful of rules that a reader of the tests can hold in mind."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from agent_tools import TOOLS, ToolRunner
from app.agent.assistant import Assistant
from app.agent.graph import Graph, build_graph
from app.agent.models import chat_model
from app.agent.reader import Reader
from app.agent.rules.reading import Outcome, Reading, Wish, World
from app.agent.turns import Person, TurnDone, TurnEvent
from app.core.approvals import Role
from app.settings import DEFAULT_CONTEXT, Settings
from app.stores.memory import MemoryStore
from tests.tools.fakes import FakeClock, FakeControl, Ids, spec

ANN = Person("ann", Role.OPERATOR)
VIC = Person("vic", Role.VIEWER)


def tiny_read(text: str, world: World) -> Reading:
    """`deploy N IMAGE`, `scale APP to N`, `stop A B C`, `delete APP...`, `logs APP`, `status`; else a question back."""
    words = text.lower().split()
    numbers = [int(word) for word in words if word.isdigit()]
    match words:
        case ["deploy", *_]:
            return _sure(Wish("deploy", {"image": words[-1], "replicas": numbers[0] if numbers else 1}))
        case ["scale", app, *_] if numbers:
            return _sure(Wish("scale", {"app": app, "replicas": numbers[0]}))
        case ["stop", "all"]:
            return _sure(*(Wish("scale", {"app": app.name, "replicas": 0}, by_filter=True) for app in world.apps))
        case ["stop", *apps]:
            return _sure(*(Wish("scale", {"app": app, "replicas": 0}) for app in apps))
        case ["delete", *apps]:
            return _sure(Wish("delete", {"apps": apps}))
        case ["start", app]:
            count = next((known.last_replicas for known in world.apps if known.name == app), None)
            return _sure(Wish("scale", {"app": app, "replicas": count or 1}))
        case ["logs", app]:
            return _sure(Wish("logs", {"app": app}))
        case ["status"]:
            return _sure(Wish("status", {}))
        case ["it"] if world.earlier and world.earlier[-1].candidates:
            return _sure(Wish("restart", {"app": world.earlier[-1].candidates[0]}))
        case ["restart"]:
            names = tuple(app.name for app in world.apps)
            return Reading(
                say=f"Which app: {', '.join(names)}?",
                outcome=Outcome.CLARIFY,
                about="app",
                candidates=names,
                confidence=0.9,
                rule="restart",
            )
    return Reading()


def _sure(*wishes: Wish) -> Reading:
    return Reading(wishes=wishes, confidence=0.95, rule="tiny")


def tiny_answer(text: str) -> bool | None:
    if re.fullmatch(r"yes|ok", text.lower()):
        return True
    return False if text.lower() == "no" else None


@dataclass
class World1:
    """One process: the assistant and everything it stands on."""

    control: FakeControl
    store: MemoryStore
    clock: FakeClock
    runner: ToolRunner
    graph: Graph
    assistant: Assistant
    checkpointer: BaseCheckpointSaver[str]
    events: list[TurnEvent] = field(default_factory=list)

    async def say(self, text: str, person: Person = ANN, conversation: str = "c1") -> TurnDone:
        self.events = [event async for event in self.assistant.turn(conversation, person, text)]
        return self._last()

    async def decide(self, approval: str, person: Person = ANN, *, approve: bool = True) -> TurnDone:
        stream = self.assistant.decide(approval, person, approve=approve, source="api")
        self.events = [event async for event in stream]
        return self._last()

    def _last(self) -> TurnDone:
        assert [isinstance(event, TurnDone) for event in self.events].count(True) == 1
        done = self.events[-1]
        assert isinstance(done, TurnDone)
        return done

    def seen(self, kind: type[TurnEvent]) -> list[TurnEvent]:
        return [event for event in self.events if isinstance(event, kind)]


def make_world(
    *,
    url: str | None = None,
    timeout: float = 5.0,
    control: FakeControl | None = None,
    store: MemoryStore | None = None,
    checkpointer: BaseCheckpointSaver[str] | None = None,
    context_tokens: int = DEFAULT_CONTEXT,
) -> World1:
    """`url` of an OpenAI-compatible server, or None for the rules."""
    control = control or FakeControl.of(spec("web", "nginx:1.25", 3), spec("api", "acme/api:1", 2), spec("redis"))
    store, clock = store or MemoryStore(), FakeClock()
    runner = ToolRunner(TOOLS, control, store, clock, Ids())
    reader = Reader(tiny_read, control, TOOLS)
    saver = checkpointer or InMemorySaver()
    model = None
    if url is not None:
        settings = Settings(model="fake-1", openai_base_url=url, openai_api_key=SecretStr("sk-secret"))
        model = chat_model(settings, timeout=timeout, max_retries=0)
    graph = build_graph(model, runner, reader, saver, context_tokens=context_tokens, now=clock.now)
    name = "fake-1" if url else None
    assistant = Assistant(graph, runner, reader, store, saver, tiny_answer, model=name)
    return World1(control, store, clock, runner, graph, assistant, saver)


@asynccontextmanager
async def closing(world: World1) -> AsyncIterator[World1]:
    try:
        yield world
    finally:
        await world.assistant.aclose()
        await world.runner.aclose()
