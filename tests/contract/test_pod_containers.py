"""Pods of several containers: init containers first and in order, then all the others as one, which end as one."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from app.core.errors import Permanent
from app.core.pods import ExitInfo, PodPhase
from tests.contract.asking import (
    ask,
    ask_for,
    brought_up,
    by_name,
    container,
    ended,
    heard,
    pod_id,
    seen,
    until_true,
    with_env,
)
from tests.contract.runtime_kits import Kit

FOR_EVER = "sleep 3600"


# -- init containers


async def test_init_containers_run_one_after_the_other_before_the_pod_does(kit: Kit) -> None:
    first, second = (container(kit, name, line="sleep 1") for name in ("first", "second"))
    request = ask_for(container(kit), init=(first, second))
    pod = await kit.runtime.start_pod(request)
    assert (pod.phase, pod.ready, pod.initializing) == (PodPhase.PENDING, False, "first (1 of 2)")
    assert by_name(pod)["first"].running
    assert await kit.runtime.start_pod(request) == pod, "a step that is under way is not begun again"
    between = await seen(kit, pod_id(), lambda found: not found.initializing)
    assert (between.phase, between.started_at) == (PodPhase.PENDING, None)
    assert by_name(between)["first"].exit == ExitInfo(0, "Completed")
    assert (await kit.runtime.start_pod(request)).initializing == "second (2 of 2)"
    pod = await brought_up(kit, request)
    assert (pod.phase, pod.ready, pod.initializing) == (PodPhase.RUNNING, True, "")
    assert {name: (one.init, one.running) for name, one in by_name(pod).items()} == {
        "first": (True, False),
        "second": (True, False),
        "web": (False, True),
    }
    ends = [by_name(pod)[name].finished_at or 0.0 for name in ("first", "second")]
    assert ends == sorted(ends)
    assert ends[1] <= (pod.started_at or 0.0)
    assert await kit.runtime.get_pod(pod_id()) == pod
    assert list(await kit.runtime.list_pods()) == [pod]


async def test_the_end_of_an_init_container_is_news(kit: Kit) -> None:
    request = ask_for(container(kit), init=(container(kit, "first", line="sleep 1"),))
    pod = await kit.runtime.start_pod(request)
    stream = kit.runtime.watch()
    listening = asyncio.create_task(heard(stream, pod_id()))
    while pod.initializing:
        await listening
        pod = await seen(kit, pod_id(), lambda found: True)
        listening = asyncio.create_task(heard(stream, pod_id()))
    listening.cancel()
    assert pod.phase is PodPhase.PENDING


async def test_an_init_container_that_fails_is_the_end_of_the_attempt(kit: Kit) -> None:
    request = ask_for(
        container(kit), init=(container(kit, "first", line="sleep 1; exit 3"), container(kit, "second", line="exit 0"))
    )
    await kit.runtime.start_pod(request)
    pod = await ended(kit, pod_id())
    assert (pod.phase, pod.ready, pod.initializing) == (PodPhase.FAILED, False, "")
    assert pod.exit is not None
    assert (pod.exit.code, pod.exit.reason) == (3, "Init:Error")
    assert pod.started_at is not None
    assert pod.finished_at is not None
    assert pod.started_at <= pod.finished_at
    assert by_name(pod)["first"].exit == ExitInfo(3, "Error")
    assert by_name(pod)["web"].started_at is None
    assert await kit.runtime.start_pod(request) == pod
    await kit.runtime.remove_pod(pod_id())
    assert await kit.left() == 0


async def test_a_pod_between_two_steps_goes_on_after_a_restart_of_ours(kit: Kit) -> None:
    request = ask_for(container(kit), init=(container(kit, "first", line="sleep 1"),))
    await kit.runtime.start_pod(request)
    kit.runtime = await kit.reopened()
    found = await kit.runtime.get_pod(pod_id())
    assert found is not None
    assert found.phase is PodPhase.PENDING
    assert (await brought_up(kit, request)).phase is PodPhase.RUNNING


async def test_a_pod_can_be_stopped_while_it_initializes(kit: Kit) -> None:
    await kit.runtime.start_pod(ask_for(container(kit), init=(container(kit, "first", line=FOR_EVER),)))
    await kit.runtime.stop_pod(pod_id(), 0.5)
    assert await kit.runtime.get_pod(pod_id()) is None
    assert await kit.left() == 0


async def test_variables_are_those_of_the_request(kit: Kit) -> None:
    check = '[ "$A" = "$WANTED" ] || exit 9'
    request = ask_for(
        container(kit, line=f"{check}; sleep 3600", env=({"name": "A", "value": "literal"},)),
        init=(container(kit, "first", line=check),),
    )
    request = with_env(request, web={"A": "one two", "WANTED": "one two"}, first={"A": "$x", "WANTED": "$x"})
    pod = await brought_up(kit, request)
    await asyncio.sleep(0.5)
    found = await kit.runtime.get_pod(pod_id())
    assert found is not None
    assert (pod.phase, found.exit) == (PodPhase.RUNNING, None)


# -- several containers


async def test_a_pod_of_two_containers_runs_once_both_do(kit: Kit) -> None:
    pod = await kit.runtime.start_pod(ask_for(container(kit), container(kit, "side", line=FOR_EVER)))
    assert (pod.phase, pod.ready) == (PodPhase.RUNNING, True)
    assert {name: one.running for name, one in by_name(pod).items()} == {"web": True, "side": True}
    assert list(await kit.runtime.list_pods()) == [pod]


async def test_removing_and_stopping_takes_all_containers(kit: Kit) -> None:
    request = ask_for(container(kit), container(kit, "side"), init=(container(kit, "first", line="exit 0"),))
    await brought_up(kit, request)
    await kit.runtime.remove_pod(pod_id())
    assert await kit.left() == 0
    await brought_up(kit, request)
    await kit.runtime.stop_pod(pod_id(), 5)
    assert await kit.left() == 0


@pytest.mark.parametrize("who", ["web", "side"])
@pytest.mark.parametrize(("code", "reason"), [(0, "Completed"), (3, "Error")])
async def test_always_means_that_any_end_is_the_end_of_the_attempt(kit: Kit, who: str, code: int, reason: str) -> None:
    lines = {name: f"sleep 1; exit {code}" if name == who else FOR_EVER for name in ("web", "side")}
    await kit.runtime.start_pod(ask_for(*(container(kit, name, line=line) for name, line in lines.items())))
    pod = await ended(kit, pod_id())
    assert pod.phase is (PodPhase.FAILED if code else PodPhase.SUCCEEDED)
    assert (pod.ready, pod.exit) == (False, ExitInfo(code, reason))
    assert by_name(pod)[who].exit == ExitInfo(code, reason)


@pytest.mark.parametrize("restart", ["OnFailure", "Never"])
async def test_what_runs_to_an_end_succeeds_when_all_its_containers_did(
    kit: Kit, restart: Literal["OnFailure", "Never"]
) -> None:
    quick, slow = container(kit, "quick", line="exit 0"), container(kit, "slow", line="sleep 2")
    await kit.runtime.start_pod(ask_for(quick, slow, restart=restart))
    half = await seen(kit, pod_id(), lambda found: not by_name(found)["quick"].running)
    assert (half.phase, half.exit) == (PodPhase.RUNNING, None)
    pod = await ended(kit, pod_id())
    assert (pod.phase, pod.exit) == (PodPhase.SUCCEEDED, ExitInfo(0, "Completed"))


@pytest.mark.parametrize("restart", ["OnFailure", "Never"])
async def test_what_runs_to_an_end_fails_with_the_first_failure(
    kit: Kit, restart: Literal["OnFailure", "Never"]
) -> None:
    await kit.runtime.start_pod(
        ask_for(container(kit, "bad", line="sleep 1; exit 4"), container(kit, "slow", line=FOR_EVER), restart=restart)
    )
    pod = await ended(kit, pod_id())
    assert (pod.phase, pod.exit) == (PodPhase.FAILED, ExitInfo(4, "Error"))


async def test_a_missing_image_of_any_container_is_told_and_nothing_is_left(kit: Kit) -> None:
    missing = "kubelite/no-such-image:1"
    for request in (
        ask_for(container(kit), container(kit, "side", image=missing)),
        ask_for(container(kit), init=(container(kit, "first", image=missing),)),
    ):
        with pytest.raises(Permanent, match=missing) as caught:
            await brought_up(kit, request)
        assert caught.value.reason == "ImageNotPresent"
        assert await kit.left() == 0


@pytest.mark.parametrize("role", ["side", "init"])
async def test_a_missing_command_of_any_container_is_told_and_nothing_is_left(kit: Kit, role: str) -> None:
    bad = container(kit, "bad", command=("/no-such-program",))
    request = ask_for(container(kit), bad) if role == "side" else ask_for(container(kit), init=(bad,))
    with pytest.raises(Permanent, match="/no-such-program") as caught:
        await brought_up(kit, request)
    assert caught.value.reason == "ContainerCannotRun"
    assert await kit.left() == 0


async def test_lines_say_which_of_several_containers_printed_them(kit: Kit) -> None:
    await brought_up(
        kit,
        ask_for(
            container(kit, line="echo one; sleep 3600"),
            container(kit, "side", line="echo two; sleep 3600"),
            init=(container(kit, "first", line="echo zero"),),
        ),
    )

    async def printed() -> bool:
        return len(await kit.runtime.logs(pod_id())) == 3

    await until_true(printed)
    lines = await kit.runtime.logs(pod_id())
    assert (lines[0].pod, lines[0].text) == ("web-0/first", "zero")
    assert {(line.pod, line.text) for line in lines[1:]} == {("web-0/web", "one"), ("web-0/side", "two")}
    assert await kit.runtime.logs(pod_id(), tail=2) == lines[1:]


# -- addresses and kept attempts


async def test_a_running_pod_has_an_address_of_its_own(kit: Kit) -> None:
    pods = [await kit.runtime.start_pod(ask(kit, pod_id(slot))) for slot in range(2)]
    addresses = {pod.address for pod in pods}
    assert len(addresses) == 2
    assert "" not in addresses
    await kit.runtime.stop_pod(pod_id(0), 5, keep=True)
    assert (await ended(kit, pod_id(0))).address == ""


async def test_a_stop_that_keeps_leaves_an_ended_attempt(kit: Kit) -> None:
    request = ask_for(container(kit, ports=({"container_port": 80},)), container(kit, "side"))
    await kit.runtime.start_pod(request)
    await kit.runtime.stop_pod(pod_id(), 5, keep=True)
    pod = await ended(kit, pod_id())
    assert pod.exit is not None
    assert pod.finished_at is not None
    assert (pod.ready, pod.ports) == (False, ())
    assert not any(one.running for one in pod.containers)
    await kit.runtime.stop_pod(pod_id(), 5, keep=True)
    assert await kit.runtime.start_pod(request) == pod
    assert list(await kit.runtime.list_pods()) == [pod]
    assert list(await kit.runtime.stats([pod_id()])) == []
    await kit.runtime.stop_pod(pod_id(), 5)
    assert await kit.left() == 0
    await kit.runtime.stop_pod(pod_id(), 5, keep=True)
    assert await kit.left() == 0


async def test_a_kept_attempt_keeps_what_it_printed(kit: Kit) -> None:
    await kit.runtime.start_pod(ask(kit, line="echo one; trap '' TERM; sleep 3600"))

    async def printed() -> bool:
        return len(await kit.runtime.logs(pod_id())) == 1

    await until_true(printed)
    await kit.runtime.stop_pod(pod_id(), 0.3, keep=True)
    pod = await ended(kit, pod_id())
    assert (pod.phase, pod.exit) == (PodPhase.FAILED, ExitInfo(137, "Killed"))
    assert [line.text for line in await kit.runtime.logs(pod_id())] == ["one"]
