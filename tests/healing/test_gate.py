"""Healing behind the real gate: what asks, what runs, and that every change has its row."""

from __future__ import annotations

import pytest

from app.core.approvals import Mode, Role
from app.core.incidents import IncidentState, Outcome
from app.core.spec import Amounts, EnvVar, Resources
from tests.healing.ward import app, ward

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]
MIB = 1024 * 1024
HUNGRY = app(
    env=(EnvVar(name="NEEDS_MEMORY", value="100Mi"),), resources=Resources(limits=Amounts(memory_bytes=64 * MIB))
)


async def test_in_mode_ask_a_person_is_asked_and_a_yes_is_carried_out_once() -> None:
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(HUNGRY, cause="test")
        await play.run(60)
        [approval] = await play.runner.pending()
        assert "raise the memory limit from 64Mi to 128Mi" in approval.preview.title
        assert approval.caller.source == "incident"
        assert not approval.asked_by_person
        await play.runner.decide(approval.id, "ada", Role.OPERATOR, approve=True)
        await play.run(120)
        incident = await play.incident()
        assert incident is not None
        assert incident.state is IncidentState.RESOLVED
        assert await play.runner.pending() == []
        [row] = await play.store.list_audit()
        assert (row.tool, row.approval) == ("remedy", approval.id)
        assert incident.id in row.sentence


async def test_in_mode_ask_what_did_not_help_is_taken_back_without_asking_again() -> None:
    lost = app(env=(EnvVar(name="NEEDS_MEMORY", value="9Gi"),), resources=HUNGRY.container.resources)
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(lost, cause="test")
        await play.run(60)
        [approval] = await play.runner.pending()
        await play.runner.decide(approval.id, "ada", Role.OPERATOR, approve=True)
        await play.run(60)
        incident = await play.incident()
        assert incident is not None
        assert incident.attempts[0].outcome is Outcome.UNDONE
        assert play.orchestrator.app("web").spec.container.resources.limits.memory_bytes == 64 * MIB
        assert [row.tool for row in await play.store.list_audit()] == ["remedy", "take_back"]


async def test_in_mode_auto_what_is_safe_runs_and_in_mode_observe_nothing_does() -> None:
    for mode, changed in ((Mode.AUTO, True), (Mode.OBSERVE, False)):
        async with ward(mode=mode, gate=True) as play:
            await play.orchestrator.apply(HUNGRY, cause="test")
            generation = play.orchestrator.app("web").generation
            await play.run(120)
            assert (play.orchestrator.app("web").generation > generation) is changed
            assert await play.runner.pending() == []
            assert bool(await play.store.list_audit()) is changed


async def test_a_person_who_asks_is_not_asked_again_for_what_is_safe() -> None:
    async with ward(mode=Mode.ASK, gate=True) as play:
        await play.orchestrator.apply(HUNGRY, cause="test")
        await play.run(20)
        assert await play.healer.heal("web", by="ada") is not None
        await play.run(150)
        healed = await play.incident()
        assert healed is not None
        assert healed.state is IncidentState.RESOLVED
        assert [row.user for row in await play.store.list_audit()] == ["ada"]
