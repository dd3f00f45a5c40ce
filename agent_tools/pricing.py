"""The price on a card: what a change may cost more than what is there, said before anything is spent.

A call that cannot raise what an app costs has no price, and so asks nobody (`agent_tools.calls.effect_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from agent_tools.changes import ref
from agent_tools.spec import ToolContext
from agent_tools.text import one_line, plural
from agent_tools.wishes import Wish
from app.core.approvals import Preview
from app.core.budgeting import DEFAULT_SECONDS, Rise, rise_of
from app.core.errors import InvalidInput, PortError
from app.core.objects import CronJob, HorizontalPodAutoscaler
from app.core.placement import placed
from app.core.spec import AppKey, AppSpec
from app.core.spending import END_ANNOTATION, Quote, day_and_time, dollars, limits_of
from app.ports.money import Money

Pair = tuple[AppSpec | None, AppSpec | None]
"""An app as it is wished for now (None = not there) and as it would be (None = deleted)."""


@dataclass(frozen=True, slots=True)
class Priced:
    """One change that may cost more. `quote` None = the price could not be had, and `why` says why not."""

    before: AppSpec | None
    after: AppSpec
    rise: Rise
    quote: Quote | None
    why: str = ""
    before_per_hour: Decimal = Decimal(0)

    @property
    def fresh(self) -> int:
        """How many replicas are rented anew by it."""
        if self.quote is None or self.rise is Rise.LIMITS:
            return 0
        if self.rise is Rise.MORE and self.before is not None:
            return self.after.replicas - self.before.replicas
        return self.after.replicas

    @property
    def reserved(self) -> Decimal:
        return self.quote.reserved * self.fresh / self.after.replicas if self.quote else Decimal(0)


async def price_of(
    ctx: ToolContext, pairs: Iterable[Pair], *, ceilings: Iterable[Pair] = (), runs: Iterable[AppSpec] = ()
) -> str:
    """What these changes cost per hour and day, what is reserved at once, what is left of the balance, and when it
    ends. `ceilings` are apps at the most replicas an autoscaler gives them, now and then; `runs` what a CronJob starts.

    Empty where nothing can cost more. Raises `InvalidInput` (no market has it, above a limit, cannot run there) and
    `Conflict` (its end has come, its budget is spent).
    """
    pairs = list(pairs)
    found = await _rising(ctx, pairs)
    tops = [one for one in await _rising(ctx, (*_own_ceilings(pairs), *ceilings)) if one.rise in _MORE]
    made = await _rising(ctx, ((None, run) for run in runs))
    sentences = [_of_one(ctx, one, several=len(found) > 1) for one in found]
    sentences += _of_all(found)
    sentences += [f"If the load asks for it, {_of_top(one)}." for one in tops]
    sentences += [f"Each run: {_of_top(one)}." for one in made]
    return " ".join(sentences)


async def _rising(ctx: ToolContext, pairs: Iterable[Pair]) -> list[Priced]:
    return [one for before, after in pairs if (one := await priced(ctx, before, after)) is not None]


async def with_price(
    ctx: ToolContext,
    preview: Preview,
    pairs: Iterable[Pair],
    *,
    ceilings: Iterable[Pair] = (),
    runs: Iterable[AppSpec] = (),
) -> Preview:
    """The card with what it costs on it, and with what will be otherwise on a rented machine."""
    pairs, runs = list(pairs), list(runs)
    price = await price_of(ctx, pairs, ceilings=ceilings, runs=runs)
    if not price:
        return preview
    notes = (*preview.notes, *_notes(ctx, [*(after for _, after in pairs if after is not None), *runs]))
    return preview.model_copy(update={"price": price, "notes": tuple(dict.fromkeys(notes))})


async def priced_plan(ctx: ToolContext, preview: Preview, steps: Sequence[tuple[Wish | None, Wish | None]]) -> Preview:
    """As `with_price`, for apps and objects together: autoscalers and CronJobs cost money too."""
    pairs = [(_app(before), _app(after)) for before, after in steps if isinstance(after, AppSpec)]
    soon = {after.key: after for _, after in pairs if after is not None}
    ceilings, runs = [], []
    for before, after in steps:
        if isinstance(after, HorizontalPodAutoscaler):
            spec = soon.get(after.target_key) or _standing(ctx, after.target_key)
            most = before.scaling.max_replicas if isinstance(before, HorizontalPodAutoscaler) else 0
            ceilings += [ceiling(spec, most, after.scaling.max_replicas)] if spec is not None and spec.replicas else []
        elif isinstance(after, CronJob) and not after.suspend:
            runs.append(after.job)
    return await with_price(ctx, preview, pairs, ceilings=ceilings, runs=runs)


def _app(wish: Wish | None) -> AppSpec | None:
    return wish if isinstance(wish, AppSpec) else None


def _standing(ctx: ToolContext, key: AppKey) -> AppSpec | None:
    return next((view.spec for view in ctx.control.apps() if view.key == key and not view.deleting), None)


async def priced(ctx: ToolContext, before: AppSpec | None, after: AppSpec | None) -> Priced | None:
    """None where it cannot cost more than now."""
    money = ctx.money
    if money is None or after is None or not money.priced(after.runtime):
        return None
    after = money.check(before, placed(after))
    known = before if before is not None and money.priced(before.runtime) else None
    rise = rise_of(known, after)
    if rise is None:
        return None
    _check_fit(money, after)
    try:
        quote = await money.quote(after)
        was = await _hourly(money, known)
    except PortError as error:
        return Priced(known, after, rise, None, one_line(str(error), 200))
    return Priced(known, after, rise, quote, before_per_hour=was)


def _check_fit(money: Money, after: AppSpec) -> None:
    refusals = money.fit(after).refusals
    if refusals:
        said = "\n".join(f"- {one_line(one, 400)}" for one in refusals)
        raise InvalidInput(f"{ref(after.key)} cannot run on {after.runtime}; nothing was changed.\n{said}")


def _notes(ctx: ToolContext, specs: Iterable[AppSpec]) -> list[str]:
    return [one for spec in specs for one in ctx.money.fit(spec).warnings] if ctx.money is not None else []


async def _hourly(money: Money, spec: AppSpec | None) -> Decimal:
    """What is there costs now; what cannot be rented any more counts as nothing."""
    if spec is None or not spec.replicas:
        return Decimal(0)
    try:
        quote = await money.quote(spec)
    except InvalidInput:
        return Decimal(0)
    return quote.per_hour if quote is not None else Decimal(0)


# -- counts that follow the load

_MORE = (Rise.STARTS, Rise.MORE)


def ceiling(spec: AppSpec, most_before: int, most_after: int) -> Pair:
    """An app as dear as an autoscaler may make it, now and then."""
    now, then = max(spec.replicas, most_before), max(spec.replicas, most_after)
    return with_count(spec, now), with_count(spec, then)


def _own_ceilings(pairs: Iterable[Pair]) -> Iterator[Pair]:
    for before, after in pairs:
        if after is not None and (top := _at_most(after)).replicas > after.replicas:
            yield before and _at_most(before), top


def _at_most(spec: AppSpec) -> AppSpec:
    """At the most replicas its own autoscaling may give it."""
    scaling = spec.autoscaling
    if scaling is None or not scaling.enabled or not spec.replicas:
        return spec
    return with_count(spec, max(spec.replicas, scaling.max_replicas))


def with_count(spec: AppSpec, replicas: int) -> AppSpec:
    return spec.model_copy(update={"replicas": replicas})


# -- in words


def _of_one(ctx: ToolContext, one: Priced, *, several: bool) -> str:
    name = f"{ref(one.after.key)}: " if several else ""
    if one.quote is None:
        return f"{name}It costs money, but the price is not known now ({one.why}). {_end(one.after, ctx.now())}"
    parts = [name + _rate(one.quote), _instead(one), _meanwhile(one), _queue(one)]
    return f"{''.join(part for part in parts if part)}. {_end(one.after, ctx.now())}"


def _of_top(one: Priced) -> str:
    return f"it costs money at a price not known now ({one.why})" if one.quote is None else _rate(one.quote)


def _rate(quote: Quote) -> str:
    market = quote.market
    each = f", {dollars(market.per_hour)} each" if quote.replicas > 1 else ""
    cards = market.gpus[0] if len(market.gpus) == 1 else ""
    of = f" ({one_line(cards, 60)})" if cards else ""
    return (
        f"{dollars(quote.per_hour)} an hour ({dollars(quote.per_day)} a day) for {plural(quote.replicas, 'replica')} "
        f"in {one_line(market.slug, 60)}{of}{each}"
    )


def _instead(one: Priced) -> str:
    if one.rise in (Rise.MORE, Rise.MACHINE) and one.before_per_hour and one.quote is not None:
        return f", {dollars(one.before_per_hour)} an hour before"
    return ""


def _meanwhile(one: Priced) -> str:
    """A new template is a new set beside the old one, and both are rented until the new one answers."""
    if one.rise not in (Rise.MACHINE, Rise.ROLLOUT) or one.quote is None:
        return ""
    if one.after.strategy.type == "Recreate":
        return "; the old replicas are given up first"
    both = one.before_per_hour + one.quote.per_hour
    return f"; until the new replicas answer the old ones are paid too, {dollars(both)} an hour together"


def _queue(one: Priced) -> str:
    """What is known of free machines, where they do not suffice."""
    idle = one.quote.market.idle if one.quote is not None else None
    if idle is None or idle >= one.fresh:
        return ""
    return (
        f"; {'no machine is' if not idle else f'only {idle} of {one.fresh} machines are'} free there now, so it waits"
    )


def _end(spec: AppSpec, now: float) -> str:
    limits = limits_of(spec)
    said = []
    if limits.end_at is not None:
        mine = abs(limits.end_at - now - DEFAULT_SECONDS) < 2 and END_ANNOTATION in spec.annotations
        said.append(f"ends {day_and_time(limits.end_at)}{' unless you say otherwise' if mine else ''}")
    if limits.total is not None:
        said.append(f"has a budget of {dollars(limits.total)}")
    if not said:
        said.append(
            "has no end: it was asked for without a limit" if limits.no_limit else "ends with the global budget"
        )
    return f"It {' and '.join(said)}."


def _of_all(found: Sequence[Priced]) -> list[str]:
    """Of the account: what is reserved at once, what is left then, and how sure the prices are."""
    known = [one for one in found if one.quote is not None]
    if not known:
        return []
    reserved = sum((one.reserved for one in known), Decimal(0))
    total = sum((one.quote.per_hour for one in known if one.quote), Decimal(0))
    said = [f"All together: {dollars(total)} an hour."] if len(known) > 1 else []
    quote = known[0].quote
    assert quote is not None
    if reserved:
        said.append(_reserved(reserved, quote))
    if not quote.live:
        said.append(f"The prices are of a built-in list of {_day(quote.as_of)}: the live ones could not be read.")
    return said


def _reserved(reserved: Decimal, quote: Quote) -> str:
    hours = f"{quote.timeout_minutes / 60:g} h"
    at_once = f"{dollars(reserved)} is reserved at once ({hours} ahead)"
    after = replace(quote, reserved=reserved).balance_after
    if quote.balance is None or after is None:
        return f"{at_once}; the balance is not known now."
    if after < 0:
        return (
            f"{at_once}, but the balance is {dollars(quote.balance.spendable)}: top it up, or what cannot be paid "
            "waits."
        )
    return f"{at_once}, which leaves {dollars(after)} of {dollars(quote.balance.spendable)}."


def _day(at: float) -> str:
    return " ".join(day_and_time(at).split()[:3])
