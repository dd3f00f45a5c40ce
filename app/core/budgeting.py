"""What limits of spending ask for: which app stops or shrinks now, and which wish is refused. Pure.

A limit is a wish like the count of replicas, so it is kept like one: said at 80 %, acted on at 100 % by its policy,
never silently. What is spent already cannot be taken back, so at a total "scale-down" stops like "stop" does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.core.errors import Conflict, InvalidInput
from app.core.placement import CHOOSING, placed, placement_of
from app.core.revision import content_hash
from app.core.spec import AppKey, AppSpec
from app.core.spending import (
    END_ANNOTATION,
    LIMIT_CHECKS,
    Limits,
    day_and_time,
    dollars,
    iso,
    limits_of,
)

DEFAULT_SECONDS = 24 * 3600.0
"""How long a priced app runs when nobody said for how long: an INFINITE rent never ends by itself."""
WARN_SHARE = Decimal("0.8")
END_NEAR_SECONDS = 3600.0
UNENDING = 30 * 24 * 3600.0
"""How far a projection looks where nothing ends it."""


@dataclass(frozen=True, slots=True)
class Bill:
    """One priced app as its keeper sees it: `price` of a replica per hour (None = not known now), `spent` since it was
    made, `limits` as read from it."""

    spec: AppSpec
    limits: Limits
    price: Decimal | None
    spent: Decimal

    @property
    def per_hour(self) -> Decimal:
        """At the count that is wished for: a rollout rents more for a while, which is no reason to shrink."""
        return (self.price or Decimal(0)) * self.spec.replicas


@dataclass(frozen=True, slots=True)
class Order:
    """What is to happen to one app: `replicas` from now on, or None = it is only said. `reason` in CamelCase."""

    app: AppKey
    replicas: int | None
    reason: str
    says: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a new wish is judged by. `price` of one of its replicas per hour (None = not known now), `spent` by the app
    so far, `others` per hour by all others, `spent_in_all` by all of them ever."""

    overall: Limits = field(default_factory=Limits)
    price: Decimal | None = None
    spent: Decimal = Decimal(0)
    others: Decimal = Decimal(0)
    spent_in_all: Decimal = Decimal(0)


# -- what runs


def decide(bills: Sequence[Bill], overall: Limits, spent_in_all: Decimal, now: float) -> list[Order]:
    """What to do now. At most one order of an app changes it, and none starts anything."""
    said: list[Order] = []
    counts = {bill.spec.key: bill.spec.replicas for bill in bills}
    acts: dict[AppKey, Order] = {}
    for bill in bills:
        for order in _own(bill, now) if bill.spec.replicas else ():
            if order.replicas is None:
                said.append(order)
            elif order.replicas < counts[order.app]:
                counts[order.app], acts[order.app] = order.replicas, order
    running = [bill for bill in bills if counts[bill.spec.key]]
    for order in _together(running, counts, overall, spent_in_all, now):
        if order.replicas is None:
            said.append(order)
        else:
            acts[order.app] = order
    return [*(one for one in said if one.app not in acts), *acts.values()]


def _own(bill: Bill, now: float) -> Iterator[Order]:
    limits, key, name = bill.limits, bill.spec.key, bill.spec.name
    if limits.end_at is not None and now >= limits.end_at:
        yield Order(key, 0, "EndReached", f"{name} is stopped: it was to end at {day_and_time(limits.end_at)}")
    elif limits.end_at is not None and limits.end_at - now <= END_NEAR_SECONDS:
        yield Order(
            key, None, "EndNear", f"{name} is stopped at {day_and_time(limits.end_at)}, unless its end is moved"
        )
    if limits.total is not None:
        yield from _of_total(key, name, bill.spent, limits)
    if limits.per_hour is not None and bill.per_hour > limits.per_hour:
        yield _of_hour(bill, limits.per_hour)


def _of_total(key: AppKey, name: str, spent: Decimal, limits: Limits) -> Iterator[Order]:
    total = limits.total
    assert total is not None
    of = f"{dollars(spent)} of its budget of {dollars(total)}"
    if spent >= total and limits.on_budget != "warn":
        yield Order(key, 0, "BudgetSpent", f"{name} is stopped: it has spent {of}")
    elif spent >= total:
        yield Order(key, None, "BudgetSpent", f"{name} has spent {of}, and runs on: its budget only warns")
    elif spent >= total * WARN_SHARE:
        yield Order(key, None, "BudgetNearlySpent", f"{name} has spent {of}")


def _of_hour(bill: Bill, cap: Decimal) -> Order:
    key, name, now = bill.spec.key, bill.spec.name, bill.spec.replicas
    costs = f"costs {dollars(bill.per_hour)} an hour, its limit is {dollars(cap)}"
    if bill.limits.on_budget == "warn":
        return Order(key, None, "BudgetPerHour", f"{name} {costs}, and it runs on: its budget only warns")
    most = min(now, most_replicas(bill.price, cap)) if bill.limits.on_budget == "scale-down" else 0
    if most:
        return Order(key, most, "BudgetPerHour", f"{name} goes from {now} to {most}: it {costs}")
    return Order(key, 0, "BudgetPerHour", f"{name} is stopped: it {costs}")


def most_replicas(price: Decimal | None, cap: Decimal | None) -> int:
    """How many replicas of this price a limit per hour pays for."""
    if cap is None or not price:
        return 10**6
    return int(cap // price)


def _together(
    bills: Sequence[Bill], counts: Mapping[AppKey, int], overall: Limits, spent_in_all: Decimal, now: float
) -> Iterator[Order]:
    """What the limits of all apps together ask of those that still run."""
    total = overall.total
    if overall.end_at is not None and now >= overall.end_at:
        yield from _all(bills, "EndReached", f"all that costs money was to end at {day_and_time(overall.end_at)}")
        return
    if total is not None and spent_in_all >= total * WARN_SHARE:
        of = f"all apps together have spent {dollars(spent_in_all)} of the budget of {dollars(total)}"
        if spent_in_all >= total and overall.on_budget != "warn":
            yield from _all(bills, "GlobalBudgetSpent", of)
            return
        reason = "GlobalBudgetSpent" if spent_in_all >= total else "GlobalBudgetNearlySpent"
        yield from (Order(bill.spec.key, None, reason, of) for bill in bills)
    if overall.per_hour is not None:
        yield from _cap(bills, counts, overall, overall.per_hour)


def _all(bills: Iterable[Bill], reason: str, why: str) -> Iterator[Order]:
    for bill in bills:
        yield Order(bill.spec.key, 0, reason, f"{bill.spec.name} is stopped: {why}")


def _cap(bills: Sequence[Bill], counts: Mapping[AppKey, int], overall: Limits, cap: Decimal) -> Iterator[Order]:
    """The dearest gives way first: one replica at a time, or the whole app."""
    prices = {bill.spec.key: bill.price for bill in bills if bill.price}
    left = {key: counts[key] for key in prices}
    costs = sum((prices[key] * left[key] for key in left), Decimal(0))
    if costs <= cap:
        return
    why = f"all apps together cost {dollars(costs)} an hour, the limit is {dollars(cap)}"
    if overall.on_budget == "warn":
        yield from (Order(key, None, "GlobalBudgetPerHour", f"{why}, and they run on: it only warns") for key in left)
        return
    while costs > cap:
        key = max(left, key=lambda one: (prices[one] * left[one], one))
        away = left[key] if overall.on_budget == "stop" else 1
        left[key] -= away
        costs -= prices[key] * away
    for key, count in left.items():
        if count < counts[key]:
            does = f"goes from {counts[key]} to {count}" if count else "is stopped"
            yield Order(key, count, "GlobalBudgetPerHour", f"{key.name} {does}: {why}")


# -- what is wished for


def check_spending(before: AppSpec | None, after: AppSpec, account: Account, now: float) -> AppSpec:
    """The wish with an end where nobody gave it one. Raises `InvalidInput` for annotations that cannot be read and for
    one above a limit, with the numbers; `Conflict` for one whose end has come or whose budget is spent.

    A change that makes nothing dearer always passes: so one can scale down what is over its limit.
    """
    limits = limits_of(after)
    if not after.replicas:
        return after
    raises = _raises(before, after)
    if raises:
        _refuse_ended(after.name, limits, account, now)
        _refuse_dear(after, limits, account)
    if limits.ends or limits.no_limit or account.overall.ends:
        return after
    return after.model_copy(update={"annotations": {**after.annotations, END_ANNOTATION: iso(now + DEFAULT_SECONDS)}})


def _raises(before: AppSpec | None, after: AppSpec) -> bool:
    """It may cost more than before: more replicas, another machine, or nothing was there."""
    if before is None or before.runtime != after.runtime or after.replicas > before.replicas:
        return True
    return not same_machine(before, after)


def same_machine(one: AppSpec, other: AppSpec) -> bool:
    """Both ask for the same kind of machine, in the same words."""
    old, new = placed(one).template.annotations, placed(other).template.annotations
    return all(old.get(name) == new.get(name) for name in CHOOSING)


def _refuse_ended(name: str, limits: Limits, account: Account, now: float) -> None:
    overall = account.overall
    say = f'say for how long or for how much it may run, such as "let {name} run 24 more hours"'
    if limits.end_at is not None and now >= limits.end_at:
        raise Conflict(f"{name} was to end at {day_and_time(limits.end_at)}: {say}")
    if limits.total is not None and account.spent >= limits.total and limits.on_budget != "warn":
        spent, total = dollars(account.spent), dollars(limits.total)
        raise Conflict(f"{name} has spent {spent} of its budget of {total}: give it a higher one before it starts")
    if overall.end_at is not None and now >= overall.end_at:
        raise Conflict(f"All that costs money was to end at {day_and_time(overall.end_at)}: move that end first")
    if overall.total is not None and account.spent_in_all >= overall.total and overall.on_budget != "warn":
        spent, total = dollars(account.spent_in_all), dollars(overall.total)
        raise Conflict(f"All apps together have spent {spent} of the budget of {total}: raise it first")


def _refuse_dear(spec: AppSpec, limits: Limits, account: Account) -> None:
    price, overall = account.price, account.overall
    if price is None:
        return
    cost = price * spec.replicas
    each = f"{spec.replicas} x {dollars(price)} = {dollars(cost)} an hour"
    if limits.per_hour is not None and cost > limits.per_hour and limits.on_budget != "warn":
        raise InvalidInput(
            f"{spec.name} would cost {each}, its limit is {dollars(limits.per_hour)}{_instead(price, limits.per_hour)}",
            field="replicas",
        )
    if overall.per_hour is not None and account.others + cost > overall.per_hour and overall.on_budget != "warn":
        others = f", {dollars(account.others)} beside it" if account.others else ""
        raise InvalidInput(
            f"{spec.name} would cost {each}{others}; all apps together may cost {dollars(overall.per_hour)}"
            f"{_instead(price, overall.per_hour - account.others)}",
            field="replicas",
        )


def _instead(price: Decimal, left: Decimal) -> str:
    most = most_replicas(price, left) if left > 0 else 0
    fits = f": {most} would fit" if most else ": none would fit"
    return f"{fits}; ask for fewer, for a cheaper market, or raise the limit"


# -- what may make it dearer


class Rise(StrEnum):
    """Why a change may cost more than what is there; the first that holds, the dearest first."""

    STARTS = "starts"
    MORE = "more replicas"
    MACHINE = "another machine"
    ROLLOUT = "old and new side by side"
    RENT = "a longer rent"
    LIMITS = "higher limits"


def rise_of(before: AppSpec | None, after: AppSpec) -> Rise | None:
    """None where `after` costs no more than `before` does. Both cost money. Annotations must be readable."""
    if not after.replicas:
        return None
    if before is None or not before.replicas or before.runtime != after.runtime:
        return Rise.STARTS
    if after.replicas > before.replicas:
        return Rise.MORE
    if not after.paused and not same_machine(before, after):
        return Rise.MACHINE
    if not after.paused and (before.paused or content_hash(before.template) != content_hash(after.template)):
        return Rise.ROLLOUT
    if placement_of(after).timeout_minutes > placement_of(before).timeout_minutes:
        return Rise.RENT
    return Rise.LIMITS if loosened(limits_of(before), limits_of(after)) else None


def loosened(before: Limits, after: Limits) -> bool:
    """Whether `after` lets something cost more, or longer, than `before`."""
    return (
        _above(before.per_hour, after.per_hour)
        or _above(before.total, after.total)
        or _above(before.end_at, after.end_at)
        or (after.on_budget == "warn" and before.on_budget != "warn")
    )


def _above(before: Decimal | float | None, after: Decimal | float | None) -> bool:
    return before is not None and (after is None or Decimal(str(after)) > Decimal(str(before)))


def carried_limits(spec: AppSpec, before: AppSpec | None) -> AppSpec:
    """`spec` with the limits of before where it says nothing of limits: a manifest without them does not lift them. On
    another runtime it begins anew."""
    if before is None or before.runtime != spec.runtime or any(name in spec.annotations for name in LIMIT_CHECKS):
        return spec
    kept = {name: before.annotations[name] for name in LIMIT_CHECKS if name in before.annotations}
    return spec.model_copy(update={"annotations": {**spec.annotations, **kept}}) if kept else spec


def projected(per_hour: Decimal, limits: Limits, spent: Decimal, now: float) -> Decimal:
    """What is still to come at today's rate: until its end or until its budget is spent, else for 30 days."""
    span = UNENDING if limits.end_at is None else max(0.0, limits.end_at - now)
    coming = per_hour * Decimal(repr(span)) / 3600
    if limits.total is not None and limits.on_budget != "warn":
        coming = min(coming, max(Decimal(0), limits.total - spent))
    return coming
