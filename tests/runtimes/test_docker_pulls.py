"""Image pulls against a fake Engine: how far they are, how they fail, and one for all who ask at the same time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from app.core.errors import Permanent, PortError
from app.core.pods import PullProgress
from app.runtimes.docker import DockerRuntime
from tests.clock import LoopClock
from tests.runtimes.fake_engine import INSTANCE, FakeEngine, serving

Pair = tuple[FakeEngine, DockerRuntime]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with serving() as (engine, docker_host):
        runtime = DockerRuntime(INSTANCE, docker_host, LoopClock())
        yield engine, runtime
        await runtime.aclose()


def pulling(engine: FakeEngine, *lines: dict[str, object], gate: asyncio.Event | None = None) -> asyncio.Event:
    """Pulls give these lines and end when the gate opens; the event is set once they were given."""
    given = asyncio.Event()

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for line in lines:
            await response.write(json.dumps(line).encode() + b"\r\n")
        given.set()
        if gate is not None:
            await gate.wait()
        return response

    engine.on("POST", "/images/create", stream)
    return given


DOWNLOADING: dict[str, object] = {
    "status": "Downloading",
    "id": "a",
    "progressDetail": {"current": 5, "total": 10},
}


async def test_a_pull_that_fails_after_200_has_failed(pair: Pair) -> None:
    engine, runtime = pair
    pulling(engine, DOWNLOADING, {"errorDetail": {"message": "unknown blob"}, "error": "unknown blob"})
    with pytest.raises(PortError, match="unknown blob") as caught:
        await runtime.pull_image("nginx", lambda _: None)
    assert caught.value.reason == "ErrImagePull"


async def test_a_pull_names_the_tag_and_tells_how_far_it_is(pair: Pair) -> None:
    engine, runtime = pair
    pulling(engine, DOWNLOADING, {"status": "Status: Downloaded newer image for nginx:latest"})
    heard: list[PullProgress] = []
    await runtime.pull_image("nginx", heard.append)
    assert heard[0] == PullProgress("nginx", 5, 10, "Downloading")
    assert engine.asked[-1][2] == {"fromImage": "nginx", "tag": "latest"}


async def test_an_unknown_tag_is_permanent(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("POST", "/images/create", 404, {"message": "manifest for nginx:9.99 not found: manifest unknown"})
    with pytest.raises(Permanent, match="manifest unknown"):
        await runtime.pull_image("nginx:9.99", lambda _: None)


async def test_pulls_of_one_image_at_the_same_time_are_one(pair: Pair) -> None:
    engine, runtime = pair
    gate, told = asyncio.Event(), asyncio.Event()
    heard = [list[PullProgress](), list[PullProgress]()]

    def first_hears(progress: PullProgress) -> None:
        heard[0].append(progress)
        told.set()

    pulling(engine, DOWNLOADING, gate=gate)
    first = asyncio.create_task(runtime.pull_image("nginx", first_hears))
    await told.wait()
    second = asyncio.create_task(runtime.pull_image("nginx:latest", heard[1].append))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, second)
    assert engine.count("POST", "/images/create") == 1
    assert heard[0] == heard[1] == [PullProgress("nginx", 5, 10, "Downloading")]


async def test_one_who_leaves_a_shared_pull_does_not_end_it(pair: Pair) -> None:
    engine, runtime = pair
    gate = asyncio.Event()
    given = pulling(engine, gate=gate)
    tasks = [asyncio.create_task(runtime.pull_image("nginx", lambda _: None)) for _ in range(2)]
    await given.wait()
    tasks[0].cancel()
    await asyncio.sleep(0.01)
    gate.set()
    await tasks[1]
    assert tasks[0].cancelled()


async def test_a_pull_everybody_left_is_ended_and_a_newcomer_begins_another(pair: Pair) -> None:
    engine, runtime = pair
    given = pulling(engine, gate=asyncio.Event())
    left = asyncio.create_task(runtime.pull_image("nginx", lambda _: None))
    await given.wait()
    left.cancel()
    pulling(engine)
    await asyncio.gather(left, runtime.pull_image("nginx", lambda _: None), return_exceptions=True)
    assert engine.count("POST", "/images/create") == 2
