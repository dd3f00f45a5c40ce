"""Probes of pretended containers, and the load their users put on them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from app.core.pods import PodRequest, ProbeOutcome
from app.core.spec import AppKey, Container, Exec, HttpGet, PodTemplate, Port, Probe, TcpSocket
from app.runtimes.simulator import Simulator
from tests.runtimes.simulated import WEB, request, run

pytestmark = pytest.mark.looptime

LIVE, READY, START = (Probe(handler=HttpGet(port=80, path=path)) for path in ("/live", "/ready", "/start"))


def probed(slot: int = 0, **env: str) -> PodRequest:
    container = Container(
        name="main",
        image="nginx",
        ports=(Port(container_port=80, name="web"),),
        liveness=LIVE,
        readiness=Probe(handler=HttpGet(port="web", path="/ready")),
        startup=START,
    )
    found = request(slot, env=env)
    return replace(
        found, template=PodTemplate(containers=(container,)), env={"main": tuple(env.items())} if env else {}
    )


async def answers(simulator: Simulator, wished: PodRequest) -> dict[str, ProbeOutcome]:
    asked = {"live": LIVE, "ready": READY, "start": START}
    return {name: await simulator.probe(wished.id, "main", probe) for name, probe in asked.items()}


async def failing(simulator: Simulator, wished: PodRequest) -> set[str]:
    return {name for name, found in (await answers(simulator, wished)).items() if not found.ok}


async def test_a_healthy_container_answers_all_probes(simulator: Simulator) -> None:
    await run(simulator, probed())
    assert await answers(simulator, probed()) == dict.fromkeys(
        ("live", "ready", "start"), ProbeOutcome(True, "HTTP 200")
    )


async def test_an_unhealthy_one_answers_none_until_it_is_cleared(simulator: Simulator) -> None:
    await run(simulator, probed(), request(0, app=AppKey("default", "api")))
    simulator.inject("unhealthy", app=WEB, message="HTTP 500")
    found = await answers(simulator, probed())
    assert set(found.values()) == {ProbeOutcome(False, "HTTP 500")}
    assert (await simulator.probe(request(0, app=AppKey("default", "api")).id, "main", LIVE)).ok
    simulator.clear("unhealthy", app=WEB)
    assert not await failing(simulator, probed())


async def test_it_can_be_unhealthy_some_time_after_each_start(simulator: Simulator) -> None:
    await run(simulator, probed())
    simulator.inject("unhealthy", app=WEB, seconds=30)
    assert not await failing(simulator, probed())
    await asyncio.sleep(30)
    assert await failing(simulator, probed()) == {"live", "ready", "start"}


async def test_not_ready_is_about_readiness_alone_also_where_the_port_had_a_name(simulator: Simulator) -> None:
    await run(simulator, probed())
    simulator.inject("not_ready", pod=probed().id)
    assert await failing(simulator, probed()) == {"ready"}
    assert (await answers(simulator, probed()))["ready"] == ProbeOutcome(False, "HTTP 503")


async def test_a_fault_of_one_container_spares_the_others(simulator: Simulator) -> None:
    await run(simulator, probed())
    simulator.inject("unhealthy", app=WEB, container="side")
    assert not await failing(simulator, probed())


async def test_variables_say_when_it_gets_ready_and_when_it_hangs(simulator: Simulator) -> None:
    wished = probed(UNREADY_UNTIL="10", UNHEALTHY_AFTER="60")
    await run(simulator, wished)
    assert await failing(simulator, wished) == {"ready", "start"}
    await asyncio.sleep(10)
    assert not await failing(simulator, wished)
    await asyncio.sleep(50)
    assert await failing(simulator, wished) == {"live", "ready", "start"}


@pytest.mark.parametrize(
    ("command", "ok", "message"),
    [
        (("cat", "/tmp/healthy"), True, "exit code 0"),
        (("sh", "-c", "echo warming up; exit 2"), False, "exit code 2: warming up"),
        (("false",), False, "exit code 1"),
        (("sleep", "30"), False, "the command did not end within 1 s"),
        (("sleep", "infinity"), False, "the command did not end within 1 s"),
        (("sleep", "0.1"), True, "exit code 0"),
    ],
)
async def test_commands_are_read_as_those_of_containers(
    simulator: Simulator, command: tuple[str, ...], ok: bool, message: str
) -> None:
    (pod,) = await run(simulator, request())
    assert await simulator.probe(pod.id, "main", Probe(handler=Exec(command=command))) == ProbeOutcome(ok, message)


async def test_a_container_that_only_sleeps_listens_nowhere(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request(command=("sleep", "3600")))
    refused = ProbeOutcome(False, "connection refused")
    assert await simulator.probe(pod.id, "main", Probe(handler=TcpSocket(port=80))) == refused
    assert await simulator.probe(pod.id, "main", LIVE) == refused


# -- load


async def millicores(simulator: Simulator, *slots: int) -> list[int]:
    stats = await simulator.stats([request(slot).id for slot in slots])
    return [stats[request(slot).id].cpu_millicores for slot in slots]


async def test_a_load_is_shared_by_what_runs(simulator: Simulator) -> None:
    await run(simulator, request(0), request(1))
    idle = await millicores(simulator, 0, 1)
    simulator.inject("load", app=WEB, cpu_millicores=1000, memory_bytes=2**30)
    assert await millicores(simulator, 0, 1) == [cpu + 500 for cpu in idle]
    memory = (await simulator.stats([request(0).id]))[request(0).id].memory_bytes
    assert 2**29 < memory < 2**29 + 2**27
    at = asyncio.get_running_loop().time()
    await run(simulator, request(2), request(3))
    assert asyncio.get_running_loop().time() > at
    assert all(250 <= cpu < 320 for cpu in await millicores(simulator, 0, 1, 2, 3))
    simulator.inject("kill", pod=request(3).id)
    assert all(333 <= cpu < 400 for cpu in await millicores(simulator, 0, 1, 2))
    simulator.inject("load", app=WEB, cpu_millicores=0)
    assert all(cpu < 70 for cpu in await millicores(simulator, 0, 1, 2))


async def test_a_load_stays_with_its_app_and_within_limits(simulator: Simulator) -> None:
    limited = request(1, app=AppKey("default", "api")).template.model_validate(
        {"containers": [{"name": "m", "image": "nginx", "resources": {"limits": {"cpu_millicores": 200}}}]}
    )
    api = replace(request(1, app=AppKey("default", "api")), template=limited)
    await run(simulator, request(0), api)
    simulator.inject("load", app=AppKey("default", "api"), cpu_millicores=5000)
    stats = await simulator.stats([request(0).id, api.id])
    assert stats[api.id].cpu_millicores == 200
    assert stats[request(0).id].cpu_millicores < 70
