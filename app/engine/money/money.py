"""What tools and the engine ask about money. Implements `app.ports.money.Money` over the engine's rented sites."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Protocol

from app.core.budgeting import Account, Bill, check_spending, most_replicas, projected, same_machine
from app.core.errors import InvalidInput, NotFound, PortError
from app.core.markets import quotes
from app.core.placement import placement_of
from app.core.replicasets import Fit
from app.core.runtimenames import NOSANA, not_here
from app.core.spec import AppKey, AppSpec, Desired
from app.core.spending import Balance, Charge, Limits, Markets, Quote, dollars, limits_of
from app.engine.desired import DesiredState
from app.engine.money.ledger import Ledger
from app.engine.money.prices import Prices
from app.engine.money.rented import Sites
from app.engine.tasks import TaskSet
from app.ports.clock import Clock
from app.ports.money import AppCost, Costs
from app.ports.store import MetaStore, SpendStore

BUDGET_KEY = "budget"
SETTINGS = {"per_hour": "KUBELITE_BUDGET_PER_HOUR", "total": "KUBELITE_BUDGET_TOTAL"}


class MoneyStore(SpendStore, MetaStore, Protocol):
    """What of the store is about money."""


class EngineMoney:
    """`ceiling` are the limits of the settings: no tool lifts those."""

    def __init__(
        self,
        store: MoneyStore,
        desired: DesiredState,
        clock: Clock,
        tasks: TaskSet,
        sites: Sites,
        ceiling: Limits | None = None,
    ) -> None:
        self._store = store
        self._desired = desired
        self._clock = clock
        self._sites = sites
        self._ceiling = ceiling or Limits()
        self._asked = Limits()
        self._prices: dict[str, Prices] = {}
        self.ledger = Ledger(store, clock, tasks)

    async def load(self) -> None:
        """Raises `PortError`."""
        await self.ledger.load()
        kept = await self._store.get_meta(BUDGET_KEY)
        self._asked = Limits.model_validate(json.loads(kept)) if kept else Limits()

    def look(self) -> None:
        """Takes over what the sites show. Unknown is not ended: a site that does not answer is left alone."""
        for name, site in self._sites().items():
            if site.cache.reachable and site.cache.seen_at is not None:
                self.ledger.take(name, site.sets.charges(), site.cache.seen_at)

    async def settle(self) -> None:
        """Returns once all that the sites show is stored: before a set is removed, for nobody lists its rents after
        that. Raises `PortError`."""
        self.look()
        await self.ledger.flush()

    # -- prices

    def priced(self, runtime: str) -> bool:
        return runtime in self._sites()

    def prices(self, runtime: str) -> Prices:
        if runtime not in self._prices:
            self._prices[runtime] = Prices(self._sites()[runtime], self._clock)
        return self._prices[runtime]

    def _first(self) -> Prices:
        names = list(self._sites())
        if not names:
            raise NotFound(not_here(NOSANA, names))
        return self.prices(names[0])

    async def markets(self) -> Markets:
        return await self._first().markets()

    async def balance(self) -> Balance | None:
        return await self._first().balance() if self._sites() else None

    async def quote(self, spec: AppSpec) -> Quote | None:
        found = await self.candidates(spec)
        return found[0] if found else None

    async def candidates(self, spec: AppSpec) -> Sequence[Quote]:
        if not self.priced(spec.runtime):
            return ()
        prices = self.prices(spec.runtime)
        return quotes(spec, await prices.markets(), await prices.balance())

    def fit(self, spec: AppSpec) -> Fit:
        site = self._sites().get(spec.runtime)
        return site.runtime.fit(spec) if site is not None else Fit()

    def price(self, spec: AppSpec) -> Decimal | None:
        """What one replica costs per hour: as it is rented now, else as it would be; None while that is not known."""
        wish = self._desired.get(spec.key)
        if wish is not None and wish.spec.runtime == spec.runtime and same_machine(wish.spec, spec):
            rented = [charge.per_hour for charge in self.ledger.running(spec.key)]
            if rented:
                return max(rented)
        known = self.prices(spec.runtime).known if self.priced(spec.runtime) else None
        if known is None:
            return None
        try:
            return quotes(spec.model_copy(update={"replicas": 1}), known)[0].per_hour
        except InvalidInput:
            return None

    # -- what it costs

    def hourly(self) -> dict[AppKey, Decimal]:
        return {wish.key: self.ledger.per_hour(wish.key) for wish in self._rented()}

    def bill(self, wish: Desired) -> Bill:
        """Raises `InvalidInput` for limits that cannot be read."""
        spent = self.ledger.spent(wish.key, self._clock.now(), since=wish.created_at)
        return Bill(wish.spec, limits_of(wish.spec), self.price(wish.spec), spent)

    async def costs(self) -> Costs:
        self.look()
        balance = await self.balance()
        rows = sorted(self._rows(), key=lambda row: (-row.per_hour, -row.spent, row.app))
        return Costs(
            apps=tuple(rows),
            per_hour=sum((row.per_hour for row in rows), Decimal(0)),
            spent=sum((row.spent for row in rows), Decimal(0)),
            budget=self.budget(),
            balance=balance,
        )

    def _rows(self) -> Iterator[AppCost]:
        now = self._clock.now()
        wishes = {wish.key: wish for wish in self._rented()}
        for key in dict.fromkeys([*wishes, *self.ledger.apps()]):
            wish, charges = wishes.get(key), self.ledger.of(key)
            born = wish.created_at if wish is not None else now
            if wish is not None:
                yield self._row(wish, [one for one in charges if _lasted(one, born)], now)
            earlier = [one for one in charges if wish is None or one.started_at < born]
            before = self.ledger.spent(key, born) if wish is not None else self.ledger.spent(key, now)
            if before:
                yield AppCost(
                    app=key,
                    runtime=earlier[-1].runtime,
                    per_hour=Decimal(0) if wish is not None else self.ledger.per_hour(key),
                    spent=before,
                    since=min(one.started_at for one in earlier),
                    projected=Decimal(0),
                    limits=Limits(),
                    gone=True,
                )

    def _row(self, wish: Desired, charges: Sequence[Charge], now: float) -> AppCost:
        per_hour = self.ledger.per_hour(wish.key)
        spent = self.ledger.spent(wish.key, now, since=wish.created_at)
        limits = limits_of(wish.spec)
        return AppCost(
            app=wish.key,
            runtime=wish.spec.runtime,
            per_hour=per_hour,
            spent=spent,
            since=min((max(one.started_at, wish.created_at) for one in charges), default=wish.created_at),
            projected=projected(per_hour, limits, spent, now),
            limits=limits,
        )

    def _rented(self) -> list[Desired]:
        names = self._sites()
        return [wish for wish in self._desired.all() if wish.spec.runtime in names and not wish.deleting]

    # -- limits

    def budget(self) -> Limits:
        """What was asked for, never above the settings."""
        ceiling, asked = self._ceiling, self._asked
        return asked.model_copy(
            update={
                "per_hour": _least(asked.per_hour, ceiling.per_hour),
                "total": _least(asked.total, ceiling.total),
            }
        )

    async def set_budget(self, limits: Limits, *, cause: str) -> None:  # noqa: ARG002  the audit row has it
        for field, name in SETTINGS.items():
            wanted, most = getattr(limits, field), getattr(self._ceiling, field)
            if wanted is not None and most is not None and wanted > most:
                words = f"{dollars(wanted)} is above {dollars(most)}, which {name} allows at most"
                raise InvalidInput(f"{words}: change that setting first", field=field)
        await self._store.put_meta(BUDGET_KEY, limits.model_dump_json())
        self._asked = limits

    def account(self, spec: AppSpec) -> Account:
        """What a new wish for this app is judged by."""
        now, wish = self._clock.now(), self._desired.get(spec.key)
        others = [other for other in self._rented() if other.key != spec.key and other.spec.replicas]
        return Account(
            overall=self.budget(),
            price=self.price(spec),
            spent=self.ledger.spent(spec.key, now, since=wish.created_at) if wish is not None else Decimal(0),
            others=sum((self._wished(other.spec) for other in others), Decimal(0)),
            spent_in_all=self.ledger.spent_in_all(now),
        )

    def _wished(self, spec: AppSpec) -> Decimal:
        """Per hour at its count; of a Job what it rents now, for one that is done rents nothing."""
        if spec.job is not None:
            return self.ledger.per_hour(spec.key)
        return (self.price(spec) or Decimal(0)) * spec.replicas

    def check(self, before: AppSpec | None, after: AppSpec) -> AppSpec:
        if not self.priced(after.runtime):
            return after
        placement_of(after)
        return check_spending(before, after, self.account(after), self._clock.now())

    def most_replicas(self, spec: AppSpec) -> int:
        """How many of it the hourly limits pay for; never fewer than it has, for shrinking is the keeper's."""
        if not self.priced(spec.runtime):
            return most_replicas(None, None)
        account, limits = self.account(spec), limits_of(spec)
        fits = [
            most_replicas(account.price, None if one.on_budget == "warn" else cap)
            for one, cap in (
                (limits, limits.per_hour),
                (account.overall, _left(account.overall.per_hour, account.others)),
            )
        ]
        return max(spec.replicas, min(fits))

    async def refresh(self) -> None:
        """Prices of the sites that something runs on, for those who cannot wait for them."""
        for name in {wish.spec.runtime for wish in self._rented() if wish.spec.replicas}:
            try:
                await self.prices(name).markets()
            except PortError:
                continue


def _lasted(charge: Charge, since: float) -> bool:
    return charge.ended_at is None or charge.ended_at > since


def _least(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return min((amount for amount in (one, other) if amount is not None), default=None)


def _left(cap: Decimal | None, others: Decimal) -> Decimal | None:
    return None if cap is None else max(Decimal(0), cap - others)
