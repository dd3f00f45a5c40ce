"""An app goes from one runtime to another: there first, here last, and never neither."""

from __future__ import annotations

import asyncio

import pytest

from app.core.errors import Unreachable
from app.core.objects import Service, ServicePort
from app.core.pods import PodPhase
from app.core.spec import AppSpec, Strategy
from app.core.views import AppStatus
from tests.engine.replica_stage import WEB, ReplicaStage, rented, replica_stage
from tests.engine.replica_world import Nature
from tests.worlds import spec

pytestmark = pytest.mark.looptime


async def simulated(play: ReplicaStage) -> int:
    """Replicas that answer on the simulator."""
    pods = await play.simulator.list_pods()
    return sum(pod.ready and pod.phase is PodPhase.RUNNING for pod in pods if pod.id.app == WEB)


def answering(play: ReplicaStage) -> int:
    return sum(pod.ready for kept in play.network.of(WEB) for pod in play.network.show(kept).pods)


async def gone_from_simulator(play: ReplicaStage) -> bool:
    return not [pod for pod in await play.simulator.list_pods() if pod.id.app == WEB]


def home(replicas: int = 3, **change: object) -> AppSpec:
    return spec(replicas, image="model:1").model_copy(update=change)


async def test_from_the_simulator_to_rented_machines_without_a_gap() -> None:
    async with replica_stage() as play:
        await play.deploy(home())
        assert await simulated(play) == 3
        await play.orchestrator.apply(rented(), cause="move")
        saw = set()
        while not play.app().settled:
            assert await simulated(play) >= 3 or answering(play) >= 3, "somebody always serves"
            saw.add(play.app().status)
            if answering(play) < 3 and play.app().total > 3:
                reason = play.app().reason
                assert reason.startswith("moving from simulator to nosana: "), reason
                assert reason.endswith("simulator still serves with 3 replicas")
                moved = next(one for one in play.app().conditions if one.type == "Moved")
                assert (moved.status, moved.reason) == (False, "StillServing")
            await asyncio.sleep(0.5)
        assert await gone_from_simulator(play)
        assert saw <= {AppStatus.UPDATING, AppStatus.STARTING, AppStatus.RUNNING}
        wish = play.engine.desired.get(WEB)
        assert wish is not None
        assert wish.moved_from == ()
        events = await play.events()
        assert ("Moving", "from simulator to nosana: it is started there first") in events
        assert ("Moved", "web is on nosana now; nothing of it is left on simulator") in events
        assert play.app().restarts == 0
        play.check_world()


async def test_and_back_again() -> None:
    async with replica_stage() as play:
        await play.deploy(rented())
        await play.orchestrator.apply(home(), cause="move")
        while not play.app().settled:
            assert await simulated(play) >= 3 or answering(play) >= 3
            await asyncio.sleep(0.5)
        assert await simulated(play) == 3
        assert play.network.of(WEB) == []
        billed = play.network.billed_seconds()
        await asyncio.sleep(600)
        assert play.network.billed_seconds() == billed


async def test_a_new_place_that_fails_leaves_the_old_one_serving() -> None:
    async with replica_stage() as play:
        short = Strategy(progress_deadline_seconds=120)
        await play.deploy(home(2, strategy=short))
        play.network.natures["model:1"] = Nature(boots=1e9)
        await play.orchestrator.apply(rented(2, strategy=short), cause="move")
        await play.until(lambda: "is stuck" in play.app().reason, seconds=600)
        view = play.app()
        assert view.status is AppStatus.DEGRADED
        assert view.reason.startswith(
            "the move from simulator to nosana is stuck, simulator still serves with 2 replicas: "
            "ProgressDeadlineExceeded: "
        )
        await asyncio.sleep(1800)
        assert await simulated(play) == 2
        assert view.urls, "its old address still holds"
        await play.orchestrator.apply(home(2, strategy=short), cause="back")
        await play.settle()
        assert await simulated(play) == 2
        assert play.network.of(WEB) == []


async def test_records_of_the_old_place_do_not_count_in_the_new_one() -> None:
    async with replica_stage() as play:
        await play.deploy(home(1))
        for _ in range(3):
            play.simulator.inject("container_crash", app=WEB)
            await play.until(lambda: play.app().ready == 0)
            await play.settle()
        assert play.app().restarts == 3
        await play.orchestrator.apply(rented(1), cause="move")
        await play.settle()
        assert play.app().restarts == 0
        play.network.natures["model:1"] = Nature(ends=play.clock.now() - (play.network.running(WEB)[0].started_at or 0))
        play.network.settle()
        play.network.natures["model:1"] = Nature()
        await play.until(lambda: play.app().restarts == 1)


async def test_deleted_in_the_middle_nothing_is_left_anywhere() -> None:
    async with replica_stage() as play:
        await play.deploy(home())
        await play.orchestrator.apply(rented(), cause="move")
        await asyncio.sleep(5)
        await play.orchestrator.delete("web", cause="enough")
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert await gone_from_simulator(play)
        assert play.network.of(WEB) == []


async def test_an_old_place_that_is_silent_is_waited_for_also_when_deleting() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(2))
        play.nosana.silent = Unreachable("no network")
        await play.until(lambda: play.app().status is AppStatus.UNKNOWN)
        await play.orchestrator.apply(home(2), cause="move")
        await play.until(lambda: play.app().ready == 2)
        await asyncio.sleep(60)
        assert not play.app().settled
        assert any("nosana does not answer" in one.message for one in play.app().conditions)
        await play.orchestrator.delete("web", cause="enough")
        await asyncio.sleep(60)
        assert play.engine.desired.get(WEB) is not None
        play.nosana.silent = None
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert play.network.of(WEB) == []


@pytest.mark.parametrize("seconds", [0.5, 4.0, 15.0, 24.0, 26.0, 28.0, 31.0])
async def test_killed_in_the_middle_it_is_finished_by_looking_again(seconds: float) -> None:
    async with replica_stage() as play:
        await play.deploy(home())
        await play.orchestrator.apply(rented(), cause="move")
        await asyncio.sleep(seconds)
        await play.restart()
        while not play.app().settled:
            assert await simulated(play) >= 3 or answering(play) >= 3
            await asyncio.sleep(0.5)
        assert await gone_from_simulator(play)
        assert len(play.calls("create_set")) == 1
        play.check_world()


async def test_a_stopped_app_moves_at_once() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(2))
        await play.orchestrator.scale("web", 0, cause="stop")
        await play.until(lambda: play.app().status is AppStatus.STOPPED)
        await play.orchestrator.apply(home(0), cause="move")
        await play.until(lambda: not play.network.of(WEB))
        await play.until(lambda: play.app().status is AppStatus.STOPPED)


async def test_its_service_sends_to_the_old_place_until_the_new_one_answers() -> None:
    async with replica_stage() as play:
        labels = {"app": "web"}
        template = home().template.model_copy(update={"labels": labels})
        service = Service(name="web", runtime="simulator", selector=labels, ports=(ServicePort(port=80),))
        await play.orchestrator.put_object(service, cause="x")
        await play.deploy(home(template=template))
        await play.until(lambda: play.orchestrator.object("Service", "web").well)
        play.network.natures["model:1"] = Nature(boots=300)
        await play.orchestrator.apply(rented(template=template), cause="move")
        await asyncio.sleep(60)
        assert play.orchestrator.object("Service", "web").well
        await play.settle(seconds=600)
        await play.until(lambda: not play.orchestrator.object("Service", "web").well)


async def test_a_service_where_machines_are_rented_says_what_balances_there() -> None:
    async with replica_stage() as play:
        labels = {"app": "web"}
        template = rented().template.model_copy(update={"labels": labels})
        service = Service(name="web", runtime="nosana", selector=labels, ports=(ServicePort(port=80),))
        await play.orchestrator.put_object(service, cause="x")
        await play.deploy(rented(template=template))
        seen = play.orchestrator.object("Service", "web")
        assert seen.state == "nosana has no Services: web has an address of its own, which balances"
        assert seen.well
        assert play.app().urls[0].startswith("https://")
        await play.orchestrator.delete_object("Service", "web", cause="x")
        await play.until(lambda: not play.orchestrator.objects("Service"))


async def test_what_is_on_a_runtime_that_is_not_configured_any_more_keeps_the_record() -> None:
    async with replica_stage() as play:
        await play.deploy(rented(1))
        await play.orchestrator.apply(home(1), cause="move")
        await play.kill()
        play.begin()
        del play.engine.sites["nosana"]
        await play.engine.start()
        await play.until(lambda: play.app().ready == 1)
        assert play.app().reason == "moved from nosana to simulator; what is left there is being stopped"
        await play.orchestrator.delete("web", cause="enough")
        await asyncio.sleep(60)
        assert play.engine.desired.get(WEB) is not None
        await play.restart()
        await play.until(lambda: play.engine.desired.get(WEB) is None)
        assert play.network.of(WEB) == []
