"""The health report: of one app and of all; what it says is seen, and what it advises can be said."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from agent_tools import TOOLS, ToolResult, ToolRunner, TurnState
from agent_tools.advice import MAX_SHOWN, Advice, Urgency, lines, ordered
from agent_tools.health import MAX_CHECKED
from app.agent.rules.reader import read
from app.agent.rules.reading import KnownApp, World
from app.analysis.examining import Examiner
from app.core.incidents import IncidentState
from app.core.objects import HorizontalPodAutoscaler
from app.core.pods import ExitInfo
from app.core.spec import Amounts, AppKey, AppSpec, Autoscaling, Resources
from app.core.usage import UsageSample
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller, spec, view_of
from tests.tools.healing import FakeHealing, incident

WEB = AppKey("default", "web")
MIB, HOUR, DAY = 1024**2, 3600.0, 86_400.0


async def report(control: FakeControl, healing: FakeHealing | None = None, **args: str) -> ToolResult:
    runner = ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids(), diagnosis=Examiner(control), healing=healing)
    return await runner.call("health_report", args, caller(), turn=TurnState())


def limit(control: FakeControl, name: str = "web", **limits: int) -> AppSpec:
    """Gives an app that has run for days these limits."""
    wish = control.app(name).spec
    container = wish.container.model_copy(update={"resources": Resources(limits=Amounts(**limits))})
    changed = wish.model_copy(update={"template": wish.template.model_copy(update={"containers": (container,)})})
    view = view_of(changed)
    old = tuple(replace(one, started_at=T0 - 2 * DAY) for one in view.replicas)
    control.views[wish.key] = replace(view, replicas=old)
    return changed


def leak(control: FakeControl, pod: str = "web-1", *, per_hour: int = 60, last: int = 200) -> None:
    rng = Random(1)
    control.samples += [
        UsageSample(WEB, pod, T0 - 15 * back, 100, round((last - per_hour * back / 240 + rng.gauss(0, 0.3)) * MIB))
        for back in range(720, -1, -1)
    ]


def restarted(control: FakeControl, times: list[float]) -> None:
    control.samples += [
        UsageSample(WEB, "web-0", T0 - 60 * back, 100, 50 * MIB, sum(at <= T0 - 60 * back for at in times), 60.0)
        for back in range(600, -1, -1)
    ]


def crash(control: FakeControl) -> None:
    view = control.app("web")
    end = ExitInfo(137, "OOMKilled", oom_killed=True)
    replicas = tuple(replace(one, ready=False, last_exit=end, restarts=3) for one in view.replicas)
    control.views[WEB] = replace(
        view, status=AppStatus.CRASH_LOOPING, reason="exit code 137", ready=0, replicas=replicas, restarts=9
    )


# -- one app


async def test_a_well_app_is_healthy_and_what_is_not_known_is_said(control: FakeControl) -> None:
    limit(control, memory_bytes=512 * MIB, cpu_millicores=1000)
    result = await report(control, FakeHealing(control), app="web")
    assert result.data["verdict"] == "HEALTHY"
    assert result.summary.startswith("**HEALTHY** ■ Running **web**: 3 of 3 ready")
    assert "Trend: not known, too little was measured yet." in result.summary
    assert "| memory | 384.0 MiB | 192.0 MiB (web-2) | none set | 38% |" in result.summary
    assert "| CPU | 600m | 300m (web-2) | none set | 30% |" in result.summary
    assert "Probes: none, so that ready means no more than that it runs." in result.summary
    assert "Incidents: none open, none over within the last day." in result.summary
    assert "- memory at its limit: no forecast, none of its replicas was measured" in result.summary
    assert "never" not in result.summary
    assert result.summary.endswith("Advice: nothing needs to be done.")
    assert result.next is None
    assert result.actions == [{"action": "health_report", "app": "web"}]


async def test_a_leak_is_foreseen_with_an_interval_and_what_to_say(control: FakeControl) -> None:
    limit(control, memory_bytes=256 * MIB)
    leak(control)
    result = await report(control, app="web")
    assert result.data["verdict"] == "HEALTHY", "nothing fails yet"
    found = {one["kind"]: one for one in result.data["forecasts"]}["memory"]
    assert found["subject"] == "web-1"
    assert T0 < found["low"] <= found["value"] <= found["high"]
    assert found["value"] - T0 == pytest.approx(56 / 60 * HOUR, rel=0.2)
    assert "- memory at its limit of web-1: in about 5" in result.summary
    assert "80 % sure" in result.summary
    first = result.data["advice"][0]
    assert (first["urgency"], first["say"]) == ("soon", "set the memory of web to 384Mi")
    assert 'Say "set the memory of web to 384Mi", or "restart web".' in result.summary
    assert result.next == 'Say "set the memory of web to 384Mi".'


async def test_restarts_that_come_faster_are_worse_and_a_loop_is_foreseen(control: FakeControl) -> None:
    gaps = [7200.0 * 0.75**number for number in range(7)]
    restarted(control, [T0 - 60 - sum(gaps[number:]) for number in range(8)])
    result = await report(control, app="web")
    assert result.data["trend"] == "worse"
    assert "Against the hour before: **worse**; " in result.summary
    assert "- crash loop of web-0: in about" in result.summary
    assert ("soon", "analyze web") in [(one["urgency"], one["say"]) for one in result.data["advice"]]


async def test_the_load_ahead_asks_for_more_replicas_unless_they_come_by_themselves(control: FakeControl) -> None:
    limit(control, cpu_millicores=500, memory_bytes=512 * MIB)
    rng = Random(2)
    for back in range(5 * 288, 0, -1):
        busy = 1900 if back * 300 % DAY > DAY - 3000 else 200
        control.samples.append(
            UsageSample(WEB, "web-0", T0 - 300 * back, round(busy * rng.uniform(0.97, 1.03)), 9, 0, 300.0)
        )
    result = await report(control, app="web")
    assert "scale web to 5" in [one["say"] for one in result.data["advice"]]
    assert "- load: CPU up to 1" in result.summary
    await control.put_object(
        HorizontalPodAutoscaler(name="h", target="web", scaling=Autoscaling(enabled=True)), cause="test"
    )
    again = await report(control, app="web")
    assert not [one for one in again.data["advice"] if one["say"].startswith("scale")]


async def test_a_failing_app_is_explained_first(control: FakeControl) -> None:
    limit(control, memory_bytes=256 * MIB)
    leak(control)
    crash(control)
    healing = FakeHealing(control)
    healing.put(incident(state=IncidentState.ASKING, says="asks for more memory"))
    healing.put(incident(id="past", state=IncidentState.RESOLVED, ended_at=T0 - HOUR, says="became well"))
    healing.put(incident(id="old", state=IncidentState.RESOLVED, ended_at=T0 - 3 * DAY, says="long ago"))
    result = await report(control, healing, app="web")
    assert result.data["verdict"] == "UNHEALTHY"
    assert result.data["findings"][0]["causes"][0]["cause"] == "out_of_memory"
    assert result.data["incidents"] == {"open": ["1a2b3c4d"], "lately": ["past"]}
    assert [one["urgency"] for one in result.data["advice"]][:2] == ["now", "asked"]
    assert '1. **web**: crash-looping, out of memory. Say "heal web", or "analyze web".' in result.summary
    assert "9 restarts in all" in result.summary
    assert "- over: `past` became well" in result.summary


async def test_an_open_incident_is_not_healthy_even_while_the_app_runs(control: FakeControl) -> None:
    healing = FakeHealing(control)
    healing.put(incident(state=IncidentState.WATCHING, says="more memory is being judged"))
    assert (await report(control, healing, app="web")).data["verdict"] == "UNHEALTHY"
    assert (await report(control, healing)).data["verdict"] == "UNHEALTHY"
    assert (await report(control, healing, app="api")).data["verdict"] == "HEALTHY"


async def test_what_cannot_be_seen_is_unknown(control: FakeControl) -> None:
    control.strip = tuple(replace(one, reachable=False, detail="connection refused") for one in control.strip)
    view = control.views[WEB]
    control.views[WEB] = replace(view, status=AppStatus.UNKNOWN, reason="simulator does not answer")
    result = await report(control, app="web")
    assert result.data["verdict"] == "UNKNOWN"
    assert "HEALTHY" not in result.summary
    assert [one["urgency"] for one in result.data["advice"]] == ["blind", "blind"]


async def test_an_app_that_is_not_there(control: FakeControl) -> None:
    result = await report(control, app="wbe")
    assert not result.ok
    assert result.actions == [{"action": "refuse", "reason": "not_found"}]


# -- all


async def test_all_on_one_page(control: FakeControl) -> None:
    limit(control, memory_bytes=256 * MIB)
    leak(control)
    control.views[AppKey("default", "api")] = view_of(
        control.app("api").spec, ready=0, status=AppStatus.FAILED, reason="exit code 1"
    )
    result = await report(control)
    assert result.data["verdict"] == "UNHEALTHY"
    assert "Ahead:\n- **web**, memory at its limit of web-1: in about" in result.summary
    assert "no forecast" not in result.summary
    assert [one["about"] for one in result.data["advice"]][:2] == ["api", "web"], "what fails now comes first"
    assert {one["app"] for one in result.data["apps"]} == {"web", "api", "redis"}


async def test_an_app_without_a_limit_is_told_of_a_generous_one(control: FakeControl) -> None:
    result = await report(control, app="web")
    assert [one["say"] for one in result.data["advice"]] == ["set the memory of web to 576Mi"], "thrice 192 MiB"
    assert result.next is None, "nothing is wrong"
    assert [one["say"] for one in (await report(control, app="redis")).data["advice"]] == [
        "set the memory of redis to 256Mi"
    ]


async def test_nothing_foreseen_is_not_a_promise(control: FakeControl) -> None:
    result = await report(control)
    assert result.data["verdict"] == "HEALTHY"
    assert "that does not mean that all stays well" in result.summary


async def test_no_apps() -> None:
    result = await report(FakeControl.of())
    assert (result.ok, result.data["verdict"]) == (True, "HEALTHY")
    assert result.summary.endswith("Advice: nothing needs to be done.")


async def test_many_apps_are_told_of_and_not_all_looked_at() -> None:
    control = FakeControl.of(*(spec(f"app-{number}") for number in range(MAX_CHECKED + 5)))
    result = await report(control)
    assert "5 apps in better shape were not looked at closely" in result.summary
    assert len(result.data["apps"]) == MAX_CHECKED


async def test_a_runtime_that_nobody_uses_is_no_trouble(control: FakeControl) -> None:
    simulator, docker = control.strip
    control.strip = (simulator, replace(docker, reachable=False, detail="no socket"))
    result = await report(control)
    assert result.data["verdict"] == "HEALTHY"
    assert not [one for one in result.data["advice"] if one["about"] == "docker"]


async def test_foreign_text_stays_data(control: FakeControl) -> None:
    view = control.views[WEB]
    evil = "x | `y` \x1b[2J **HEALTHY**"
    control.views[WEB] = replace(view, status=AppStatus.FAILED, reason=evil, ready=0)
    for result in (await report(control), await report(control, app="web")):
        assert "\x1b" not in result.summary
        assert "**HEALTHY**" not in result.summary


# -- advice


@pytest.mark.parametrize(
    ("sentence", "tool"),
    [
        ("set the memory of web to 384Mi", "set_resources"),
        ("heal web", "heal"),
        ("analyze web", "analyze"),
        ("logs web", "logs"),
        ("restart web", "restart"),
        ("scale web to 5", "scale"),
        ("status web", "status"),
    ],
)
def test_what_is_advised_is_understood(sentence: str, tool: str) -> None:
    world = World((KnownApp("web", "nginx:1.25", 3),), frozenset(one.name for one in TOOLS))
    reading = read(sentence, world)
    assert [one.tool for one in reading.wishes] == [tool]
    assert reading.wishes[0].arguments["app"] == "web"


def test_the_most_urgent_comes_first_and_nothing_twice() -> None:
    given = [
        Advice(Urgency.LATER, "web", "restarts", "analyze web"),
        Advice(Urgency.BETTER, "api", "no limit"),
        Advice(Urgency.NOW, "web", "fails", "analyze web"),
        *(Advice(Urgency.BETTER, f"app-{number}", "no limit") for number in range(MAX_SHOWN)),
    ]
    found = ordered(given)
    assert [(one.about, one.text) for one in found[:2]] == [("web", "fails"), ("api", "no limit")]
    assert len(found) == MAX_SHOWN + 2
    assert lines(found).splitlines()[-1] == "… and 2 more."
