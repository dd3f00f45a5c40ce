"""Probes in a whole engine: who serves, who is replaced, what is said, what our own restart and silence change."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core.errors import Unreachable
from app.core.pods import PodId, ProbeOutcome
from app.core.spec import AppSpec
from app.core.template import Container, HttpGet, Port, Probe
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime


def probe(port: int | str = 80, **numbers: int) -> Probe:
    return Probe(handler=HttpGet(port=port), **numbers)


def probed(replicas: int = 2, *, image: str = "nginx:1.25", **probes: Probe) -> AppSpec:
    plain = spec(replicas, image=image)
    container = plain.container.model_copy(update=probes)
    return plain.model_copy(update={"template": plain.template.model_copy(update={"containers": (container,)})})


class Asked:
    """What the runtime is asked, and answers: all is well unless `says` something else."""

    def __init__(self, play: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._play = play
        self.calls: list[tuple[float, PodId, str, Probe]] = []
        self.says: Any = lambda _pod, _probe: ProbeOutcome(True)
        self.seconds = 0.0
        self.at_once = self.most = 0
        monkeypatch.setattr(play.simulator, "probe", self.probe)

    async def probe(self, pod: PodId, container: str, one: Probe) -> ProbeOutcome:
        self.calls.append((self._play.clock.now(), pod, container, one))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
            found = self.says(pod, one)
            if isinstance(found, Exception):
                raise found
            assert isinstance(found, ProbeOutcome)
            return found
        finally:
            self.at_once -= 1


async def events(play: Stage, reason: str) -> list[tuple[str | None, str, int]]:
    return [(one.pod, one.message, one.count) for one in await play.orchestrator.events("web") if one.reason == reason]


async def test_a_replica_serves_once_its_probe_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        asked.says = lambda _pod, _probe: ProbeOutcome(False, "HTTP 503")
        await play.orchestrator.apply(probed(readiness=probe(initial_delay_seconds=5)), cause="deploy")
        await play.clock.sleep(60)
        view = play.orchestrator.app("web")
        assert (view.ready, view.total) == (0, 2)
        assert "readiness probe failed: HTTP 503" in "; ".join(one.detail for one in view.replicas)
        assert ("web-0", "Readiness probe failed: HTTP 503", 6) in await events(play, "Unhealthy")
        asked.says = lambda _pod, _probe: ProbeOutcome(True)
        await play.settle()
        assert play.engine.health.explain((await play.live())[0].id) == ""


async def test_an_update_waits_for_the_probe_of_the_new_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(3, readiness=probe()), cause="deploy")
        await play.settle()
        old = {one.id for one in await play.live()}
        asked.says = lambda pod, _probe: ProbeOutcome(pod in old, "HTTP 500")
        await play.orchestrator.apply(probed(3, image="nginx:1.26", readiness=probe()), cause="update")
        await play.clock.sleep(200)
        assert old <= {one.id for one in await play.live()}
        assert play.orchestrator.app("web").ready == 3
        asked.says = lambda _pod, _probe: ProbeOutcome(True)
        await play.settle()
        assert not old & {one.id for one in await play.live()}


async def test_a_liveness_probe_that_fails_replaces_the_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(2, liveness=probe()), cause="deploy")
        await play.settle()
        sick = (await play.live())[0].id
        asked.says = lambda pod, _probe: ProbeOutcome(pod != sick, "connection refused")
        begun = play.clock.now()
        await play.until(lambda: play.orchestrator.app("web").restarts == 1, seconds=60)
        assert 20 <= play.clock.now() - begun <= 45
        await play.settle()
        assert sick not in {one.id for one in await play.live()}
        assert (await events(play, "Unhealthy"))[0][1] == "Liveness probe failed: connection refused"
        assert play.engine.health.of(sick) is None


async def test_a_few_failures_of_liveness_are_borne(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(1, liveness=probe()), cause="deploy")
        await play.settle()
        asked.says = lambda _pod, _probe: ProbeOutcome(len(asked.calls) % 3 == 0, "HTTP 500")
        await play.clock.sleep(600)
        assert play.orchestrator.app("web").restarts == 0


async def test_startup_holds_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        starting = probe(81, failure_threshold=30)
        asked.says = lambda _pod, one: ProbeOutcome(one != starting or len(asked.calls) > 12, "HTTP 503")
        await play.orchestrator.apply(probed(1, startup=starting, liveness=probe(82), readiness=probe(83)), cause="go")
        await play.clock.sleep(100)
        assert {one.handler.port for *_, one in asked.calls if isinstance(one.handler, HttpGet)} == {81}
        assert play.orchestrator.app("web").ready == 0
        await play.settle()
        count = sum(one == starting for *_, one in asked.calls)
        await play.clock.sleep(60)
        assert sum(one == starting for *_, one in asked.calls) == count


async def test_a_startup_probe_that_never_passes_replaces_the_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        asked.says = lambda _pod, _probe: ProbeOutcome(False, "HTTP 503")
        await play.orchestrator.apply(probed(1, startup=probe(period_seconds=5)), cause="deploy")
        await play.until(lambda: play.orchestrator.app("web").restarts >= 1, seconds=60)


async def test_named_ports_are_those_of_the_pods_own_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(port: int, image: str) -> AppSpec:
        ports = (Port(container_port=port, name="http"),)
        plain = spec(2, image=image)
        container = Container(name="web", image=image, ports=ports, readiness=probe("http"))
        return plain.model_copy(update={"template": plain.template.model_copy(update={"containers": (container,)})})

    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(named(8080, "nginx:1.25"), cause="deploy")
        await play.settle()
        old = {one.id for one in await play.live()}
        asked.says = lambda pod, _probe: ProbeOutcome(pod in old, "HTTP 503")
        await play.orchestrator.apply(named(9090, "nginx:1.26"), cause="update")
        asked.calls.clear()
        await play.clock.sleep(60)
        ports = {(pod in old, one.handler.port) for _, pod, _, one in asked.calls if isinstance(one.handler, HttpGet)}
        assert ports == {(True, 8080), (False, 9090)}


async def test_a_port_name_there_is_not_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(1, readiness=probe("metrics")), cause="deploy")
        await play.clock.sleep(30)
        assert asked.calls == []
        ((_, message, _),) = await events(play, "Unhealthy")
        assert message == "Readiness probe failed: the container has no port named metrics"


@pytest.mark.parametrize("error", [Unreachable("gone"), KeyError("State")])
async def test_no_answer_is_no_verdict(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(2, liveness=probe(), readiness=probe()), cause="deploy")
        await play.settle()
        asked.says = lambda _pod, _probe: error
        await play.clock.sleep(300)
        assert (play.orchestrator.app("web").ready, play.orchestrator.app("web").restarts) == (2, 0)
        assert await events(play, "Unhealthy") == []


async def test_while_the_runtime_is_silent_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(2, readiness=probe()), cause="deploy")
        await play.settle()
        play.simulator.inject("runtime_down")
        await play.clock.sleep(10)
        asked.calls.clear()
        await play.clock.sleep(120)
        assert asked.calls == []
        play.simulator.clear()
        await play.settle()
        await play.clock.sleep(20)
        assert len(asked.calls) >= 2


async def test_our_own_restart_takes_nobody_out_of_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    store, world = MemoryStore(), tmp_path / "world.json"
    async with stage(store, world) as play:
        await play.orchestrator.apply(
            probed(3, readiness=probe(initial_delay_seconds=10), liveness=probe()), cause="go"
        )
        await play.settle()
        await play.clock.sleep(60)
    async with stage(store, world) as play:
        asked = Asked(play, monkeypatch)
        assert play.orchestrator.app("web").ready == 3
        bad = (await play.live())[0].id
        asked.says = lambda pod, one: ProbeOutcome(pod != bad or one.initial_delay_seconds == 0, "HTTP 503")
        seen = set()
        for _ in range(120):
            seen.add(play.orchestrator.app("web").ready)
            await play.clock.sleep(0.1)
        assert seen == {3, 2}, "only the one that fails leaves, and it does so at its first outcome"


async def test_tasks_come_and_go_with_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        await play.orchestrator.apply(probed(4, readiness=probe()), cause="deploy")
        await play.settle()
        assert len(play.engine.prober._tasks) == 4
        await play.orchestrator.scale("web", 1, cause="scale")
        await play.settle()
        assert len(play.engine.prober._tasks) == len(play.engine.health.probed(WEB)) == 1
        await play.orchestrator.delete("web", cause="delete")
        await play.until(lambda: not play.engine.desired.all())
        assert (play.engine.prober._tasks, play.engine.health.probed(WEB)) == ({}, [])
        asked.calls.clear()
        await play.clock.sleep(60)
        assert asked.calls == []


async def test_an_app_without_probes_costs_no_task() -> None:
    async with stage() as play:
        await play.orchestrator.apply(spec(5), cause="deploy")
        await play.settle()
        assert play.engine.prober._tasks == {}
        assert play.engine.health.probed(WEB) == []


async def test_no_more_than_sixteen_are_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        asked.seconds = 0.5
        await play.orchestrator.apply(probed(40, readiness=probe()), cause="deploy")
        await play.settle()
        await play.clock.sleep(60)
        assert 2 <= asked.most <= 16


async def test_what_is_being_stopped_complains_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as play:
        asked = Asked(play, monkeypatch)
        stubborn = probed(1, readiness=probe(period_seconds=1), liveness=probe(period_seconds=1))
        container = stubborn.container.model_copy(update={"command": ("sh", "-c", "trap '' TERM; sleep 9999")})
        template = stubborn.template.model_copy(update={"containers": (container,)})
        await play.orchestrator.apply(stubborn.model_copy(update={"template": template}), cause="deploy")
        await play.settle()
        await play.orchestrator.delete("web", cause="delete")
        asked.says = lambda _pod, _probe: ProbeOutcome(False, "connection refused")
        await play.clock.sleep(60)
        assert await events(play, "Unhealthy") == []
