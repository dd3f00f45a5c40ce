"""Autoscaling in a whole engine: real samples, real replicas, objects and the short form, and when it must not act."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.objects import HorizontalPodAutoscaler, ObjectKey
from app.core.spec import Amounts, AppSpec, Autoscaling, Resources
from app.core.template import HttpGet, Probe
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime

SCALING = Autoscaling(enabled=True, min_replicas=2, max_replicas=8, target_cpu_percent=50)


def scaled(
    replicas: int = 2, *, scaling: Autoscaling | None = SCALING, request: int | None = 400, **more: Any
) -> AppSpec:
    plain = spec(replicas)
    amounts = Resources(requests=Amounts(cpu_millicores=request))
    container = plain.container.model_copy(update={"resources": amounts, **more})
    template = plain.template.model_copy(update={"containers": (container,)})
    return plain.model_copy(update={"template": template, "autoscaling": scaling})


def hpa(name: str = "web", **update: Any) -> HorizontalPodAutoscaler:
    return HorizontalPodAutoscaler(name=name, target="web", scaling=SCALING.model_copy(update=update))


def load(play: Stage, millicores: int) -> None:
    play.simulator.inject("load", app=WEB, cpu_millicores=millicores, memory_bytes=0)


async def grown(play: Stage, replicas: int, seconds: float = 120) -> None:
    await play.until(lambda: play.orchestrator.app("web").spec.replicas == replicas, seconds=seconds)


async def said(play: Stage, reason: str) -> list[str]:
    return [one.message for one in await play.orchestrator.events("web", limit=500) if one.reason == reason]


async def test_load_makes_it_grow_and_its_end_makes_it_shrink() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        load(play, 1050)
        await grown(play, 6, seconds=300)
        await play.settle()
        await play.clock.sleep(600)
        assert play.orchestrator.app("web").spec.replicas == 6, "1050m over 6 replicas is near the target"
        play.simulator.clear("load")
        begun = play.clock.now()
        await grown(play, 2, seconds=600)
        assert play.clock.now() - begun >= 290, "five minutes pass before it shrinks"
        messages = await said(play, "SuccessfulRescale")
        assert messages[-1] == "New size: 2; reason: All metrics below target"
        assert "New size: 6; reason: cpu above target" in messages


async def test_never_beyond_its_limits() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        load(play, 100_000)
        counts = set()
        for _ in range(100):
            counts.add(play.orchestrator.app("web").spec.replicas)
            await play.clock.sleep(6)
        assert max(counts) == 8
        assert min(counts) == 2


async def test_a_count_outside_the_limits_is_corrected() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(1), cause="deploy")
        await grown(play, 2)
        assert await said(play, "SuccessfulRescale") == [
            "New size: 2; reason: Current number of replicas below Spec.MinReplicas"
        ]


async def test_an_object_counts_before_the_apps_own_and_only_while_it_is_there() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        assert play.engine.autoscaler.scaling_of(WEB) == SCALING
        await play.engine.objects.put(hpa(min_replicas=4))
        await play.engine.objects.put(hpa("later", min_replicas=7))
        await play.engine.objects.put(hpa("elsewhere", min_replicas=7).model_copy(update={"namespace": "other"}))
        found = play.engine.autoscaler.scaling_of(WEB)
        assert found is not None
        assert found.min_replicas == 7, "the first by name"
        await play.engine.objects.forget(ObjectKey("HorizontalPodAutoscaler", "default", "later"))
        await grown(play, 4)
        await play.engine.objects.mark_deleting(ObjectKey("HorizontalPodAutoscaler", "default", "web"))
        assert play.engine.autoscaler.scaling_of(WEB) == SCALING


async def test_an_app_without_autoscaling_is_left_alone() -> None:
    async with stage() as play:
        off = SCALING.model_copy(update={"enabled": False, "min_replicas": 5})
        await play.orchestrator.apply(scaled(scaling=off), cause="deploy")
        await play.settle()
        load(play, 5000)
        await play.clock.sleep(300)
        assert play.orchestrator.app("web").spec.replicas == 2
        assert play.engine.autoscaler.condition(WEB) is None


async def test_a_missing_request_is_said_in_words() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(request=None), cause="deploy")
        await play.settle()
        load(play, 5000)
        await play.clock.sleep(120)
        condition = play.engine.autoscaler.condition(WEB)
        assert condition is not None
        assert (condition.type, condition.status, condition.reason) == (
            "ScalingActive",
            False,
            "FailedGetResourceMetric",
        )
        assert condition.message == "the cpu target is a share of the request, and web-0 has no cpu request"
        assert await said(play, "FailedGetResourceMetric") == [condition.message]
        assert play.orchestrator.app("web").spec.replicas == 2
        await play.orchestrator.apply(scaled(), cause="request")
        await grown(play, 8, seconds=400)
        condition = play.engine.autoscaler.condition(WEB)
        assert condition is not None
        assert condition.status


async def test_samples_that_never_come_are_an_event_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:

        async def stats(_pods: object) -> dict[object, object]:
            return {}

        monkeypatch.setattr(play.simulator, "stats", stats)
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        await play.clock.sleep(45)
        assert await said(play, "FailedGetResourceMetric") == []
        await play.clock.sleep(60)
        assert await said(play, "FailedGetResourceMetric") == ["no cpu sample of a ready replica yet"]
        assert play.orchestrator.app("web").spec.replicas == 2


async def test_a_stopped_app_stays_stopped() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(0), cause="deploy")
        await play.clock.sleep(120)
        assert play.orchestrator.app("web").spec.replicas == 0
        condition = play.engine.autoscaler.condition(WEB)
        assert condition is not None
        assert condition.reason == "ScalingDisabled"


async def test_silence_and_deletion_are_no_time_to_scale() -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        load(play, 8000)
        play.simulator.inject("runtime_down")
        await play.clock.sleep(300)
        assert play.orchestrator.app("web").spec.replicas == 2
        await play.orchestrator.delete("web", cause="delete")
        await play.clock.sleep(60)
        assert play.orchestrator.app("web").spec.replicas == 2
        play.simulator.clear("runtime_down")
        await play.until(lambda: not play.engine.desired.all())
        await play.clock.sleep(30)
        assert play.engine.autoscaler.condition(WEB) is None


async def test_replicas_that_are_not_ready_hold_it_back() -> None:
    """Without knowing that the new ones are still coming up, it would grow again at each round."""
    async with stage() as play:
        slow = Probe(handler=HttpGet(port=80), initial_delay_seconds=90)
        await play.orchestrator.apply(scaled(readiness=slow), cause="deploy")
        await play.settle(seconds=200)
        await play.clock.sleep(300)
        load(play, 700)
        await grown(play, 4, seconds=60)
        await play.clock.sleep(80)
        assert play.orchestrator.app("web").spec.replicas == 4


async def test_memory_is_a_target_too() -> None:
    async with stage() as play:
        scaling = Autoscaling(
            enabled=True, min_replicas=1, max_replicas=9, target_cpu_percent=None, target_memory_bytes=500 * 2**20
        )
        await play.orchestrator.apply(scaled(1, scaling=scaling, request=None), cause="deploy")
        await play.settle()
        play.simulator.inject("load", app=WEB, cpu_millicores=0, memory_bytes=1900 * 2**20)
        await play.until(lambda: play.orchestrator.app("web").spec.replicas >= 4, seconds=120)
        assert (await said(play, "SuccessfulRescale"))[0].endswith("reason: memory above target")


async def test_a_hand_that_scales_meanwhile_wins_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        load(play, 8000)
        await play.clock.sleep(20)
        real = play.engine.desired.template

        async def template(*of: Any) -> Any:
            await play.orchestrator.scale("web", 3, cause="by hand")
            return await real(*of)

        with monkeypatch.context() as slow:
            slow.setattr(play.engine.desired, "template", template)
            await play.engine.autoscaler.sync()
        assert play.orchestrator.app("web").spec.replicas == 3


async def test_replicas_there_is_no_room_for_are_not_taken_away_again() -> None:
    """Two of four run, each a little above the target: alone they would ask for three."""
    async with stage() as play:
        await play.orchestrator.apply(scaled(), cause="deploy")
        await play.settle()
        play.simulator.inject("host_full", cpu_millicores=800, memory_bytes=2**33)
        load(play, 480)
        await play.clock.sleep(120)
        await play.orchestrator.scale("web", 4, cause="by hand")
        counts = set()
        for _ in range(100):
            await play.clock.sleep(6)
            counts.add((play.orchestrator.app("web").spec.replicas, len(await play.live())))
        assert counts == {(4, 2)}
