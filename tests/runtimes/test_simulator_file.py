"""A pretended world that outlives the process that pretends it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Permanent
from app.core.pods import ExitInfo, PodPhase
from app.core.spec import Port
from app.runtimes.simulator import Simulator
from tests.clock import LoopClock
from tests.runtimes.simulated import WEB, names, request, run, shown

pytestmark = pytest.mark.looptime


async def test_a_world_outlives_its_process_even_without_a_close(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    first = Simulator(LoopClock(), 3, path)
    pods = await run(first, request(0, ports=(Port(container_port=80),)), request(1, env={"EXIT_AFTER": "100"}))
    first.inject("slow_start", app=WEB)
    await _written(path, lambda world: len(world["pods"]) == 2 and world["faults"] and _ends(world["pods"][1]))
    second = Simulator(LoopClock(), 3, path)
    assert await second.list_pods() == pods
    assert await second.has_image("nginx")
    assert await second.logs(pods[0].id) == await first.logs(pods[0].id)
    await asyncio.sleep(100)
    assert (await shown(second, pods[1].id)).phase is PodPhase.FAILED
    began = asyncio.get_running_loop().time()
    third = await second.start_pod(request(2, ports=(Port(container_port=80),)))
    assert asyncio.get_running_loop().time() - began == pytest.approx(30)
    assert third.ports[0].host_port != pods[0].ports[0].host_port
    await first.aclose()
    await second.aclose()


def _ends(pod: dict[str, Any]) -> bool:
    return pod["containers"][0]["ends_at"] is not None


async def _written(path: Path, done: Callable[[dict[str, Any]], object]) -> None:
    """Waits for a saved world; the write is in a thread, so outside virtual time: each look lets real time pass."""

    def look() -> bool:
        return path.exists() and bool(done(json.loads(path.read_text())))

    for _ in range(2000):
        if await asyncio.to_thread(look):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the world was not saved")


async def test_what_ended_while_nobody_looked_ended_then(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    first = Simulator(LoopClock(), 0, path)
    (pod,) = await run(first, request(env={"EXIT_AFTER": "50"}))
    await first.aclose()
    await asyncio.sleep(1000)
    second = Simulator(LoopClock(), 0, path)
    ended = await shown(second, pod.id)
    assert (ended.finished_at or 0) - (pod.started_at or 0) == pytest.approx(50)
    await second.aclose()


async def test_closing_writes_what_still_waited(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    simulator = Simulator(LoopClock(), 0, path)
    gone, changed, kept = await run(simulator, request(0), request(1), request(2))
    await simulator.aclose()
    await simulator.remove_pod(gone.id)
    simulator.inject("kill", pod=changed.id)
    await simulator.aclose()
    await simulator.aclose()
    again = Simulator(LoopClock(), 0, path)
    assert await again.list_pods() == await simulator.list_pods()
    assert [pod.phase for pod in await again.list_pods()] == [PodPhase.FAILED, PodPhase.RUNNING]
    assert kept in await again.list_pods()
    await again.aclose()
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["world.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 99}', b'{"pods": [{}]}', b"\xff\xfe\x00"])
async def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "world.json"
    path.write_bytes(content)
    simulator = Simulator(LoopClock(), 0, path)
    assert await simulator.list_pods() == []
    assert "world.json.corrupt" in (await simulator.check()).detail
    assert (tmp_path / "world.json.corrupt").read_bytes() == content
    await run(simulator, request())
    await simulator.aclose()
    again = Simulator(LoopClock(), 0, path)
    assert len(await again.list_pods()) == 1
    assert "corrupt" not in (await again.check()).detail
    await again.aclose()


async def test_a_disk_that_fails_costs_a_warning_not_the_world(tmp_path: Path) -> None:
    directory = tmp_path / "gone"
    directory.mkdir()
    simulator = Simulator(LoopClock(), 0, directory / "world.json")
    directory.rmdir()
    (pod,) = await run(simulator, request())
    await simulator.aclose()
    assert await simulator.list_pods() == [pod]
    assert "not saved: No such file or directory" in (await simulator.check()).detail


async def test_a_path_that_is_a_directory_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="cannot be read: Is a directory"):
        Simulator(LoopClock(), 0, tmp_path)


def test_the_world_can_be_made_and_harmed_before_any_loop_runs(tmp_path: Path) -> None:
    simulator = Simulator(LoopClock(), 0, tmp_path / "world.json")
    simulator.inject("start_error")

    async def later() -> None:
        with pytest.raises(Permanent, match="permission denied"):
            await run(simulator, request())
        await simulator.aclose()

    asyncio.run(later())


async def test_a_file_of_the_first_version_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_bytes((Path(__file__).parent / "world_v1.json").read_bytes())
    simulator = Simulator(LoopClock(), 3, path)
    assert "corrupt" not in (await simulator.check()).detail
    killed, ending, running = await simulator.list_pods()
    assert (killed.phase, killed.exit) == (PodPhase.FAILED, ExitInfo(137, "Killed"))
    assert [line.text for line in await simulator.logs(killed.id)][-1] == "bye"
    assert [port.host_port for port in ending.ports] == [20001]
    assert (running.id.attempt, running.phase, running.ready) == (2, PodPhase.RUNNING, True)
    assert len({ending.address, running.address, ""}) == 3
    await asyncio.sleep(101.1)
    assert (await shown(simulator, ending.id)).exit == ExitInfo(1, "Error")
    began = asyncio.get_running_loop().time()
    await simulator.start_pod(request(5))
    assert asyncio.get_running_loop().time() - began == pytest.approx(30), "its faults are in force"
    await simulator.aclose()
    assert json.loads(path.read_text())["version"] == 2
    again = Simulator(LoopClock(), 3, path)
    assert await again.list_pods() == await simulator.list_pods()
    await again.aclose()
