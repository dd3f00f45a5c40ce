"""The simulator's promises in virtual time: determinism, ports, faults, output, and a world that outlives us."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import InvalidInput, NotFound, Permanent, Transient, Unreachable
from app.core.pods import ObservedPod, PodId, PodPhase, PodRequest, PullProgress
from app.core.spec import AppKey, Container, EnvVar, PodTemplate, Port, Protocol
from app.ports.runtime import PodRuntime
from app.runtimes.simulator import Fault, Injection, Simulator
from app.runtimes.simulator.output import Output, usage
from app.runtimes.simulator.script import read_script
from tests.clock import EPOCH, LoopClock

WEB = AppKey("default", "web")
pytestmark = pytest.mark.looptime


def request(
    slot: int = 0,
    *,
    app: AppKey = WEB,
    attempt: int = 1,
    image: str = "nginx",
    ports: tuple[Port, ...] = (),
    host_ports: dict[int, int] | None = None,
    command: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
) -> PodRequest:
    variables = tuple(EnvVar(name=name, value=value) for name, value in (env or {}).items())
    container = Container(name="main", image=image, ports=ports, command=command, env=variables)
    return PodRequest(PodId(app, slot, attempt), "hash", PodTemplate(containers=(container,)), host_ports or {})


async def run(simulator: Simulator, *requests: PodRequest) -> list[ObservedPod]:
    for each in requests:
        await simulator.pull_image(each.template.containers[0].image, lambda _: None)
    return [await simulator.start_pod(each) for each in requests]


async def shown(simulator: Simulator, pod: PodId) -> ObservedPod:
    observed = await simulator.get_pod(pod)
    assert observed is not None
    return observed


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    runtime: PodRuntime = Simulator(LoopClock())
    assert isinstance(runtime, Simulator)
    yield runtime
    await runtime.aclose()


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


# -- ends


@pytest.mark.parametrize(
    ("command", "env", "seconds", "code"),
    [
        (("false",), {}, 0.0, 1),
        (("true",), {}, 0.0, 0),
        (("sh", "-c", "echo hello; sleep 3 && exit 7"), {}, 3.0, 7),
        (("/bin/sleep", "5"), {}, 5.0, 0),
        ((), {"EXIT_AFTER": "2.5"}, 2.5, 1),
        ((), {"EXIT_AFTER": "1", "EXIT_CODE": "3"}, 1.0, 3),
        (("sh", "-c", "'open quote"), {}, 0.0, 2),
        (("sleep", "infinity"), {}, None, 0),
        (("sh", "-c", "while true; do echo x; sleep 1; done"), {}, None, 0),
        (("nginx", "-g", "daemon off;"), {}, None, 0),
    ],
)
async def test_commands_that_ask_for_an_end_get_it(
    simulator: Simulator, command: tuple[str, ...], env: dict[str, str], seconds: float | None, code: int
) -> None:
    (pod,) = await run(simulator, request(command=command, env=env))
    await asyncio.sleep(3600)
    ended = await shown(simulator, pod.id)
    if seconds is None:
        assert ended.phase is PodPhase.RUNNING
        return
    assert ended.phase is (PodPhase.FAILED if code else PodPhase.SUCCEEDED)
    assert ended.exit is not None
    assert (ended.exit.code, ended.exit.reason) == (code, "Error" if code else "Completed")
    assert (ended.finished_at or 0) - (ended.started_at or 0) == pytest.approx(seconds, abs=1e-3)
    assert not ended.ready


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_command_can_be_read(words: list[str]) -> None:
    read_script(Container(name="main", image="x", command=tuple(words)))
    read_script(Container(name="main", image="x", command=("sh", "-c", " ".join(words))))


@pytest.mark.parametrize("program", ["/no-such-program", "nonexistent"])
async def test_a_program_that_does_not_exist_cannot_be_started(simulator: Simulator, program: str) -> None:
    with pytest.raises(Permanent, match=program) as caught:
        await run(simulator, request(command=(program,)))
    assert caught.value.reason == "ContainerCannotRun"
    assert await simulator.list_pods() == []


# -- faults


@pytest.mark.parametrize(
    ("fault", "code", "reason", "oom"),
    [("container_crash", 1, "Error", False), ("kill", 137, "Killed", False), ("oom", 137, "OOMKilled", True)],
)
async def test_one_off_faults_end_what_runs_now(
    simulator: Simulator, fault: str, code: int, reason: str, oom: bool
) -> None:
    pods = await run(simulator, request(0), request(1), request(0, app=AppKey("default", "api")))
    assert simulator.inject(fault, app=WEB) == (pods[0].id, pods[1].id)
    ended = await shown(simulator, pods[0].id)
    assert ended.exit is not None
    assert (ended.phase, ended.exit.code, ended.exit.reason, ended.exit.oom_killed) == (
        PodPhase.FAILED,
        code,
        reason,
        oom,
    )
    assert (await shown(simulator, pods[2].id)).phase is PodPhase.RUNNING
    with pytest.raises(NotFound):
        simulator.inject(fault, pod=pods[0].id)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.once])
async def test_a_one_off_fault_needs_a_target(simulator: Simulator, fault: Fault) -> None:
    await run(simulator, request())
    with pytest.raises(InvalidInput, match="needs an app or a pod"):
        simulator.inject(fault)


async def test_an_unknown_fault_lists_the_known_ones(simulator: Simulator) -> None:
    with pytest.raises(InvalidInput, match="container_crash, kill, oom"):
        simulator.inject("earthquake")


async def test_a_crash_loop_ends_each_attempt_until_it_is_cleared(simulator: Simulator) -> None:
    (old, other) = await run(simulator, request(0), request(0, app=AppKey("default", "api")))
    assert simulator.inject("crash_loop", app=WEB, seconds=5, exit_code=3, message="boom") == (old.id,)
    await asyncio.sleep(5)
    new = await simulator.start_pod(request(0, attempt=2))
    await asyncio.sleep(4.9)
    assert (await shown(simulator, new.id)).phase is PodPhase.RUNNING
    await asyncio.sleep(0.2)
    for pod in (old, new):
        ended = await shown(simulator, pod.id)
        assert ended.exit is not None
        assert ended.exit.code == 3
        assert (await simulator.logs(pod.id))[-1].text == "boom"
    last = await simulator.start_pod(request(0, attempt=3))
    simulator.clear("crash_loop", app=WEB)
    await asyncio.sleep(60)
    assert (await shown(simulator, last.id)).phase is PodPhase.RUNNING
    assert (await shown(simulator, other.id)).phase is PodPhase.RUNNING


async def test_a_start_error_refuses_and_leaves_nothing(simulator: Simulator) -> None:
    simulator.inject("start_error", app=WEB, message="no space left on device")
    with pytest.raises(Permanent, match="no space left on device") as caught:
        await run(simulator, request())
    assert caught.value.reason == "ContainerCannotRun"
    assert await simulator.list_pods() == []
    simulator.clear()
    assert (await simulator.start_pod(request())).ready


async def test_a_slow_start_is_slow(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    simulator.inject("slow_start", app=WEB, seconds=40)
    began = asyncio.get_running_loop().time()
    await simulator.start_pod(request())
    assert asyncio.get_running_loop().time() - began == pytest.approx(40)


async def test_pulls_of_one_image_can_fail(simulator: Simulator) -> None:
    simulator.inject("image_pull_error", image="docker.io/library/redis:7", message="toomanyrequests")
    await simulator.pull_image("nginx", lambda _: None)
    with pytest.raises(Permanent, match="toomanyrequests") as caught:
        await simulator.pull_image("redis:7", lambda _: None)
    assert caught.value.reason == "ErrImagePull"
    simulator.clear("image_pull_error")
    await simulator.pull_image("redis:7", lambda _: None)


async def test_all_pulls_can_fail_while_present_images_stay_usable(simulator: Simulator) -> None:
    await simulator.pull_image("nginx", lambda _: None)
    simulator.inject("image_pull_error")
    with pytest.raises(Permanent):
        await simulator.pull_image("redis", lambda _: None)
    await simulator.pull_image("nginx", lambda _: None)
    assert (await simulator.start_pod(request())).ready


async def test_a_runtime_that_is_down_answers_nothing_and_loses_nothing(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    simulator.inject("runtime_down")
    calls: list[Callable[[], object]] = [
        simulator.check,
        simulator.list_pods,
        lambda: simulator.get_pod(pod.id),
        lambda: simulator.has_image("nginx"),
        lambda: simulator.pull_image("nginx", lambda _: None),
        lambda: simulator.start_pod(request(1)),
        lambda: simulator.stop_pod(pod.id, 1),
        lambda: simulator.remove_pod(pod.id),
        lambda: simulator.logs(pod.id),
        lambda: anext(simulator.follow_logs(pod.id)),
        lambda: simulator.stats([pod.id]),
        lambda: anext(simulator.watch()),
    ]
    for call in calls:
        with pytest.raises(Unreachable):
            await call()  # type: ignore[misc]
    simulator.clear("runtime_down")
    assert await simulator.list_pods() == [pod]


async def test_a_call_under_way_when_the_runtime_goes_down_has_no_effect(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    stopping = asyncio.create_task(simulator.stop_pod(pod.id, 30))
    await asyncio.sleep(0.01)
    simulator.inject("runtime_down")
    with pytest.raises(Unreachable):
        await stopping
    simulator.clear()
    assert await simulator.list_pods() == [pod]


async def test_faults_can_be_there_from_the_start() -> None:
    simulator = Simulator(LoopClock(), faults=[Injection(Fault.RUNTIME_DOWN)])
    with pytest.raises(Unreachable, match="runtime_down"):
        await simulator.check()
    await simulator.aclose()


# -- watching


async def test_every_change_is_told_also_before_the_first_look(simulator: Simulator) -> None:
    news = simulator.watch()
    (pod,) = await run(simulator, request())
    assert await anext(news) == pod.id
    simulator.inject("kill", pod=pod.id)
    assert await anext(news) == pod.id
    await simulator.remove_pod(pod.id)
    assert await anext(news) == pod.id
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(news), 60)


async def test_each_watcher_gets_its_own_news(simulator: Simulator) -> None:
    one, two = simulator.watch(), simulator.watch()
    (pod,) = await run(simulator, request())
    assert await anext(one) == await anext(two) == pod.id


async def test_a_slow_watcher_gets_one_hint_per_pod(simulator: Simulator) -> None:
    news = simulator.watch()
    pods = await run(simulator, *(request(slot) for slot in range(3)))
    simulator.inject("kill", app=WEB)
    assert [await anext(news) for _ in range(3)] == [pod.id for pod in pods]
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


# -- output and usage


async def test_logs_grow_with_time_and_can_be_cut(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(60)
    lines = await simulator.logs(pod.id)
    assert len(lines) > 10
    assert {line.pod for line in lines} == {"web-0"}
    times = [line.at or 0.0 for line in lines]
    assert times == sorted(times)
    assert any('"GET /' in line.text for line in lines)
    assert await simulator.logs(pod.id, tail=3) == lines[-3:]
    assert await simulator.logs(pod.id, tail=0) == []
    assert await simulator.logs(pod.id, since=times[-2]) == lines[-2:]
    await asyncio.sleep(60)
    assert (await simulator.logs(pod.id))[: len(lines)] == lines


async def test_an_ended_container_keeps_its_lines_with_the_last_words(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(30)
    simulator.inject("container_crash", pod=pod.id, message="panic: oh no\n\tat main.go:7")
    lines = await simulator.logs(pod.id)
    await asyncio.sleep(600)
    assert await simulator.logs(pod.id) == lines
    assert [(line.text, line.stream) for line in lines[-2:]] == [
        ("panic: oh no", "stderr"),
        ("\tat main.go:7", "stderr"),
    ]
    assert await simulator.logs(pod.id, tail=1) == lines[-1:]
    await simulator.remove_pod(pod.id)
    assert await simulator.logs(pod.id) == ()


async def test_a_month_of_output_is_bounded(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(30 * 86400)
    assert len(await simulator.logs(pod.id)) == 10_000


async def test_what_a_command_echoes_is_all_it_prints(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request(command=("sh", "-c", "echo hello world; echo two; sleep 100; echo late")))
    assert [line.text for line in await simulator.logs(pod.id)] == ["hello world", "two"]
    await asyncio.sleep(3600)
    lines = await simulator.logs(pod.id)
    assert [line.text for line in lines] == ["hello world", "two", "late"]
    assert (lines[2].at or 0) - (lines[1].at or 0) == pytest.approx(100)


async def test_followed_logs_come_as_printed_and_end_with_the_attempt(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(30)
    old = await simulator.logs(pod.id, tail=2)

    async def follow() -> list[tuple[str, float]]:
        clock = LoopClock()
        return [(line.text, clock.now() - (line.at or 0)) async for line in simulator.follow_logs(pod.id, tail=2)]

    following = asyncio.create_task(follow())
    await asyncio.sleep(30)
    assert not following.done()
    simulator.inject("container_crash", pod=pod.id, message="the end")
    got = await following
    whole = await simulator.logs(pod.id)
    assert [text for text, _ in got] == [line.text for line in whole[whole.index(old[0]) :]]
    assert all(late < 0.01 for _, late in got[2:])
    assert got[-1][0] == "the end"


@pytest.mark.parametrize("how", ["removed", "ended before", "unknown"])
async def test_following_ends_where_nothing_more_can_come(simulator: Simulator, how: str) -> None:
    (pod,) = await run(simulator, request())
    await asyncio.sleep(1)
    if how == "ended before":
        simulator.inject("container_crash", pod=pod.id, message="done")
    if how == "removed":
        asyncio.get_running_loop().call_later(0.001, lambda: asyncio.ensure_future(simulator.remove_pod(pod.id)))
    target = pod.id._replace(slot=9) if how == "unknown" else pod.id
    async with aclosing(simulator.follow_logs(target, tail=1)) as lines:  # type: ignore[type-var]
        got = [line.text async for line in lines]
    assert len(got) == {"removed": 1, "ended before": 1, "unknown": 0}[how]


@settings(deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 100), st.integers(0, 50))
def test_the_count_of_lines_agrees_with_their_times(started: float, ran: float, texture: int) -> None:
    output = Output(str(texture), "nginx", started)
    count = output.count(started + ran)
    assert all(output.at(index) <= started + ran + 1e-6 for index in range(count))
    assert output.at(count) >= started + ran - 1e-6


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 1e5))
def test_usage_moves_smoothly(texture: int, at: float) -> None:
    (cpu, memory), (later_cpu, later_memory) = (usage(str(texture), "redis", at + step, 0.0) for step in (0.0, 1.0))
    assert cpu >= 1
    assert memory > 2**20
    assert abs(later_cpu - cpu) <= 2
    assert abs(later_memory - memory) < 0.02 * memory


async def test_stats_are_of_what_runs_and_keep_to_limits(simulator: Simulator) -> None:
    limited = request(0).template.model_validate(
        {"containers": [{"name": "m", "image": "nginx", "resources": {"limits": {"cpu_millicores": 2}}}]}
    )
    first = PodRequest(PodId(WEB, 0, 1), "hash", limited)
    pods = await run(simulator, first, request(1), request(2))
    simulator.inject("kill", pod=pods[2].id)
    stats = await simulator.stats([*(pod.id for pod in pods), PodId(WEB, 9, 9)])
    assert set(stats) == {pods[0].id, pods[1].id}
    assert stats[pods[0].id].cpu_millicores <= 2
    assert stats[pods[1].id].at == LoopClock().now()


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


# -- the world's file


async def test_a_world_outlives_its_process_even_without_a_close(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    first = Simulator(LoopClock(), 3, path)
    pods = await run(first, request(0, ports=(Port(container_port=80),)), request(1, env={"EXIT_AFTER": "100"}))
    first.inject("slow_start", app=WEB)
    await _written(path, lambda world: len(world["pods"]) == 2 and world["faults"] and world["pods"][1]["ends_at"])
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


async def _written(path: Path, done: Callable[[dict[str, list[dict[str, object]]]], object]) -> None:
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
    (pod,) = await run(simulator, request())
    await simulator.remove_pod(pod.id)
    await simulator.aclose()
    await simulator.aclose()
    assert json.loads(path.read_text())["pods"] == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["world.json"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 2}', b'{"pods": [{}]}', b"\xff\xfe\x00"])
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
