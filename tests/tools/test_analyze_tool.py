"""`analyze` and `health_report`: they read, they quote, they say HEALTHY only of what was observed."""

from __future__ import annotations

from dataclasses import replace

from agent_tools import TOOLS, ToolRunner, TurnState
from agent_tools.health import verdict
from app.analysis.examining import Examiner
from app.core.pods import ExitInfo
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import FakeClock, FakeControl, Ids, caller


def break_web(control: FakeControl) -> None:
    """web was killed for its memory and waits for its next try."""
    view = control.app("web")
    end = ExitInfo(137, "OOMKilled", oom_killed=True)
    replicas = tuple(replace(one, ready=False, last_exit=end, restarts=3) for one in view.replicas)
    control.views[view.key] = replace(
        view, status=AppStatus.CRASH_LOOPING, reason="exit code 137 (OOMKilled)", ready=0, replicas=replicas
    )


def looking(control: FakeControl) -> ToolRunner:
    return ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids(), diagnosis=Examiner(control))


async def test_one_app_is_explained_with_its_evidence(control: FakeControl) -> None:
    break_web(control)
    result = await looking(control).call("analyze", {"app": "web"}, caller(), turn=TurnState())
    assert result.ok
    assert result.actions == [{"action": "analyze", "app": "web"}]
    assert result.data["findings"][0]["causes"][0]["cause"] == "out_of_memory"
    assert "ran out of memory" in result.summary
    assert "set the memory of web" in result.summary


async def test_without_a_name_only_those_that_need_it(control: FakeControl) -> None:
    break_web(control)
    result = await looking(control).call("analyze", {}, caller(), turn=TurnState())
    assert [found["app"] for found in result.data["findings"]] == ["default/web"]
    assert result.actions == [{"action": "analyze"}]


async def test_nothing_needs_it(control: FakeControl) -> None:
    result = await looking(control).call("analyze", {}, caller(), turn=TurnState())
    assert "none is failing" in result.summary


async def test_an_unknown_app_is_refused_with_near_names(run: Run) -> None:
    result = await run("analyze", app="wbe")
    assert result.actions == [{"action": "refuse", "reason": "not_found"}]


async def test_a_process_without_analysis_says_what_is_seen(run: Run, control: FakeControl) -> None:
    break_web(control)
    result = await run("analyze", app="web")
    assert result.ok
    assert "exit code 137" in result.summary


async def test_the_report_names_the_cause_of_each_failure(control: FakeControl) -> None:
    break_web(control)
    result = await looking(control).call("health_report", {}, caller(), turn=TurnState())
    assert result.data["verdict"] == "UNHEALTHY"
    assert "out of memory" in result.summary
    assert result.actions == [{"action": "health_report"}]


async def test_healthy_is_said_only_when_everything_was_observed(control: FakeControl) -> None:
    views, runtimes = control.apps(), control.runtimes()
    assert verdict(views, runtimes) == "HEALTHY"
    silent = [replace(one, reachable=False) for one in runtimes]
    assert verdict(views, silent) == "UNKNOWN"
