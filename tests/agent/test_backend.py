"""The agent as the process builds it: real rules, real checkpoints, settings to models, readiness."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_tools import TOOLS, ToolRunner
from app.agent.backend import Backend
from app.agent.checkpoints import open_checkpoints
from app.agent.models import chat_model
from app.agent.steering import MAX_APPS, system_text
from app.agent.turns import TurnDone
from app.core.approvals import Role
from app.core.errors import Transient
from app.core.views import RuntimeView
from app.settings import Settings
from app.stores.home import Home
from app.stores.memory import MemoryStore
from prompts import load
from tests.agent.fakes import ANN, make_world
from tests.tools.fakes import FakeClock, FakeControl, Ids, spec, view_of


class Heart:
    alive = True


async def _build(stack: AsyncExitStack, path: Path, control: FakeControl, heart: Heart) -> Backend:
    home = Home.open(path)
    stack.callback(home.close)
    store, clock = MemoryStore(), FakeClock()
    runner = ToolRunner(TOOLS, control, store, clock, Ids())
    return await Backend.build(stack, Settings(), home, store, clock, control, runner, heart)


async def _say(backend: Backend, text: str) -> TurnDone:
    events = [event async for event in backend.assistant.turn("c1", ANN, text)]
    done = events[-1]
    assert isinstance(done, TurnDone)
    return done


async def test_with_the_real_rules(tmp_path: Path) -> None:
    control = FakeControl.of(spec("web", "nginx:1.25", 3), spec("redis", "redis:7"))
    async with AsyncExitStack() as stack:
        backend = await _build(stack, tmp_path, control, Heart())
        assert (await _say(backend, "Deploy 2 caddy, please")).actions == (
            {"action": "deploy", "app": "caddy", "image": "caddy", "replicas": 2},
        )
        assert control.app("caddy").spec.replicas == 2
        asked = await _say(backend, "delete redis")
        assert len(asked.approvals) == 1
        assert "Deleted **redis**" in (await _say(backend, "Yes, please!")).reply
        everything = await _say(backend, "stop everything")
        assert everything.approvals[0].asked_by_person
        assert "Not done" in (await _say(backend, "no thanks")).reply
        assert control.app("web").spec.replicas == 3
        assert "web" in (await _say(backend, "what is running?")).reply


async def test_ready(tmp_path: Path) -> None:
    control, heart = FakeControl(), Heart()
    async with AsyncExitStack() as stack:
        backend = await _build(stack, tmp_path, control, heart)
        assert await backend.ready() == {"runtime": "simulator", "model": "rules"}
        heart.alive = False
        with pytest.raises(Transient, match="reconcile loop"):
            await backend.ready()
        heart.alive = True
        control.strip = (RuntimeView("simulator", False, "it is gone", None, True),)
        with pytest.raises(Transient, match="it is gone"):
            await backend.ready()


async def test_a_conversation_does_not_grow_for_ever(tmp_path: Path) -> None:
    async with open_checkpoints(tmp_path / "c.db") as saver:
        world = make_world(checkpointer=saver)
        for number in range(30):
            await world.say(f"scale web to {number % 5 + 1}")
        await world.say("status", conversation="c2")
        cursor = await saver.conn.execute("SELECT thread_id, count(*) FROM checkpoints GROUP BY thread_id")
        assert list(await cursor.fetchall()) == [("c1", 1), ("c2", 1)]
        cursor = await saver.conn.execute("SELECT count(*) FROM writes")
        assert (await cursor.fetchone() or (99,))[0] <= 10


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(), None),
        (Settings(model="only-a-name"), None),
        (Settings(openai_api_key=SecretStr("k")), "gpt-4o-mini"),
        (Settings(openai_base_url="http://127.0.0.1:1/v1", model="qwen3:8b"), "qwen3:8b"),
    ],
)
def test_settings_choose_the_model(settings: Settings, name: str | None) -> None:
    assert settings.model_name == name
    assert (chat_model(settings) is None) is (name is None)


def test_the_key_is_in_no_text_of_the_model() -> None:
    model = chat_model(Settings(openai_api_key=SecretStr("sk-very-secret")))
    assert "sk-very-secret" not in f"{model!r} {model}"


def test_the_prompt_is_filled_and_bounded() -> None:
    control = FakeControl()
    for number in range(MAX_APPS + 5):
        wish = spec(f"app-{number:03}")
        control.views[wish.key] = view_of(wish)
    text = system_text(control, Role.VIEWER)
    assert "$" not in text
    assert "and 5 more; call status" in text
    assert len(text) < 10_000
    assert "(none yet)" in system_text(FakeControl(), Role.ADMIN)


def test_prompts_are_found_by_name_only() -> None:
    assert load("system").template.startswith("You are KubeLite")
    with pytest.raises(FileNotFoundError):
        load("nope")
