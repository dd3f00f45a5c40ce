"""How pretended containers end, by themselves and by each fault."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import InvalidInput, NotFound, Permanent, Unreachable
from app.core.pods import PodPhase
from app.core.spec import AppKey, Container
from app.runtimes.simulator import Fault, Injection, Simulator
from app.runtimes.simulator.script import read_script
from tests.clock import LoopClock
from tests.runtimes.simulated import WEB, request, run, shown

pytestmark = pytest.mark.looptime


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
    with pytest.raises(InvalidInput, match=r"needs an app or a (pod|service)"):
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
