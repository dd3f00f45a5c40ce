"""The board with its money: what a face shows of everything at once (`/api/state`, `kubelite status`)."""

from __future__ import annotations

import asyncio
import logging
from decimal import Decimal
from typing import Any

from app.core.reporting.board import SHOWN, board
from app.core.spending import Limits
from app.ports.control import Control
from app.ports.healing import Healing
from app.ports.money import Costs, Money

PATIENCE_SECONDS = 0.3
"""So long a board waits for an account that does not answer; then it shows what was known of it."""

_log = logging.getLogger("kubelite.money")


class Purse:
    """What is known of costs and account. Asks again in the background, one question at a time: a board is asked for
    every second by every page, and an account that hangs must not hold it up."""

    def __init__(self, money: Money | None) -> None:
        self.money = money
        self._known: Costs | None = None
        self._asking: asyncio.Task[Costs] | None = None

    async def costs(self) -> Costs | None:
        """The newest there is; None while nothing is known, or where nothing is ever priced."""
        if self.money is None:
            return None
        if self._asking is None:
            self._asking = asyncio.create_task(self.money.costs(), name="costs")
        task = self._asking
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        if task.done():
            self._asking = None
            if task.cancelled() or task.exception() is not None:
                _log.info("what it costs is not known", exc_info=None if task.cancelled() else task.exception())
            else:
                self._known = task.result()
        return self._known

    async def aclose(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)


async def whole_board(control: Control, purse: Purse, healing: Healing | None = None, *, now: float) -> dict[str, Any]:
    """As `app.core.reporting.board.board`, and `money`: null where nothing that runs or could run here is priced."""
    account = await _money(control, purse)  # first: it reads afresh what is rented
    beside = [one for kind in SHOWN for one in control.objects(kind)]
    hourly = purse.money.hourly() if purse.money is not None else {}
    incidents = healing.incidents() if healing is not None else ()
    shown = board(control.apps(), control.runtimes(), beside, now=now, hourly=hourly, incidents=incidents)
    return {**shown, "money": account}


async def _money(control: Control, purse: Purse) -> dict[str, Any] | None:
    """US dollars as numbers. `balance` is what can still be spent, null where no account was reached."""
    money = purse.money
    if money is None or not any(money.priced(runtime.name) for runtime in control.runtimes()):
        return None
    costs = await purse.costs()
    account = costs.balance if costs is not None else None
    return {
        "per_hour": float(sum(money.hourly().values(), Decimal(0))),
        "spent": _number(costs.spent if costs is not None else None),
        "balance": _number(account.spendable if account is not None else None),
        "reserved": _number(account.reserved if account is not None else None),
        **_budget(money.budget()),
    }


def _budget(limits: Limits) -> dict[str, float | None]:
    return {"budget_per_hour": _number(limits.per_hour), "budget_total": _number(limits.total)}


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
