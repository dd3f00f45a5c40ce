"""The closed loop on the simulator in virtual time: found, diagnosed, tried, watched, kept or undone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core.approvals import Mode
from app.core.diagnosis import Cause, RemedyClass
from app.core.incidents import IncidentState, Outcome
from app.core.spec import Amounts, EnvVar, HttpGet, Probe, Resources
from app.ports.healing import Word
from app.runtimes.simulator.faults import Fault
from tests.healing.ward import Ward, app, ward

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]
MIB = 1024 * 1024
CRASHING: dict[str, Any] = {"command": ("sh", "-c", "echo 'panic: nil map'; exit 2")}


def limited(mib: int) -> Resources:
    return Resources(limits=Amounts(memory_bytes=mib * MIB))


def hungry(mib: int) -> tuple[EnvVar, ...]:
    return (EnvVar(name="NEEDS_MEMORY", value=f"{mib}Mi"),)


async def test_a_bad_tag_goes_back_to_the_image_that_worked() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app("nginx:1.27"), cause="test")
        await play.settle()
        play.simulator.inject(Fault.IMAGE_PULL_ERROR, image="nginx:1.72")
        await play.orchestrator.apply(app("nginx:1.72"), cause="test")
        incident = await play.ended()
        assert incident.state is IncidentState.RESOLVED
        assert play.orchestrator.app("web").spec.container.image == "nginx:1.27"


async def test_out_of_memory_gets_more_and_is_watched_for_a_minute() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app(env=hungry(100), resources=limited(64)), cause="test")
        incident = await play.ended()
        assert (incident.state, incident.cause) == (IncidentState.RESOLVED, Cause.OUT_OF_MEMORY)
        assert play.orchestrator.app("web").spec.container.resources.limits.memory_bytes == 128 * MIB
        [attempt] = incident.attempts
        assert attempt.outcome is Outcome.KEPT
        assert attempt.ended_at is not None
        assert attempt.ended_at - attempt.began_at >= 60
        assert incident.healed_by == "raise the memory limit from 64Mi to 128Mi"


def slow_to_write(play: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a real database is: others go on meanwhile."""
    put = play.store.put_incident

    async def slowly(*given: Any) -> None:
        await asyncio.sleep(0.05)
        await put(*given)

    monkeypatch.setattr(play.store, "put_incident", slowly)


@pytest.mark.parametrize("later", [0.02, 0.04, 0.06])
async def test_who_asks_while_the_loop_looks_makes_no_second_attempt(
    later: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both see the same incident, and choose the same remedy, while the other one's is being written down."""
    async with ward() as play:
        slow_to_write(play, monkeypatch)
        await play.orchestrator.apply(app(env=hungry(100), resources=limited(64)), cause="test")
        await play.when(lambda one: one.state is IncidentState.OPEN, seconds=60)
        loop = asyncio.create_task(play.healer.tick())
        await asyncio.sleep(later)
        await asyncio.gather(loop, play.healer.heal("web", by="ada"))
        incident = await play.ended()
        assert [one.outcome for one in incident.attempts] == [Outcome.KEPT]
        assert len(play.door.asked) == 1


async def test_a_leak_meets_every_limit_and_after_three_tries_a_person_is_called() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app(env=hungry(4096), resources=limited(64)), cause="test")
        incident = await play.ended()
        assert incident.state is IncidentState.PERSON
        assert [one.outcome for one in incident.attempts].count(Outcome.UNDONE) == len(incident.attempts) <= 3
        assert play.orchestrator.app("web").spec.container.resources.limits.memory_bytes == 64 * MIB


async def test_a_new_version_that_crashes_is_rolled_back() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app("web:1"), cause="test")
        await play.settle()
        await play.orchestrator.apply(app("web:2", **CRASHING), cause="test")
        incident = await play.ended()
        assert incident.state is IncidentState.RESOLVED
        assert incident.attempts[-1].proposal.remedy is RemedyClass.ROLLBACK
        assert play.orchestrator.app("web").spec.container.image == "web:1"


async def test_a_probe_of_the_wrong_port_asks_where_the_process_listens() -> None:
    probe = Probe(handler=HttpGet(port=8081), initial_delay_seconds=3, failure_threshold=2, period_seconds=5)
    env = (EnvVar(name="LISTENS_ON", value="8080"),)
    async with ward() as play:
        await play.orchestrator.apply(app(liveness=probe, env=env), cause="test")
        incident = await play.ended()
        assert (incident.state, incident.cause) == (IncidentState.RESOLVED, Cause.PROBE)
        mended = play.orchestrator.app("web").spec.container.liveness
        assert mended is not None
        assert mended.handler == HttpGet(port=8080)


@pytest.mark.parametrize("mode", [Mode.OBSERVE])
async def test_in_mode_observe_nothing_is_changed(mode: Mode) -> None:
    async with ward(mode=mode) as play:
        await play.orchestrator.apply(app(env=hungry(100), resources=limited(64)), cause="test")
        generation = play.orchestrator.app("web").generation
        await play.run(300)
        incident = await play.incident()
        assert incident is not None
        assert incident.attempts == ()
        assert "the mode is observe" in incident.says
        assert play.door.asked == []
        assert play.orchestrator.app("web").generation == generation


async def test_a_person_is_asked_and_a_no_is_taken() -> None:
    async with ward(asks=True) as play:
        await play.orchestrator.apply(app(env=hungry(100), resources=limited(64)), cause="test")
        await play.run(60)
        incident = await play.incident()
        assert incident is not None
        assert incident.state is IncidentState.ASKING
        assert len(play.door.asked) == 1  # and not again and again
        play.door.answers[incident.approval] = Word.NO
        incident = await play.ended()
        assert (incident.state, incident.attempts) == (IncidentState.PERSON, ())


async def test_what_a_person_changes_meanwhile_is_left_to_them() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app(env=hungry(100), resources=limited(64)), cause="test")

        async def watched() -> bool:
            return play.orchestrator.app("web").spec.container.resources == limited(128)

        await play.until(watched, seconds=120)
        theirs = app("redis:7", resources=limited(300))
        await play.orchestrator.apply(theirs, cause="a person")
        incident = await play.ended()
        assert incident.attempts[0].outcome is Outcome.OVERTAKEN
        assert play.orchestrator.app("web").spec.container.image == "redis:7"
        assert incident.state is IncidentState.RESOLVED


async def test_what_only_a_person_can_mend_is_said_and_not_tried() -> None:
    async with ward() as play:
        play.simulator.inject(
            Fault.IMAGE_PULL_ERROR, image="ghcr.io/acme/web:1", message="unauthorized: authentication required"
        )
        await play.orchestrator.apply(app("ghcr.io/acme/web:1"), cause="test")
        incident = await play.ended()
        assert incident.state is IncidentState.PERSON
        assert play.door.asked == []
        assert "a person is needed" in incident.says


async def test_trouble_that_is_over_in_a_moment_is_no_incident() -> None:
    async with ward() as play:
        await play.orchestrator.apply(app(), cause="test")
        await play.settle()
        play.simulator.inject(Fault.KILL, app=play.orchestrator.app("web").key)
        await play.run(60)
        assert await play.incident() is None


async def test_a_deleted_app_closes_its_incident() -> None:
    async with ward(mode=Mode.OBSERVE) as play:
        await play.orchestrator.apply(app(**CRASHING), cause="test")
        await play.run(30)
        assert await play.incident() is not None
        await play.orchestrator.delete("web", cause="test")
        await play.run(5)
        incident = await play.incident()
        assert incident is not None
        assert incident.state is IncidentState.CLOSED
