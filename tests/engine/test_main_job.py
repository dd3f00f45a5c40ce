"""The main job on the simulator, in virtual time: wishes come true, losses are replaced, restarts forget nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.views import AppStatus
from app.runtimes.simulator import Fault
from app.stores.memory import MemoryStore
from tests.engine.world import stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime


async def test_three_replicas_come_up_with_ports_of_their_own() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy 3 nginx")
        await play.settle()
        view = play.orchestrator.app("web")
        assert (view.status, view.ready, view.restarts, view.revision) == (AppStatus.RUNNING, 3, 0, 1)
        assert len(set(view.urls)) == 3
        await play.check_world()


async def test_a_killed_replica_is_replaced_and_the_event_says_so() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        play.simulator.inject("kill", pod=(await play.live())[1].id)
        await play.until(lambda: play.orchestrator.app("web").ready < 3)
        await play.settle()
        view = play.orchestrator.app("web")
        assert (view.ready, view.restarts) == (3, 1)
        messages = [event.message for event in await play.orchestrator.events("web")]
        assert any("ended with exit code 137" in message for message in messages)
        await play.check_world()


@pytest.mark.parametrize("fault", ["container_crash", "kill", "oom"])
async def test_status_after_a_loss_is_true(fault: str) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        play.simulator.inject(fault, pod=(await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").ready == 1)
        view = play.orchestrator.app("web")
        assert view.status is AppStatus.DEGRADED
        assert "exit code" in view.reason


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (3, 0), (0, 3), (1, 200)])
async def test_scaling_ends_at_the_number(before: int, after: int) -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(before), cause="deploy")
        await play.settle()
        await play.orchestrator.scale("web", after, cause="scale")
        await play.settle(seconds=600)
        assert len(await play.live()) == after
        await play.check_world()


async def test_applying_the_same_twice_does_not_double_it() -> None:
    async with stage() as play:
        first = await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        again = await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        assert (first.changed, again.changed) == (True, False)
        assert len(await play.pods()) == 3


async def test_a_new_image_rolls_without_ever_being_short() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(4), cause="deploy")
        await play.settle()
        await play.orchestrator.apply(spec(4, image="nginx:1.27"), cause="update")
        low = 4
        while not play.orchestrator.app("web").settled:
            low = min(low, play.orchestrator.app("web").ready)
            await play.clock.sleep(0.05)
        assert low >= 3
        assert {pod.image for pod in await play.pods()} == {"nginx:1.27"}
        assert play.orchestrator.app("web").revision == 2


async def test_a_bad_image_never_takes_down_the_working_revision() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        await play.orchestrator.apply(spec(3, image="nginx:does-not-exist"), cause="update")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.DEGRADED)
        await play.clock.sleep(1200)
        view = play.orchestrator.app("web")
        assert view.ready == 3
        assert "manifest unknown" in view.reason
        await play.orchestrator.apply(spec(3), cause="back")
        await play.settle()


async def test_a_restart_replaces_every_replica_and_counts_no_failure() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        before = {pod.runtime_id for pod in await play.live()}
        await play.orchestrator.restart("web", cause="restart web")
        await play.settle()
        assert before.isdisjoint({pod.runtime_id for pod in await play.live()})
        assert play.orchestrator.app("web").restarts == 0
        applied = await play.orchestrator.apply(spec(3), cause="the manifest again")
        assert not applied.changed


async def test_a_crash_loop_backs_off_by_the_table() -> None:
    async with stage() as play:
        play.simulator.inject("crash_loop", app=WEB, seconds=1)
        await play.orchestrator.apply(spec(1), cause="deploy")
        view = await play.orchestrator.wait("web", seconds=60, progress=lambda _text: None)
        assert view is not None
        assert view.status is AppStatus.CRASH_LOOPING
        await play.clock.sleep(3600)
        starts = [event for event in await play.store.list_events(WEB, limit=500) if event.reason == "Started"]
        assert sum(event.count for event in starts) == pytest.approx(3600 / 302 + 6, abs=3)
        play.simulator.clear(Fault.CRASH_LOOP)
        await play.until(lambda: play.orchestrator.app("web").settled, seconds=400)


async def test_deletion_leaves_nothing_and_its_story_can_still_be_read() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        await play.orchestrator.delete("web", cause="delete web")
        assert await play.orchestrator.wait("web", seconds=60, progress=lambda _text: None, gone=True) is None
        assert await play.pods() == []
        with pytest.raises(NotFound):
            play.orchestrator.app("web")
        assert (await play.orchestrator.events("web"))[-1].reason == "Deleted"
        await play.orchestrator.apply(spec(1), cause="again")
        await play.settle()


async def test_waiting_for_what_is_gone_already_returns_at_once() -> None:
    async with stage() as play:
        assert await play.orchestrator.wait("web", seconds=60, progress=lambda _text: None, gone=True) is None
        with pytest.raises(NotFound):
            await play.orchestrator.wait("web", seconds=60, progress=lambda _text: None)


async def test_a_delete_during_a_pull_wins() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").reason.startswith("pulling"))
        await play.orchestrator.delete("web", cause="delete")
        assert await play.orchestrator.wait("web", seconds=60, progress=lambda _text: None, gone=True) is None
        assert await play.pods() == []


async def test_unknown_is_not_gone() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        before = await play.pods()
        play.simulator.inject("runtime_down")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.UNKNOWN)
        await play.orchestrator.scale("web", 5, cause="scale")
        await play.clock.sleep(300)
        view = play.orchestrator.app("web")
        assert (view.status, view.ready) == (AppStatus.UNKNOWN, 3)
        play.simulator.clear(Fault.RUNTIME_DOWN)
        await play.until(lambda: play.orchestrator.app("web").settled)
        after = await play.live()
        assert {pod.runtime_id for pod in before} < {pod.runtime_id for pod in after}
        assert len(after) == 5


async def test_what_is_removed_from_outside_is_noticed_and_replaced() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        await play.simulator.remove_pod((await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").ready == 1)
        await play.settle()
        assert any(event.reason == "Vanished" for event in await play.orchestrator.events("web"))


async def test_a_restart_of_the_server_forgets_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    store, world = MemoryStore(), tmp_path / "world.json"
    async with stage(store, world) as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
        before = {pod.runtime_id for pod in await play.live()}
    async with stage(store, world) as play:
        await play.settle()
        assert {pod.runtime_id for pod in await play.live()} == before
        assert play.orchestrator.app("web").restarts == 0


async def test_a_lost_world_is_built_again() -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await play.orchestrator.apply(spec(3), cause="deploy")
        await play.settle()
    async with stage(store) as play:
        await play.settle()
        assert len(await play.live()) == 3


async def test_a_busy_host_port_is_said_and_mended_when_it_is_free() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1, name="first", host_port=8080), cause="deploy")
        await play.settle("first")
        await play.orchestrator.apply(spec(1, host_port=8080), cause="deploy")
        view = await play.orchestrator.wait("web", seconds=60, progress=lambda _text: None)
        assert view is not None
        assert view.status is AppStatus.FAILED
        assert "PortInUse" in view.reason
        await play.orchestrator.delete("first", cause="free it")
        await play.until(lambda: play.orchestrator.app("web").settled, seconds=400)


async def test_bad_requests_change_nothing() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        for replicas in (-1, 1001):
            with pytest.raises(InvalidInput, match=f"between 0 and 1000, not {replicas}"):
                await play.orchestrator.scale("web", replicas, cause="scale")
        with pytest.raises(NotFound, match="did you mean web"):
            await play.orchestrator.scale("wbe", 2, cause="scale")
        with pytest.raises(InvalidInput, match="runtime 'mars' is not configured"):
            await play.orchestrator.apply(spec(1, runtime="mars"), cause="deploy")
        await play.settle()
        await play.orchestrator.delete("web", cause="delete")
        with pytest.raises(Conflict, match="still being deleted"):
            await play.orchestrator.apply(spec(2), cause="deploy")
