"""The runner over the fake orchestrator and the store in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent_tools import TOOLS, ToolResult, ToolRunner, TurnState
from app.core.approvals import Role
from app.stores.memory import MemoryStore
from tests.tools.fakes import FakeClock, FakeControl, Ids, caller, spec
from tests.tools.healing import FakeHealing
from tests.tools.renting import FakeMoney

Run = Callable[..., Awaitable[ToolResult]]


@pytest.fixture
def control() -> FakeControl:
    return FakeControl.of(
        spec("web", "nginx:1.25", 3, DB_PASSWORD="hunter2", LOG_LEVEL="info"),
        spec("api", "ghcr.io/acme/api:1.4", 2),
        spec("redis", "redis:7"),
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def healing(control: FakeControl) -> FakeHealing:
    return FakeHealing(control)


@pytest.fixture
def runner(control: FakeControl, store: MemoryStore, clock: FakeClock, healing: FakeHealing) -> ToolRunner:
    return ToolRunner(TOOLS, control, store, clock, Ids(), healing=healing, money=FakeMoney(clock.now()))


@pytest.fixture
def run(runner: ToolRunner) -> Run:
    """`await run("scale", app="web", replicas=2)`, each call in a turn of its own."""

    async def one(tool: str, /, *, role: Role = Role.OPERATOR, **args: Any) -> ToolResult:
        return await runner.call(tool, args, caller(role), turn=TurnState())

    return one
