"""What tools may ask about money. Keeps them off the engine, as `app.ports.control` does for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from app.core.replicasets import Fit
from app.core.spec import AppKey, AppSpec
from app.core.spending import Balance, Limits, Markets, Quote


@dataclass(frozen=True, slots=True)
class AppCost:
    """What one app costs. `per_hour` now; `spent` since `since` (epoch seconds: its first charge); `projected` from now
    to its end (or for 30 days where nothing ends it), at today's rate."""

    app: AppKey
    runtime: str
    per_hour: Decimal
    spent: Decimal
    since: float
    projected: Decimal
    limits: Limits
    gone: bool = False
    """The app was deleted; what it cost is still in the sum."""


@dataclass(frozen=True, slots=True)
class Costs:
    """All of it. `apps` dearest first."""

    apps: tuple[AppCost, ...]
    per_hour: Decimal
    spent: Decimal
    budget: Limits
    balance: Balance | None
    """None where no account was reached."""


class Money(Protocol):
    """Reads are from memory, but for what says `async`."""

    def priced(self, runtime: str) -> bool:
        """Whether running there costs money."""
        ...

    async def markets(self) -> Markets:
        """Raises `NotFound` where no priced runtime is configured."""
        ...

    async def balance(self) -> Balance | None: ...

    async def quote(self, spec: AppSpec) -> Quote | None:
        """None where it costs nothing. Raises `InvalidInput` when no market has what is asked for."""
        ...

    def fit(self, spec: AppSpec) -> Fit:
        """What of it its runtime cannot do as asked."""
        ...

    async def costs(self) -> Costs: ...

    def hourly(self) -> dict[AppKey, Decimal]:
        """What each priced app costs per hour now, for the board."""
        ...

    def budget(self) -> Limits:
        """Of all apps together."""
        ...

    async def set_budget(self, limits: Limits, *, cause: str) -> None: ...

    def check(self, before: AppSpec | None, after: AppSpec) -> AppSpec:
        """The wish as it would be stored: with an end where nobody gave it one. Raises `InvalidInput` for one above a
        limit, `Conflict` for one whose budget is spent. Costs nothing where its runtime does."""
        ...

    async def candidates(self, spec: AppSpec) -> Sequence[Quote]:
        """Every market that fits, cheapest first."""
        ...
