"""How an app could cost less: proposals with a price, from what is rented and what is used. Nothing is changed.

Each ends in a sentence that does it, which then asks like any change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from statistics import fmean
from typing import Any

from agent_tools.changes import ref
from agent_tools.metrics import summed
from agent_tools.spec import ToolContext
from agent_tools.text import one_line, plural
from app.core.errors import KubeLiteError
from app.core.markets import names_gpu
from app.core.placement import (
    DEFAULT_TIMEOUT_MINUTES,
    GPU_ANNOTATION,
    GPU_MEMORY_ANNOTATION,
    MARKET_ANNOTATION,
    placement_of,
    with_placement,
)
from app.core.quantities import format_cpu, format_memory
from app.core.spec import AppSpec
from app.core.spending import HOURS_PER_DAY, Quote, dollars, limits_of
from app.core.views import AppView
from app.ports.money import Money

LOOK_BACK_SECONDS = 3600.0
FULL = 0.6
"""A replica that is to take over from others is not filled beyond this share."""
WHOLE_CORE = 1000
"""What a replica without a CPU request may use, for this reckoning."""
IDLE_MILLICORES = 10
COLD_MINUTES = 10
"""How long a rent typically pays for waiting and loading before it serves (4 in the queue, 6 to boot)."""
ROTATING_MINUTES = 6 * 60
"""Shorter rents than this pay a noticeable share for cold starts."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`saves` per hour, zero where it is not about the rate; `next` is what to say to do it."""

    app: str
    says: str
    saves: Decimal
    next: str

    @property
    def row(self) -> dict[str, Any]:
        return {"app": self.app, "says": self.says, "saves_per_hour": str(self.saves), "next": self.next}


async def proposals(ctx: ToolContext, app: str | None) -> list[Proposal]:
    """For one app or all, the one that saves most first. Raises `NotFound`."""
    views = [ctx.control.app(app)] if app is not None else ctx.control.apps()
    found: list[Proposal] = []
    for view in views:
        if view.spec.replicas and not view.deleting:
            found += [one async for one in _of(ctx, view)]
    return sorted(found, key=lambda one: -one.saves)


async def _of(ctx: ToolContext, view: AppView) -> AsyncIterator[Proposal]:
    money, spec = ctx.money, view.spec
    priced = money is not None and money.priced(spec.runtime)
    quote = await _quote(money, spec) if money is not None and priced else None
    each = quote.per_hour / quote.replicas if quote is not None else Decimal(0)
    async for one in _fewer(ctx, view, each):
        yield one
    if money is None or quote is None:
        return
    async for one in _cheaper(money, spec, quote):
        yield one
    for one in (*_rent(spec, quote), *_endless(spec, quote)):
        yield one


async def _quote(money: Money, spec: AppSpec) -> Quote | None:
    try:
        return await money.quote(spec)
    except KubeLiteError:
        return None


# -- fewer replicas


async def _fewer(ctx: ToolContext, view: AppView, each: Decimal) -> AsyncIterator[Proposal]:
    """By what its replicas really used over the last hour; where nothing was measured, one fewer to choose."""
    spec, name = view.spec, ref(view.key)
    now = spec.replicas
    points = summed(await ctx.control.usage(name, seconds=LOOK_BACK_SECONDS))
    if not points:
        if now > 1 and each:
            yield _scaled(name, now, now - 1, each, "what its replicas use is not known yet")
        return
    mean, peak = fmean(point[1] for point in points), max(point[1] for point in points)
    used = f"over the last hour it used {format_cpu(round(mean))} of CPU, {format_cpu(peak)} at its peak"
    if peak < IDLE_MILLICORES * now:
        saved = f" and saves {_money(each * now)}" if each else ""
        says = f"Stop **{name}**: {used}, so it looks idle. That keeps its settings{saved}."
        yield Proposal(name, says, each * now, f'Say "stop {name}" to stop it; "start {name}" brings it back.')
        return
    needed = max(1, ceil(peak / (FULL * _room(spec))))
    if needed < now and spec.job is None:
        yield _scaled(name, now, needed, each, used)


def _room(spec: AppSpec) -> int:
    """Millicores one replica may use."""
    wants = spec.template.wants
    return wants.limits.cpu_millicores or wants.requests.cpu_millicores or WHOLE_CORE


def _scaled(name: str, now: int, then: int, each: Decimal, why: str) -> Proposal:
    saves = each * (now - then)
    money = (
        f" It saves {_money(saves)}: {dollars(each * then)} an hour instead of {dollars(each * now)}." if each else ""
    )
    says = f"Scale **{name}** from {now} to {plural(then, 'replica')}: {why}.{money}"
    return Proposal(name, says, saves, f'Say "scale {name} to {then}" to do it.')


# -- a cheaper market


async def _cheaper(money: Money, spec: AppSpec, quote: Quote) -> AsyncIterator[Proposal]:
    """Another market with as much GPU memory as is asked for, or as there is where a card was named."""
    placement, name, market = placement_of(spec), ref(spec.key), quote.market
    if placement.free:
        return  # the cheapest is what it gets
    named = bool(placement.market or placement.gpu)
    need = placement.gpu_memory_bytes or (market.gpu_memory_bytes if named else None)
    free = {MARKET_ANNOTATION: None, GPU_ANNOTATION: None, GPU_MEMORY_ANNOTATION: format_memory(need) if need else None}
    try:
        found = await money.candidates(with_placement(spec, free))
    except KubeLiteError:
        return
    best = next((one for one in found if one.per_hour < quote.per_hour and one.market.idle != 0), None)
    if best is None:
        return
    slug, saves = one_line(best.market.slug, 60), quote.per_hour - best.per_hour
    other = placement.gpu and not names_gpu(placement.gpu, best.market)
    caveat = " It is another GPU than the one asked for, and may be slower." if other else ""
    says = (
        f"Rent **{name}** in {slug} instead of {one_line(market.slug, 60)}: as much GPU memory, "
        f"{dollars(best.per_hour)} an hour instead of {dollars(quote.per_hour)}, which saves {_money(saves)}.{caveat}"
    )
    yield Proposal(name, says, saves, f'Say "deploy {name} with the image {_image(spec)} in the market {slug}".')


def _image(spec: AppSpec) -> str:
    return one_line(spec.container.image, 200)


# -- rents and ends


def _rent(spec: AppSpec, quote: Quote) -> Iterator[Proposal]:
    """Rotation against reservation: a short rent pays for many cold starts, a long one reserves much at once."""
    minutes, name = quote.timeout_minutes, ref(spec.key)
    a_day = quote.per_hour * DEFAULT_TIMEOUT_MINUTES / 60
    if spec.job is not None:
        return
    if minutes < ROTATING_MINUTES:
        share = round(100 * COLD_MINUTES / minutes)
        says = (
            f"Rent **{name}** for a day at a time instead of {minutes / 60:g} h: every rent begins with a cold start "
            f"of about {COLD_MINUTES} minutes that is paid, {share} % of it now. It reserves {dollars(a_day)} at once "
            f"instead of {dollars(quote.reserved)}, and the rate stays."
        )
        yield Proposal(name, says, Decimal(0), _LONGER)
    elif quote.balance is not None and minutes > DEFAULT_TIMEOUT_MINUTES and quote.reserved > quote.balance.spendable:
        says = (
            f"Rent **{name}** for a day at a time instead of {minutes / 60:g} h: that reserves {dollars(a_day)} at "
            f"once instead of {dollars(quote.reserved)}, and the rate stays; it moves to another machine once a day."
        )
        yield Proposal(name, says, Decimal(0), _LONGER)


_LONGER = 'Set the annotation kubelite.io/job-timeout to "24h" in its manifest and apply it.'


def _endless(spec: AppSpec, quote: Quote) -> Iterator[Proposal]:
    name = ref(spec.key)
    if limits_of(spec).no_limit:
        says = f"Give **{name}** an end or a budget: it runs without a limit, {_money(quote.per_hour)}."
        yield Proposal(name, says, Decimal(0), f'Say "let {name} run 24 more hours", or give it a budget.')


def _money(per_hour: Decimal) -> str:
    return f"{dollars(per_hour)} an hour ({dollars(per_hour * HOURS_PER_DAY)} a day)"
