"""The engine at depth: init containers, health, drift, room, rollbacks and an engine that hangs, on the simulator."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from app.core.errors import Permanent, Transient
from app.core.pods import Capacity, PodId, PodPhase, PodRequest
from app.core.spec import (
    ROLL_BACK_ANNOTATION,
    Amounts,
    AppSpec,
    Container,
    EnvVar,
    Probe,
    Resources,
    Strategy,
    TcpSocket,
)
from app.core.views import AppStatus
from app.engine.background.services import Services
from app.engine.observing import watcher
from app.stores.memory import MemoryStore
from tests.engine.world import Stage, stage
from tests.worlds import WEB, spec

pytestmark = pytest.mark.looptime

Patch = pytest.MonkeyPatch


def with_container(of: AppSpec, **update: Any) -> AppSpec:
    container = of.template.containers[0].model_copy(update=update)
    return of.model_copy(update={"template": of.template.model_copy(update={"containers": (container,)})})


def asking(replicas: int, *, cores: int = 1, name: str = "web") -> AppSpec:
    wants = Resources(requests=Amounts(cpu_millicores=cores * 1000))
    return with_container(spec(replicas, name=name), resources=wants)


async def reasons(play: Stage, name: str = "web") -> list[tuple[str, str]]:
    return [(event.reason, event.message) for event in await play.orchestrator.events(name, limit=500)]


def conditions(play: Stage, name: str = "web") -> dict[str, tuple[bool, str]]:
    return {one.type: (one.status, one.reason) for one in play.orchestrator.app(name).conditions}


def twin(play: Stage) -> Stage:
    """The next process on the same store and world."""
    later = Stage(play.store, None)
    later.simulator._machine.world.restore(play.simulator._machine.world.snapshot())
    return later


class TestInitContainers:
    def spec(self, *, code: int = 0) -> AppSpec:
        env = (EnvVar(name="EXIT_AFTER", value="3"), EnvVar(name="EXIT_CODE", value=str(code)))
        first = Container(name="migrate", image="busybox:1", env=env)
        of = spec(1)
        return of.model_copy(update={"template": of.template.model_copy(update={"init_containers": (first,)})})

    async def test_they_run_before_the_others_and_their_end_is_enough_to_go_on(self, monkeypatch: Patch) -> None:
        monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
        async with stage() as play:
            asked: list[PodId] = []
            real = play.simulator.start_pod

            async def counted(request: PodRequest) -> Any:
                asked.append(request.id)
                return await real(request)

            monkeypatch.setattr(play.simulator, "start_pod", counted)
            await play.orchestrator.apply(self.spec(), cause="deploy")
            await play.until(lambda: "init container" in play.orchestrator.app("web").reason)
            assert play.orchestrator.app("web").ready == 0
            await play.settle()
            assert len(asked) == 2
            assert [pod.id.attempt for pod in await play.live()] == [1]

    async def test_one_that_fails_is_a_failed_attempt(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(self.spec(code=3), cause="deploy")
            await play.until(lambda: play.orchestrator.app("web").status is AppStatus.CRASH_LOOPING)
            assert "exit code 3" in play.orchestrator.app("web").reason


class TestHealth:
    def spec(self) -> AppSpec:
        probe = Probe(handler=TcpSocket(port=80), period_seconds=1, failure_threshold=2)
        return with_container(spec(1), liveness=probe, readiness=probe)

    async def test_an_unhealthy_replica_is_ended_told_and_replaced_with_back_off(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(self.spec(), cause="deploy")
            await play.settle()
            play.simulator.inject("unhealthy", app=WEB, message="HTTP 503")
            await play.until(lambda: play.engine.records.get(WEB, 0).failures == 3)
            record = play.engine.records.get(WEB, 0)
            assert record.last_exit is not None
            assert (record.last_exit.reason, record.restarts) == ("Unhealthy", 2)
            assert "HTTP 503" in record.last_exit.message
            assert [pod.id.attempt for pod in await play.pods() if pod.phase.ended] == [3]
            assert "HTTP 503" in play.orchestrator.app("web").reason
            play.simulator.clear()
            await play.until(lambda: play.orchestrator.app("web").settled)
            assert await play.orchestrator.logs("web", previous=True)

    async def test_a_replica_that_is_being_ended_gets_no_extra_one_beside_it(self) -> None:
        async with stage() as play:
            stubborn = with_container(self.spec(), env=(EnvVar(name="IGNORE_TERM", value="1"),))
            await play.orchestrator.apply(stubborn, cause="deploy")
            await play.settle()
            play.simulator.inject("unhealthy", app=WEB)
            await play.until(lambda: play.engine.sites["simulator"].failing)
            play.simulator.clear()
            await play.clock.sleep(10)
            assert len(await play.live()) == 1
            await play.settle()
            assert [pod.id.slot for pod in await play.live()] == [0]


class TestDrift:
    async def test_what_can_be_mended_in_place_keeps_running(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(spec(2), cause="deploy")
            await play.settle()
            before = {pod.runtime_id for pod in await play.live()}
            play.simulator.inject("drift", app=WEB, field="memory limit", found="64 MiB", wanted="128 MiB")
            await play.clock.sleep(1)
            assert {pod.runtime_id for pod in await play.live()} == before
            assert all(not pod.drift for pod in await play.live())
            said = [words for reason, words in await reasons(play) if reason == "DriftCorrected"]
            assert sorted(said) == [
                f"web-{slot}: memory limit was 64 MiB, should be 128 MiB; mended in place" for slot in range(2)
            ]

    async def test_the_rest_is_replaced_within_the_bounds_of_an_update(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(spec(3), cause="deploy")
            await play.settle()
            play.simulator.inject("drift", app=WEB, field="image", found="nginx:1.24", wanted="nginx:1.25")
            least = 3
            for _ in range(200):
                await play.clock.sleep(0.05)
                least = min(least, sum(pod.ready for pod in await play.live()))
            await play.settle()
            assert least == 3
            assert all(not pod.drift for pod in await play.live())
            said = [words for reason, words in await reasons(play) if reason == "DriftCorrected"]
            assert len(said) == 3
            assert all("image was nginx:1.24, should be nginx:1.25; the replica is replaced" in one for one in said)

    async def test_a_repair_that_does_not_work_becomes_a_replacement(self, monkeypatch: Patch) -> None:
        async with stage() as play:
            await play.orchestrator.apply(spec(1), cause="deploy")
            await play.settle()
            before = [pod.id for pod in await play.live()]

            async def refuse(_request: PodRequest) -> Any:
                raise Permanent("the kernel has no such knob", reason="RepairFailed")

            monkeypatch.setattr(play.simulator, "repair_pod", refuse)
            play.simulator.inject("drift", app=WEB, field="memory limit")
            await play.until(lambda: play.orchestrator.app("web").replicas[0].slot != before[0].slot)
            await play.settle()
            assert ("RepairFailed", "web-0 cannot be mended, so it is replaced: the kernel has no such knob") in (
                await reasons(play)
            )

    async def test_what_every_new_replica_shows_again_is_left_alone_in_the_end(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(spec(1), cause="deploy")
            await play.settle()
            for _ in range(40):
                play.simulator.inject("drift", app=WEB, field="ulimit", found="1", wanted="2", in_place=False)
                await play.clock.sleep(2)
            counts = Counter[str]()
            for event in await play.orchestrator.events("web", limit=500):
                counts[event.reason] += event.count
            assert (counts["DriftCorrected"], counts["DriftPersists"]) == (3, 1)
            assert play.orchestrator.app("web").settled


class TestRoom:
    async def test_what_does_not_fit_waits_with_a_reason_and_starts_when_room_comes_free(
        self, monkeypatch: Patch
    ) -> None:
        monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
        async with stage() as play:
            play.simulator._capacity = Capacity(4000, 2**33)
            play.engine.sites["simulator"].capacity = Capacity(4000, 2**33)
            await play.orchestrator.apply(asking(3), cause="deploy")
            await play.settle()
            await play.orchestrator.apply(asking(2, name="api"), cause="deploy")
            await play.until(lambda: play.orchestrator.app("api").ready == 1)
            seen = play.orchestrator.app("api")
            assert seen.status is AppStatus.DEGRADED
            assert seen.reason == "Insufficient cpu: needs 1 core, 0 of 4 free"
            assert conditions(play, "api")["ReplicaFailure"] == (True, "FailedScheduling")
            await play.orchestrator.scale("web", 1, cause="make room")
            await play.settle("api", seconds=5)

    async def test_the_next_process_gives_no_room_twice(self) -> None:
        play = Stage(MemoryStore(), None)
        play.simulator._capacity = Capacity(3000, 2**33)
        await play.engine.start()
        await play.orchestrator.apply(asking(3, name="web"), cause="deploy")
        await play.settle()
        await play.orchestrator.apply(asking(2, name="api"), cause="deploy")
        await play.clock.sleep(5)
        await play.engine.stop()
        later = twin(play)
        later.simulator._capacity = Capacity(3000, 2**33)
        await later.engine.start()
        await later.clock.sleep(20)
        assert await later.live("api") == []
        assert len(await later.live("web")) == 3
        await later.engine.stop()


class TestRollback:
    strategy = Strategy(progress_deadline_seconds=30)

    def bad(self) -> AppSpec:
        bad = with_container(spec(2, strategy=self.strategy), command=("/no-such-program",))
        return bad.model_copy(update={"annotations": {ROLL_BACK_ANNOTATION: "true"}})

    async def test_a_late_rollout_goes_back_by_itself_and_never_on_and_on(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(spec(2, strategy=self.strategy), cause="deploy")
            await play.settle()
            good = {pod.runtime_id for pod in await play.live()}
            await play.orchestrator.apply(self.bad(), cause="a typo")
            await play.until(lambda: play.engine.desired.get(WEB).rolled_back_from == 2, seconds=60)  # type: ignore[union-attr]
            await play.settle()
            assert {pod.runtime_id for pod in await play.live()} == good
            assert any(reason == "DeploymentRollback" for reason, _ in await reasons(play))
            causes = [revision.cause for revision in await play.orchestrator.revisions("web")]
            assert causes[-1].startswith("automatic rollback of revision 2 to revision 1: revision 2 made no progress")

    async def test_without_being_asked_it_only_says_so(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(spec(2, strategy=self.strategy), cause="deploy")
            await play.settle()
            await play.orchestrator.apply(self.bad().model_copy(update={"annotations": {}}), cause="a typo")
            await play.clock.sleep(200)
            assert conditions(play)["Progressing"] == (False, "ProgressDeadlineExceeded")
            assert conditions(play)["Available"] == (True, "MinimumReplicasAvailable")
            assert [reason for reason, _ in await reasons(play)].count("ProgressDeadlineExceeded") == 1
            assert play.orchestrator.app("web").revision == 2

    async def test_a_revision_that_was_there_once_is_never_late_also_for_the_next_process(self) -> None:
        play = Stage(MemoryStore(), None)
        await play.engine.start()
        asked = spec(1, strategy=self.strategy).model_copy(update={"annotations": {ROLL_BACK_ANNOTATION: "true"}})
        await play.orchestrator.apply(spec(1, image="nginx:1.24", strategy=self.strategy), cause="first")
        await play.settle()
        await play.orchestrator.apply(asked, cause="second")
        await play.settle()
        await play.engine.stop()
        later = twin(play)
        later.simulator.inject("crash_loop", app=WEB)
        await later.engine.start()
        await later.clock.sleep(300)
        assert later.orchestrator.app("web").revision == 2
        assert conditions(later)["Progressing"] == (True, "NewReplicaSetAvailable")
        await later.engine.stop()

    async def test_the_first_revision_has_no_way_back(self) -> None:
        async with stage() as play:
            await play.orchestrator.apply(self.bad(), cause="deploy")
            await play.clock.sleep(100)
            assert play.orchestrator.app("web").revision == 1


class TestStops:
    async def test_a_running_replica_is_drained_before_it_is_stopped(self, monkeypatch: Patch) -> None:
        told: list[str] = []

        async def drain(_self: Services, pod: PodId) -> None:
            told.append(f"drain {pod.name}")

        monkeypatch.setattr(Services, "drain", drain)
        async with stage() as play:
            real = play.simulator.stop_pod

            async def stop(pod: PodId, grace: float, *, keep: bool = False) -> None:
                told.append(f"stop {pod.name}")
                await real(pod, grace, keep=keep)

            monkeypatch.setattr(play.simulator, "stop_pod", stop)
            await play.orchestrator.apply(spec(2), cause="deploy")
            await play.settle()
            await play.orchestrator.scale("web", 1, cause="scale")
            await play.settle()
            assert told == ["drain web-1", "stop web-1"]


class TestEngineThatHangs:
    async def test_effects_that_are_not_answered_are_a_condition_with_the_way_out(self, monkeypatch: Patch) -> None:
        words = "The Docker Engine did not finish within 60 s; if this lasts, restart it"
        async with stage() as play:
            await play.orchestrator.apply(spec(1), cause="deploy")
            await play.settle()

            async def hang(_request: PodRequest) -> Any:
                await play.clock.sleep(60)
                raise Transient(words, reason="EngineNotAnswering")

            monkeypatch.setattr(play.simulator, "start_pod", hang)
            await play.orchestrator.scale("web", 3, cause="scale")
            await play.until(lambda: "EngineAnswering" in conditions(play), seconds=300)
            seen = play.orchestrator.app("web")
            assert (seen.status, seen.reason) == (AppStatus.DEGRADED, words)
            assert play.orchestrator.runtimes()[0].detail == words
            monkeypatch.undo()
            await play.until(lambda: play.orchestrator.app("web").settled, seconds=300)
            assert "EngineAnswering" not in conditions(play)


class TestImages:
    async def test_never_means_never(self) -> None:
        async with stage() as play:
            of = with_container(spec(1), image_pull_policy="Never")
            await play.orchestrator.apply(of, cause="deploy")
            await play.until(lambda: play.orchestrator.app("web").status is AppStatus.FAILED)
            assert play.orchestrator.app("web").reason.startswith(
                "ErrImageNeverPull: nginx:1.25 is not on this machine"
            )
            await play.simulator.pull_image("nginx:1.25", lambda _progress: None)
            await play.until(lambda: play.orchestrator.app("web").settled)

    async def test_every_image_of_a_pod_is_fetched(self) -> None:
        async with stage() as play:
            of = spec(1)
            sidecar = Container(name="log", image="fluent-bit:2")
            both = (*of.template.containers, sidecar)
            of = of.model_copy(update={"template": of.template.model_copy(update={"containers": both})})
            await play.orchestrator.apply(of, cause="deploy")
            await play.settle()
            assert [one.name for one in (await play.live())[0].containers] == ["web", "log"]
            assert [pod.phase for pod in await play.live()] == [PodPhase.RUNNING]
