"""Answers that are lost, late or wrong, and effects that meet: the world heals, and nothing runs hot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from app.core.errors import Permanent, Transient, Unreachable
from app.core.events import EventType
from app.core.pods import ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import AppKey, Strategy
from app.core.views import AppStatus
from app.engine.observing import watcher
from app.runtimes.simulator import Fault
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime

Patch = pytest.MonkeyPatch


def failing(
    patch: Patch, play: Stage, verb: str, error: Exception, *, times: int = 1, effect: bool = False
) -> list[Any]:
    """The next `times` calls of `verb` fail, after their `effect` or without. Returns the arguments of all calls."""
    real, asked = getattr(play.simulator, verb), []

    async def act(*args: Any) -> Any:
        asked.append(args)
        if len(asked) > times:
            return await real(*args)
        if effect:
            await real(*args)
        raise error

    patch.setattr(play.simulator, verb, act)
    return asked


async def test_a_start_whose_answer_was_lost_is_adopted_and_its_crash_counts(monkeypatch: Patch) -> None:
    async with stage() as play:
        asked = failing(monkeypatch, play, "start_pod", Transient("lost"), effect=True)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").settled)
        assert len(asked) == 1
        assert play.engine.records.get(WEB, 0).failures == 0
        play.simulator.inject("container_crash", app=WEB)
        await play.until(lambda: play.engine.records.get(WEB, 0).failures == 1)
        await play.settle()


async def test_two_apps_that_wait_for_the_same_image_both_start(monkeypatch: Patch) -> None:
    """Without a resync to make up for it."""
    monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.orchestrator.apply(spec(1, name="api"), cause="deploy")
        await play.settle("web")
        await play.settle("api")


async def test_a_lost_wake_up_costs_one_resync_at_most(monkeypatch: Patch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        monkeypatch.setattr(play.engine.queue, "add", lambda _key: None)
        await play.orchestrator.scale("web", 2, cause="scale")
        monkeypatch.undo()
        await play.settle(seconds=6)


async def test_a_late_look_does_not_bring_back_what_is_gone(monkeypatch: Patch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        real = play.simulator.get_pod

        async def slow(pod: PodId) -> ObservedPod | None:
            seen = await real(pod)
            await asyncio.sleep(0.3)
            return seen

        monkeypatch.setattr(play.simulator, "get_pod", slow)
        play.simulator._machine.news.tell(PodId(WEB, 1, 1))
        await play.orchestrator.scale("web", 1, cause="scale")
        for _ in range(40):
            await asyncio.sleep(0.05)
            stopped = play.engine.records.get(WEB, 1).recorded == 1
            assert not (stopped and len(play.engine.sites["simulator"].cache.pods(WEB)) == 2)
        assert not any(event.reason == "Vanished" for event in await play.orchestrator.events("web"))


async def test_the_answer_to_a_start_does_not_hide_a_crash_seen_before_it(monkeypatch: Patch) -> None:
    monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
    async with stage() as play:
        real = play.simulator.start_pod

        async def late(request: PodRequest) -> ObservedPod:
            seen = await real(request)
            if request.id.attempt == 1:
                play.simulator.inject("container_crash", pod=request.id)
                await asyncio.sleep(1.0)
            return seen

        monkeypatch.setattr(play.simulator, "start_pod", late)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.until(lambda: play.engine.records.get(WEB, 0).attempt == 2)
        await play.settle()


async def test_a_wish_that_shrinks_does_not_wait_for_slow_starts() -> None:
    async with stage() as play:
        play.simulator.inject("slow_start", seconds=300)
        await play.orchestrator.apply(spec(5), cause="deploy")
        await play.until(lambda: len(play.engine.sites["simulator"].starting) == 5)
        begun = play.clock.now()
        await play.orchestrator.delete("web", cause="delete")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert play.clock.now() - begun < 5
        assert await play.pods() == []


async def test_what_turns_up_after_its_app_was_deleted_is_removed(monkeypatch: Patch) -> None:
    """The start's answer was lost, nothing was seen of it, and the delete found nothing to stop."""
    async with stage() as play:
        real, late = play.simulator.start_pod, asyncio.Event()

        async def lost(request: PodRequest) -> ObservedPod:
            if not late.is_set():
                raise Transient("lost")
            return await real(request)

        monkeypatch.setattr(play.simulator, "start_pod", lost)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.until(lambda: play.engine.records.get(WEB, 0).attempt == 1 and play.engine.idle)
        wish = play.engine.desired.all()[0]
        await play.orchestrator.delete("web", cause="delete")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        late.set()
        request = PodRequest(PodId(WEB, 0, 1), wish.template_hash, wish.spec.template)
        with suppress(Transient):  # it is removed before it runs
            await play.simulator.start_pod(request)
        await play.until(lambda: play.engine.idle)
        assert await play.pods() == []
        assert (await play.orchestrator.events("web"))[-1].message == "web-0 stopped: its app was deleted"


async def test_what_nobody_here_ever_wished_for_is_left_alone() -> None:
    async with stage() as play:
        await play.simulator.pull_image("nginx:1.25", lambda _progress: None)
        stranger = PodId(AppKey("default", "stranger"), 0, 1)
        await play.simulator.start_pod(PodRequest(stranger, "0" * 10, spec(1).template))
        await play.clock.sleep(30)
        assert await play.live("stranger")


async def test_an_old_replica_lost_during_a_stuck_update_comes_back() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        await play.orchestrator.apply(spec(3, image="nginx:does-not-exist"), cause="update")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.DEGRADED)
        play.simulator.inject("kill", app=WEB)
        await play.until(lambda: play.orchestrator.app("web").ready == 0)
        await play.until(lambda: play.orchestrator.app("web").ready == 3)
        assert {pod.image for pod in await play.live()} == {"nginx:1.25"}


async def test_a_runtime_that_goes_during_a_pull_costs_no_back_off() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").reason.startswith("pulling"))
        play.simulator.inject("runtime_down")
        await play.clock.sleep(30)
        play.simulator.clear(Fault.RUNTIME_DOWN)
        begun = play.clock.now()
        await play.until(lambda: play.orchestrator.app("web").settled, seconds=100)
        assert play.clock.now() - begun < 2 * watcher.RETRY_MAX_SECONDS
        warnings = [event for event in await play.orchestrator.events("web") if event.type is EventType.WARNING]
        assert warnings == []


@pytest.mark.parametrize("verb", ["start_pod", "stop_pod", "pull_image", "has_image"])
async def test_a_bug_in_an_adapter_is_logged_and_not_repeated_hot(
    monkeypatch: Patch, caplog: pytest.LogCaptureFixture, verb: str
) -> None:
    async with stage() as play:
        if verb == "stop_pod":
            await play.orchestrator.apply(spec(1), cause="deploy")
            await play.settle()
        asked = failing(monkeypatch, play, verb, KeyError("State"), times=1000)
        await play.orchestrator.apply(spec(0 if verb == "stop_pod" else 1), cause="deploy")
        await play.clock.sleep(60)
        assert 1 <= len(asked) <= 5
        assert "KeyError" in caplog.text
        monkeypatch.undo()
        await play.until(lambda: play.orchestrator.app("web").settled, seconds=400)


async def test_an_image_that_is_there_and_is_not_is_not_asked_for_hot(monkeypatch: Patch) -> None:
    async with stage() as play:
        absent = Permanent("No such image: nginx:1.25 for this platform", reason="ImageNotPresent")
        asked = failing(monkeypatch, play, "start_pod", absent, times=1000)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.clock.sleep(60)
        assert 2 <= len(asked) <= 5
        assert "for this platform" in play.orchestrator.app("web").reason


async def test_a_bug_while_listing_makes_the_picture_unknown_not_old(monkeypatch: Patch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()

        async def broken() -> Sequence[ObservedPod]:
            raise KeyError("Names")

        monkeypatch.setattr(play.simulator, "list_pods", broken)
        await play.clock.sleep(10)
        assert play.orchestrator.app("web").status is AppStatus.UNKNOWN
        assert "KeyError" in play.orchestrator.app("web").reason
        monkeypatch.undo()
        await play.until(lambda: play.orchestrator.app("web").settled)


async def test_a_stop_is_given_up_when_the_runtime_goes_and_decided_anew(monkeypatch: Patch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        asked = failing(monkeypatch, play, "stop_pod", Unreachable("gone"), times=0)
        play.simulator.inject("runtime_down")
        await play.orchestrator.scale("web", 1, cause="scale")
        await play.clock.sleep(60)
        await play.orchestrator.scale("web", 2, cause="back")
        play.simulator.clear(Fault.RUNTIME_DOWN)
        await play.until(lambda: play.orchestrator.app("web").settled)
        assert len(asked) <= 1
        assert [pod.id.attempt for pod in await play.live()] == [1, 1]


async def test_the_stream_of_events_may_end_at_any_time(monkeypatch: Patch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        real, opened = play.simulator.watch, []

        def short() -> AsyncIterator[PodId]:
            opened.append(1)
            return real()

        monkeypatch.setattr(play.simulator, "watch", short)
        for _ in range(3):
            play.simulator._machine.news.end()
            await play.clock.sleep(2)
        play.simulator.inject("kill", pod=(await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").ready == 1, seconds=1)
        await play.settle()
        assert len(opened) == 3
        assert [pod.phase for pod in await play.live()] == [PodPhase.RUNNING] * 2


async def test_a_slot_that_is_given_up_makes_room_at_once(monkeypatch: Patch) -> None:
    """An old replica in its back-off is let go when the new ones are there; its place is taken without a resync."""
    monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
    async with stage() as play:
        play.simulator.inject("start_error", app=WEB)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.FAILED)
        play.simulator.clear()
        slow = Strategy(min_ready_seconds=3)
        await play.orchestrator.apply(spec(2, image="nginx:1.27", strategy=slow, host_port=8080), cause="update")
        await play.until(lambda: play.orchestrator.app("web").settled, seconds=12)


async def test_one_lost_call_does_not_blind_the_engine_until_the_next_resync(monkeypatch: Patch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        failing(monkeypatch, play, "start_pod", Unreachable("the connection was lost"))
        begun = play.clock.now()
        await play.orchestrator.scale("web", 3, cause="scale")
        await play.until(lambda: play.orchestrator.app("web").settled)
        assert play.clock.now() - begun < 2


async def test_starts_that_meet_silence_again_and_again_are_not_asked_for_hot(monkeypatch: Patch) -> None:
    """Lists are answered, starts are not."""
    async with stage() as play:
        asked = failing(monkeypatch, play, "start_pod", Unreachable("the connection was lost"), times=1000)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.clock.sleep(60)
        assert 5 <= len(asked) <= 20
