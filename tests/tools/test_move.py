"""`move`: what differs is said before anything happens, what was seen is said after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent_tools import TOOLS, ToolResult, ToolRunner, TurnState
from app.core.approvals import ApprovalState, Role
from app.core.objects import Service, VolumeClaim
from app.core.replicasets import Fit
from app.core.spec import AppSpec
from app.core.spending import END_ANNOTATION, iso
from app.core.template import Claim, Volume
from app.core.views import AppStatus, RuntimeView
from app.stores.memory import MemoryStore
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller, spec, view_of
from tests.tools.renting import A_DAY, FakeMoney

RUNTIMES = tuple(RuntimeView(name, True, "", T0, name == "docker") for name in ("docker", "nosana", "simulator"))


def on(runtime: str, name: str = "web", replicas: int = 2, **annotations: str) -> AppSpec:
    given = {f"kubelite.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return spec(name, replicas=replicas).model_copy(update={"runtime": runtime, "annotations": given})


@pytest.fixture
def control() -> FakeControl:
    control = FakeControl.of(on("docker"))
    control.strip = RUNTIMES
    return control


@pytest.fixture
def money() -> FakeMoney:
    return FakeMoney(T0)


@pytest.fixture
def runner(control: FakeControl, money: FakeMoney) -> ToolRunner:
    return ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids(), money=money)


async def call(runner: ToolRunner, to: str, app: str = "web") -> ToolResult:
    return await runner.call("move", {"app": app, "to": to}, caller(), turn=TurnState())


async def test_between_runtimes_that_cost_nothing_it_just_happens(runner: ToolRunner, control: FakeControl) -> None:
    result = await call(runner, "simulator")
    assert result.ok
    assert control.app("web").spec.runtime == "simulator"
    assert result.summary.startswith("Moved: web answers on simulator, and nothing of it is left on docker.")
    assert "2 of 2 ready" in result.summary
    assert "the data inside 2 replicas of web on docker" in result.summary
    assert result.actions == [{"action": "move", "app": "web", "runtime": "simulator"}]


async def test_to_a_rented_machine_a_person_sees_what_differs_first(
    runner: ToolRunner, control: FakeControl, money: FakeMoney
) -> None:
    money.unfit = Fit(warnings=("The memory limit 256Mi is not kept: the host's size decides.",))
    control.views[on("docker").key] = view_of(on("docker"))
    await control.put_object(Service(name="front", runtime="docker", selector={"app": "web"}), cause="made")
    result = await call(runner, "nosana")
    assert result.approval
    (preview,) = [one.preview for one in await runner.pending()]
    assert ("runtime", "docker", "nosana") in [(one.what, one.before, one.after) for one in preview.changes]
    assert preview.notes == money.unfit.warnings
    assert any("Service front" in one for one in preview.losses)
    assert any("http://127.0.0.1:32768" in one for one in preview.losses)
    assert preview.price
    assert control.app("web").spec.runtime == "docker"
    approval, done = await runner.decide(result.approval, "ann", Role.OPERATOR, approve=True)
    assert approval.state is ApprovalState.DONE
    assert done is not None
    assert "The memory limit 256Mi is not kept" in done.summary
    assert control.app("web").spec.runtime == "nosana"


async def test_where_money_is_spent_there_is_an_end(runner: ToolRunner, control: FakeControl) -> None:
    asked = await call(runner, "nosana")
    await runner.decide(asked.approval or "", "ann", Role.OPERATOR, approve=True)
    assert control.app("web").spec.annotations[END_ANNOTATION] == iso(T0 + A_DAY)


async def test_the_end_of_where_it_ran_is_left_behind(runner: ToolRunner, control: FakeControl) -> None:
    there = on("nosana", end_at="2023-11-14T22:13:20Z", budget_total="5")
    control.views[there.key] = view_of(there)
    result = await call(runner, "docker")
    assert result.ok
    assert control.app("web").spec.annotations == {"kubelite.io/budget-total": "5"}


async def test_what_cannot_run_there_is_refused_with_every_reason(
    runner: ToolRunner, control: FakeControl, money: FakeMoney
) -> None:
    money.unfit = Fit(refusals=("volume data: nothing is kept there; write to S3.", "2 GPUs: a machine has one."))
    result = await call(runner, "nosana")
    assert not result.ok
    assert result.approval is None
    assert "write to S3" in result.summary
    assert "a machine has one" in result.summary
    assert not control.writes


async def test_data_on_a_volume_is_not_left_behind_in_silence(runner: ToolRunner, control: FakeControl) -> None:
    one = on("docker")
    template = one.template.model_copy(update={"volumes": (Volume(name="data", source=Claim(name="data")),)})
    one = one.model_copy(update={"template": template})
    control.views[one.key] = view_of(one)
    await control.put_object(VolumeClaim(name="data", runtime="docker"), cause="made")
    control.writes.clear()
    result = await call(runner, "simulator")
    assert not result.ok
    assert "the volume data on docker, which cannot be carried over" in result.summary
    assert not control.writes


@pytest.mark.parametrize(
    ("to", "app", "said"),
    [
        ("docker", "web", "web runs on docker already"),
        ("swarm", "web", "docker or nosana or simulator"),
        ("nosana", "ghost", "no app"),
    ],
)
async def test_what_cannot_be_meant(runner: ToolRunner, control: FakeControl, to: str, app: str, said: str) -> None:
    result = await call(runner, to, app)
    assert not result.ok
    assert said in result.summary
    assert not control.writes


async def test_without_a_key_it_says_how_to_get_one(runner: ToolRunner, control: FakeControl) -> None:
    control.strip = RUNTIMES[:1]
    assert "NOSANA_API_KEY" in (await call(runner, "nosana")).summary


async def test_slow_is_told_from_failed_and_failed_has_a_way_back(runner: ToolRunner, control: FakeControl) -> None:
    control.fails["web"] = (AppStatus.STARTING, "pulling nginx")
    slow = await call(runner, "simulator")
    assert slow.ok
    assert slow.summary.startswith("On its way: what runs on docker stays until web answers on simulator.")
    control.views[on("docker").key] = view_of(on("docker"))
    control.fails["web"] = (AppStatus.CRASH_LOOPING, "exit 1")
    failed = await call(runner, "simulator")
    assert not failed.ok
    assert "move web to docker" in (failed.next or "")


async def test_somebody_deletes_it_meanwhile(
    runner: ToolRunner, control: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(control, "wait", gone)
    assert "is not there any more" in (await call(runner, "simulator")).summary


async def test_an_app_with_replicas_left_over_is_not_called_moved(
    runner: ToolRunner, control: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def half(name: str, **_: object) -> object:
        return replace(control.app(name), total=3)

    monkeypatch.setattr(control, "wait", half)
    assert (await call(runner, "simulator")).summary.startswith("On its way")
