"""The price list: live with what is idle, else the built-in table, which says that it is old."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.core.errors import Permanent, Unreachable
from app.core.spending import Balance
from app.runtimes.nosana.markets import market_of, money
from app.runtimes.nosana.naming import ALPHABET
from app.runtimes.nosana.pricetable import built_in
from tests.clock import LoopClock
from tests.nosana.world import NosanaWorld
from tests.runtimes.nosana_kit import opened, request

GIB = 1024**3
LISTING = "GET /api/markets/"
live = pytest.mark.looptime


@live
async def test_live_prices_with_the_fee_and_what_is_idle() -> None:
    world = NosanaWorld(LoopClock().now)
    async with opened(world) as runtime:
        listed = await runtime.markets()
        assert listed.live
        assert listed.as_of == LoopClock().now()
        by_slug = {market.slug: market for market in listed.markets}
        assert by_slug["nvidia-4090"].per_hour == Decimal("0.33")
        assert by_slug["nvidia-4090"].gpu_memory_bytes == 24 * GIB
        assert by_slug["nvidia-4090"].idle == 10
        assert by_slug["nvidia-h100"].idle == 0
        assert [market.slug for market in listed.markets if market.private] == ["acme-private"]
        await runtime.create_set(request(market="nvidia-4090", replicas=3))
        await LoopClock().sleep(90)
        assert {one.slug: one.idle for one in (await runtime.markets()).markets}["nvidia-4090"] == 7


@live
async def test_a_list_is_kept_for_a_minute() -> None:
    world = NosanaWorld(LoopClock().now)
    async with opened(world) as runtime:
        await runtime.markets()
        await LoopClock().sleep(50)
        await runtime.markets()
        assert len(world.requests(LISTING)) == 1
        await LoopClock().sleep(20)
        await runtime.markets()
        assert len(world.requests(LISTING)) == 2


@live
@pytest.mark.parametrize(("status", "body"), [(500, {"name": "Error"}), (404, {"error": "x"}), (200, []), (200, "<p>")])
async def test_the_built_in_table_where_nobody_tells(status: int, body: Any) -> None:
    world = NosanaWorld(LoopClock().now)
    world.faults.fail(LISTING, status, body, times=None)
    async with opened(world) as runtime:
        listed = await runtime.markets()
        assert not listed.live
        assert datetime.fromtimestamp(listed.as_of, UTC).strftime("%Y-%m") == "2026-04"


@live
async def test_the_last_live_list_counts_more_than_the_built_in_one() -> None:
    world = NosanaWorld(LoopClock().now)
    async with opened(world) as runtime:
        first = await runtime.markets()
        world.faults.drop_before(LISTING, times=None)
        await LoopClock().sleep(600)
        again = await runtime.markets()
        assert again == first  # its own `as_of` says from when


@live
async def test_a_host_manager_that_is_silent_costs_only_the_idle_counts() -> None:
    world = NosanaWorld(LoopClock().now)
    world.faults.fail("GET /host-manager/*", 500, times=None)
    async with opened(world) as runtime:
        listed = await runtime.markets()
        assert listed.live
        assert {market.idle for market in listed.markets} == {None}


def test_the_built_in_table() -> None:
    markets = built_in().markets
    assert len({market.address for market in markets}) == len(markets) == 20
    assert all(re.fullmatch(f"[{ALPHABET}]{{43,44}}", market.address) and market.per_hour > 0 for market in markets)
    prices = {market.slug: market.per_hour for market in markets}
    assert prices["nvidia-5090"] == Decimal("0.400")  # of September
    assert prices["nvidia-h100"] == Decimal("1.500")  # of April
    assert all(market.idle is None for market in markets)


@pytest.mark.parametrize(
    ("reply", "per_hour", "memory"),
    [
        ({"usd_reward_per_hour": 0.1, "network_fee_percentage": 10, "lowest_vram": 24}, "0.11", 24),
        ({"usd_reward_per_hour": "0.1", "network_fee_percentage": None, "lowest_vram": None}, "0.1", None),
        (
            {"usd_reward_per_hour": 1, "network_fee_percentage": 0, "metadata": [{"key": "vram", "value": "80 GB"}]},
            "1",
            80,
        ),
        ({"usd_reward_per_hour": 30, "metadata": "none"}, "30", None),
    ],
)
def test_one_entry(reply: dict[str, Any], per_hour: str, memory: int | None) -> None:
    market = market_of({"address": "A", "slug": "x", "gpu_types": ["G"], **reply})
    assert market is not None
    assert market.per_hour == Decimal(per_hour)
    assert str(market.per_hour) == per_hour
    assert market.gpu_memory_bytes == (None if memory is None else memory * GIB)


@pytest.mark.parametrize("reply", [{}, {"address": "A"}, {"slug": "x", "usd_reward_per_hour": 1}, "text", None])
def test_what_is_no_market(reply: Any) -> None:
    assert market_of(reply) is None


@pytest.mark.parametrize(("value", "amount"), [(0.1, "0.1"), (None, "0"), ("x", "0"), ("NaN", "0"), (3, "3")])
def test_money_is_as_it_is_written(value: Any, amount: str) -> None:
    assert money(value) == Decimal(amount)


@live
async def test_the_balance_and_what_it_says_when_it_cannot_be_had() -> None:
    world = NosanaWorld(LoopClock().now)
    async with opened(world) as runtime:
        assert await runtime.balance() == Balance(Decimal(100), Decimal(0), Decimal(0))
        await runtime.create_set(request(replicas=1, timeout=120))
        await LoopClock().sleep(5)
        balance = await runtime.balance()
        assert balance.reserved == Decimal("0.088")
        assert balance.spendable == Decimal("99.912")
        assert (await runtime.check()).detail == "credits left: $99.91"
        world.faults.drop_before("GET /api/credits/balance", times=None)
        with pytest.raises(Unreachable):
            await runtime.balance()
        world.faults.clear()
        world.revoke()
        with pytest.raises(Permanent) as refused:
            await runtime.balance()
        assert refused.value.reason == "Unauthorized"
