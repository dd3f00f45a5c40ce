"""Experiments on the simulator in virtual time: broken, noticed, healed, measured, taken back, also after a crash."""

from __future__ import annotations

import asyncio

import pytest

from app.core.errors import Conflict, InvalidInput, NotFound, Transient
from app.core.experiments import Ending, Experiment, ExperimentState
from app.core.faults import FaultName
from app.core.pods import PodId, PodPhase
from app.core.spec import AppSpec, EmptyDir, EnvVar, Volume
from app.ports.chaos import Plan
from app.runtimes.simulator.faults import Fault
from tests.chaos.lab import Lab, lab
from tests.healing.ward import app

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]

EXPECTED: dict[FaultName, Ending] = {
    FaultName.CONTAINER_CRASH: Ending.RECOVERED,
    FaultName.KILL: Ending.RECOVERED,
    FaultName.STOP: Ending.RECOVERED,
    FaultName.PAUSE: Ending.RECOVERED,
    FaultName.OUT_OF_MEMORY: Ending.RECOVERED,
    FaultName.MEMORY_PRESSURE: Ending.HELD,
    FaultName.CPU_PRESSURE: Ending.HELD,
    FaultName.NETWORK_CUT: Ending.RECOVERED,
    FaultName.NETWORK_DELAY: Ending.UNNOTICED,  # it has no probe
    FaultName.DISK_FILL: Ending.RECOVERED,
    FaultName.DEPENDENCY_DOWN: Ending.LASTED,  # starting the other one is for a person to allow
    FaultName.IMAGE_PULL_ERROR: Ending.HEALED,
    FaultName.PORT_CONFLICT: Ending.HEALED,
    FaultName.PERMISSION_DENIED: Ending.HEALED,
    FaultName.MISSING_DEPENDENCY: Ending.HEALED,
    FaultName.CONFIG_ERROR: Ending.HEALED,
    FaultName.SLOW_START: Ending.HELD,  # what served before goes on until the new one is ready
    FaultName.PROBE_FAILURE: Ending.HEALED,
    FaultName.CLOCK_SKEW: Ending.HELD,
    FaultName.ENGINE_DOWN: Ending.RECOVERED,
}


def web(replicas: int = 2) -> AppSpec:
    """It has a volume, and names another app."""
    spec = app(replicas=replicas, env=(EnvVar(name="CACHE", value="redis:6379"),))
    volumes = (Volume(name="data", source=EmptyDir()),)
    return spec.model_copy(update={"template": spec.template.model_copy(update={"volumes": volumes})})


async def deployed(play: Lab, replicas: int = 2) -> AppSpec:
    await play.orchestrator.apply(app("redis", name="redis"), cause="test")
    await play.orchestrator.apply(web(replicas), cause="test")
    await play.settle("redis")
    await play.settle()
    return play.orchestrator.app("web").spec


def untouched(play: Lab, before: AppSpec) -> None:
    """Nothing of a fault is left, in the wish or in the world."""
    assert play.orchestrator.app("web").spec == before
    assert play.orchestrator.app("redis").spec.replicas == 1
    assert play.simulator._world.faults == []


@pytest.mark.parametrize("fault", FaultName)
async def test_each_fault_is_real_is_named_right_and_is_gone_afterwards(fault: FaultName) -> None:
    async with lab() as play:
        before = await deployed(play)
        ended = await play.over(fault, last=fault is FaultName.DEPENDENCY_DOWN)
        assert ended.ending is EXPECTED[fault], ended.says
        untouched(play, before)
        # After a long crash loop the engine's own pauses are long.
        await play.until(lambda: play.orchestrator.app("web").settled, seconds=400)
        await play.settle("redis")
        if ended.ending is Ending.HEALED:
            assert ended.right is True
            assert ended.detected_in is not None
            assert ended.diagnosed_in is not None
            assert ended.healed_in is not None
            assert ended.detected_in <= ended.diagnosed_in <= ended.healed_in
        if ended.ending is Ending.RECOVERED:
            assert ended.healed_in is not None
        assert ended.requests.sent > 0
        assert await play.store.list_experiments(over=True) == [ended]


async def test_only_so_many_are_hit_and_the_rest_goes_on() -> None:
    async with lab() as play:
        await deployed(play, 4)
        begun = await play.chaos.begin(Plan(app="web", fault=FaultName.KILL, replicas=2))
        assert begun.slots == (2, 3)
        phases = {pod.id.slot: pod.phase for pod in await play.pods() if pod.id.attempt == 1}
        assert phases == {slot: PodPhase.FAILED if slot > 1 else PodPhase.RUNNING for slot in range(4)}
        assert (await play.chaos.wait(begun.id, seconds=60)).ending is Ending.RECOVERED


async def test_the_last_ready_replica_is_spared_unless_it_is_asked_for() -> None:
    async with lab() as play:
        await deployed(play, 1)
        with pytest.raises(InvalidInput, match="only ready replica"):
            await play.chaos.begin(Plan(app="web", fault=FaultName.KILL))
        assert {pod.id.attempt for pod in await play.pods()} == {1}
        ended = await play.over(FaultName.KILL, last=True)
        assert ended.ending is Ending.RECOVERED
        assert ended.requests.lost > 0


async def test_nothing_is_broken_where_it_is_not_well_or_another_experiment_runs() -> None:
    async with lab() as play:
        await deployed(play)
        first = await play.chaos.begin(Plan(app="web", fault=FaultName.CPU_PRESSURE))
        with pytest.raises(Conflict, match="another experiment"):
            await play.chaos.begin(Plan(app="web", fault=FaultName.KILL))
        assert [one.id for one in play.chaos.running()] == [first.id]
        await play.chaos.stop("web")
        await play.orchestrator.apply(app("web:2", command=("sh", "-c", "exit 1")), cause="test")
        await play.run(1)
        with pytest.raises(Conflict, match="not well to begin with"):
            await play.chaos.begin(Plan(app="web", fault=FaultName.KILL))
        with pytest.raises(NotFound):
            await play.chaos.begin(Plan(app="nobody", fault=FaultName.KILL))
        with pytest.raises(InvalidInput, match="1 to 3600"):
            await play.chaos.begin(Plan(app="redis", fault=FaultName.KILL, seconds=0.5))
        assert play.simulator._world.faults == []


@pytest.mark.parametrize("fault", [FaultName.ENGINE_DOWN, FaultName.CONFIG_ERROR, FaultName.CPU_PRESSURE])
async def test_a_stop_takes_the_fault_back_within_two_seconds(fault: FaultName) -> None:
    async with lab() as play:
        before = await deployed(play)
        begun = await play.chaos.begin(Plan(app="web", fault=fault))
        await play.run(3)
        asked = play.clock.now()
        [stopped] = await play.chaos.stop()
        assert (stopped.id, stopped.ending, stopped.over) == (begun.id, Ending.STOPPED, True)
        assert play.clock.now() - asked < 2
        untouched(play, before)


async def test_it_is_aborted_when_too_few_are_ready_or_another_app_is_hurt() -> None:
    async with lab() as play:
        before = await deployed(play)
        few = await play.over(FaultName.DISK_FILL, ready_below=2)
        assert (few.ending, few.says) == (Ending.ABORTED, "only 1 of 2 were ready")
        await play.settle()
        await play.run(90)
        begun = await play.chaos.begin(Plan(app="web", fault=FaultName.CPU_PRESSURE))
        play.simulator.inject(Fault.CRASH_LOOP, app=play.key("redis"))
        hurt = await play.chaos.wait(begun.id, seconds=60)
        assert (hurt.ending, hurt.says) == (Ending.ABORTED, "it hurt other apps: redis")
        play.simulator.clear()
        untouched(play, before)


async def test_a_deleted_app_ends_its_experiment() -> None:
    async with lab() as play:
        await deployed(play)
        begun = await play.chaos.begin(Plan(app="web", fault=FaultName.PROBE_FAILURE))
        await play.orchestrator.delete("web", cause="test")
        ended = await play.chaos.wait(begun.id, seconds=60)
        assert (ended.ending, ended.says) == (Ending.ABORTED, "the app was deleted")
        assert play.simulator._world.faults == []


async def test_what_a_person_changes_meanwhile_is_theirs() -> None:
    async with lab() as play:
        before = await deployed(play)
        await play.chaos.begin(Plan(app="web", fault=FaultName.IMAGE_PULL_ERROR))
        theirs = play.orchestrator.app("web").spec.model_copy(update={"replicas": 5, "labels": {"by": "them"}})
        await play.orchestrator.apply(theirs, cause="a person")
        await play.chaos.stop()
        assert play.orchestrator.app("web").spec == before.model_copy(update={"replicas": 5, "labels": {"by": "them"}})


# -- a process that ends in the middle


@pytest.mark.parametrize("fault", FaultName)
async def test_after_a_kill_of_the_process_the_next_one_cleans_up(fault: FaultName) -> None:
    async with lab() as play:
        before = await deployed(play)
        last = fault is FaultName.DEPENDENCY_DOWN
        begun = await play.chaos.begin(Plan(app="web", fault=fault, last=last, seconds=3600))
        await play.run(1)
        await play.kill()
        [left] = await play.store.list_experiments(over=False)
        assert (left.id, left.state) == (begun.id, ExperimentState.RUNNING)
        play.open()
        await play.until(lambda: _all_over(play), seconds=30)
        [ended] = await play.store.list_experiments(over=True)
        assert ended.ending is Ending.CUT_SHORT
        untouched(play, before)
        await play.settle()


async def _all_over(play: Lab) -> bool:
    return not await play.store.list_experiments(over=False)


@pytest.mark.parametrize("at", ["stored", "injected"])
@pytest.mark.parametrize("fault", [FaultName.ENGINE_DOWN, FaultName.IMAGE_PULL_ERROR, FaultName.PAUSE])
async def test_a_kill_between_the_record_and_the_fault_is_cleaned_up_too(fault: FaultName, at: str) -> None:
    """Whether it was broken already is not known then, and need not be."""
    async with lab() as play:
        before = await deployed(play)
        breaker = play.chaos._laboratory._breaker
        whole = breaker.break_it

        async def cut(experiment: Experiment) -> None:
            if at == "injected":
                await whole(experiment)
            await asyncio.Event().wait()

        breaker.break_it = cut  # type: ignore[method-assign]
        beginning = asyncio.create_task(play.chaos.begin(Plan(app="web", fault=fault)), name="chaos: test")
        await play.run(1)
        [left] = await play.store.list_experiments(over=False)
        assert left.state is ExperimentState.INJECTING
        await play.kill()
        assert beginning.cancelled()
        play.open()
        await play.until(lambda: _all_over(play), seconds=30)
        untouched(play, before)


async def test_a_fault_that_cannot_be_brought_about_leaves_nothing() -> None:
    async with lab() as play:
        before = await deployed(play)
        chaos = play.simulator.chaos
        whole = chaos.inject

        async def half(injection: object, token: object) -> None:
            await whole(injection, token)  # type: ignore[arg-type]
            raise Transient("the engine is busy")

        chaos.inject = half  # type: ignore[method-assign]
        with pytest.raises(Transient):
            await play.chaos.begin(Plan(app="web", fault=FaultName.ENGINE_DOWN))
        [ended] = await play.store.list_experiments(over=True)
        assert (ended.ending, ended.says) == (Ending.FAILED, "could not be brought about: the engine is busy")
        untouched(play, before)


async def test_a_cleaning_that_does_not_go_is_tried_again_until_it_does() -> None:
    async with lab() as play:
        before = await deployed(play)
        chaos = play.simulator.chaos
        whole, tries = chaos.clear, 0

        async def refused(injection: object, token: object) -> None:
            nonlocal tries
            tries += 1
            if tries < 4:
                raise Transient("the engine is busy")
            await whole(injection, token)  # type: ignore[arg-type]

        chaos.clear = refused  # type: ignore[method-assign]
        begun = await play.chaos.begin(Plan(app="web", fault=FaultName.CPU_PRESSURE))
        [stopping] = await play.chaos.stop()
        assert stopping.state is ExperimentState.CLEANING
        ended = await play.chaos.wait(begun.id, seconds=60)
        assert (ended.ending, tries) == (Ending.STOPPED, 4)
        untouched(play, before)


async def test_the_end_of_the_process_takes_back_what_is_broken() -> None:
    async with lab() as play:
        before = await deployed(play)
        await play.chaos.begin(Plan(app="web", fault=FaultName.ENGINE_DOWN, seconds=600))
        play.loop.cancel()
        await asyncio.gather(play.loop, return_exceptions=True)
        [ended] = await play.store.list_experiments(over=True)
        assert (ended.ending, ended.says) == (Ending.CUT_SHORT, "KubeLite was stopped")
        untouched(play, before)


# -- what the new levers of the simulator do


async def test_a_skewed_clock_shows_in_the_lines_of_that_replica_alone() -> None:
    async with lab() as play:
        await deployed(play)
        await play.run(10)
        await play.chaos.begin(Plan(app="web", fault=FaultName.CLOCK_SKEW))
        newest = {
            slot: max(line.at or 0.0 for line in await play.simulator.logs(PodId(play.key(), slot, 1)))
            for slot in (0, 1)
        }
        assert newest[1] > play.clock.now() + 3600
        assert newest[0] <= play.clock.now()


async def test_people_are_told_when_it_begins_and_how_it_ended() -> None:
    async with lab() as play:
        await deployed(play)
        ended = await play.over(FaultName.KILL)
        assert play.said == [
            f"experiment {ended.id} begins: web: its process is killed from outside",
            f"experiment {ended.id} (kill): recovered; well again by itself",
        ]
