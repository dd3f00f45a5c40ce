"""Money as values: prices, balances, what was spent, and the limits people set. US dollars as `Decimal`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.core.spec import AppKey, Frozen

BUDGET_PER_HOUR_ANNOTATION = "kubelite.io/budget-per-hour"
BUDGET_TOTAL_ANNOTATION = "kubelite.io/budget-total"
ON_BUDGET_ANNOTATION = "kubelite.io/on-budget"
END_ANNOTATION = "kubelite.io/end-at"
"""ISO 8601 with a zone: when the app is stopped."""
NO_LIMIT_ANNOTATION = "kubelite.io/no-limit"
""""true": the person said that it may run, and cost, without end."""

OnBudget = Literal["scale-down", "stop", "warn"]


class Limits(Frozen):
    """What an app, or all of them together, may cost. None = no such limit. `end_at` in epoch seconds."""

    per_hour: Decimal | None = None
    total: Decimal | None = None
    end_at: float | None = None
    on_budget: OnBudget = "stop"
    no_limit: bool = False

    @property
    def ends(self) -> bool:
        """Something stops the spending by itself one day."""
        return self.total is not None or self.end_at is not None


@dataclass(frozen=True, slots=True)
class Charge:
    """One replica's rent: from `started_at` to `ended_at` (None = goes on) at `per_hour`. `id` is the runtime's own
    identity of that rent (a job address), so that it is counted once."""

    id: str
    app: AppKey
    runtime: str
    market: str
    per_hour: Decimal
    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """A pool of machines of one kind. `per_hour` is what a replica costs, fees included. `idle` = free machines now,
    None where that is not known."""

    address: str
    slug: str
    name: str
    gpus: tuple[str, ...]
    gpu_memory_bytes: int | None
    per_hour: Decimal
    idle: int | None = None


@dataclass(frozen=True, slots=True)
class Markets:
    """A price list. `live` False = a built-in table of the day `as_of` (epoch seconds), because nobody answered."""

    markets: tuple[Market, ...]
    live: bool
    as_of: float


@dataclass(frozen=True, slots=True)
class Balance:
    """An account. `spendable` = assigned - reserved - settled."""

    assigned: Decimal
    reserved: Decimal
    settled: Decimal

    @property
    def spendable(self) -> Decimal:
        return self.assigned - self.reserved - self.settled


@dataclass(frozen=True, slots=True)
class Quote:
    """What an app would cost as asked: `market` chosen for it, `per_hour` for all its replicas, and `reserved` at once
    (price x replicas x timeout). `live` as of `Markets`."""

    market: Market
    replicas: int
    timeout_minutes: int
    per_hour: Decimal
    reserved: Decimal
    live: bool
    balance: Balance | None = None
