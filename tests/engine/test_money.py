"""What rented replicas cost, in virtual time: the ledger over deletion and restarts, budgets, prices and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from app.core.errors import Conflict, InvalidInput, NotFound, Unreachable
from app.core.placement import GPU_ANNOTATION
from app.core.spec import Autoscaling, JobSpec
from app.core.spending import Limits, limits_of, with_limits
from app.engine.money.keeper import Keeper
from app.engine.money.ledger import Ledger
from app.engine.money.money import EngineMoney
from app.engine.tasks import TaskSet
from app.ports.store import Store
from app.stores.memory import MemoryStore
from tests.clock import EPOCH, LoopClock
from tests.engine.replica_stage import WEB, ReplicaStage, rented
from tests.engine.replica_world import PRICE, Nature
from tests.stores.values import charge
from tests.worlds import spec

pytestmark = pytest.mark.looptime
HOUR = 3600.0


class MoneyStage(ReplicaStage):
    """With prices, a ledger and budgets, as the composition root wires them."""

    def __init__(self, store: Store | None = None, ceiling: Limits | None = None) -> None:
        self.ceiling = ceiling
        super().__init__(store)

    def begin(self) -> None:
        super().begin()
        self.tasks = TaskSet()
        self.money = EngineMoney(
            self.store, self.engine.desired, self.clock, self.tasks, lambda: {"nosana": self.site}, self.ceiling
        )
        self.orchestrator._check_spending = self.money.check
        self.keeper = Keeper(self.money, self.engine.desired, self.engine.events, self.clock)
        self.engine.add_loop("budgets", self.keeper.run)
        self.engine.autoscaler.most = self.money.most_replicas

    async def restart(self) -> None:
        await self.kill()
        self.begin()
        await self.money.load()
        await self.engine.start()

    async def limited(self, limits: Limits, replicas: int = 3) -> None:
        await self.deploy(with_limits(rented(replicas), limits))

    def replicas(self, name: str = "web") -> int:
        return self.app(name).spec.replicas

    def spent(self) -> Decimal:
        return self.money.ledger.spent_in_all(self.clock.now())

    def billed(self) -> Decimal:
        return PRICE * Decimal(repr(self.network.billed_seconds())) / 3600

    async def reasons(self, name: str = "web") -> list[str]:
        return [reason for reason, _ in await self.events(name)]


@asynccontextmanager
async def money_stage(store: Store | None = None, ceiling: Limits | None = None) -> AsyncIterator[MoneyStage]:
    play = MoneyStage(store, ceiling)
    await play.money.load()
    await play.engine.start()
    try:
        yield play
        assert play.engine.controller.bugs == 0
    finally:
        await play.engine.stop()
        await play.tasks.drain(5.0)


# -- the ledger


@asynccontextmanager
async def ledger(store: MemoryStore) -> AsyncIterator[Ledger]:
    tasks = TaskSet()
    one = Ledger(store, LoopClock(), tasks)
    await one.load()
    yield one
    await tasks.drain(5.0)


async def test_a_rent_is_counted_once_however_often_it_is_listed() -> None:
    store, rent = MemoryStore(), charge(at=EPOCH)
    async with ledger(store) as book:
        for _ in range(3):
            book.take("nosana", [rent], EPOCH + 10)
        assert book.spent(WEB, EPOCH + HOUR) == Decimal("0.32")
    assert await store.list_charges() == [rent]


async def test_a_clock_ahead_of_ours_hides_no_rent() -> None:
    async with ledger(MemoryStore()) as book:
        book.take("nosana", [charge(at=EPOCH + 70)], EPOCH)
        assert book.per_hour(WEB) == Decimal("0.32")
        assert book.spent(WEB, EPOCH) == 0


async def test_a_rent_keeps_the_price_it_began_with_over_our_restart() -> None:
    store = MemoryStore()
    async with ledger(store) as book:
        book.take("nosana", [charge(at=EPOCH)], EPOCH)
    dearer = replace(charge(at=EPOCH), per_hour=Decimal(2))
    async with ledger(store) as book:
        book.take("nosana", [dearer], EPOCH + 5)
        book.take("nosana", [replace(dearer, ended_at=EPOCH + HOUR)], EPOCH + HOUR)
        assert book.spent(WEB, EPOCH + 2 * HOUR) == Decimal("0.32")
    assert await store.list_charges() == [replace(charge(at=EPOCH), ended_at=EPOCH + HOUR)]


async def test_what_is_not_listed_any_more_ended_by_now() -> None:
    store = MemoryStore()
    async with ledger(store) as book:
        book.take("nosana", [charge("a", at=EPOCH), charge("b", at=EPOCH)], EPOCH + 10)
        book.take("nosana", [charge("b", at=EPOCH)], EPOCH + HOUR)
        assert book.spent(WEB, EPOCH + 2 * HOUR) == Decimal("0.96")
        assert book.per_hour(WEB) == Decimal("0.32")
        book.take("nosana", [charge("a", at=EPOCH), charge("b", at=EPOCH, ended_at=EPOCH + 60)], EPOCH + 2 * HOUR)
        assert book.per_hour(WEB) == Decimal("0.32"), "it was listed again, so it goes on"
    kept = {one.id: one.ended_at for one in await store.list_charges()}
    assert kept == {"a": None, "b": EPOCH + 60}


async def test_another_runtime_of_the_same_ids_is_another_rent() -> None:
    async with ledger(MemoryStore()) as book:
        book.take("nosana", [charge(at=EPOCH)], EPOCH)
        book.take("elsewhere", [], EPOCH + 5)
        assert book.per_hour(WEB) == Decimal("0.32")
        book.take("elsewhere", [replace(charge(at=EPOCH), runtime="elsewhere")], EPOCH + 9)
        assert book.per_hour(WEB) == Decimal("0.64")


async def test_the_ledger_agrees_with_what_the_network_bills() -> None:
    async with money_stage() as play:
        await play.limited(Limits(no_limit=True))
        play.network.shut_down_host(play.network.running(WEB)[0])
        await asyncio.sleep(HOUR)
        await play.orchestrator.scale("web", 1, cause="test")
        await asyncio.sleep(HOUR / 2)
        play.money.look()
        assert abs(play.spent() - play.billed()) < Decimal("0.02")
        assert play.money.hourly() == {WEB: PRICE}


async def test_costs_survive_deletion_and_a_kill() -> None:
    async with money_stage() as play:
        await play.limited(Limits(total=Decimal(100)), replicas=2)
        await asyncio.sleep(HOUR / 2)
        await play.restart()
        await asyncio.sleep(60)
        before = play.spent()
        assert before > Decimal("0.3")
        await play.orchestrator.delete("web", cause="test")
        await play.until(lambda: WEB not in {wish.key for wish in play.engine.desired.all()})
        await asyncio.sleep(30)
        spent = play.spent()
        await play.restart()
        await asyncio.sleep(600)
        costs = await play.money.costs()
        (row,) = costs.apps
        assert (row.app, row.gone, row.per_hour) == (WEB, True, Decimal(0))
        assert row.spent == costs.spent == spent >= before
        assert costs.per_hour == 0


async def test_an_app_made_anew_has_its_whole_budget() -> None:
    async with money_stage() as play:
        await play.limited(Limits(total=Decimal("0.1")), replicas=1)
        await asyncio.sleep(900)
        await play.orchestrator.delete("web", cause="test")
        await play.until(lambda: WEB not in {wish.key for wish in play.engine.desired.all()})
        await play.limited(Limits(total=Decimal("0.1")), replicas=1)
        await asyncio.sleep(900)
        costs = await play.money.costs()
        assert [(row.gone, row.spent > Decimal("0.07")) for row in costs.apps] == [(False, True), (True, True)]
        assert play.replicas() == 1


async def test_a_silent_network_ends_no_rent() -> None:
    async with money_stage() as play:
        await play.limited(Limits(no_limit=True), replicas=1)
        play.nosana.silent = Unreachable("nobody there")
        await asyncio.sleep(900)
        assert play.money.hourly() == {WEB: PRICE}
        assert play.spent() > Decimal("0.08")


# -- budgets


async def test_a_total_warns_then_stops_and_start_asks_for_a_new_one() -> None:
    async with money_stage() as play:
        await play.limited(Limits(total=Decimal("0.24")), replicas=3)
        await asyncio.sleep(0.15 * HOUR)
        assert play.replicas() == 3
        assert "BudgetNearlySpent" not in await play.reasons()
        await asyncio.sleep(0.06 * HOUR)
        assert (await play.reasons()).count("BudgetNearlySpent") == 1
        await play.until(lambda: play.replicas() == 0, HOUR)
        await play.until(lambda: not play.network.running(WEB))
        assert abs(play.spent() - Decimal("0.24")) < Decimal("0.02")
        stopped = [words for reason, words in await play.events() if reason == "BudgetSpent"]
        assert stopped == [stopped[0]]
        assert stopped[0].startswith("web is stopped: it has spent $0.24")
        with pytest.raises(Conflict, match=r"of its budget of \$0.24: give it a higher one"):
            await play.orchestrator.scale("web", 3, cause="start")
        more = with_limits(play.app().spec, Limits(total=Decimal(5)))
        await play.orchestrator.apply(more, cause="a new budget")
        assert play.replicas() == 0
        await play.orchestrator.scale("web", 3, cause="start")
        await play.settle()


async def test_at_its_end_an_app_is_stopped_as_the_stop_tool_does_it() -> None:
    async with money_stage() as play:
        await play.deploy(rented(2))
        assert limits_of(play.app().spec).end_at == EPOCH + 24 * HOUR
        end = play.clock.now() + 1800
        await play.orchestrator.apply(with_limits(play.app().spec, Limits(end_at=float(int(end)))), cause="an end")
        await asyncio.sleep(1700)
        assert "EndNear" in await play.reasons()
        assert play.replicas() == 2
        await play.until(lambda: play.replicas() == 0, HOUR)
        assert play.clock.now() - end < 30
        assert play.app().spec.annotations["kubelite.io/replicas-before-stop"] == "2"
        with pytest.raises(Conflict, match="run 24 more hours"):
            await play.orchestrator.scale("web", 2, cause="start")
        extended = with_limits(play.app().spec, Limits(end_at=play.clock.now() + HOUR))
        await play.orchestrator.apply(extended.model_copy(update={"replicas": 2}), cause="more")
        await play.settle()


async def test_above_its_hourly_limit_it_shrinks_to_what_fits() -> None:
    async with money_stage() as play:
        await play.limited(Limits(total=Decimal(50)))
        cap = Limits(total=Decimal(50), per_hour=Decimal("0.7"), on_budget="scale-down")
        await play.orchestrator.apply(with_limits(play.app().spec, cap), cause="a cap")
        await play.until(lambda: play.replicas() == 2, 30)
        await asyncio.sleep(120)
        assert play.replicas() == 2
        assert (await play.reasons()).count("BudgetPerHour") == 1
        with pytest.raises(InvalidInput, match=r"3 x \$0.32 = \$0.96 an hour, its limit is \$0.70: 2 would fit"):
            await play.orchestrator.scale("web", 3, cause="up")


async def test_a_rollout_that_rents_twice_for_a_while_is_no_reason_to_stop() -> None:
    async with money_stage() as play:
        await play.limited(Limits(total=Decimal(50), per_hour=Decimal("0.96")))
        await play.orchestrator.apply(with_limits(rented(image="model:2"), Limits()), cause="new image")
        await play.settle()
        assert play.replicas() == 3
        assert limits_of(play.app().spec).per_hour == Decimal("0.96"), "a wish without limits keeps them"
        assert "BudgetPerHour" not in await play.reasons()


async def test_the_global_budget_stops_all_and_is_kept_over_a_restart() -> None:
    async with money_stage() as play:
        await play.money.set_budget(Limits(total=Decimal("0.16")), cause="test")
        await play.deploy(rented(1))
        assert limits_of(play.app().spec) == Limits(), "the global total ends it"
        await play.deploy(spec(1, name="other", image="model:1", runtime="nosana"), settle=False)
        await play.settle("other")
        await asyncio.sleep(600)
        await play.restart()
        assert play.money.budget().total == Decimal("0.16")
        await play.until(lambda: play.replicas() == play.replicas("other") == 0, 2 * HOUR)
        assert abs(play.spent() - Decimal("0.16")) < Decimal("0.02")
        assert "GlobalBudgetNearlySpent" in await play.reasons()
        assert "GlobalBudgetSpent" in await play.reasons("other")
        with pytest.raises(Conflict, match="All apps together have spent"):
            await play.orchestrator.scale("web", 1, cause="start")


async def test_without_the_global_budget_everything_gets_an_end() -> None:
    async with money_stage() as play:
        await play.money.set_budget(Limits(total=Decimal(50)), cause="test")
        await play.deploy(rented(1))
        assert not limits_of(play.app().spec).ends
        await play.money.set_budget(Limits(), cause="test")
        await play.until(lambda: limits_of(play.app().spec).ends, 60)
        assert "EndSet" in await play.reasons()


async def test_the_settings_are_a_ceiling() -> None:
    async with money_stage(ceiling=Limits(per_hour=Decimal(1))) as play:
        assert play.money.budget().per_hour == Decimal(1)
        await play.money.set_budget(Limits(total=Decimal(9)), cause="test")
        assert (play.money.budget().per_hour, play.money.budget().total) == (Decimal(1), Decimal(9))
        with pytest.raises(InvalidInput, match="KUBELITE_BUDGET_PER_HOUR allows at most"):
            await play.money.set_budget(Limits(per_hour=Decimal(2)), cause="test")


async def test_a_job_made_by_the_clock_gets_an_end_and_one_that_is_done_costs_nothing() -> None:
    async with money_stage() as play:
        job = rented(1, kind="Job", job=JobSpec())
        play.network.natures["model:1"] = Nature(ends=60.0)
        play.keeper._done = lambda wish: play.app(wish.key.name).status.value == "Completed"
        await play.engine.desired.wish(job, "as a CronJob does it")
        await play.until(lambda: limits_of(play.app().spec).ends, 60)
        await play.until(lambda: play.app().status.value == "Completed", HOUR)
        await play.until(lambda: play.money.hourly() == {WEB: Decimal(0)}, 30)
        ended = with_limits(play.app().spec, Limits(end_at=play.clock.now() + 30))
        await play.engine.desired.wish(ended, "an end")
        await asyncio.sleep(120)
        assert "EndReached" not in await play.reasons()
        assert play.replicas() == 1


async def test_an_autoscaler_is_held_at_what_the_budget_pays_for() -> None:
    async with money_stage() as play:
        scaling = Autoscaling(enabled=True, max_replicas=10)
        limits = Limits(total=Decimal(50), per_hour=Decimal(1))
        await play.deploy(with_limits(rented(2, autoscaling=scaling), limits))
        assert play.money.most_replicas(play.app().spec) == 3
        assert play.money.most_replicas(play.app().spec.model_copy(update={"replicas": 5})) == 5
        assert play.money.most_replicas(spec(2, runtime="simulator")) > 1000


# -- prices


async def test_prices_are_read_once_a_minute_and_kept_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async with money_stage() as play:
        asked = 0
        real = play.nosana.markets

        async def counted() -> object:
            nonlocal asked
            asked += 1
            if asked > 2:
                raise Unreachable("no")
            return await real()

        monkeypatch.setattr(play.nosana, "markets", counted)
        for _ in range(3):
            await play.money.markets()
        assert asked == 1
        await asyncio.sleep(61)
        await play.money.markets()
        assert asked == 2
        await asyncio.sleep(61)
        assert (await play.money.markets()).markets
        assert asked == 3


async def test_an_account_that_does_not_answer_has_no_balance(monkeypatch: pytest.MonkeyPatch) -> None:
    async with money_stage() as play:
        assert (await play.money.costs()).balance is not None

        async def silent() -> object:
            raise Unreachable("no")

        monkeypatch.setattr(play.nosana, "balance", silent)
        assert await play.money.balance() is not None, "half a minute old is good enough"
        await asyncio.sleep(31)
        assert await play.money.balance() is None
        quote = await play.money.quote(rented(2))
        assert quote is not None
        assert (quote.per_hour, quote.balance) == (Decimal("0.64"), None)


async def test_the_balance_is_read_anew_as_soon_as_something_is_rented(monkeypatch: pytest.MonkeyPatch) -> None:
    async with money_stage() as play:
        asked: list[float] = []
        real = play.nosana.balance

        async def counted() -> object:
            asked.append(play.clock.now())
            return await real()

        monkeypatch.setattr(play.nosana, "balance", counted)
        await play.money.balance()
        await play.limited(Limits(no_limit=True), replicas=1)
        wish = play.app().spec
        longer = {**wish.annotations, "kubelite.io/job-timeout": "48h"}
        for change in ({"replicas": 2}, {"replicas": 2, "annotations": longer}):
            await play.money.balance()
            count = len(asked)
            await play.money.balance()
            assert len(asked) == count
            await play.orchestrator.apply(wish.model_copy(update=change), cause="change")
            await play.settle()
            await asyncio.sleep(1)
            await play.money.balance()
            assert len(asked) == count + 1


async def test_what_the_sites_show_is_stored_when_it_is_asked_for() -> None:
    async with money_stage() as play:
        await play.limited(Limits(no_limit=True), replicas=1)
        play.network.shut_down_host(play.network.running(WEB)[0])
        await play.site.look()
        await play.money.settle()
        assert [one.ended_at is None for one in await play.store.list_charges()].count(False) == 1


async def test_what_no_market_has_is_refused_with_what_there_is() -> None:
    async with money_stage() as play:
        wish = rented(1, annotations={GPU_ANNOTATION: "H100"})
        with pytest.raises(InvalidInput, match='No market has a "H100"; there is nvidia-4090'):
            await play.money.quote(wish)
        assert await play.money.quote(spec(1, runtime="simulator")) is None


async def test_where_nothing_is_rented_nothing_costs() -> None:
    money = EngineMoney(MemoryStore(), MoneyStage().engine.desired, LoopClock(), TaskSet(), dict)
    assert not money.priced("docker")
    assert await money.balance() is None
    assert (await money.costs()).apps == ()
    assert money.check(None, spec(1)) == spec(1)
    with pytest.raises(NotFound, match="Nosana is not connected"):
        await money.markets()


async def test_a_budget_that_cannot_be_read_is_said_once() -> None:
    async with money_stage() as play:
        await play.limited(Limits(no_limit=True), replicas=1)
        bad = play.app().spec.model_copy(update={"annotations": {"kubelite.io/budget-total": "lots"}})
        await play.engine.desired.wish(bad, "by hand")
        await asyncio.sleep(700)
        assert (await play.reasons()).count("UnreadableBudget") == 1
        assert play.replicas() == 1
