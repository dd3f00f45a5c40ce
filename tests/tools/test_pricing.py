"""The price on a card: who asks for one, what it says, and that nothing gets dearer without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_tools import TOOLS, ToolRunner, TurnState
from app.core.approvals import Approval, ApprovalState, Mode, Preview, Role
from app.core.errors import Unreachable
from app.core.gate import Effect
from app.core.objects import CronJob, HorizontalPodAutoscaler
from app.core.placement import GPU_ANNOTATION, MARKET_ANNOTATION, TIMEOUT_ANNOTATION, placed
from app.core.replicasets import Fit
from app.core.spec import AppSpec, Autoscaling, Strategy
from app.core.spending import END_ANNOTATION, Balance, Limits, Quote, limits_of, with_limits
from app.stores.memory import MemoryStore
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller, spec, view_of
from tests.tools.renting import FakeMoney
from tests.tools.test_runner import CALLS

FOREVER = Limits(no_limit=True)


def rented(
    name: str = "gpu", replicas: int = 1, limits: Limits = FOREVER, annotations: Mapping[str, str] | None = None
) -> AppSpec:
    base = spec(name, "acme/model:1", replicas)
    return placed(
        with_limits(base.model_copy(update={"runtime": "nosana", "annotations": dict(annotations or {})}), limits)
    )


@pytest.fixture
def money(clock: FakeClock) -> FakeMoney:
    return FakeMoney(clock.now(), overall=Limits())


@pytest.fixture
def control() -> FakeControl:
    made = FakeControl.of(rented(), rented("idle", 0), spec("web", replicas=2))
    made.strip = (*made.strip, replace(made.strip[0], name="nosana", default=False))
    return made


@pytest.fixture
def runner(control: FakeControl, store: MemoryStore, clock: FakeClock, money: FakeMoney) -> ToolRunner:
    return ToolRunner(TOOLS, control, store, clock, Ids(), money=money)


async def asked(runner: ToolRunner, tool: str, /, **args: Any) -> Preview:
    """The card of a call that has to ask."""
    result = await runner.call(tool, args, caller(), turn=TurnState())
    assert result.approval, result.summary
    return (await runner.approval(result.approval)).preview


async def said(runner: ToolRunner, tool: str, /, **args: Any) -> str:
    """The reply to a call that is refused."""
    result = await runner.call(tool, args, caller(), turn=TurnState())
    assert not result.ok
    assert result.approval is None
    return result.summary


# -- the card


async def test_a_deploy_says_rate_reservation_balance_market_and_end(runner: ToolRunner, control: FakeControl) -> None:
    card = await asked(runner, "deploy", image="acme/llm:1", runtime="nosana", replicas=2, gpu_model="4090")
    assert card.price == (
        "$0.64 an hour ($15.36 a day) for 2 replicas in nvidia-4090 (NVIDIA GeForce RTX 4090), $0.32 each. "
        "It ends 15 Nov 2023 22:13 UTC unless you say otherwise. "
        "$15.36 is reserved at once (24 h ahead), but the balance is $15.00: top it up, or what cannot be paid waits."
    )
    assert control.writes == []


async def test_an_approved_deploy_runs_with_what_was_asked(runner: ToolRunner, control: FakeControl) -> None:
    args = {"image": "acme/llm:1", "gpu_memory": "20GB", "hours": 2, "budget": "$3"}
    result = await runner.call("deploy", args, caller(), turn=TurnState())
    approval, done = await runner.decide(result.approval or "", "ann", Role.OPERATOR, approve=True)
    assert approval.state is ApprovalState.DONE
    assert done is not None
    assert done.ok
    there = control.app("llm").spec
    assert there.runtime == "nosana", "who names a GPU wants it where GPUs are rented"
    assert limits_of(there) == Limits(total=Decimal(3), end_at=T0 + 7200)
    assert there.template.annotations["kubelite.io/gpu-memory"] == "20Gi"
    assert there.container.resources.gpus == 1


async def test_scaling_up_reserves_only_what_is_new(runner: ToolRunner) -> None:
    card = await asked(runner, "scale", app="gpu", replicas=3)
    assert card.price.startswith("$0.144 an hour ($3.46 a day) for 3 replicas in nvidia-3060")
    assert ", $0.048 an hour before. It has no end" in card.price
    assert "$2.30 is reserved at once (24 h ahead), which leaves $12.70 of $15.00." in card.price


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("update_image", {"app": "gpu", "image": "acme/model:2"}),
        ("set_env", {"app": "gpu", "env": {"A": "b"}}),
        ("set_resources", {"app": "gpu", "memory": "1Gi"}),
        ("set_config", {"app": "gpu", "args": ["--x"]}),
    ],
)
async def test_a_new_template_is_rented_beside_the_old_one(runner: ToolRunner, tool: str, args: dict[str, Any]) -> None:
    card = await asked(runner, tool, **args)
    assert "until the new replicas answer the old ones are paid too, $0.096 an hour together" in card.price


async def test_recreate_gives_up_the_old_first(runner: ToolRunner, control: FakeControl) -> None:
    recreate = rented().model_copy(update={"strategy": Strategy(type="Recreate")})
    control.views[recreate.key] = view_of(recreate)
    assert (
        "the old replicas are given up first"
        in (await asked(runner, "update_image", app="gpu", image="acme/model:2")).price
    )


async def test_a_start_is_priced(runner: ToolRunner) -> None:
    card = await asked(runner, "start", app="idle", replicas=2)
    assert card.price.startswith("$0.096 an hour ($2.30 a day) for 2 replicas")


async def test_an_autoscaler_is_priced_at_its_most(runner: ToolRunner) -> None:
    card = await asked(runner, "autoscale", app="gpu", max=5)
    assert card.price.startswith("If the load asks for it, $0.24 an hour ($5.76 a day) for 5 replicas")
    card = await asked(
        runner, "deploy", name="new", image="acme/llm:1", runtime="nosana", autoscale={"max": 3}, no_limit=True
    )
    assert "$0.048 an hour" in card.price
    assert "If the load asks for it, $0.144 an hour" in card.price


CRON = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: job, image: "acme/job:1"}]
"""


async def test_what_runs_by_the_clock_is_priced(runner: ToolRunner, control: FakeControl) -> None:
    control.default_runtime = lambda: "nosana"  # type: ignore[method-assign]
    card = await asked(runner, "apply_manifest", yaml=CRON)
    assert (
        card.price == "Each run: $0.048 an hour ($1.15 a day) for 1 replica in nvidia-3060 (NVIDIA GeForce RTX 3060)."
    )
    card = await asked(runner, "run_job", image="acme/job:1", schedule="0 3 * * *")
    assert card.price.startswith("Each run: $0.048 an hour")
    card = await asked(runner, "run_job", image="acme/job:1")
    assert card.price.startswith("$0.048 an hour")


HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: gpu}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: gpu}
  maxReplicas: 5
"""


async def test_several_apps_have_a_sum(runner: ToolRunner) -> None:
    yaml = "\n---\n".join(MANIFEST.format(name=name) for name in ("a", "b"))
    card = await asked(runner, "apply_manifest", yaml=yaml)
    assert "a: $0.096 an hour" in card.price
    assert "b: $0.096 an hour" in card.price
    assert "All together: $0.192 an hour." in card.price
    assert "$4.61 is reserved at once" in card.price


MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, annotations: {{kubelite.io/runtime: nosana}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: main, image: "acme/x:1"}}]
"""


async def test_an_undo_that_brings_replicas_back_is_priced(runner: ToolRunner) -> None:
    stopped = await runner.call("stop", {"app": "gpu"}, caller(), turn=TurnState())
    assert stopped.ok, "what costs less asks nobody"
    assert (await asked(runner, "undo")).price.startswith("$0.048 an hour")


async def test_a_list_that_is_not_live_is_dated(runner: ToolRunner, money: FakeMoney) -> None:
    money.live = False
    card = await asked(runner, "scale", app="gpu", replicas=2)
    assert "The prices are of a built-in list of 14 Nov 2023: the live ones could not be read." in card.price


async def test_a_full_market_is_said(runner: ToolRunner, money: FakeMoney) -> None:
    money.markets_now = tuple(replace(one, idle=1) for one in money.markets_now)
    card = await asked(runner, "scale", app="gpu", replicas=4)
    assert "; only 1 of 3 machines are free there now, so it waits" in card.price
    money.markets_now = tuple(replace(one, idle=0) for one in money.markets_now)
    assert "; no machine is free there now" in (await asked(runner, "scale", app="gpu", replicas=4)).price


async def test_a_price_nobody_tells_asks_all_the_same(
    runner: ToolRunner, money: FakeMoney, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_spec: AppSpec) -> Quote | None:
        raise Unreachable("the network does not answer")

    monkeypatch.setattr(money, "quote", silent)
    card = await asked(runner, "scale", app="gpu", replicas=2)
    assert card.price.startswith("It costs money, but the price is not known now (the network does not answer).")


async def test_an_unknown_balance_is_said(runner: ToolRunner, money: FakeMoney) -> None:
    money.account = None
    assert "the balance is not known now" in (await asked(runner, "scale", app="gpu", replicas=2)).price


async def test_what_is_otherwise_there_is_on_the_card(runner: ToolRunner, money: FakeMoney) -> None:
    money.unfit = Fit(warnings=("CPU limits are not kept.",))
    assert (await asked(runner, "scale", app="gpu", replicas=2)).notes == ("CPU limits are not kept.",)


# -- refused before anybody is asked


async def test_what_cannot_run_there_is_refused(runner: ToolRunner, money: FakeMoney) -> None:
    money.unfit = Fit(refusals=("volumes: use S3 instead",))
    assert "gpu cannot run on nosana; nothing was changed.\n- volumes: use S3" in await said(
        runner, "scale", app="gpu", replicas=2
    )


async def test_what_no_market_has_names_what_there_is(runner: ToolRunner) -> None:
    assert 'No market has a "H100"; there is nvidia-3060' in await said(
        runner, "deploy", image="acme/x:1", gpu_model="H100"
    )
    assert "needs" not in await said(runner, "deploy", image="acme/x:1", gpu_model="H100")


async def test_above_a_limit_is_refused_with_the_numbers(runner: ToolRunner, control: FakeControl) -> None:
    capped = rented(limits=Limits(per_hour=Decimal("0.1"), total=Decimal(9)))
    control.views[capped.key] = view_of(capped)
    assert "gpu would cost 3 x $0.048 = $0.144 an hour, its limit is $0.10: 2 would fit" in await said(
        runner, "scale", app="gpu", replicas=3
    )
    assert "5 x $0.048" in await said(runner, "autoscale", app="gpu", max=5)


async def test_a_start_past_its_end_asks_for_a_new_one(runner: ToolRunner, control: FakeControl) -> None:
    ended = rented("idle", 0, Limits(end_at=T0 - 60))
    control.views[ended.key] = view_of(ended)
    assert 'such as "let idle run 24 more hours"' in await said(runner, "start", app="idle")


@pytest.mark.parametrize("args", [{"market": "nvidia-4090"}, {"gpu_model": "4090"}])
async def test_renting_without_a_network_says_how_to_get_one(control: FakeControl, args: dict[str, Any]) -> None:
    control.strip = control.strip[:2]
    alone = ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids())
    assert "Nosana is not connected: there is no key" in await said(alone, "deploy", image="acme/x:1", **args)


async def test_limits_of_what_costs_nothing_are_refused(runner: ToolRunner) -> None:
    assert "on docker nothing is rented" in await said(runner, "deploy", image="acme/x:1", runtime="docker", hours=2)
    assert "no_limit contradicts hours" in await said(
        runner, "deploy", image="acme/x:1", runtime="nosana", hours=2, no_limit=True
    )
    assert "write it like 1.50" in await said(runner, "deploy", image="acme/x:1", runtime="nosana", budget="much")


# -- what costs no more asks nobody


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("scale", {"app": "gpu", "replicas": 0}),
        ("stop", {"app": "gpu"}),
        ("scale", {"app": "web", "replicas": 9}),
        ("deploy", {"image": "acme/x:1"}),
        ("pause_rollout", {"app": "gpu"}),
        ("autoscale", {"app": "web", "max": 9}),
        ("set_budget", {"app": "gpu", "total": "5"}),
    ],
)
async def test_it_just_runs(runner: ToolRunner, tool: str, args: dict[str, Any]) -> None:
    result = await runner.call(tool, args, caller(), turn=TurnState())
    assert result.ok, result.summary


async def test_in_every_mode_money_asks(runner: ToolRunner, control: FakeControl) -> None:
    for mode in (Mode.SUGGEST, Mode.ASK, Mode.AUTO):
        control.now_mode = mode
        assert (await asked(runner, "scale", app="gpu", replicas=2)).price
    control.now_mode = Mode.OBSERVE
    assert "the mode is observe" in await said(runner, "scale", app="gpu", replicas=2)


# -- nothing gets dearer without a price

APPS = st.sampled_from(["gpu", "idle", "scaled", "short"])
COUNTS = st.integers(0, 6)
TEXTS = st.sampled_from(["acme/model:1", "acme/model:2"])
ARGS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "scale": st.fixed_dictionaries({"app": APPS, "replicas": COUNTS}),
    "stop": st.fixed_dictionaries({"app": APPS}),
    "start": st.fixed_dictionaries({"app": APPS}, optional={"replicas": st.integers(1, 6)}),
    "restart": st.fixed_dictionaries({"app": APPS}),
    "update_image": st.fixed_dictionaries({"app": APPS, "image": TEXTS}),
    "rollback": st.fixed_dictionaries({"app": APPS}),
    "set_env": st.fixed_dictionaries({"app": APPS, "env": st.just({"A": "b"})}),
    "set_resources": st.fixed_dictionaries({"app": APPS, "gpu": st.integers(0, 1)}),
    "set_config": st.fixed_dictionaries({"app": APPS, "args": st.just(["x"])}),
    "expose": st.fixed_dictionaries({"app": APPS, "port": st.just(80)}),
    "autoscale": st.fixed_dictionaries({"app": APPS, "max": st.integers(1, 6)}),
    "pause_rollout": st.fixed_dictionaries({"app": APPS}),
    "resume_rollout": st.fixed_dictionaries({"app": APPS}),
    "move": st.fixed_dictionaries(
        {"app": st.sampled_from(["web", "gpu"]), "to": st.sampled_from(["nosana", "docker"])}
    ),
    "set_budget": st.fixed_dictionaries({"app": APPS}, optional={"total": st.just("9"), "per_hour": st.just("2")}),
    "deploy": st.fixed_dictionaries(
        {"name": st.sampled_from(["gpu", "new"]), "image": st.just("acme/model:1"), "replicas": COUNTS},
        optional={
            "runtime": st.just("nosana"),
            "gpu_model": st.sampled_from(["4090", "3060"]),
            "gpu_memory": st.just("20GB"),
            "market": st.just("nvidia-4090"),
            "autoscale": st.just({"max": 4}),
            "hours": st.integers(1, 90),
            "no_limit": st.booleans(),
        },
    ),
    "run_job": st.fixed_dictionaries(
        {"image": st.just("acme/job:1")}, optional={"parallelism": st.integers(1, 3), "schedule": st.just("@daily")}
    ),
    "apply_manifest": st.sampled_from([MANIFEST.format(name="gpu"), MANIFEST.format(name="new"), CRON, HPA]).map(
        lambda text: {"yaml": text}
    ),
    "undo": st.just({}),
}
"""Calls that may raise what something costs, by tool. Those of other tools are of the matrix in `test_runner`."""


def exposure(control: FakeControl, money: FakeMoney) -> dict[str, Decimal]:
    """By app: what it may cost per hour by itself, and all that is reserved for it."""
    most: dict[str, int] = {}
    found: dict[str, Decimal] = {}
    for view in control.objects("HorizontalPodAutoscaler"):
        if isinstance(view.object, HorizontalPodAutoscaler):
            most[view.object.target] = view.object.scaling.max_replicas
    for view_ in control.objects("CronJob"):
        if isinstance(view_.object, CronJob):
            found[f"cron {view_.key.name}"] = _hourly(view_.object.job, money)
    for app in control.apps():
        top = app.spec.autoscaling.max_replicas if app.spec.autoscaling and app.spec.autoscaling.enabled else 0
        count = max(app.spec.replicas, most.get(app.name, 0), top) if app.spec.replicas else 0
        found[app.name] = _hourly(app.spec.model_copy(update={"replicas": count}), money)
    return found


def _hourly(one: AppSpec, money: FakeMoney) -> Decimal:
    if not money.priced(one.runtime) or not one.replicas:
        return Decimal(0)
    price = money._price(one)
    assert price is not None
    return price * one.replicas


def _world() -> tuple[FakeControl, FakeMoney]:
    scaled = rented("scaled", 2).model_copy(update={"autoscaling": Autoscaling(enabled=True, max_replicas=3)})
    short = rented("short", annotations={TIMEOUT_ANNOTATION: "60m", GPU_ANNOTATION: "3060"})
    control = FakeControl.of(rented(), rented("idle", 0), spec("web", replicas=2), scaled, short)
    control.strip = (*control.strip, replace(control.strip[0], name="nosana", default=False))
    control.default_runtime = lambda: "nosana"  # type: ignore[method-assign]
    money = FakeMoney(T0, overall=Limits(), account=Balance(Decimal(10**6), Decimal(0), Decimal(0)))
    return control, money


CHANGING = [tool.name for tool in TOOLS if tool.effect is Effect.CHANGE]


@pytest.mark.parametrize("tool", CHANGING)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_nothing_gets_dearer_without_a_price(tool: str, data: st.DataObject) -> None:
    control, money = _world()
    runner = ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids(), money=money)
    if tool == "undo":
        await runner.call("scale", data.draw(ARGS["scale"]), caller(), turn=TurnState())
    before = exposure(control, money)
    args = data.draw(ARGS.get(tool, st.just(CALLS.get(tool, {}))))
    result = await runner.call(tool, args, caller(), turn=TurnState())
    if result.approval is None:
        after = exposure(control, money)
        assert {name for name, cost in after.items() if cost > before.get(name, Decimal(0))} == set(), result.summary
        return
    pending: Approval = await runner.approval(result.approval)
    dear = pending.preview
    assert dear.price or dear.deleting
    await runner.decide(result.approval, "ann", Role.OPERATOR, approve=True)
    rose = {name for name, cost in exposure(control, money).items() if cost > before.get(name, Decimal(0))}
    assert not rose or dear.price


async def test_a_market_on_an_app_is_another_machine(runner: ToolRunner) -> None:
    card = await asked(runner, "deploy", name="gpu", image="acme/model:1", market="nvidia-4090")
    assert card.price.startswith("$0.32 an hour ($7.68 a day) for 1 replica in nvidia-4090")
    assert "$0.048 an hour before" in card.price
    assert any(MARKET_ANNOTATION in change.what or "nvidia-4090" in change.after for change in card.changes)


async def test_the_end_of_what_was_given_none_is_said_to_be_movable(runner: ToolRunner) -> None:
    card = await asked(runner, "deploy", image="acme/x:1", runtime="nosana")
    assert "unless you say otherwise" in card.price
    given_ = await asked(runner, "deploy", image="acme/x:1", runtime="nosana", hours=5)
    assert "ends 15 Nov 2023 03:13 UTC." in given_.price
    assert END_ANNOTATION in str(given_.changes)
