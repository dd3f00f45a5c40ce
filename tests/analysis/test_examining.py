"""From an app that fails on the simulator to a finding with real quotes; a healthy one has none."""

from __future__ import annotations

import pytest

from app.analysis.examining import Examiner
from app.core.diagnosis import Cause, RemedyClass
from app.core.errors import NotFound
from app.core.views import AppStatus
from tests.engine.world import stage
from tests.worlds import spec

pytestmark = pytest.mark.looptime


async def test_nothing_is_wrong_with_a_healthy_app() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2), cause="deploy")
        await play.settle()
        found = await Examiner(play.orchestrator).examine("web")
        assert found.best is None
        assert "Nothing is wrong" in found.text


async def test_an_out_of_memory_kill_is_found_by_its_flag() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        play.simulator.inject("oom", pod=(await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").ready == 0)
        found = await Examiner(play.orchestrator).examine("web")
        assert found.best is not None
        assert found.best.cause is Cause.OUT_OF_MEMORY
        assert found.best.remedies[0] is RemedyClass.INCREASE_MEMORY
        assert "set the memory of web" in found.text


async def test_an_image_that_is_not_there() -> None:
    async with stage() as play:
        play.simulator.inject("image_pull_error", message="manifest for nginx:9.9 not found: manifest unknown")
        await play.orchestrator.apply(spec(1, image="nginx:9.9"), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.FAILED)
        found = await Examiner(play.orchestrator).examine("web")
        assert found.best is not None
        assert found.best.cause is Cause.IMAGE_NOT_FOUND
        items = {item.id: item.text for item in found.evidence}
        assert all(quote.text in items[quote.item] for quote in found.best.quotes)


async def test_a_crash_loop_is_told_from_its_output() -> None:
    async with stage() as play:
        message = "FATAL: password authentication failed for user shop"
        play.simulator.inject("crash_loop", message=message, exit_code=1)
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.CRASH_LOOPING)
        found = await Examiner(play.orchestrator).examine("web")
        assert found.best is not None
        assert found.best.cause is Cause.AUTH
        assert [quote.text for quote in found.best.quotes] == [message]


async def test_a_runtime_that_does_not_answer_says_nothing_of_the_app() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(1), cause="deploy")
        await play.settle()
        play.simulator.inject("runtime_down")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.UNKNOWN)
        found = await Examiner(play.orchestrator).examine("web")
        assert not found.observed
        assert found.best is None


async def test_an_unknown_name_is_an_error() -> None:
    async with stage() as play:
        with pytest.raises(NotFound):
            await Examiner(play.orchestrator).examine("web")


async def test_a_failure_that_is_over_does_not_explain_the_next_one() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(2, image="nginx:1"), cause="deploy")
        await play.settle()
        play.simulator.inject("oom", pod=(await play.live())[0].id)
        await play.until(lambda: play.orchestrator.app("web").restarts == 1)
        await play.settle()
        play.simulator.inject(
            "image_pull_error", image="nginx:9.9", message="manifest for nginx:9.9 not found: manifest unknown"
        )
        await play.orchestrator.apply(spec(2, image="nginx:9.9"), cause="update")
        await play.until(lambda: play.orchestrator.app("web").status is AppStatus.DEGRADED)
        found = await Examiner(play.orchestrator).examine("web")
        assert found.best is not None
        assert found.best.cause is Cause.IMAGE_NOT_FOUND
