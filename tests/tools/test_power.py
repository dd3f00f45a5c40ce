"""Stop and start: the count of before the stop is remembered, and nothing else changes."""

from __future__ import annotations

import pytest

from agent_tools import Announced, ToolRunner, TurnState
from app.core.approvals import Mode, Role
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl, caller, spec


async def test_stop_then_start_brings_as_many_back(run: Run, control: FakeControl) -> None:
    before = control.app("web").spec
    stopped = await run("stop", app="web")
    assert stopped.ok
    assert stopped.summary.startswith("Stopped, with 3 replicas before. **web**: no replicas")
    assert stopped.next == 'Say "start web" to bring it back.'
    assert stopped.actions == [{"action": "stop", "app": "web"}]
    assert control.app("web").spec.replicas == 0
    started = await run("start", app="web")
    assert started.summary.startswith("Started with 3 replicas, as before the stop. **web**: 3 of 3 ready")
    assert started.actions == [{"action": "start", "app": "web"}]
    assert control.app("web").spec == before


async def test_scaling_to_0_is_remembered_too(run: Run, control: FakeControl) -> None:
    await run("scale", app="web", replicas=0)
    await run("start", app="web")
    assert control.app("web").spec.replicas == 3


async def test_start_with_a_count(run: Run, control: FakeControl) -> None:
    await run("stop", app="web")
    result = await run("start", app="web", replicas=5)
    assert result.summary.startswith("Started with 5 replicas. ")
    assert result.actions == [{"action": "start", "app": "web", "replicas": 5}]
    assert control.app("web").spec.replicas == 5


async def test_an_app_that_never_ran_starts_with_one_and_says_why(run: Run, control: FakeControl) -> None:
    await control.apply(spec("fresh", replicas=0), cause="made")
    result = await run("start", app="fresh")
    assert result.summary.startswith("Started with 1 replica: how many it had before is not known. ")


async def test_what_is_so_already_is_no_failure(run: Run, control: FakeControl) -> None:
    assert (await run("start", app="web")).summary.startswith("It is started already. **web**: 3 of 3 ready")
    await run("stop", app="web")
    assert (await run("stop", app="web")).summary.startswith("It is stopped already. ")
    await run("start", app="web")
    assert control.app("web").spec.replicas == 3


async def test_starting_a_running_app_with_another_count_is_no_scaling(run: Run, control: FakeControl) -> None:
    result = await run("start", app="web", replicas=9)
    assert not result.ok
    assert result.summary.startswith("web is not stopped, 3 replicas of it are wished for.")
    assert 'say "scale web to 9"' in result.summary
    assert control.writes == []


@pytest.mark.parametrize("value", [0, -1, 1001, "3", 2.0, True])
async def test_a_count_to_start_with_is_a_count(run: Run, control: FakeControl, value: object) -> None:
    result = await run("start", app="web", replicas=value)
    assert not result.ok
    assert result.summary.startswith("replicas must be a whole number from 1 to 1000, not ")
    assert control.writes == []


async def test_the_card_of_a_stop(run: Run, control: FakeControl, store: MemoryStore) -> None:
    control.now_mode = Mode.SUGGEST
    result = await run("stop", app="web")
    preview = (await store.get_approval(result.approval or "")).preview
    assert (preview.title, preview.verb, preview.apps) == ("Stop web", "Stop web", ("web",))
    assert [(one.what, one.before, one.after) for one in preview.changes] == [("replicas", "3", "0")]
    assert preview.losses == ("the data inside 3 replicas of web",)


async def test_three_stops_of_a_turn_ask(runner: ToolRunner, control: FakeControl, store: MemoryStore) -> None:
    turn = TurnState()
    calls = [Announced("stop", {"app": app}, asked_by_person=True) for app in ("web", "api", "redis")]
    await runner.announce(calls, caller(), turn=turn)
    results = [await runner.call(call.name, call.arguments, caller(), turn=turn) for call in calls]
    (approval,) = await store.list_approvals()
    assert {result.approval for result in results} == {approval.id}
    assert control.writes == []
    await runner.decide(approval.id, user="ann", role=Role.OPERATOR, approve=True)
    assert [control.app(app).spec.replicas for app in ("web", "api", "redis")] == [0, 0, 0]


@pytest.mark.parametrize("tool", ["stop", "start"])
async def test_an_app_on_its_way_out(run: Run, control: FakeControl, tool: str) -> None:
    await control.delete("web", cause="x")
    control.writes.clear()
    result = await run(tool, app="web")
    assert "web is being deleted" in result.summary
    assert control.writes == []
