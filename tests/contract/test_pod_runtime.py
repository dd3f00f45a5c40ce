"""One suite for every `PodRuntime`: what the engine leans on holds in the simulator and on Docker alike."""

from __future__ import annotations

import asyncio
import socket

import pytest

from app.core.errors import Permanent
from app.core.pods import ExitInfo, LogLine, PodPhase
from app.core.spec import Amounts, EnvVar, Port, Resources
from tests.contract.asking import ENOUGH, ask, ended, heard, pod_id, until_true
from tests.contract.runtime_kits import Kit


async def test_it_says_who_it_is(kit: Kit) -> None:
    info = await kit.runtime.check()
    assert info.name == kit.runtime.name
    assert info.version
    assert info.detail
    assert info.capacity is not None
    assert info.capacity.cpu_millicores > 0
    assert info.capacity.memory_bytes > 2**20
    assert info.capacity.gpus >= 0


async def test_nothing_is_there_at_first(kit: Kit) -> None:
    assert list(await kit.runtime.list_pods()) == []
    assert await kit.runtime.get_pod(pod_id()) is None


async def test_a_started_pod_runs_and_is_shown_alike_by_start_get_and_list(kit: Kit) -> None:
    started = await kit.runtime.start_pod(ask(kit))
    assert (started.id, started.template_hash, started.image) == (pod_id(), "abc", kit.image)
    assert (started.phase, started.ready, started.exit) == (PodPhase.RUNNING, True, None)
    assert started.started_at is not None
    assert 0 < started.created_at <= started.started_at
    assert started.runtime_id
    assert await kit.runtime.get_pod(pod_id()) == started
    assert list(await kit.runtime.list_pods()) == [started]


async def test_starting_twice_is_starting_once(kit: Kit) -> None:
    first, second = await asyncio.gather(kit.runtime.start_pod(ask(kit)), kit.runtime.start_pod(ask(kit)))
    assert first.runtime_id == second.runtime_id
    assert await kit.runtime.start_pod(ask(kit)) == await kit.runtime.get_pod(pod_id())
    assert len(await kit.runtime.list_pods()) == 1


async def test_slots_and_attempts_are_pods_of_their_own(kit: Kit) -> None:
    wished = [pod_id(0, 1), pod_id(0, 2), pod_id(1, 1)]
    await asyncio.gather(*(kit.runtime.start_pod(ask(kit, pod)) for pod in wished))
    assert sorted(pod.id for pod in await kit.runtime.list_pods()) == wished


async def test_what_runs_is_found_again_after_a_restart_of_ours(kit: Kit) -> None:
    started = await kit.runtime.start_pod(ask(kit))
    again = await kit.reopened()
    assert list(await again.list_pods()) == [started]
    assert await again.start_pod(ask(kit)) == started


async def test_stop_ends_and_removes_and_can_be_repeated(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    async with asyncio.timeout(ENOUGH):
        await kit.runtime.stop_pod(pod_id(), 60)
    assert await kit.runtime.get_pod(pod_id()) is None
    await kit.runtime.stop_pod(pod_id(), 60)
    await kit.runtime.remove_pod(pod_id())


async def test_stop_waits_no_longer_than_the_grace_period(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit, line="trap '' TERM; sleep 3600"))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await kit.runtime.stop_pod(pod_id(), 0.5)
    assert 0.5 <= loop.time() - begun < ENOUGH
    assert await kit.runtime.get_pod(pod_id()) is None


async def test_two_stops_at_once_are_one(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    await asyncio.gather(kit.runtime.stop_pod(pod_id(), 5), kit.runtime.stop_pod(pod_id(), 5))
    assert await kit.runtime.get_pod(pod_id()) is None


async def test_remove_kills_what_runs(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit, line="trap '' TERM; sleep 3600"))
    await kit.runtime.remove_pod(pod_id())
    assert await kit.runtime.get_pod(pod_id()) is None


@pytest.mark.parametrize(
    ("line", "phase", "how"),
    [
        ("exit 0", PodPhase.SUCCEEDED, ExitInfo(0, "Completed")),
        ("exit 3", PodPhase.FAILED, ExitInfo(3, "Error")),
    ],
)
async def test_an_end_is_seen_with_its_code(kit: Kit, line: str, phase: PodPhase, how: ExitInfo) -> None:
    await kit.runtime.start_pod(ask(kit, line=line, ports=(Port(container_port=80),)))
    pod = await ended(kit, pod_id())
    assert (pod.phase, pod.ready, pod.exit, pod.ports) == (phase, False, how, ())
    assert pod.finished_at is not None
    assert pod.started_at is not None
    assert pod.finished_at >= pod.started_at


async def test_an_ended_attempt_stays_until_it_is_removed_and_is_never_started_again(kit: Kit) -> None:
    request = ask(kit, line="exit 3")
    await kit.runtime.start_pod(request)
    pod = await ended(kit, pod_id())
    assert await kit.runtime.start_pod(request) == pod
    assert list(await kit.runtime.list_pods()) == [pod]
    await kit.runtime.remove_pod(pod_id())
    assert list(await kit.runtime.list_pods()) == []


async def test_a_kill_from_outside_is_news_and_seen_as_one(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit))
    stream = kit.runtime.watch()
    killed = asyncio.create_task(kit.kill(pod_id()))
    pod = await kit.runtime.get_pod(pod_id())
    while pod is not None and not pod.phase.ended:
        await heard(stream, pod_id())
        pod = await kit.runtime.get_pod(pod_id())
    await killed
    assert pod is not None
    assert (pod.phase, pod.exit) == (PodPhase.FAILED, ExitInfo(137, "Killed"))


async def test_starts_and_removals_are_news(kit: Kit) -> None:
    stream = kit.runtime.watch()
    await kit.runtime.start_pod(ask(kit))
    await heard(stream, pod_id())
    await kit.runtime.remove_pod(pod_id())
    await heard(stream, pod_id())


async def test_replicas_get_free_ports_of_their_own(kit: Kit) -> None:
    requests = [ask(kit, pod_id(slot), ports=(Port(container_port=80),)) for slot in range(3)]
    pods = await asyncio.gather(*(kit.runtime.start_pod(request) for request in requests))
    published = [port for pod in pods for port in pod.ports]
    assert [port.container_port for port in published] == [80, 80, 80]
    assert len({port.host_port for port in published}) == 3
    assert {port.host for port in published} == {"127.0.0.1"}


async def test_a_host_port_is_given_to_one_and_refused_to_the_next(kit: Kit) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    first = await kit.runtime.start_pod(ask(kit, pod_id(0), host_port=number))
    assert [port.host_port for port in first.ports] == [number]
    with pytest.raises(Permanent, match=str(number)) as caught:
        await kit.runtime.start_pod(ask(kit, pod_id(1), host_port=number))
    assert caught.value.reason == "PortInUse"
    assert list(await kit.runtime.list_pods()) == [first]
    await kit.runtime.remove_pod(pod_id(0))
    assert (await kit.runtime.start_pod(ask(kit, pod_id(1), host_port=number))).ports == first.ports


async def test_a_missing_image_is_told_and_nothing_is_left(kit: Kit) -> None:
    missing = "kubelite/no-such-image:1"
    assert await kit.runtime.has_image(kit.image)
    assert not await kit.runtime.has_image(missing)
    with pytest.raises(Permanent, match=missing) as caught:
        await kit.runtime.start_pod(ask(kit, image=missing))
    assert caught.value.reason == "ImageNotPresent"
    assert list(await kit.runtime.list_pods()) == []


async def test_an_invalid_image_name_is_permanent(kit: Kit) -> None:
    with pytest.raises(Permanent) as caught:
        await kit.runtime.pull_image("Not/Valid:1", lambda _: None)
    assert caught.value.reason == "InvalidImageName"


@pytest.mark.parametrize("command", ["/no-such-program", "no-such-program"])
async def test_a_missing_command_is_told_and_nothing_is_left(kit: Kit, command: str) -> None:
    with pytest.raises(Permanent, match=command) as caught:
        await kit.runtime.start_pod(ask(kit, command=(command,)))
    assert caught.value.reason == "ContainerCannotRun"
    assert list(await kit.runtime.list_pods()) == []
    assert (await kit.runtime.start_pod(ask(kit))).phase is PodPhase.RUNNING


def texts(lines: list[LogLine]) -> list[tuple[str, str, str]]:
    return [(line.pod, line.stream, line.text) for line in lines]


async def test_logs_come_in_order_with_their_times(kit: Kit) -> None:
    pod = await kit.runtime.start_pod(ask(kit, line="echo one; echo two; exit 0"))
    await ended(kit, pod_id())
    lines = list(await kit.runtime.logs(pod_id()))
    assert texts(lines) == [("web-0", "stdout", "one"), ("web-0", "stdout", "two")]
    times = [line.at or 0.0 for line in lines]
    assert times == sorted(times)
    assert times[0] >= (pod.started_at or 0.0) - 1
    assert texts(list(await kit.runtime.logs(pod_id(), tail=1))) == texts(lines[1:])
    assert list(await kit.runtime.logs(pod_id(), since=times[-1] + 1)) == []
    assert list(await kit.runtime.logs(pod_id(slot=9))) == []


async def test_following_logs_ends_with_the_attempt(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit, line="echo one; echo two; sleep 3600"))

    async def printed() -> bool:
        return len(await kit.runtime.logs(pod_id())) == 2

    await until_true(printed)
    stream = kit.runtime.follow_logs(pod_id(), tail=1)
    async with asyncio.timeout(ENOUGH):
        assert (await anext(stream)).text == "two"
        await kit.kill(pod_id())
        assert [line.text async for line in stream if line.text not in ("one", "two")] == []


async def test_usage_is_measured_of_what_runs(kit: Kit) -> None:
    limits = Resources(limits=Amounts(memory_bytes=64 * 2**20, cpu_millicores=500))
    await kit.runtime.start_pod(ask(kit, pod_id(0), resources=limits))
    await kit.runtime.start_pod(ask(kit, pod_id(1), line="exit 0"))
    await ended(kit, pod_id(1))
    wished = [pod_id(0), pod_id(1), pod_id(9)]

    async def measured() -> bool:
        return pod_id(0) in await kit.runtime.stats(wished)

    await until_true(measured)
    stats = await kit.runtime.stats(wished)
    assert list(stats) == [pod_id(0)]
    assert 0 < stats[pod_id(0)].memory_bytes <= 64 * 2**20
    assert 0 <= stats[pod_id(0)].cpu_millicores <= 500


async def test_worlds_of_two_data_directories_never_meet(kit: Kit) -> None:
    other = await kit.another()
    mine, theirs = await asyncio.gather(
        kit.runtime.start_pod(ask(kit)), other.start_pod(ask(kit, env=(EnvVar(name="A", value="1"),)))
    )
    assert mine.runtime_id != theirs.runtime_id
    assert list(await kit.runtime.list_pods()) == [mine]
    assert list(await other.list_pods()) == [theirs]
    await other.remove_pod(pod_id())
    assert list(await kit.runtime.list_pods()) == [mine]
