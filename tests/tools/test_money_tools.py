"""`cost`, `markets`, `set_budget`: what they say, what they propose, and what is asked first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from agent_tools import TOOLS, ToolResult, ToolRunner, TurnState
from app.core.approvals import Preview, Role
from app.core.placement import GPU_ANNOTATION, MARKET_ANNOTATION, TIMEOUT_ANNOTATION, placed
from app.core.spec import Amounts, AppKey, AppSpec, Resources
from app.core.spending import Balance, Limits, Market, limits_of, with_limits
from app.core.usage import UsageSample
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller, spec, view_of
from tests.tools.renting import GIB, FakeMoney

GPU = AppKey("default", "gpu")
GONE = AppKey("default", "gone")
DEAR = Market("addr3090", "nvidia-3090", "NVIDIA 3090", ("NVIDIA GeForce RTX 3090",), 24 * GIB, Decimal("0.192"), 2)


def rented(replicas: int = 2, limits: Limits | None = None, annotations: Mapping[str, str] | None = None) -> AppSpec:
    base = spec("gpu", "acme/model:1", replicas)
    asked = base.model_copy(update={"runtime": "nosana", "annotations": dict(annotations or {})})
    return placed(with_limits(asked, limits or Limits(total=Decimal(9))))


@pytest.fixture
def control() -> FakeControl:
    made = FakeControl.of(rented(), spec("web", replicas=2))
    made.strip = (*made.strip, replace(made.strip[0], name="nosana", default=False))
    return made


@pytest.fixture
def money(clock: FakeClock) -> FakeMoney:
    return FakeMoney(
        clock.now(),
        overall=Limits(per_hour=Decimal(2), total=Decimal(50)),
        rates={GPU: Decimal("0.096")},
        spent={GPU: Decimal("1.5"), GONE: Decimal("0.25")},
        limits={GPU: Limits(total=Decimal(9))},
    )


@pytest.fixture
def runner(control: FakeControl, store: MemoryStore, clock: FakeClock, money: FakeMoney) -> ToolRunner:
    return ToolRunner(TOOLS, control, store, clock, Ids(), money=money)


def put(control: FakeControl, wish: AppSpec) -> None:
    control.views[wish.key] = view_of(wish)


def uses(control: FakeControl, cpu: int, app: AppKey = GPU, pods: int = 2) -> None:
    control.samples += [UsageSample(app, f"p{pod}", T0 - 60.0, cpu // pods, 10**6) for pod in range(pods)]


async def card(runner: ToolRunner, tool: str, /, **args: Any) -> Preview:
    result = await runner.call(tool, args, caller(), turn=TurnState())
    assert result.approval, result.summary
    return (await runner.approval(result.approval)).preview


# -- cost


async def test_what_all_costs(run: Run) -> None:
    result = await run("cost")
    assert result.actions == [{"action": "cost"}]
    assert result.summary.startswith("Now **$0.096 an hour** ($2.30 a day); $1.75 spent so far.")
    assert "| gpu | $0.096 | $1.50 | 2 h ago | $2.30 | $9.00 are spent |" in result.summary
    assert "| gone (gone) | $0.00 | $0.25 | 2 h ago |" in result.summary
    assert "On simulator nothing costs money per hour." in result.summary
    assert "| web | 2 | 300m | 192.0 MiB |" in result.summary
    assert "Balance: $15.00 can be spent; $4.00 is reserved" in result.summary
    assert "at most $2.00 an hour, $50.00 in all, $1.75 of it spent; at the limit: stop." in result.summary
    assert result.data["per_hour"] == "0.096"
    assert result.next == 'Say "how could it cost less?" for priced proposals.'


async def test_what_one_app_costs(run: Run) -> None:
    result = await run("cost", app="gpu")
    assert result.actions == [{"action": "cost", "app": "gpu"}]
    assert "web" not in result.summary
    assert [row["app"] for row in result.data["apps"]] == ["gpu"]


async def test_what_is_gone_still_has_a_cost(run: Run) -> None:
    assert "$0.25" in (await run("cost", app="gone")).summary
    assert not (await run("cost", app="nobody")).ok


async def test_what_costs_nothing_says_what_it_uses(run: Run) -> None:
    result = await run("cost", app="web")
    assert "On simulator nothing costs money per hour. What is used there instead:" in result.summary
    assert "gpu" not in result.summary


async def test_without_a_network_nothing_costs(control: FakeControl) -> None:
    del control.views[GPU]
    alone = ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids())
    result = await alone.call("cost", {}, caller(Role.VIEWER), turn=TurnState())
    assert result.ok
    assert result.summary.startswith("On simulator nothing costs money per hour.")
    assert result.data["per_hour"] == "0"


# -- how it could cost less


async def proposals(run: Run, **args: Any) -> ToolResult:
    result = await run("cost", save=True, **args)
    assert result.ok
    assert result.actions[0]["action"] == "cost"
    return result


async def test_fewer_replicas_by_what_was_used(run: Run, control: FakeControl) -> None:
    put(control, rented(4))
    uses(control, 500, pods=4)
    result = await proposals(run, app="gpu")
    assert (
        "Scale **gpu** from 4 to 1 replica: over the last hour it used 500m of CPU, 500m at its peak. It saves $0.144 "
        "an hour ($3.46 a day): $0.048 an hour instead of $0.192." in result.summary
    )
    assert result.next == 'Say "scale gpu to 1" to do it.'
    assert control.writes == [], "a proposal changes nothing"


async def test_a_replica_is_not_filled_to_the_brim(run: Run, control: FakeControl) -> None:
    put(control, rented(4))
    uses(control, 1300, pods=4)
    assert "from 4 to 3 replicas" in (await proposals(run, app="gpu")).summary
    control.samples.clear()
    uses(control, 2300, pods=4)
    assert "Nothing is seen that would cost less" in (await proposals(run, app="gpu")).summary


async def test_a_request_is_what_a_replica_may_use(run: Run, control: FakeControl) -> None:
    small = Resources(limits=Amounts(cpu_millicores=500))
    wish = rented(4)
    container = wish.container.model_copy(update={"resources": small})
    put(control, wish.model_copy(update={"template": wish.template.model_copy(update={"containers": (container,)})}))
    uses(control, 500, pods=4)
    assert "from 4 to 2 replicas" in (await proposals(run, app="gpu")).summary


async def test_what_is_idle_is_to_be_stopped(run: Run, control: FakeControl) -> None:
    uses(control, 2)
    result = await proposals(run, app="gpu")
    assert "so it looks idle" in result.summary
    assert "saves $0.096 an hour" in result.summary
    assert result.next == 'Say "stop gpu" to stop it; "start gpu" brings it back.'


async def test_usage_that_is_not_known_is_said(run: Run) -> None:
    assert "what its replicas use is not known yet" in (await proposals(run, app="gpu")).summary


async def test_a_cheaper_market_with_as_much_memory(run: Run, control: FakeControl, money: FakeMoney) -> None:
    money.markets_now = (*money.markets_now, DEAR)
    put(control, rented(1, annotations={MARKET_ANNOTATION: "nvidia-4090"}))
    result = await proposals(run, app="gpu")
    assert (
        "Rent **gpu** in nvidia-3090 instead of nvidia-4090: as much GPU memory, $0.192 an hour instead of $0.32, "
        "which saves $0.128 an hour ($3.07 a day)." in result.summary
    )
    assert result.next == 'Say "deploy gpu with the image acme/model:1 in the market nvidia-3090".'


async def test_another_card_than_the_one_asked_for_is_said(run: Run, control: FakeControl, money: FakeMoney) -> None:
    money.markets_now = (*money.markets_now, DEAR)
    put(control, rented(1, annotations={GPU_ANNOTATION: "4090"}))
    assert "It is another GPU than the one asked for" in (await proposals(run, app="gpu")).summary
    money.markets_now = (*money.markets_now[:2], replace(DEAR, idle=0))
    assert "nvidia-3090" not in (await proposals(run, app="gpu")).summary, "nobody waits to save"


async def test_rotation_against_reservation(run: Run, control: FakeControl, money: FakeMoney) -> None:
    put(control, rented(1, annotations={TIMEOUT_ANNOTATION: "60m"}))
    summary = (await proposals(run, app="gpu")).summary
    assert "a cold start of about 10 minutes that is paid, 17 % of it now" in summary
    assert "It reserves $1.15 at once instead of $0.048, and the rate stays." in summary
    money.account = Balance(Decimal(3), Decimal(0), Decimal(0))
    put(control, rented(1, annotations={TIMEOUT_ANNOTATION: "7d"}))
    assert "that reserves $1.15 at once instead of $8.06" in (await proposals(run, app="gpu")).summary


async def test_what_has_no_end_is_proposed_one(run: Run, control: FakeControl) -> None:
    put(control, rented(1, Limits(no_limit=True)))
    assert "Give **gpu** an end or a budget: it runs without a limit" in (await proposals(run, app="gpu")).summary


async def test_of_all_apps_what_saves_most_comes_first(run: Run, control: FakeControl) -> None:
    uses(control, 2)
    uses(control, 40, AppKey("default", "web"))
    result = await proposals(run)
    assert [one["app"] for one in result.data["proposals"]] == ["gpu", "web"]
    assert (
        "Scale **web** from 2 to 1 replica: over the last hour it used 40m of CPU, 40m at its peak." in result.summary
    )


# -- markets


async def test_markets_cheapest_first(run: Run) -> None:
    result = await run("markets", role=Role.VIEWER)
    assert result.summary.startswith(
        "The cheapest is **nvidia-3060**: $0.048 an hour for a replica, 9 machines free now."
    )
    assert "| nvidia-4090 | NVIDIA GeForce RTX 4090 | 24 GB | $0.32 | $7.68 | 4 |" in result.summary
    assert "Prices as of 14 Nov 2023 22:13 UTC, fees included." in result.summary
    assert [one["slug"] for one in result.data["markets"]] == ["nvidia-3060", "nvidia-4090"]


async def test_the_cheapest_that_fits_a_model(run: Run) -> None:
    result = await run("markets", fits_model="Llama 8B")
    assert "`Llama 8B` needs about 18.9 GiB of GPU memory (fp16; an estimate)." in result.summary
    assert [one["slug"] for one in result.data["markets"]] == ["nvidia-4090"]
    small = await run("markets", fits_model="Llama 8B", quantisation="q4_k_m")
    assert small.data["markets"][0]["slug"] == "nvidia-3060"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"fits_model": "Llama 405B"}, "the largest is nvidia-4090 with 24 GB"),
        ({"gpu_model": "H100"}, 'No market has a "H100"'),
        ({"gpu_memory": "lots"}, "write it like 24GB"),
        ({"fits_model": "mystery"}, "write its parameters"),
        ({"quantisation": "fp8"}, "name the language model too"),
    ],
)
async def test_what_no_market_has(run: Run, args: dict[str, Any], says: str) -> None:
    result = await run("markets", **args)
    assert not result.ok
    assert says in result.summary


async def test_a_built_in_list_says_so(run: Run, money: FakeMoney) -> None:
    money.live = False
    assert "From a built-in list of 14 Nov 2023" in (await run("markets")).summary


# -- budgets


async def test_a_lower_limit_just_runs(run: Run, control: FakeControl) -> None:
    result = await run("set_budget", app="gpu", total="$5", per_hour="0.5", at_limit="scale-down")
    assert result.summary.startswith(
        "**gpu** may now cost at most $0.50 an hour, $5.00 in all, then scale-down; $1.50 is spent so far."
    )
    assert limits_of(control.app("gpu").spec) == Limits(
        per_hour=Decimal("0.5"), total=Decimal(5), on_budget="scale-down"
    )
    assert result.actions == [
        {"action": "set_budget", "app": "gpu", "total": "$5", "per_hour": "0.5", "at_limit": "scale-down"}
    ]


async def test_a_higher_limit_asks(runner: ToolRunner, control: FakeControl) -> None:
    shown = await card(runner, "set_budget", app="gpu", total="20")
    assert shown.price == "gpu may cost more than before: $20.00 in all."
    assert [(one.what, one.before, one.after) for one in shown.changes] == [("budget: in all", "$9.00", "$20.00")]
    shown = await card(runner, "set_budget", app="gpu", no_limit=True)
    assert shown.price == "gpu may cost money without end."
    assert control.writes == []


async def test_an_end_is_moved_after_a_yes(runner: ToolRunner, control: FakeControl) -> None:
    put(control, rented(2, Limits(end_at=T0 + 60)))
    result = await runner.call("set_budget", {"app": "gpu", "hours": 24}, caller(), turn=TurnState())
    _, done = await runner.decide(result.approval or "", "ann", Role.OPERATOR, approve=True)
    assert done is not None
    assert done.ok
    assert limits_of(control.app("gpu").spec).end_at == T0 + 86_400


async def test_a_total_that_is_spent_already_says_what_stops(runner: ToolRunner) -> None:
    result = await runner.call("set_budget", {"app": "gpu", "total": "1"}, caller(), turn=TurnState())
    assert result.ok
    shown = await card(runner, "set_budget", total="1.70", no_limit=False, per_hour="9")
    assert shown.stopping == ("gpu",)
    assert shown.losses == ("gpu would be stopped at once: $1.75 is spent already",)


async def test_the_budget_of_all_together(run: Run, runner: ToolRunner, money: FakeMoney) -> None:
    result = await run("set_budget", per_hour="1")
    assert result.summary == (
        "All apps together may now cost at most $1.00 an hour, $50.00 in all; $1.75 is spent so far."
    )
    assert money.overall == Limits(per_hour=Decimal(1), total=Decimal(50))
    shown = await card(runner, "set_budget", total="none")
    assert shown.price == "all apps together may cost more than before: at most $1.00 an hour."


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"app": "web", "total": "5"}, "web runs on simulator, where nothing costs money per hour"),
        ({"app": "gpu"}, "set_budget needs per_hour, total, hours, at_limit or no_limit"),
        ({"app": "gpu", "total": "much"}, "write it like 1.50"),
        ({"app": "gpu", "total": "5", "no_limit": True}, "no_limit contradicts hours and total"),
        ({"app": "gpu", "hours": -1}, "hours"),
        ({"app": "nobody", "total": "5"}, "There is no app"),
    ],
)
async def test_budgets_that_cannot_be(run: Run, args: dict[str, Any], says: str) -> None:
    result = await run("set_budget", **args)
    assert not result.ok
    assert says in result.summary


async def test_a_viewer_may_look_but_not_set(run: Run) -> None:
    assert (await run("cost", role=Role.VIEWER)).ok
    assert not (await run("set_budget", role=Role.VIEWER, app="gpu", total="5")).ok


async def test_without_a_network_there_is_nothing_to_limit(control: FakeControl) -> None:
    alone = ToolRunner(TOOLS, control, MemoryStore(), FakeClock(), Ids())
    for tool, args in (("markets", {}), ("set_budget", {"total": "5"})):
        result = await alone.call(tool, args, caller(), turn=TurnState())
        assert "Nosana is not connected" in result.summary
