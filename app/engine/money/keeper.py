"""Keeps budgets as the controller keeps counts: every 15 s, by a pure decision, and never silently."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal

from app.core.budgeting import Bill, Order, decide
from app.core.errors import Conflict, KubeLiteError, PortError, UserError
from app.core.events import EventType
from app.core.spec import AppKey, AppSpec, Desired
from app.core.spending import END_ANNOTATION
from app.core.stopping import remembering
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.money.money import EngineMoney
from app.ports.clock import Clock

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
LOOKS = 3
"""So many looks at what is rented for one at the budgets."""


def _never(_wish: Desired) -> bool:
    return False


class Keeper:
    """`done` = the app is a Job that has ended: it rents nothing any more, whatever count it was given."""

    def __init__(
        self,
        money: EngineMoney,
        desired: DesiredState,
        events: EventLog,
        clock: Clock,
        done: Callable[[Desired], bool] = _never,
    ) -> None:
        self._money = money
        self._desired = desired
        self._events = events
        self._clock = clock
        self._done = done
        self._said: set[tuple[AppKey, str]] = set()
        self._true: set[tuple[AppKey, str]] = set()
        """What there was to say in this round."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for _ in range(LOOKS):
                self._look()
                await self._clock.sleep(LOOK_SECONDS)
            await self.keep()

    def _look(self) -> None:
        try:
            self._money.look()
        except Exception:
            log.exception("what is rented could not be read")

    async def keep(self) -> None:
        """One round over all apps that cost money. Never raises but for cancellation."""
        self._true = set()
        try:
            await self._money.refresh()
            await self._bound()
            bills = self._bills()
            orders = decide(bills, self._money.budget(), self._spent(), self._clock.now())
        except Exception:
            log.exception("the budgets could not be looked at")
            return
        for order in orders:
            try:
                await self._carry_out(order)
            except (Conflict, PortError) as error:
                log.warning("%s: %s is tried again: %s", order.app, order.reason, error)
            except Exception:
                log.exception("%s of %s failed", order.reason, order.app)
        self._said &= self._true

    def _bills(self) -> list[Bill]:
        bills = []
        for wish in self._priced():
            try:
                bills.append(self._money.bill(wish))
            except UserError as error:
                self._tell(wish.key, "UnreadableBudget", f"its limits cannot be read: {error}")
        return bills

    def _priced(self) -> list[Desired]:
        return [
            wish
            for wish in self._desired.all()
            if self._money.priced(wish.spec.runtime)
            and not wish.deleting
            and wish.spec.replicas
            and not (wish.spec.job is not None and self._done(wish))
        ]

    def _spent(self) -> Decimal:
        return self._money.ledger.spent_in_all(self._clock.now())

    async def _bound(self) -> None:
        """Gives an end to what has none: made by a CronJob, or a global budget that held it is gone."""
        for wish in self._priced():
            try:
                bounded = self._money.check(wish.spec, wish.spec)
                if bounded != wish.spec and await self._desired.wish(bounded, "an end, for nobody gave it one"):
                    end = bounded.annotations.get(END_ANNOTATION, "")
                    words = f"{wish.key.name} costs money and nobody said for how long: it is stopped at {end}"
                    self._events.record(wish.key, EventType.NORMAL, "EndSet", words)
            except KubeLiteError as error:
                log.warning("%s: %s", wish.key, error)

    async def _carry_out(self, order: Order) -> None:
        if order.replicas is None:
            self._tell(order.app, order.reason, order.says)
            return
        wish = self._desired.get(order.app)
        if wish is None or wish.deleting or wish.spec.replicas <= order.replicas:
            return  # somebody was faster; the next round looks afresh
        if await self._desired.wish(_shrunk(wish.spec, order.replicas), order.says):
            self._events.record(order.app, EventType.WARNING, order.reason, order.says)

    def _tell(self, app: AppKey, reason: str, words: str) -> None:
        """Once for as long as it is so."""
        self._true.add((app, reason))
        if (app, reason) not in self._said:
            self._said.add((app, reason))
            self._events.record(app, EventType.WARNING, reason, words)


def _shrunk(spec: AppSpec, replicas: int) -> AppSpec:
    """As the tools `stop` and `scale` do it, so that `start` brings it back."""
    job = spec.job and spec.job.model_copy(update={"parallelism": replicas})
    return remembering(spec.model_copy(update={"replicas": replicas, "job": job}), spec)
