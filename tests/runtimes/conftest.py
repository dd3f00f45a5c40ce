"""A simulator of its own for each test of the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.ports.runtime import PodRuntime
from app.runtimes.simulator import Simulator
from tests.clock import LoopClock


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    runtime: PodRuntime = Simulator(LoopClock())
    assert isinstance(runtime, Simulator)
    yield runtime
    await runtime.aclose()
