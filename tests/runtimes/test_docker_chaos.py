"""Faults in real containers: each really happens, and each is really taken back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest

from app.chaos.chaos import ChaosRoom
from app.core.approvals import Mode
from app.core.errors import InvalidInput, Permanent
from app.core.experiments import Ending, Injection, Token
from app.core.faults import FaultName
from app.core.pods import ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import (
    Amounts,
    AppKey,
    AppSpec,
    Container,
    EmptyDir,
    EnvVar,
    PodTemplate,
    Port,
    Resources,
    Volume,
    VolumeMount,
)
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.ports.chaos import Plan
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.execs import run_in
from app.stores.memory import MemoryStore
from tests.docker_engine import TINY, engine_request

pytestmark = pytest.mark.docker

WEB = AppKey("shop", "web")
POD = PodId(WEB, 0, 1)
MIB = 2**20


def spec(**container: object) -> AppSpec:
    main = Container.model_validate({"name": "web", "image": TINY, **container})
    return AppSpec(name="web", namespace="shop", runtime="docker", template=PodTemplate(containers=(main,)))


async def started(runtime: DockerRuntime, app: AppSpec, **more: object) -> ObservedPod:
    template = app.template.model_copy(update=more)
    pod = await runtime.start_pod(PodRequest(POD, "abc", template))
    assert pod.phase is PodPhase.RUNNING
    return pod


async def broken(runtime: DockerRuntime, fault: FaultName, app: AppSpec, **more: float) -> tuple[Injection, Token]:
    """The fault, in."""
    injection = Injection(id="e1f2", fault=fault, app=WEB, slots=(0,), seconds=more.get("seconds", 30))
    token = await runtime.chaos.prepare(injection, app)
    await runtime.chaos.inject(injection, token)
    return injection, token


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(15):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


async def ended(runtime: DockerRuntime) -> ObservedPod:
    async with asyncio.timeout(15):
        while True:
            pod = await runtime.get_pod(POD)
            assert pod is not None
            if pod.phase.ended:
                return pod
            await asyncio.sleep(0.05)


async def inside(runtime: DockerRuntime, pod: ObservedPod, line: str) -> str:
    return (await run_in(runtime._client, pod.runtime_id, ("sh", "-c", line))).output


async def test_a_process_is_killed(docker_runtime: DockerRuntime) -> None:
    await started(docker_runtime, spec())
    await broken(docker_runtime, FaultName.KILL, spec())
    pod = await ended(docker_runtime)
    assert pod.exit is not None
    assert (pod.exit.code, pod.exit.oom_killed) == (137, False)


async def test_a_process_that_can_end_itself_crashes_by_its_own_hand(docker_runtime: DockerRuntime) -> None:
    app = spec(command=("sh", "-c", "trap 'echo giving up; exit 3' ABRT; while :; do sleep 0.05; done"))
    await started(docker_runtime, app)
    await broken(docker_runtime, FaultName.CONTAINER_CRASH, app)
    pod = await ended(docker_runtime)
    assert pod.exit is not None
    assert pod.exit.code == 3
    assert [line.text for line in await docker_runtime.logs(POD)] == ["giving up"]


async def test_memory_really_runs_out_and_takes_the_first_process(docker_runtime: DockerRuntime) -> None:
    app = spec(resources=Resources(limits=Amounts(memory_bytes=24 * MIB)))
    await started(docker_runtime, app)
    await broken(docker_runtime, FaultName.OUT_OF_MEMORY, app)
    pod = await ended(docker_runtime)
    assert pod.exit is not None
    assert (pod.exit.reason, pod.exit.oom_killed) == ("OOMKilled", True)


async def test_without_a_limit_memory_runs_out_too_and_the_host_keeps_its_own(docker_runtime: DockerRuntime) -> None:
    await started(docker_runtime, spec())
    await broken(docker_runtime, FaultName.OUT_OF_MEMORY, spec())
    pod = await ended(docker_runtime)
    assert pod.exit is not None
    assert pod.exit.oom_killed


@pytest.mark.parametrize(("fault", "field"), [(FaultName.PAUSE, "state"), (FaultName.NETWORK_CUT, "network")])
async def test_what_is_frozen_or_cut_off_is_so_and_comes_back(
    docker_runtime: DockerRuntime, fault: FaultName, field: str
) -> None:
    before = await started(docker_runtime, spec())
    injection, token = await broken(docker_runtime, fault, spec())
    hit = await docker_runtime.get_pod(POD)
    assert hit is not None
    assert [one.field for one in hit.drift] == [field]
    for _ in range(2):
        await docker_runtime.chaos.clear(injection, token)
        after = await docker_runtime.get_pod(POD)
        assert after is not None
        assert (after.runtime_id, after.drift, after.phase) == (before.runtime_id, (), PodPhase.RUNNING)


@pytest.mark.parametrize("fault", [FaultName.CPU_PRESSURE, FaultName.MEMORY_PRESSURE])
async def test_pressure_is_felt_and_gone_after_it(docker_runtime: DockerRuntime, fault: FaultName) -> None:
    app = spec(resources=Resources(limits=Amounts(memory_bytes=64 * MIB, cpu_millicores=500)))
    pod = await started(docker_runtime, app)
    await docker_runtime.stats([POD])
    injection, token = await broken(docker_runtime, fault, app, seconds=60)

    async def felt() -> bool:
        await asyncio.sleep(0.5)
        stats = (await docker_runtime.stats([POD])).get(POD)
        assert stats is not None
        return stats.cpu_millicores > 200 if fault is FaultName.CPU_PRESSURE else stats.memory_bytes > 32 * MIB

    await until(felt)
    await docker_runtime.chaos.clear(injection, token)
    left = await inside(docker_runtime, pod, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "kl-chaos-e1f2" not in left
    assert "sleep 60" not in left
    seen = await docker_runtime.get_pod(POD)
    assert seen is not None
    assert seen.phase is PodPhase.RUNNING


async def test_pressure_ends_by_itself_when_nobody_is_there_to_end_it(docker_runtime: DockerRuntime) -> None:
    pod = await started(docker_runtime, spec())
    await broken(docker_runtime, FaultName.CPU_PRESSURE, spec(), seconds=1)

    async def gone() -> bool:
        return "kl-chaos" not in await inside(docker_runtime, pod, "cat /proc/[0-9]*/cmdline")

    assert not await gone()
    await until(gone)


async def test_our_own_volume_is_filled_to_the_brim_and_emptied(docker_runtime: DockerRuntime) -> None:
    small = Volume(name="data", source=EmptyDir(medium="Memory", size_limit_bytes=4 * MIB))
    app = spec(volume_mounts=(VolumeMount(name="data", mount_path="/data"),))
    pod = await started(docker_runtime, app, volumes=(small,))
    write = "echo x > /data/y && echo written || echo full"
    injection, token = await broken(docker_runtime, FaultName.DISK_FILL, app)
    assert "full" in await inside(docker_runtime, pod, write)
    await docker_runtime.chaos.clear(injection, token)
    assert await inside(docker_runtime, pod, write) == "written"
    assert (await inside(docker_runtime, pod, "ls -A /data")).split() == ["y"]


async def test_what_cannot_be_done_is_said(docker_runtime: DockerRuntime) -> None:
    refused = {fault: why for fault, why in docker_runtime.chaos.faults().items() if why}
    assert set(refused) == {FaultName.NETWORK_DELAY, FaultName.CLOCK_SKEW, FaultName.ENGINE_DOWN}
    await started(docker_runtime, spec())
    injection = Injection(id="e1", fault=FaultName.DISK_FILL, app=WEB, slots=(0,))
    with pytest.raises(InvalidInput, match="web has none"):
        await docker_runtime.chaos.prepare(injection, spec())
    with pytest.raises(Permanent, match="web-7 does not run"):
        await docker_runtime.chaos.prepare(injection.model_copy(update={"slots": (7,)}), spec())


async def test_a_port_is_taken_for_real_and_given_back(docker_runtime: DockerRuntime) -> None:
    app = spec(ports=(Port(container_port=80),))
    injection = Injection(id="e1", fault=FaultName.PORT_CONFLICT, app=WEB)
    token = await docker_runtime.chaos.prepare(injection, app)
    wish = docker_runtime.chaos.spoil(injection, app, token)
    assert wish is not None
    port = wish.container.ports[0].host_port
    assert port is not None
    with pytest.raises(Permanent, match="address already in use"):
        await docker_runtime.start_pod(PodRequest(POD, "abc", wish.template, {80: port}))
    await docker_runtime.chaos.clear(injection, token)
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))


# -- a whole experiment, with the engine that mends


@pytest.fixture
async def room(docker_runtime: DockerRuntime) -> AsyncIterator[tuple[ChaosRoom, Orchestrator]]:
    clock, store, ids = SystemClock(), MemoryStore(), count(1)
    engine = Engine(store, {"docker": docker_runtime}, clock, check=True)
    control = Orchestrator(engine, default_runtime="docker", mode=Mode.AUTO)
    chaos = ChaosRoom(control, store, {"docker": docker_runtime.chaos}, clock, lambda: f"e{next(ids)}")
    await engine.start()
    yield chaos, control
    await chaos.aclose()
    await engine.stop()


async def test_an_experiment_measures_what_the_engine_mends_and_a_wrong_wish_is_put_back(
    room: tuple[ChaosRoom, Orchestrator], docker_runtime: DockerRuntime, docker_engine: str
) -> None:
    chaos, control = room
    app = spec(env=(EnvVar(name="A", value="b"),)).model_copy(update={"replicas": 2})
    await control.apply(app, cause="test")
    view = await control.wait("shop/web", seconds=30, progress=lambda _text: None)
    assert view is not None
    assert view.settled
    before = control.app("shop/web").spec
    wrong = await chaos.begin(Plan(app="shop/web", fault=FaultName.MISSING_DEPENDENCY, seconds=30))
    await until(lambda: _said(chaos, wrong.id))
    assert (await chaos.stop())[0].ending is Ending.STOPPED
    assert control.app("shop/web").spec == before
    await control.wait("shop/web", seconds=30, progress=lambda _text: None)
    frozen = await chaos.begin(Plan(app="shop/web", fault=FaultName.PAUSE, seconds=30))
    await until(lambda: _mended(chaos, frozen.id))
    await chaos.stop()
    for pod in await docker_runtime.list_pods():
        _, shown = engine_request(docker_engine, "GET", f"/containers/{pod.runtime_id}/json")
        assert shown["State"]["Status"] == "running"


async def _said(chaos: ChaosRoom, experiment_id: str) -> bool:
    """The fault was felt."""
    return (await chaos.find(experiment_id)).hurt_at is not None


async def _mended(chaos: ChaosRoom, experiment_id: str) -> bool:
    """The engine has found and mended it, and both were noticed."""
    found = await chaos.find(experiment_id)
    return found.hurt_at is not None and found.well_at is not None
