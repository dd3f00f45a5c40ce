"""The closed loop where it is easily wrong: killed in the middle, changed from outside, silent, asked twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.core.approvals import ApprovalState, Mode, Role
from app.core.diagnosis import Cause
from app.core.errors import Conflict
from app.core.incidents import IncidentState, Outcome
from app.core.objects import Service, ServicePort
from app.core.spec import HttpGet, JobSpec, Port, Probe
from app.ports.healing import Word
from app.runtimes.simulator.faults import Fault
from app.stores.memory import MemoryStore
from tests.healing.ward import MIB, Ward, app, hungry, ward

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]
CRASHING: dict[str, Any] = {"command": ("sh", "-c", "echo 'panic: nil map'; exit 2")}
ORPHAN: dict[str, Any] = {
    "command": ("sh", "-c", "echo 'Error: connect ECONNREFUSED redis:6379'; exit 1"),
}


def memory(play: Ward, name: str = "web") -> int:
    return (play.orchestrator.app(name).spec.container.resources.limits.memory_bytes or 0) // MIB


async def watched(play: Ward) -> None:
    """Until its remedy is there and it is well with it."""
    await play.when(lambda one: one.watching is not None and one.watching.well_since is not None)


# -- killed in the middle


async def test_killed_between_the_note_and_the_write_it_is_done_by_the_next_start(tmp_path: Path) -> None:
    store, path = MemoryStore(), tmp_path / "world"

    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    async with ward(store=store, state_path=path) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        play.orchestrator.apply = never  # type: ignore[method-assign]
        await play.reaches(IncidentState.WATCHING)
        assert memory(play) == 64
    async with ward(store=store, state_path=path) as play:
        incident = await play.ended()
        assert incident.state is IncidentState.RESOLVED
        assert [one.outcome for one in incident.attempts] == [Outcome.FAILED, Outcome.KEPT]
        assert memory(play) == 128


async def test_killed_while_watching_the_next_start_watches_a_whole_minute_of_its_own(tmp_path: Path) -> None:
    store, path = MemoryStore(), tmp_path / "world"
    async with ward(store=store, state_path=path) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        await watched(play)
    await asyncio.sleep(900)  # nobody looks
    async with ward(store=store, state_path=path) as play:
        began = play.clock.now()
        incident = await play.ended()
        [attempt] = incident.attempts
        assert (incident.state, attempt.outcome) == (IncidentState.RESOLVED, Outcome.KEPT)
        assert incident.ended_at is not None
        assert incident.ended_at - began >= 60


async def test_killed_while_it_is_taken_back_it_counts_as_taken_back(tmp_path: Path) -> None:
    store, path = MemoryStore(), tmp_path / "world"
    async with ward(store=store, state_path=path) as play:
        await play.orchestrator.apply(hungry(9000, 64), cause="test")
        await play.reaches(IncidentState.WATCHING)
        play.healer.door = None  # it is written, and the process ends before it is noted
        await play.orchestrator.apply(hungry(9000, 64), cause="incident")
    async with ward(store=store, state_path=path) as play:
        incident = await play.ended()
        assert incident.attempts[0].outcome is Outcome.UNDONE
        assert len({one.proposal.key for one in incident.attempts}) == len(incident.attempts)


async def test_a_question_outlives_the_process_and_a_yes_means_that_very_remedy(tmp_path: Path) -> None:
    store, path = MemoryStore(), tmp_path / "world"
    async with ward(mode=Mode.ASK, gate=True, store=store, state_path=path) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
    async with ward(mode=Mode.ASK, gate=True, store=store, state_path=path) as play:
        approval, result = await play.runner.decide(asked.approval, "ada", Role.OPERATOR, approve=True)
        assert approval.state is ApprovalState.DONE, result
        incident = await play.ended()
        assert (incident.state, memory(play)) == (IncidentState.RESOLVED, 128)
        assert len(await store.list_approvals()) == 1


# -- changed from outside


async def test_a_count_that_follows_the_load_during_a_watch_is_no_other_wish() -> None:
    async with ward() as play:
        await play.orchestrator.apply(hungry(100, 64, replicas=2), cause="test")
        await watched(play)
        for count in (3, 4, 3):
            await play.orchestrator.scale("web", count, cause="autoscaler")
            await play.run(15)
        incident = await play.ended()
        [attempt] = incident.attempts
        assert attempt.outcome is Outcome.KEPT
        assert attempt.ended_at is not None
        assert attempt.ended_at - attempt.began_at < 90  # each step up is neither well nor ill
        assert play.orchestrator.app("web").spec.replicas == 3


async def test_what_is_taken_back_keeps_the_count_of_now() -> None:
    async with ward() as play:
        await play.orchestrator.apply(hungry(9000, 64), cause="test")
        await play.reaches(IncidentState.WATCHING)
        await play.run(0.5)
        await play.orchestrator.scale("web", 3, cause="autoscaler")
        incident = await play.ended()
        assert incident.attempts[0].outcome is Outcome.UNDONE
        assert (memory(play), play.orchestrator.app("web").spec.replicas) == (64, 3)


async def test_old_replicas_that_still_fail_do_not_speak_against_the_new_ones() -> None:
    async with ward() as play:
        await play.orchestrator.apply(hungry(100, 64, replicas=4), cause="test")
        incident = await play.ended()
        assert [one.outcome for one in incident.attempts] == [Outcome.KEPT]


async def test_a_remedy_undone_by_a_person_is_not_tried_again() -> None:
    async with ward() as play:
        before = hungry(100, 64)
        await play.orchestrator.apply(before, cause="test")
        await watched(play)
        await play.orchestrator.apply(before, cause="a person")
        incident = await play.ended()
        assert [one.outcome for one in incident.attempts] == [Outcome.UNDONE]
        assert memory(play) == 64


async def test_a_silent_runtime_neither_keeps_nor_undoes() -> None:
    async with ward() as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        await watched(play)
        play.simulator.inject(Fault.RUNTIME_DOWN)
        await play.run(900)
        incident = await play.incident()
        assert incident is not None
        assert incident.watching is not None
        told = len(play.told)
        play.simulator.clear()
        back = play.clock.now()
        ended = await play.ended()
        assert [one.outcome for one in ended.attempts] == [Outcome.KEPT]
        assert ended.ended_at is not None
        assert ended.ended_at - back >= 60
        assert len(play.told) == told + 1


# -- one dependency


async def test_two_that_fail_of_one_are_one_incident_and_its_end_frees_them() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app("redis:7", name="redis", **CRASHING), cause="test")
        await play.run(12)
        for name in ("web", "api"):
            await play.orchestrator.apply(app("acme/web:1", name=name, **ORPHAN), cause="test")

        def held() -> set[str]:
            return {key.name for one in play.healer.incidents("redis") for key in one.apps}

        await play.until(lambda: held() == {"web", "api"}, seconds=120)
        assert [one.app.name for one in play.healer.incidents()] == ["redis"]
        assert await play.healer.heal("web", by="ada") == play.healer.incidents("redis")[0]
        await play.orchestrator.apply(app("redis:7", name="redis"), cause="a person")
        root = await play.reaches(IncidentState.RESOLVED, "redis")
        assert play.healer.incidents() == []
        own = await play.reaches(IncidentState.WAITING, "web", seconds=90)  # it fails for ever here
        assert own.id != root.id
        assert "redis" in own.says
        person = await play.ended("web")
        assert (person.state, person.cause, person.attempts) == (IncidentState.PERSON, Cause.DEPENDENCY, ())


async def test_a_stopped_dependency_is_asked_for_in_every_mode_and_stopped_again_where_it_did_not_help() -> None:
    async with ward(mode=Mode.AUTO, gate=True) as play:
        await play.orchestrator.apply(app("redis:7", name="redis", replicas=2), cause="test")
        await play.settle("redis")
        await play.orchestrator.scale("redis", 0, cause="a person")
        await play.orchestrator.apply(app("acme/web:1", **ORPHAN), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
        assert "start redis" in asked.says
        [approval] = await play.runner.pending()
        assert (approval.preview.risky, approval.preview.apps) == (True, ("redis",))
        await play.runner.decide(approval.id, "ada", Role.OPERATOR, approve=True)
        assert play.orchestrator.app("redis").spec.replicas == 2
        await play.run(120)  # it goes on failing, in its back-off: that alone is no verdict
        incident = await play.incident()
        assert incident is not None
        assert incident.watching is not None
        incident = await play.ended()
        assert incident.attempts[0].outcome is Outcome.UNDONE
        assert play.orchestrator.app("redis").spec.replicas == 0


# -- limits


async def test_the_limit_of_attempts_counts_over_incidents_and_what_stopped_stays_so() -> None:
    async with ward() as play:
        known: set[str] = set()
        for needs, limit in ((100, 64), (200, 128), (400, 256)):
            await play.orchestrator.apply(hungry(needs, limit), cause="a person")
            healed = await play.ended(but=known)
            assert healed.healed_by
            known.add(healed.id)
        await play.orchestrator.apply(hungry(900, 512), cause="a person")
        fourth = await play.ended(but=known)
        assert fourth.state is IncidentState.PERSON
        assert "3 remedies in 10 min" in fourth.says
        assert fourth.attempts == ()
        await play.run(700)  # the ten minutes are long over
        fourth = await play.ended()
        assert fourth.attempts == ()
        assert await play.healer.heal("web", by="ada") is not None
        assert (await play.ended()).healed_by


async def test_a_flapping_app_does_not_fill_the_chat() -> None:
    async with ward() as play:
        flapping: dict[str, Any] = {"command": ("sh", "-c", "sleep 30; echo 'fatal: boom'; exit 1")}
        await play.orchestrator.apply(app(**flapping), cause="test")
        await play.run(1200)
        assert 0 < len(play.told) <= 8


async def test_a_slow_start_is_no_incident_and_one_that_never_gets_ready_is() -> None:
    async with ward(mode=Mode.OBSERVE) as play:
        play.simulator.inject(Fault.SLOW_START, seconds=80)
        await play.orchestrator.apply(app(), cause="test")
        await play.run(100)
        assert await play.incident() is None
        play.simulator.clear()
        play.simulator.inject(Fault.NOT_READY, message="HTTP 503")
        await play.orchestrator.apply(app(name="api", readiness=_probe()), cause="test")
        await play.run(60)
        assert await play.incident("api") is None
        await play.run(60)
        assert await play.incident("api") is not None


# -- asked


async def test_a_question_that_nobody_answers_ends_and_a_person_can_ask_for_it_again() -> None:
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        person = await play.ended()
        assert person.state is IncidentState.PERSON
        assert 'say "heal web"' in person.says
        [expired] = await play.store.list_approvals()
        assert expired.state is ApprovalState.EXPIRED
        await play.run(300)
        assert len(await play.store.list_approvals()) == 1  # not asked over and over
        await play.healer.heal("web", by="ada")
        assert (await play.ended()).healed_by


async def test_who_says_heal_while_it_is_asked_answers_it() -> None:
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
        await play.healer.heal("web", by="ada")
        old = await play.runner.approval(asked.approval)
        assert (old.state, old.decided_by) == (ApprovalState.REJECTED, "kubelite")
        with pytest.raises(Conflict):
            await play.runner.decide(asked.approval, "bob", Role.OPERATOR, approve=True)
        incident = await play.ended()
        assert [one.outcome for one in incident.attempts] == [Outcome.KEPT]
        assert len(await play.store.list_approvals()) == 1


async def test_a_question_about_another_wish_is_withdrawn_and_asked_anew() -> None:
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(hungry(300, 64), cause="test")
        first = await play.reaches(IncidentState.ASKING)
        await play.orchestrator.scale("web", 2, cause="autoscaler")  # as good as the same wish
        await play.run(30)
        assert (await play.reaches(IncidentState.ASKING)).approval == first.approval
        await play.orchestrator.apply(hungry(300, 200, replicas=2), cause="a person")
        await play.run(40)
        second = await play.reaches(IncidentState.ASKING)
        assert second.approval != first.approval
        assert "from 200Mi to 400Mi" in second.says
        assert (await play.runner.approval(first.approval)).state is ApprovalState.REJECTED
        await play.runner.decide(second.approval, "ada", Role.OPERATOR, approve=True)
        assert (await play.ended()).healed_by
        assert play.orchestrator.app("web").spec.replicas == 2


async def test_another_mode_counts_at_once() -> None:
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
        play.orchestrator._mode = Mode.OBSERVE
        await play.run(30)
        incident = await play.incident()
        assert incident is not None
        assert (incident.state, incident.approval) == (IncidentState.OPEN, "")
        assert "the mode is observe" in incident.says
        assert (await play.runner.approval(asked.approval)).state is ApprovalState.REJECTED
        play.orchestrator._mode = Mode.AUTO
        assert (await play.ended()).healed_by


async def test_what_becomes_well_while_it_is_asked_is_not_asked_any_more() -> None:
    async with ward(asks=True) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
        await play.orchestrator.apply(hungry(100, 200), cause="a person")
        incident = await play.ended()
        assert (incident.state, incident.healed_by) == (IncidentState.RESOLVED, "")
        assert play.door.withdrawn == [asked.approval]


async def test_a_yes_that_could_not_be_carried_out_is_no_no() -> None:
    async with ward(asks=True) as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
        play.door.answers[asked.approval] = Word.FAILED
        await play.run(5)
        again = await play.reaches(IncidentState.ASKING)
        assert again.approval != asked.approval


# -- what is not for a remedy


async def test_what_a_person_mended_is_noticed_at_once() -> None:
    async with ward() as play:
        image = "ghcr.io/acme/web:1"
        play.simulator.inject(Fault.IMAGE_PULL_ERROR, image=image, message="unauthorized: authentication required")
        await play.orchestrator.apply(app(image), cause="test")
        person = await play.ended()
        assert "create or correct the Secret" in person.says
        await play.orchestrator.apply(hungry(100, 64), cause="a person")  # another cause now, which can be mended
        await play.reaches(IncidentState.WATCHING)
        assert (await play.ended()).healed_by


async def test_a_job_is_never_changed() -> None:
    job = app("acme/import:1", **CRASHING).model_copy(update={"kind": "Job", "job": JobSpec(backoff_limit=1)})
    async with ward() as play:
        await play.orchestrator.apply(job, cause="test")
        generation = play.orchestrator.app("web").generation
        incident = await play.ended()
        assert (incident.state, incident.attempts) == (IncidentState.PERSON, ())
        assert "delete it, and apply the mended one" in incident.says
        assert play.orchestrator.app("web").generation == generation


async def test_a_paused_rollout_is_for_a_person_to_resume() -> None:
    async with ward() as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        await play.orchestrator.apply(hungry(100, 64).model_copy(update={"paused": True}), cause="test")
        incident = await play.ended()
        assert (incident.state, incident.attempts) == (IncidentState.PERSON, ())
        assert 'say "resume web" first' in incident.says


async def test_a_service_whose_port_is_taken_asks_for_a_free_one() -> None:
    def service(name: str) -> Service:
        ports = (ServicePort(port=80, node_port=30080),)
        return Service(name=name, runtime="simulator", type="NodePort", selector={"app": name}, ports=ports)

    async with ward(mode=Mode.AUTO, gate=True) as play:
        first = app(name="first", ports=(Port(container_port=80, host_port=30080),))
        await play.orchestrator.apply(first, cause="test")
        await play.settle("first")
        await play.orchestrator.put_object(service("web"), cause="test")
        await play.orchestrator.apply(app(), cause="test")
        asked = await play.reaches(IncidentState.ASKING)
        assert "let Service web take a free host port instead of 30080" in asked.says
        await play.runner.decide(asked.approval, "ada", Role.OPERATOR, approve=True)
        incident = await play.ended()
        assert (incident.state, incident.cause) == (IncidentState.RESOLVED, Cause.PORT_CONFLICT)
        assert incident.healed_by
        assert play.orchestrator.object("Service", "web").urls


async def test_times_are_kept() -> None:
    async with ward() as play:
        await play.orchestrator.apply(hungry(100, 64), cause="test")
        one = await play.ended()
        assert one.detected_at is not None
        assert one.diagnosed_at is not None
        assert one.well_at is not None
        assert one.ended_at is not None
        assert one.began_at + 5 <= one.detected_at <= one.diagnosed_at < one.well_at <= one.ended_at - 60


def _probe() -> Probe:
    return Probe(handler=HttpGet(port=80))
