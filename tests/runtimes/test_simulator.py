"""The simulator's verbs in virtual time: images, starts and stops, ports, news, determinism."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.errors import Permanent, Transient, Unreachable
from app.core.pods import PodId, PodPhase, PullProgress
from app.core.spec import Port, Protocol
from app.runtimes.simulator import Simulator
from tests.clock import EPOCH, LoopClock
from tests.runtimes.simulated import WEB, request, run, shown

pytestmark = pytest.mark.looptime


# -- images


async def test_a_pull_takes_its_time_and_reports_rising_bytes(simulator: Simulator) -> None:
    seen: list[PullProgress] = []
    assert not await simulator.has_image("nginx")
    await simulator.pull_image("nginx", seen.append)
    assert 0.2 <= asyncio.get_running_loop().time() <= 0.6
    assert await simulator.has_image("docker.io/library/nginx:latest")
    assert [step.done_bytes for step in seen] == sorted(step.done_bytes for step in seen)
    assert seen[-1].done_bytes == seen[-1].total_bytes > 0


async def test_an_image_that_is_here_is_not_pulled_again(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    before = asyncio.get_running_loop().time()
    await simulator.pull_image("nginx:latest", lambda _: None)
    assert asyncio.get_running_loop().time() == before


@pytest.mark.parametrize(
    "image", ["nginx:nope", "team/does-not-exist", "ghcr.io/a/nonexistent:1", "missing", "x:Invalid"]
)
async def test_a_name_that_says_so_is_not_in_the_registry(simulator: Simulator, image: str) -> None:
    with pytest.raises(Permanent, match=f"manifest for {image} not found: manifest unknown") as caught:
        await simulator.pull_image(image, lambda _: None)
    assert caught.value.reason == "ErrImagePull"
    assert not await simulator.has_image(image)


async def test_such_a_word_inside_another_word_is_no_sign(simulator: Simulator) -> None:
    await simulator.pull_image("team/canopener:dismissing", lambda _: None)


@pytest.mark.parametrize("image", ["", "Nginx", "nginx:", "a b", "nginx:bad tag", "http://x/y"])
async def test_text_that_is_no_reference_is_refused(simulator: Simulator, image: str) -> None:
    with pytest.raises(Permanent) as caught:
        await simulator.pull_image(image, lambda _: None)
    assert caught.value.reason == "InvalidImageName"


async def test_starting_without_the_image_says_pull_first(simulator: Simulator) -> None:
    with pytest.raises(Permanent) as caught:
        await simulator.start_pod(request())
    assert caught.value.reason == "ImageNotPresent"
    assert await simulator.list_pods() == []


# -- starting and stopping


async def test_a_start_takes_its_time_and_shows_each_step(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    began = asyncio.get_running_loop().time()
    starting = asyncio.create_task(simulator.start_pod(request()))
    await asyncio.sleep(0)
    assert (await shown(simulator, request().id)).phase is PodPhase.PENDING
    pod = await starting
    assert 0.1 <= asyncio.get_running_loop().time() - began <= 0.3
    assert (pod.phase, pod.ready) == (PodPhase.RUNNING, True)
    assert pod.started_at is not None
    assert EPOCH <= pod.created_at < pod.started_at
    assert await simulator.list_pods() == [pod]


async def test_starting_again_returns_what_is_there(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    assert await simulator.start_pod(request()) == pod
    simulator.inject("kill", pod=pod.id)
    assert (await simulator.start_pod(request())).phase is PodPhase.FAILED


async def test_two_starts_at_once_make_one_pod(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    one, two = await asyncio.gather(simulator.start_pod(request()), simulator.start_pod(request()))
    assert one == two
    assert await simulator.list_pods() == [one]


async def test_a_start_that_was_cut_off_is_finished_by_the_next(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    starting = asyncio.create_task(simulator.start_pod(request()))
    await asyncio.sleep(0.01)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert (await shown(simulator, request().id)).phase is PodPhase.PENDING
    assert (await simulator.start_pod(request())).phase is PodPhase.RUNNING


async def test_a_pod_removed_while_it_starts_is_not_resurrected(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    starting = asyncio.create_task(simulator.start_pod(request()))
    await asyncio.sleep(0.01)
    await simulator.remove_pod(request().id)
    with pytest.raises(Transient):
        await starting
    assert await simulator.list_pods() == []


async def test_a_stop_ends_soon_and_leaves_nothing(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    began = asyncio.get_running_loop().time()
    await simulator.stop_pod(pod.id, 30)
    assert 0.05 <= asyncio.get_running_loop().time() - began <= 0.15
    assert await simulator.list_pods() == []
    await simulator.stop_pod(pod.id, 30)
    await simulator.remove_pod(pod.id)


@pytest.mark.parametrize(("env", "grace", "seconds"), [({"IGNORE_TERM": "1"}, 7.0, 7.0), ({}, 0.0, 0.0)])
async def test_a_stop_takes_at_most_the_grace_period(
    simulator: Simulator, env: dict[str, str], grace: float, seconds: float
) -> None:
    (pod,) = await run(simulator, request(env=env))
    began = asyncio.get_running_loop().time()
    await simulator.stop_pod(pod.id, grace)
    assert asyncio.get_running_loop().time() - began == pytest.approx(seconds, abs=0.01)


# -- ports


async def test_pods_get_ports_of_their_own(simulator: Simulator) -> None:
    ports = (Port(container_port=80), Port(container_port=53, protocol=Protocol.UDP))
    pods = await run(simulator, *(request(slot, ports=ports) for slot in range(5)))
    numbers = [port.host_port for pod in pods for port in pod.ports]
    assert len(set(numbers)) == len(numbers) == 10
    assert min(numbers) == 20000
    assert {port.host for pod in pods for port in pod.ports} == {"127.0.0.1"}


async def test_a_taken_host_port_is_refused_until_it_is_free(simulator: Simulator) -> None:
    ports, wish = (Port(container_port=80),), {80: 8080}
    (first,) = await run(simulator, request(0, ports=ports, host_ports=wish))
    assert first.ports[0].host_port == 8080
    with pytest.raises(Permanent, match="8080 failed: port is already allocated") as caught:
        await simulator.start_pod(request(1, ports=ports, host_ports=wish))
    assert caught.value.reason == "PortInUse"
    assert await simulator.list_pods() == [first]
    simulator.inject("kill", pod=first.id)
    assert (await simulator.start_pod(request(1, ports=ports, host_ports=wish))).ports[0].host_port == 8080


async def test_a_late_removal_does_not_free_the_port_of_its_successor(simulator: Simulator) -> None:
    ports, wish = (Port(container_port=80),), {80: 8080}
    (first,) = await run(simulator, request(0, ports=ports, host_ports=wish))
    simulator.inject("kill", pod=first.id)
    await simulator.start_pod(request(0, attempt=2, ports=ports, host_ports=wish))
    await simulator.remove_pod(first.id)
    with pytest.raises(Permanent):
        await simulator.start_pod(request(1, ports=ports, host_ports=wish))


# -- watching


async def hint(news: AsyncIterator[PodId]) -> PodId:
    return await asyncio.wait_for(anext(news), 60)


async def test_every_change_is_told_also_before_the_first_look(simulator: Simulator) -> None:
    news = simulator.watch()
    (pod,) = await run(simulator, request())
    assert await hint(news) == pod.id
    simulator.inject("kill", pod=pod.id)
    assert await hint(news) == pod.id
    await simulator.remove_pod(pod.id)
    assert await hint(news) == pod.id
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(news), 60)


async def test_each_watcher_gets_its_own_news(simulator: Simulator) -> None:
    one, two = simulator.watch(), simulator.watch()
    (pod,) = await run(simulator, request())
    assert await hint(one) == await hint(two) == pod.id


async def test_a_slow_watcher_gets_one_hint_per_pod(simulator: Simulator) -> None:
    news = simulator.watch()
    pods = await run(simulator, *(request(slot) for slot in range(3)))
    simulator.inject("kill", app=WEB)
    assert [await hint(news) for _ in range(3)] == [pod.id for pod in pods]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(news), 1)


async def test_a_watch_breaks_when_the_runtime_goes_down_and_ends_when_it_is_closed(simulator: Simulator) -> None:
    async def drain(news: AsyncIterator[PodId]) -> list[PodId]:
        return [pod async for pod in news]

    broken = asyncio.create_task(drain(simulator.watch()))
    await asyncio.sleep(0.01)
    simulator.inject("runtime_down")
    with pytest.raises(Unreachable):
        await broken
    simulator.clear()
    ended = asyncio.create_task(drain(simulator.watch()))
    await asyncio.sleep(0.01)
    await simulator.aclose()
    assert await ended == []


# -- determinism and size


async def test_one_seed_is_one_history() -> None:
    async def history(seed: int, order: tuple[int, ...]) -> dict[int, object]:
        simulator, loop, took = Simulator(LoopClock(), seed), asyncio.get_running_loop(), {}
        await simulator.pull_image("nginx", lambda _: None)
        for slot in order:
            began = loop.time()
            await simulator.start_pod(request(slot))
            took[slot] = round(loop.time() - began, 6)
        await simulator.aclose()
        return dict(took)

    assert await history(1, (0, 1, 2)) == await history(1, (2, 0, 1))
    assert await history(1, (0, 1, 2)) != await history(2, (0, 1, 2))


async def test_pods_are_listed_without_building_anything(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    await asyncio.gather(*(simulator.start_pod(request(slot)) for slot in range(500)))
    one, two = await simulator.list_pods(), await simulator.list_pods()
    assert len(one) == 500
    assert all(first is second for first, second in zip(one, two, strict=True))
