"""Pods of several containers in virtual time: init containers, restart policies, what stays and what is freed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import InvalidInput, NotFound, Permanent, Unreachable
from app.core.pods import Capacity, ExitInfo, ObservedContainer, ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import AppKey, PodTemplate
from app.runtimes.simulator import Fault, Simulator
from tests.clock import LoopClock
from tests.runtimes.simulated import WEB, request, run, shown

pytestmark = pytest.mark.looptime


def several(*containers: dict[str, Any], slot: int = 0, **template: Any) -> PodRequest:
    found = [{"image": "nginx", **one} for one in containers]
    first = [{"image": "busybox", **one} for one in template.pop("init_containers", ())]
    made = PodTemplate.model_validate({"containers": found, "init_containers": first, **template})
    return PodRequest(PodId(WEB, slot, 1), "hash", made)


def shell(name: str, line: str) -> dict[str, Any]:
    return {"name": name, "command": ("sh", "-c", line)}


def named(pod: ObservedPod, name: str) -> ObservedContainer:
    return next(one for one in pod.containers if one.name == name)


async def settled(simulator: Simulator, wished: PodRequest) -> ObservedPod:
    """Started again after each step, as the engine does."""
    (pod,) = await run(simulator, wished)
    while pod.phase is PodPhase.PENDING:
        await asyncio.sleep(0.05)
        pod = await simulator.start_pod(wished)
    return pod


# -- init containers


async def test_an_init_container_of_which_nothing_is_known_ends_soon_and_well(simulator: Simulator) -> None:
    wished = several({"name": "web"}, init_containers=[{"name": "migrate", "command": ("./manage.py", "migrate")}])
    (pod,) = await run(simulator, wished)
    assert (pod.phase, pod.initializing, pod.address) == (PodPhase.PENDING, "migrate (1 of 1)", "")
    assert not named(pod, "web").running
    pod = await settled(simulator, wished)
    done = named(pod, "migrate")
    assert done.exit == ExitInfo(0, "Completed")
    assert 0.2 <= (done.finished_at or 0) - (done.started_at or 0) <= 0.5


async def test_an_init_container_that_waits_for_ever_does(simulator: Simulator) -> None:
    (pod,) = await run(simulator, several({"name": "web"}, init_containers=[shell("wait", "sleep infinity")]))
    await asyncio.sleep(86400)
    assert (await shown(simulator, pod.id)).initializing == "wait (1 of 1)"


async def test_an_init_container_is_told_by_its_resolved_variables(simulator: Simulator) -> None:
    wished = replace(
        several({"name": "web"}, init_containers=[{"name": "first", "env": ({"name": "EXIT_AFTER", "value": "1"},)}]),
        env={"first": (("EXIT_AFTER", "5"), ("EXIT_CODE", "7"))},
    )
    (pod,) = await run(simulator, wished)
    await asyncio.sleep(4.9)
    assert (await shown(simulator, pod.id)).initializing
    await asyncio.sleep(0.2)
    failed = await shown(simulator, pod.id)
    assert (failed.phase, failed.exit, failed.initializing) == (PodPhase.FAILED, ExitInfo(7, "Init:Error"), "")


async def test_ports_of_a_failed_start_are_free_again(simulator: Simulator) -> None:
    ports = ({"container_port": 80},)
    wished = several({"name": "web", "ports": ports}, init_containers=[shell("first", "exit 1")])
    (pod,) = await run(simulator, replace(wished, host_ports={80: 8080}))
    await asyncio.sleep(0.01)
    assert (await shown(simulator, pod.id)).phase is PodPhase.FAILED
    (other,) = await run(simulator, replace(several({"name": "web", "ports": ports}, slot=1), host_ports={80: 8080}))
    assert [port.host_port for port in other.ports] == [8080]


async def test_one_port_refused_gives_the_others_back(simulator: Simulator) -> None:
    ports = ({"container_port": 80}, {"container_port": 81})
    await run(simulator, replace(several({"name": "web", "ports": ports[1:]}, slot=1), host_ports={81: 8081}))
    with pytest.raises(Permanent):
        await simulator.start_pod(replace(several({"name": "web", "ports": ports}), host_ports={80: 8080, 81: 8081}))
    (pod,) = await run(simulator, replace(several({"name": "web", "ports": ports[:1]}), host_ports={80: 8080}))
    assert pod.phase is PodPhase.RUNNING


# -- several containers


async def test_a_sidecar_can_be_the_one_that_is_hit(simulator: Simulator) -> None:
    (pod,) = await run(simulator, several({"name": "web"}, {"name": "side", "image": "redis"}))
    assert simulator.inject("oom", app=WEB, container="side", message="no memory left") == (pod.id,)
    ended = await shown(simulator, pod.id)
    assert ended.exit == ExitInfo(137, "OOMKilled", oom_killed=True)
    assert named(ended, "web").exit == ExitInfo(137, "Killed")
    assert [(line.pod, line.text) for line in await simulator.logs(pod.id, tail=1)] == [
        ("web-0/side", "no memory left")
    ]
    with pytest.raises(NotFound):
        simulator.inject("kill", app=WEB, container="side")


async def test_a_crash_loop_can_be_about_a_sidecar(simulator: Simulator) -> None:
    (pod,) = await run(simulator, several({"name": "web"}, {"name": "side"}))
    simulator.inject("crash_loop", app=WEB, container="side", seconds=3, exit_code=9)
    await asyncio.sleep(3.1)
    assert (await shown(simulator, pod.id)).exit == ExitInfo(9, "Error")


async def test_containers_end_each_in_its_time_also_while_nobody_looks(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    first = Simulator(LoopClock(), 0, path)
    wished = several(
        shell("quick", "sleep 10"), shell("slow", "sleep 20"), shell("bad", "sleep 30; exit 3"), restart_policy="Never"
    )
    (pod,) = await run(first, wished)
    await first.aclose()
    await asyncio.sleep(1000)
    second = Simulator(LoopClock(), 0, path)
    ended = await shown(second, pod.id)
    took = [(one.finished_at or 0) - (one.started_at or 0) for one in ended.containers]
    assert took == pytest.approx([10, 20, 30])
    assert (ended.phase, ended.exit) == (PodPhase.FAILED, ExitInfo(3, "Error"))
    await second.aclose()


async def test_lines_of_several_containers_are_followed_together(simulator: Simulator) -> None:
    (pod,) = await run(
        simulator,
        several(shell("web", "sleep 1; echo a; sleep 2; echo c; sleep 9"), shell("side", "sleep 2; echo b; sleep 9")),
    )
    async with asyncio.timeout(60):
        got = [(line.pod, line.text) async for line in simulator.follow_logs(pod.id)]
    assert got == [("web-0/web", "a"), ("web-0/side", "b"), ("web-0/web", "c")]
    assert [(line.pod, line.text) for line in await simulator.logs(pod.id)] == got


async def test_usage_is_that_of_all_containers(simulator: Simulator) -> None:
    both, alone = await run(simulator, several({"name": "web"}, {"name": "side", "image": "mysql"}), request(1))
    stats = await simulator.stats([both.id, alone.id])
    assert stats[both.id].memory_bytes > stats[alone.id].memory_bytes + 100 * 2**20


# -- addresses, volumes, kept attempts


async def test_addresses_are_given_back(simulator: Simulator) -> None:
    pods = await run(simulator, *(request(slot) for slot in range(300)))
    assert len({pod.address for pod in pods}) == 300
    assert all(pod.address.startswith("10.244.") for pod in pods)
    simulator.inject("kill", pod=pods[0].id)
    assert (await shown(simulator, pods[0].id)).address == ""


async def test_a_kept_attempt_that_obeyed_ended_by_the_signal(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await simulator.stop_pod(pod.id, 30, keep=True)
    assert (await shown(simulator, pod.id)).exit == ExitInfo(143, "Error")


async def test_what_never_ran_leaves_nothing_to_keep(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    simulator.inject("slow_start", seconds=3600)
    starting = asyncio.create_task(simulator.start_pod(request()))
    await asyncio.sleep(1)
    await simulator.stop_pod(request().id, 1, keep=True)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert await simulator.list_pods() == []


# -- the host


async def test_the_host_says_what_it_has_and_can_be_filled() -> None:
    simulator = Simulator(LoopClock(), capacity=Capacity(2000, 2**30, 1))
    assert (await simulator.check()).capacity == Capacity(2000, 2**30, 1)
    simulator.inject("host_full", cpu_millicores=100)
    assert (await simulator.check()).capacity == Capacity(100, 2**30, 1)
    simulator.inject("host_full")
    assert (await simulator.check()).capacity == Capacity(0, 0, 1)
    simulator.clear(Fault.HOST_FULL)
    assert (await simulator.check()).capacity == Capacity(2000, 2**30, 1)
    (pod,) = await run(simulator, several({"name": "web", "resources": {"gpus": 1}}))
    assert pod.phase is PodPhase.RUNNING
    await simulator.aclose()


async def test_by_default_it_is_a_small_one_without_gpus(simulator: Simulator) -> None:
    assert (await simulator.check()).capacity == Capacity(4000, 8 * 2**30, 0)
    with pytest.raises(Permanent, match="gpu"):
        await run(simulator, several({"name": "web", "resources": {"gpus": 1}}))
    assert await simulator.list_pods() == []


# -- drift


async def test_drift_has_words_and_what_can_be_mended_in_place_is(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    simulator.inject("drift", pod=pod.id, field="image", found="nginx:9", wanted="nginx")
    simulator.inject("drift", pod=pod.id, field="renamed")
    found = await shown(simulator, pod.id)
    assert [(one.field, one.in_place) for one in found.drift] == [("image", False), ("name", True)]
    assert (found.drift[0].found, found.drift[0].wanted) == ("nginx:9", "nginx")
    mended = await simulator.repair_pod(request())
    assert [one.field for one in mended.drift] == ["image"]


async def test_a_pod_off_its_network_has_no_address(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    simulator.inject("drift", pod=pod.id, field="network", in_place=False)
    off = await shown(simulator, pod.id)
    assert (off.address, off.ready, off.drift[0].in_place) == ("", True, False)


async def test_drift_needs_a_field_and_something_that_runs(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    with pytest.raises(InvalidInput, match="needs the field"):
        simulator.inject("drift", pod=pod.id)
    with pytest.raises(NotFound):
        simulator.inject("drift", app=AppKey("default", "other"), field="image")


async def test_new_verbs_answer_nothing_either_while_the_runtime_is_down(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    simulator.inject("runtime_down")
    with pytest.raises(Unreachable):
        await simulator.repair_pod(request())
    with pytest.raises(Unreachable):
        await simulator.stop_pod(pod.id, 1, keep=True)
    with pytest.raises(Unreachable):
        await simulator.remove_volume("default", "data")
    with pytest.raises(Unreachable):
        await simulator.services.list_balancers()
    simulator.clear()
    assert await simulator.list_pods() == [pod]
