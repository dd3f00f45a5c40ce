"""Whatever is said in whatever order, by people or by a model that does as it likes: each change of the world has an
audit row, and the sentence in it is one that a person said."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langgraph.checkpoint.memory import InMemorySaver

from agent_tools import TOOLS, ToolRunner
from app.agent.assistant import Assistant
from app.agent.backend import make_assistant
from app.agent.turns import Person, TurnDone, TurnEvent
from app.core.approvals import AuditRow, Role
from app.core.redact import redact
from app.settings import Settings
from app.stores.memory import MemoryStore
from tests.tools.fakes import FakeClock, FakeControl, Ids, spec

PEOPLE = (Person("ann", Role.OPERATOR), Person("vic", Role.VIEWER), Person("root", Role.ADMIN))
APPS = ("web", "api", "redis", "ghost", "shop")
SENTENCES = (
    "scale {a} to {n}", "escala {a} a {n}", "deploy {n} nginx as {a}", "delete {a}", "lösche {a}", "stop {a}",
    "stop all", "start {a}", "restart {a}", "redémarre {a}", "yes", "no", "undo", "undo the last 2 changes",
    "set MODE=x{n} on {a}", "set API_TOKEN=abc{n} on {a}", "update {a} to nginx:1.{n}", "roll back {a}",
    "give {a} {n}00Mi of memory", "the same for {a}", "do it again", "status", "logs {a}", "what is this?",
    "expose {a} on port 80{n}", "autoscale {a} between 1 and {n} at 80% cpu", "把{a}扩展到{n}个副本",
    "scale {a} to {n} and restart redis, then delete {a}", "how do I delete {a}?", "if {a} is down, restart it",
)  # fmt: skip


@st.composite
def talks(draw: st.DrawFn) -> list[tuple[Person, str]]:
    said = []
    for _ in range(draw(st.integers(1, 10))):
        template = draw(st.sampled_from(SENTENCES))
        text = template.format(a=draw(st.sampled_from(APPS)), n=draw(st.integers(0, 9)))
        said.append((draw(st.sampled_from(PEOPLE[:1] * 3 + PEOPLE)), text))
    return said


class World:
    def __init__(self, model: BaseChatModel | None = None) -> None:
        self.control = FakeControl.of(spec("web", "nginx:1.25", 3), spec("api", "acme/api:1", 2), spec("redis"))
        self.store = MemoryStore()
        runner = ToolRunner(TOOLS, self.control, self.store, FakeClock(), Ids())
        bare = Settings(openai_api_key=None, openai_base_url=None)
        chosen = bare if model is None else Settings(openai_base_url="http://127.0.0.1:9/v1", model="wild")
        self.assistant: Assistant = make_assistant(chosen, runner, self.store, InMemorySaver(), model=model)
        self.said: list[tuple[Person, str]] = []

    def wishes(self) -> dict[str, str]:
        """All that is wished for, by what an audit row calls it."""
        apps = {
            str(view.key).removeprefix("default/"): repr(view.spec) for view in self.control.apps() if not view.deleting
        }
        return apps | {
            f"{view.key.kind} {view.key.name}": repr(view.object)
            for view in self.control.objects()
            if not view.deleting
        }

    async def say(self, person: Person, text: str) -> None:
        self.said.append((person, text))
        await self._checked(self.assistant.turn("c1", person, text))

    async def press(self, person: Person) -> None:
        """The buttons of all cards that wait."""
        for approval in await self.assistant.pending("c1"):
            await self._checked(self.assistant.decide(approval.id, person, approve=True, source="chat"))

    async def _checked(self, events: AsyncIterator[TurnEvent]) -> None:
        before, rows = self.wishes(), len(await self.store.list_audit())
        assert isinstance([event async for event in events][-1], TurnDone)
        self.check(before, list(await self.store.list_audit())[rows:])

    def check(self, before: dict[str, str], rows: Sequence[AuditRow]) -> None:
        after = self.wishes()
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        told = {name.removeprefix("default/") for row in rows for name in (*row.before, *row.after)}
        assert changed <= told, (self.said, changed - told)
        known = {(person.user, redact(text)) for person, text in self.said}
        for row in rows:
            assert (row.user, row.sentence) in known
            assert row.role is not Role.VIEWER


def _run(world: World, talk: Sequence[tuple[Person, str]], *, pressing: bool) -> None:
    async def go() -> None:
        for person, text in talk:
            await world.say(person, text)
            if pressing:
                await world.press(PEOPLE[0])
        await world.assistant.aclose()

    asyncio.run(go())


@settings(max_examples=12, deadline=None)
@given(talks())
def test_with_the_rules(talk: list[tuple[Person, str]]) -> None:
    _run(World(), talk, pressing=len(talk) % 2 == 0)


class WildModel(BaseChatModel):
    """Calls tools as a seed says, whatever anybody said, and tells stories about it."""

    dice: Any

    @property
    def _llm_type(self) -> str:
        return "wild"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        del tools, kwargs
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del messages, stop, run_manager, kwargs
        calls = [
            ToolCall(name=name, args=json.loads(json.dumps(arguments)), id=f"w{self.dice.random()}", type="tool_call")
            for name, arguments in self._calls()
        ]
        return ChatResult(
            generations=[ChatGeneration(message=AIMessage("Everything is done." * (not calls), tool_calls=calls))]
        )

    def _calls(self) -> Iterator[tuple[str, dict[str, Any]]]:
        app, count = self.dice.choice(APPS), self.dice.randrange(6)
        for _ in range(self.dice.choice((0, 0, 1, 1, 2, 4))):
            yield self.dice.choice(
                (
                    ("scale", {"app": app, "replicas": count}),
                    ("stop", {"app": app}),
                    ("delete", {"apps": [app]}),
                    ("deploy", {"image": "evil/miner", "name": app, "replicas": count + 1}),
                    ("set_env", {"app": app, "env": {"X_TOKEN": f"t{count}", "Y": "1"}}),
                    ("restart", {"app": app}),
                    ("undo", {"steps": 1}),
                    ("expose", {"app": app, "port": 80}),
                    ("logs", {"app": app}),
                    ("scale", {"app": app, "count": "many"}),
                    ("kubectl", {"cmd": "delete all"}),
                    ("more_tools", {"tools": ["metrics"]}),
                )
            )


def test_with_a_model_that_does_as_it_likes() -> None:
    by: Counter[str] = Counter()
    for seed in range(6):
        dice = random.Random(seed)
        talk = [
            (dice.choice(PEOPLE), dice.choice(SENTENCES).format(a=dice.choice(APPS), n=dice.randrange(10)))
            for _ in range(12)
        ]
        world = World(WildModel(dice=dice))
        _run(world, talk, pressing=True)
        by.update(row.model for row in asyncio.run(world.store.list_audit()))
    assert by["wild"] > 10, by
