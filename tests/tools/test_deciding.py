"""Approvals: used once, by somebody who may, in time, for exactly what was asked."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from agent_tools import TOOLS, ToolRunner, TurnState
from app.core.approvals import APPROVAL_SECONDS, Approval, ApprovalState, Mode, Role
from app.core.errors import Conflict, NotFound, Refused
from app.stores.memory import MemoryStore
from tests.tools.fakes import FakeClock, FakeControl, Ids, LoopClock, caller, view_of


@pytest.fixture
async def asked(runner: ToolRunner, store: MemoryStore) -> Approval:
    who = caller(sentence="delete redis")
    result = await runner.call("delete", {"apps": ["redis"]}, who, turn=TurnState(), asked_by_person=True)
    return await store.get_approval(result.approval or "")


async def _decide(runner: ToolRunner, asked: Approval, *, approve: bool = True, role: Role = Role.OPERATOR) -> Approval:
    approval, _ = await runner.decide(asked.id, user="bob", role=role, approve=approve)
    return approval


async def test_the_record_is_complete(asked: Approval) -> None:
    assert (asked.tool, asked.arguments, asked.conversation) == ("delete", {"apps": ["redis"]}, "c1")
    assert asked.expires_at - asked.created_at == APPROVAL_SECONDS
    assert asked.asked_by_person
    assert len(asked.arguments_hash) == 64
    assert asked.caller.sentence == "delete redis"


async def test_granted_runs_the_recorded_call(
    runner: ToolRunner, control: FakeControl, store: MemoryStore, asked: Approval
) -> None:
    approval, result = await runner.decide(asked.id, user="bob", role=Role.OPERATOR, approve=True)
    assert result is not None
    assert result.ok
    assert result.actions == [{"action": "delete", "app": "redis"}]
    assert (approval.state, approval.decided_by) == (ApprovalState.DONE, "bob")
    assert approval.result is not None
    assert approval.result["summary"] == "Deleted **redis** and its 1 replica."
    assert await store.get_approval(asked.id) == approval
    assert "redis" not in {view.name for view in control.apps()}
    (row,) = await store.list_audit()
    assert (row.user, row.approval, row.tool) == ("ann", asked.id, "delete")
    assert (set(row.before), row.after) == ({"redis"}, {})


async def test_rejected_runs_nothing(runner: ToolRunner, control: FakeControl, asked: Approval) -> None:
    approval = await _decide(runner, asked, approve=False)
    assert (approval.state, approval.decided_by) == (ApprovalState.REJECTED, "bob")
    assert control.writes == []
    with pytest.raises(Conflict, match="already rejected by bob"):
        await _decide(runner, asked)


@pytest.mark.parametrize("approve", [True, False])
async def test_a_viewer_decides_nothing(
    runner: ToolRunner, control: FakeControl, asked: Approval, store: MemoryStore, approve: bool
) -> None:
    with pytest.raises(Refused, match="viewer"):
        await _decide(runner, asked, role=Role.VIEWER, approve=approve)
    assert control.writes == []
    assert (await store.get_approval(asked.id)).state is ApprovalState.PENDING


async def test_the_mode_of_now_counts(runner: ToolRunner, control: FakeControl, asked: Approval) -> None:
    control.now_mode = Mode.OBSERVE
    with pytest.raises(Refused, match="observe"):
        await _decide(runner, asked, role=Role.ADMIN)
    assert (await _decide(runner, asked, approve=False)).state is ApprovalState.REJECTED


async def test_unknown_and_second(runner: ToolRunner, asked: Approval) -> None:
    with pytest.raises(NotFound):
        await runner.decide("nope", user="bob", role=Role.ADMIN, approve=True)
    await _decide(runner, asked)
    with pytest.raises(Conflict, match="already approved by bob"):
        await _decide(runner, asked)


async def test_fifty_clicks_run_it_once(runner: ToolRunner, control: FakeControl, asked: Approval) -> None:
    control.delay = 0.01
    outcomes = await asyncio.gather(
        *(
            runner.decide(asked.id, user=f"u{number}", role=Role.OPERATOR, approve=number % 2 == 0)
            for number in range(50)
        ),
        return_exceptions=True,
    )
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert kinds == {"tuple": 1, "Conflict": 49}
    assert len(control.writes) == 1


@pytest.mark.looptime
async def test_it_expires(control: FakeControl, store: MemoryStore) -> None:
    runner = ToolRunner(TOOLS, control, store, LoopClock(), Ids())
    for _ in range(2):
        await runner.call("delete", {"apps": ["redis"]}, caller(), turn=TurnState())
    await asyncio.sleep(APPROVAL_SECONDS - 1)
    assert [approval.id for approval in await runner.pending("c1")] == ["a1", "a2"]
    assert await runner.pending("other") == []
    await asyncio.sleep(1)
    approval, result = await runner.decide("a1", user="bob", role=Role.ADMIN, approve=True)
    assert (approval.state, result) == (ApprovalState.EXPIRED, None)
    with pytest.raises(Conflict, match="expired"):
        await runner.decide("a1", user="bob", role=Role.ADMIN, approve=True)
    assert await runner.pending() == []
    assert (await store.get_approval("a2")).state is ApprovalState.EXPIRED
    assert control.writes == []


async def test_changed_arguments_are_not_run(
    runner: ToolRunner, control: FakeControl, store: MemoryStore, asked: Approval
) -> None:
    changed = asked.model_copy(update={"arguments": {"apps": ["web"]}})
    await store.move_approval(changed, expected=ApprovalState.PENDING)
    approval, result = await runner.decide(asked.id, user="bob", role=Role.ADMIN, approve=True)
    assert approval.state is ApprovalState.FAILED
    assert result is not None
    assert "not what was asked for" in result.summary
    assert control.writes == []


async def test_gone_meanwhile(runner: ToolRunner, control: FakeControl, asked: Approval) -> None:
    control.views.pop(control.app("redis").key)
    approval, result = await runner.decide(asked.id, user="bob", role=Role.OPERATOR, approve=True)
    assert approval.state is ApprovalState.FAILED
    assert result is not None
    assert "redis" in result.summary


async def test_it_runs_to_its_end_when_the_page_goes_away(
    runner: ToolRunner, control: FakeControl, store: MemoryStore, asked: Approval
) -> None:
    control.delay = 0.02
    click = asyncio.create_task(runner.decide(asked.id, user="bob", role=Role.OPERATOR, approve=True))
    await control.entered.wait()
    click.cancel()
    await asyncio.gather(click, return_exceptions=True)
    assert (await store.get_approval(asked.id)).state is ApprovalState.APPROVED
    await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == f"approval-{asked.id}"])
    assert (await store.get_approval(asked.id)).state is ApprovalState.DONE


async def test_a_crash_in_between_is_told_at_the_next_start(
    runner: ToolRunner, control: FakeControl, store: MemoryStore, clock: FakeClock, asked: Approval
) -> None:
    control.delay = 60
    click = asyncio.create_task(runner.decide(asked.id, user="bob", role=Role.OPERATOR, approve=True))
    await control.entered.wait()
    await runner.aclose()
    await asyncio.gather(click, return_exceptions=True)
    assert (await store.get_approval(asked.id)).state is ApprovalState.APPROVED
    again = ToolRunner(TOOLS, control, store, clock, Ids())
    (lost,) = await again.recover()
    assert lost.state is ApprovalState.FAILED
    assert lost.result is not None
    assert "look at the app before asking again" in lost.result["summary"]
    assert await again.recover() == []


async def test_a_parked_deploy_does_not_overwrite_later(
    runner: ToolRunner, control: FakeControl, store: MemoryStore
) -> None:
    control.now_mode = Mode.SUGGEST
    parked = await runner.call("deploy", {"name": "shop", "image": "acme/shop:1"}, caller(), turn=TurnState())
    other = view_of(control.app("web").spec.model_copy(update={"name": "shop"}))
    control.views[other.key] = other
    _, result = await runner.decide(parked.approval or "", user="bob", role=Role.OPERATOR, approve=True)
    assert result is not None
    assert not result.ok
    assert "shop runs nginx:1.25 already" in result.summary
    assert control.writes == []


@pytest.mark.parametrize("approve", [True, False])
async def test_once_decided_no_secret_stays_in_the_record(
    runner: ToolRunner, control: FakeControl, store: MemoryStore, approve: bool
) -> None:
    control.now_mode = Mode.SUGGEST
    arguments = {"app": "redis", "env": {"DB_PASSWORD": "correct-horse-battery", "MODE": "fast"}}
    result = await runner.call("set_env", arguments, caller(), turn=TurnState())
    parked = await store.get_approval(result.approval or "")
    assert parked.arguments == arguments  # what was recorded is what will run
    await _decide(runner, parked, approve=approve)
    after = await store.get_approval(parked.id)
    assert "correct-horse-battery" not in after.model_dump_json()
    assert after.arguments["env"]["MODE"] == "fast"
    assert bool(control.writes) is approve
