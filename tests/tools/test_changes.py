"""Scale, restart, delete: what is done, said and promised."""

from __future__ import annotations

from dataclasses import replace

from agent_tools import ToolRunner, TurnState
from agent_tools.changes import observed
from app.core.approvals import Mode
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl, caller, spec


async def test_scale_says_before_and_after(run: Run, control: FakeControl) -> None:
    result = await run("scale", app="api", replicas=5)
    assert result.ok
    assert result.summary.startswith("Scaled from 2 to 5. **api**: 5 of 5 ready")
    assert result.actions == [{"action": "scale", "app": "api", "replicas": 5}]


async def test_stop(run: Run) -> None:
    result = await run("scale", app="api", replicas=0)
    assert result.ok
    assert "**api**: no replicas, image" in result.summary


async def test_restart(run: Run, control: FakeControl) -> None:
    result = await run("restart", app="api")
    assert result.ok
    assert [write[:2] for write in control.writes] == [("restart", "api")]
    assert result.actions == [{"action": "restart", "app": "api"}]


async def test_a_stopped_app_is_not_restarted(run: Run) -> None:
    await run("scale", app="api", replicas=0)
    result = await run("restart", app="api")
    assert not result.ok
    assert "start api" in result.summary


async def test_missing_app_gets_near_names(run: Run, control: FakeControl) -> None:
    result = await run("restart", app="apii")
    assert not result.ok
    assert result.next == "Near names: api."
    assert result.actions == [{"action": "refuse", "reason": "not_found"}]
    assert control.writes == []


async def test_delete_asks_and_says_what_goes(run: Run, store: MemoryStore, control: FakeControl) -> None:
    result = await run("delete", apps=["web", "redis", "web"])
    assert not result.ok
    assert result.summary == "Waiting for your approval: Delete web and redis"
    then = [{"action": "delete", "app": "web"}, {"action": "delete", "app": "redis"}]
    assert result.actions == [{"action": "confirm_required", "then": then}]
    preview = (await store.get_approval(result.approval or "")).preview
    assert preview.verb == "Delete 2 apps"
    assert preview.apps == ("web", "redis")
    assert preview.changes[0].before == "3 replicas of nginx:1.25"
    assert preview.losses[0].startswith("web: 3 replicas, the data inside")
    assert preview.undo
    assert control.writes == []


async def test_one_missing_name_stops_the_whole_delete(run: Run, store: MemoryStore) -> None:
    result = await run("delete", apps=["web", "reddis"])
    assert not result.ok
    assert "reddis" in result.summary
    assert await store.list_approvals() == []


async def test_a_slow_end_is_said(runner: ToolRunner, control: FakeControl, run: Run) -> None:
    control.fails["web"] = (AppStatus.UPDATING, "")
    asked = await run("delete", apps=["web"])
    _, result = await runner.decide(asked.approval or "", user="ann", role=caller().role, approve=True)
    assert result is not None
    assert result.summary == "**web** is being deleted; 3 replicas still there."


async def test_progress_is_passed_on_cleaned(runner: ToolRunner) -> None:
    heard: list[str] = []
    await runner.call("scale", {"app": "api", "replicas": 3}, caller(), turn=TurnState(), progress=heard.append)
    assert heard == ["waiting for api", "api looked at"]


async def test_the_cause_names_person_and_sentence(runner: ToolRunner, control: FakeControl) -> None:
    who = caller(sentence="more api\nplease, TOKEN=abc123")
    await runner.call("scale", {"app": "api", "replicas": 3}, who, turn=TurnState())
    assert control.writes[0][-1] == "scaled to 3 by ann (chat): more api please, TOKEN=(hidden)"


async def test_observe_changes_nothing(run: Run, control: FakeControl) -> None:
    control.now_mode = Mode.OBSERVE
    result = await run("scale", app="api", replicas=3)
    assert not result.ok
    assert "observe" in result.summary
    assert (await run("status")).ok


def test_a_reason_from_outside_is_no_markup() -> None:
    view = FakeControl.of(spec("web", "nginx", 1)).app("web")
    failed = replace(view, status=AppStatus.FAILED, reason='exec: "/bin/![x](https://evil.example/a.png)<img src=x>"')
    assert "![x](" not in observed(failed).text
    assert "<img" not in observed(failed).text.replace("\\<img", "")


def test_a_status_is_not_said_twice() -> None:
    view = FakeControl.of(spec("web", "nginx", 1)).app("web")
    failed = replace(view, status=AppStatus.FAILED, reason="failed: back-off limit 1 reached")
    assert "on simulator. Failed: back-off limit 1 reached." in observed(failed).text
