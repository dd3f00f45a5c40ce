"""Money as values: prices, balances, what was spent, and the limits people set. US dollars as `Decimal`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal, get_args

from app.core.errors import InvalidInput
from app.core.quoting import listed, quoted
from app.core.spec import AppKey, AppSpec, Frozen

BUDGET_PER_HOUR_ANNOTATION = "kubelite.io/budget-per-hour"
BUDGET_TOTAL_ANNOTATION = "kubelite.io/budget-total"
ON_BUDGET_ANNOTATION = "kubelite.io/on-budget"
END_ANNOTATION = "kubelite.io/end-at"
"""ISO 8601 with a zone: when the app is stopped."""
NO_LIMIT_ANNOTATION = "kubelite.io/no-limit"
""""true": the person said that it may run, and cost, without end."""

OnBudget = Literal["scale-down", "stop", "warn"]
"""At a limit: keep as many replicas as the hourly one allows; stop; say it and go on."""

HOUR = 3600
HOURS_PER_DAY = 24


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
    None where that is not known. A card of "24 GB" has 24 x 1024^3 bytes. `private` = of one customer: taken where it
    is named, never offered."""

    address: str
    slug: str
    name: str
    gpus: tuple[str, ...]
    gpu_memory_bytes: int | None
    per_hour: Decimal
    idle: int | None = None
    private: bool = False


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
    as_of: float = 0.0
    """Of the price list (epoch seconds)."""

    @property
    def per_day(self) -> Decimal:
        return self.per_hour * HOURS_PER_DAY

    @property
    def balance_after(self) -> Decimal | None:
        """What could still be spent once this is reserved."""
        return None if self.balance is None else self.balance.spendable - self.reserved


# -- what is written on an app

_AMOUNT = re.compile(
    r"(?:us)?\$? ?(\d{1,9}(?:\.\d{1,6})?) ?(?:us ?dollars?|usd|dollars?|\$)?"
    r"(?: ?(?:/|per|an?) ?(?:hours?|hr?|day|d|total))?"
)
_PER_DAY = re.compile(r"(?:/|per|a) ?(?:day|d)$")


def parse_dollars(text: str, *, field: str) -> Decimal:
    """`1.50`, `$2`, `2 USD`, more than 0. Raises `InvalidInput`."""
    plain = " ".join(text.lower().split())
    match = _AMOUNT.fullmatch(plain)
    if match is None or _PER_DAY.search(plain):
        raise InvalidInput(f"{quoted(text)} is not an amount of US dollars: write it like 1.50", field=field)
    amount = Decimal(match[1])
    if amount <= 0:
        raise InvalidInput(f"{quoted(text)} is no money at all: write more than 0, or stop the app", field=field)
    return amount


def parse_end(text: str, *, field: str) -> float:
    """`2026-11-30T17:00:00Z` in epoch seconds. Raises `InvalidInput`, also without a time zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            return moment.timestamp()
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(
        f"{quoted(text)} is not a moment: write date, time and zone such as 2030-01-31T17:00:00Z", field=field
    )


def parse_on_budget(text: str, *, field: str) -> str:
    word = text.strip().lower()
    if word in get_args(OnBudget):
        return word
    raise InvalidInput(f"{quoted(text)} must be {listed(get_args(OnBudget))}", field=field)


def parse_no_limit(text: str, *, field: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    raise InvalidInput(f'{quoted(text)} must be "true" or "false"', field=field)


_READ: dict[str, tuple[str, Callable[..., Any]]] = {
    BUDGET_PER_HOUR_ANNOTATION: ("per_hour", parse_dollars),
    BUDGET_TOTAL_ANNOTATION: ("total", parse_dollars),
    END_ANNOTATION: ("end_at", parse_end),
    ON_BUDGET_ANNOTATION: ("on_budget", parse_on_budget),
    NO_LIMIT_ANNOTATION: ("no_limit", parse_no_limit),
}


def _check(name: str) -> Callable[[str], object]:
    return lambda text: _READ[name][1](text, field=name)


LIMIT_CHECKS: dict[str, Callable[[str], object]] = {name: _check(name) for name in _READ}
"""By annotation: reads its value or raises `InvalidInput` with the fix."""


def limits_of(spec: AppSpec) -> Limits:
    """What its annotations say. Raises `InvalidInput` that names the annotation, its value and the fix."""
    return read_limits(spec.annotations)


def read_limits(annotations: Mapping[str, str]) -> Limits:
    found: dict[str, Any] = {}
    for name, (field, parse) in _READ.items():
        if name not in annotations:
            continue
        try:
            found[field] = parse(annotations[name], field=name)
        except InvalidInput as error:
            raise InvalidInput(f"{name}: {error}", field=name) from None
    limits = Limits.model_validate(found)
    if limits.no_limit and limits.ends:
        other = BUDGET_TOTAL_ANNOTATION if limits.total is not None else END_ANNOTATION
        raise InvalidInput(f"{NO_LIMIT_ANNOTATION} contradicts {other}: remove one of them", field=NO_LIMIT_ANNOTATION)
    return limits


def limit_annotations(limits: Limits) -> dict[str, str | None]:
    """The annotations that say so; None = this one is not to be there."""
    stops = limits.on_budget != Limits().on_budget
    return {
        BUDGET_PER_HOUR_ANNOTATION: _plain(limits.per_hour),
        BUDGET_TOTAL_ANNOTATION: _plain(limits.total),
        END_ANNOTATION: None if limits.end_at is None else iso(limits.end_at),
        ON_BUDGET_ANNOTATION: limits.on_budget if stops else None,
        NO_LIMIT_ANNOTATION: "true" if limits.no_limit else None,
    }


def with_limits(spec: AppSpec, limits: Limits) -> AppSpec:
    """`spec` with exactly these limits."""
    given = {**spec.annotations, **limit_annotations(limits)}
    annotations = {name: value for name, value in given.items() if value is not None}
    return spec.model_copy(update={"annotations": annotations})


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


# -- sums


def cost_of(charge: Charge, since: float, now: float) -> Decimal:
    """What one rent cost between two moments; never negative, whatever the clocks say."""
    end = now if charge.ended_at is None else min(charge.ended_at, now)
    seconds = end - max(charge.started_at, since)
    return charge.per_hour * Decimal(repr(seconds)) / HOUR if seconds > 0 else Decimal(0)


def spent(charges: Iterable[Charge], since: float, now: float) -> Decimal:
    """What they cost between two moments (epoch seconds)."""
    return sum((cost_of(charge, since, now) for charge in charges), Decimal(0))


def rate(charges: Iterable[Charge]) -> Decimal:
    """What they cost per hour at this moment: all that have no end yet, for another's clock may be ahead of ours."""
    return sum((one.per_hour for one in charges if one.ended_at is None), Decimal(0))


# -- in words


SMALLEST_PLACES = 6


def dollars(amount: Decimal) -> str:
    """`$0.32`, `$23.04`, `$0.048`, `$0.000013`: two decimals at least, and two digits of what is small."""
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    places = 2 if size >= 1 else 3 if size >= Decimal("0.01") else 4
    if 0 < size < Decimal("0.001"):
        places = min(1 - size.adjusted(), SMALLEST_PLACES)
    text = f"{size.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN):,f}"
    whole, _, part = text.partition(".")
    return f"{sign}${whole}.{part.rstrip('0').ljust(2, '0')}"


def iso(at: float) -> str:
    """A moment as the annotation has it."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_and_time(at: float) -> str:
    """`30 Nov 2026 17:00 UTC`."""
    moment = datetime.fromtimestamp(int(at), UTC)
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"
