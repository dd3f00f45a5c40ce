"""The `Money` port in memory: one market, a price per replica, and what a test says of the account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.core.budgeting import Account, check_spending
from app.core.errors import InvalidInput
from app.core.markets import quotes
from app.core.replicasets import Fit
from app.core.spec import AppKey, AppSpec
from app.core.spending import Balance, Limits, Market, Markets, Quote
from app.ports.money import AppCost, Costs

GIB = 1024**3
A_DAY = 86_400.0
MARKETS = (
    Market("addr3060", "nvidia-3060", "NVIDIA 3060", ("NVIDIA GeForce RTX 3060",), 12 * GIB, Decimal("0.048"), 9),
    Market("addr4090", "nvidia-4090", "NVIDIA 4090", ("NVIDIA GeForce RTX 4090",), 24 * GIB, Decimal("0.320"), 4),
)


@dataclass
class FakeMoney:
    """Runs on `nosana` cost money, all else is free. `now` is when an end is counted from."""

    now: float
    account: Balance | None = field(default_factory=lambda: Balance(Decimal(20), Decimal(4), Decimal(1)))
    unfit: Fit = field(default_factory=Fit)
    rates: dict[AppKey, Decimal] = field(default_factory=dict)
    live: bool = True
    overall: Limits = field(default_factory=lambda: Limits(per_hour=Decimal(2)))
    spent: dict[AppKey, Decimal] = field(default_factory=dict)
    limits: dict[AppKey, Limits] = field(default_factory=dict)
    """What `costs` says of them."""
    markets_now: tuple[Market, ...] = MARKETS
    since: float = 1_700_000_000.0 - 7200

    def priced(self, runtime: str) -> bool:
        return runtime == "nosana"

    async def markets(self) -> Markets:
        return Markets(self.markets_now, self.live, self.now)

    async def balance(self) -> Balance | None:
        return self.account

    async def quote(self, spec: AppSpec) -> Quote | None:
        return (await self.candidates(spec))[0] if self.priced(spec.runtime) else None

    async def candidates(self, spec: AppSpec) -> Sequence[Quote]:
        return quotes(spec, await self.markets(), self.account)

    def fit(self, spec: AppSpec) -> Fit:
        return self.unfit if self.priced(spec.runtime) else Fit()

    async def costs(self) -> Costs:
        rows = tuple(
            AppCost(
                app=key,
                runtime="nosana",
                per_hour=self.rates.get(key, Decimal(0)),
                spent=spent,
                since=self.since,
                projected=self.rates.get(key, Decimal(0)) * 24,
                limits=self.limits.get(key, Limits()),
                gone=key not in self.rates,
            )
            for key, spent in self.spent.items()
        )
        per_hour = sum(self.rates.values(), Decimal(0))
        return Costs(rows, per_hour, sum(self.spent.values(), Decimal(0)), self.budget(), self.account)

    def hourly(self) -> dict[AppKey, Decimal]:
        return self.rates

    def budget(self) -> Limits:
        return self.overall

    async def set_budget(self, limits: Limits, *, cause: str) -> None:
        self.overall = limits

    def check(self, before: AppSpec | None, after: AppSpec) -> AppSpec:
        if not self.priced(after.runtime):
            return after
        account = Account(overall=self.overall, spent=self.spent.get(after.key, Decimal(0)), price=self._price(after))
        return check_spending(before, after, account, self.now)

    def _price(self, spec: AppSpec) -> Decimal | None:
        try:
            return quotes(spec, Markets(self.markets_now, self.live, self.now))[0].market.per_hour
        except InvalidInput:
            return None
