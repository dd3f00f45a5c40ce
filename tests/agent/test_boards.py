"""The board's money: an account that hangs or fails holds nothing up, and nothing is made up for it."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from app.agent.boards import PATIENCE_SECONDS, Purse, whole_board
from app.core.errors import Unreachable
from app.core.spec import AppKey
from app.core.views import RuntimeView
from app.ports.money import Costs
from tests.tools.fakes import T0, FakeControl, spec
from tests.tools.renting import FakeMoney

WEB = AppKey("default", "web")


class Slow(FakeMoney):
    """Its account answers after `pause` seconds, or never."""

    pause = 0.0
    asked = 0
    error: Exception | None = None

    async def costs(self) -> Costs:
        self.asked += 1
        await asyncio.sleep(self.pause)
        if self.error is not None:
            raise self.error
        return await super().costs()


@pytest.fixture
def control() -> FakeControl:
    control = FakeControl.of(spec("web"), spec("api"))
    control.strip = (*control.strip, RuntimeView("nosana", True, "", T0, False))
    return control


@pytest.fixture
def money() -> Slow:
    return Slow(T0, rates={WEB: Decimal("0.32")}, spent={WEB: Decimal("1.5")})


async def test_every_app_has_its_cost_and_all_have_a_sum(control: FakeControl, money: Slow) -> None:
    state = await whole_board(control, Purse(money), now=T0)
    assert {app["name"]: app["cost_per_hour"] for app in state["apps"]} == {"web": 0.32, "api": None}
    assert state["money"] == {
        "per_hour": 0.32,
        "spent": 1.5,
        "balance": 15.0,
        "reserved": 4.0,
        "budget_per_hour": 2.0,
        "budget_total": None,
    }


@pytest.mark.looptime
async def test_an_account_that_hangs_holds_nothing_up(control: FakeControl, money: Slow) -> None:
    purse, loop = Purse(money), asyncio.get_running_loop()
    assert (await whole_board(control, purse, now=T0))["money"]["balance"] == 15.0
    money.pause = 60.0
    begun = loop.time()
    for _ in range(5):
        assert (await whole_board(control, purse, now=T0))["money"]["balance"] == 15.0
    assert loop.time() - begun <= 5 * PATIENCE_SECONDS + 0.01
    assert money.asked == 2
    await purse.aclose()


@pytest.mark.looptime
async def test_what_is_not_known_is_said_so(control: FakeControl, money: Slow) -> None:
    money.error = Unreachable("nobody answers")
    shown = (await whole_board(control, Purse(money), now=T0))["money"]
    assert (shown["per_hour"], shown["spent"], shown["balance"]) == (0.32, None, None)


async def test_where_nothing_is_rented_there_is_no_money(control: FakeControl, money: Slow) -> None:
    control.strip = control.strip[:2]
    assert (await whole_board(control, Purse(money), now=T0))["money"] is None
    assert (await whole_board(control, Purse(None), now=T0))["money"] is None
