"""Each fault of the customer's earlier prototype, so that none comes back. On the simulator, through the real agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agent_tools import TurnState
from app.agent.backend import Backend
from app.agent.turns import Person, TurnDone
from app.bootstrap import open_backend
from app.core.approvals import Caller, Role
from app.core.pods import PodPhase
from app.core.spec import AppKey
from app.engine.engine import Engine
from app.settings import Settings

ADMIN = Person("ann", Role.ADMIN)
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        image: nginx:1.25
        ports: [{containerPort: 8081}]
"""


class Talk:
    """One conversation with the product in this process."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        assert isinstance(backend.heart, Engine)
        self.engine = backend.heart
        self.simulator: Any = self.engine.sites["simulator"].runtime

    async def say(self, text: str) -> TurnDone:
        events = [event async for event in self.backend.assistant.turn("talk", ADMIN, text)]
        assert isinstance(events[-1], TurnDone)
        return events[-1]

    async def approve(self, done: TurnDone) -> None:
        async for _ in self.backend.assistant.decide(done.approvals[0].id, ADMIN, approve=True, source="chat"):
            pass

    async def until(self, true: Callable[[], bool]) -> None:
        """Returns when it is true; looks at every change of nginx."""
        changes, key = self.engine.changes, AppKey("default", "nginx")
        async with asyncio.timeout(20):
            while not true():
                await changes.wait(key, changes.count(key), 20)

    async def running(self, name: str) -> list[Any]:
        return [
            pod for pod in await self.simulator.list_pods() if pod.id.app.name == name and pod.phase is PodPhase.RUNNING
        ]


@asynccontextmanager
async def talk(home: Path) -> AsyncIterator[Talk]:
    settings = Settings(home=home, runtime="simulator", check=True, openai_api_key=SecretStr(""))
    async with open_backend(settings) as backend:
        yield Talk(backend)


async def test_status_after_a_kill_is_true(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 3 nginx containers")
        conversation.simulator.inject("kill", pod=(await conversation.running("nginx"))[0].id)
        await conversation.until(lambda: conversation.backend.control.app("nginx").restarts == 1)
        events = (await conversation.say("what happened to nginx?")).reply
        assert "exit code 137" in events
        truth = len(await conversation.running("nginx"))
        view = conversation.backend.control.app("nginx")
        assert view.ready == truth


async def test_scale_to_5_with_2_running_ends_at_5(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx containers")
        await conversation.say("scale nginx to 5")
        assert len(await conversation.running("nginx")) == 5


async def test_deploying_the_same_app_twice_does_not_double_it(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        for _ in range(2):
            await conversation.say("deploy 3 nginx containers")
        assert len(await conversation.running("nginx")) == 3
        assert len(conversation.backend.control.apps()) == 1


async def test_scale_to_0_gives_0(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx containers")
        await conversation.say("scale nginx to 0")
        assert await conversation.running("nginx") == []
        assert conversation.backend.control.app("nginx").desired == 0


async def test_all_tools_share_one_core_and_manifest_apps_are_deleted_by_sentence(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say(f"apply this:\n```yaml\n{DEPLOYMENT}```")
        assert "shop" in (await conversation.say("show me what's running")).reply
        await conversation.approve(await conversation.say("delete shop"))
        assert await conversation.running("shop") == []
        assert conversation.backend.control.apps() == []


async def test_ports_of_a_manifest_reach_the_runtime(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say(f"apply this:\n```yaml\n{DEPLOYMENT}```")
        ports = [[port.container_port for port in pod.ports] for pod in await conversation.running("shop")]
        assert ports == [[8081], [8081]]


@pytest.mark.parametrize("sentence", ["deploy nginx; touch PWNED", "deploy image `nginx; touch PWNED`"])
async def test_a_shell_command_in_an_image_name_is_refused_as_an_image_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with talk(tmp_path / "home") as conversation:
        done = await conversation.say(sentence)
        assert all(action["action"] in ("refuse", "clarify") for action in done.actions)
        assert conversation.backend.control.apps() == []
        assert not (tmp_path / "PWNED").exists()
        result = await conversation.backend.runner.call(
            "deploy",
            {"image": "nginx; touch PWNED"},
            Caller(user=ADMIN.user, role=ADMIN.role, conversation="talk"),
            turn=TurnState(),
        )
        assert not result.ok
        assert "image" in result.summary.lower()


async def test_a_restart_of_the_server_forgets_nothing(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 3 nginx containers")
        before = {pod.runtime_id for pod in await conversation.running("nginx")}
    async with talk(tmp_path) as conversation:
        assert {pod.runtime_id for pod in await conversation.running("nginx")} == before
        await conversation.say("scale it to 2")
        assert len(await conversation.running("nginx")) == 2
