"""`cost`: what is spent now, by app, since when, and what is still to come; and how it could be less."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef
from agent_tools.saving import proposals
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import age, cell, plural, size, table
from app.core.approvals import Preview
from app.core.errors import NotFound
from app.core.gate import Effect
from app.core.quantities import format_cpu
from app.core.spending import HOURS_PER_DAY, Limits, day_and_time, dollars
from app.core.views import AppView
from app.ports.money import AppCost, Costs

MAX_ROWS = 40


class CostArgs(Args):
    """Arguments of `cost`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")
    save: bool = Field(default=False, strict=True, description="also propose how it could cost less")


def _action(args: CostArgs) -> dict[str, Any]:
    return {"action": "cost", "app": args.app} if args.app else {"action": "cost"}


async def preview(ctx: ToolContext, args: CostArgs) -> Preview:
    if args.app and await _of(ctx, args.app) is None:
        ctx.control.app(args.app)
    return Preview(title=f"What {args.app or 'all apps'} cost", verb="Look", canonical=(_action(args),))


async def _of(ctx: ToolContext, name: str) -> AppCost | None:
    """What an app cost, of one that is gone too."""
    costs = await ctx.money.costs() if ctx.money is not None else None
    rows = [row for row in costs.apps if name in (str(row.app), ref(row.app))] if costs is not None else []
    return rows[0] if rows else None


async def run(ctx: ToolContext, args: CostArgs) -> ToolResult:
    costs = await ctx.money.costs() if ctx.money is not None else None
    rows = [row for row in costs.apps if args.app in (None, str(row.app), ref(row.app))] if costs is not None else []
    lines = [*(_paid(costs, rows, ctx.now(), one=args.app is not None) if costs and rows else ())]
    lines += [line async for line in _free(ctx, args, rows)]
    if costs is not None:
        lines += list(_account(costs))
    ideas = await proposals(ctx, args.app) if args.save else []
    if args.save:
        lines.append("\n".join(f"{at}. {one.says}" for at, one in enumerate(ideas, 1)) or _NOTHING_TO_SAVE)
    return ToolResult(
        ok=True,
        summary="\n\n".join(lines),
        next=ideas[0].next if ideas else _next(rows, save=args.save),
        data=_data(costs, rows) | ({"proposals": [one.row for one in ideas]} if args.save else {}),
        actions=[_action(args)],
    )


_NOTHING_TO_SAVE = "Nothing is seen that would cost less and do the same."


def _next(rows: Sequence[AppCost], *, save: bool) -> str | None:
    if save or not any(row.per_hour for row in rows):
        return None
    return 'Say "how could it cost less?" for priced proposals.'


def _paid(costs: Costs, rows: Sequence[AppCost], now: float, *, one: bool) -> Iterator[str]:
    if not one:
        yield (
            f"Now **{dollars(costs.per_hour)} an hour** ({dollars(costs.per_hour * HOURS_PER_DAY)} a day); "
            f"{dollars(costs.spent)} spent so far."
        )
    yield table(
        ("app", "an hour now", "spent", "since", "still to come", "until"),
        (
            (
                f"{cell(ref(row.app))}{' (gone)' if row.gone else ''}",
                dollars(row.per_hour),
                dollars(row.spent),
                f"{age(now - row.since)} ago" if row.spent else "nothing yet",
                "" if row.gone else dollars(row.projected),
                "" if row.gone else _until(row.limits),
            )
            for row in rows[:MAX_ROWS]
        ),
    )
    if len(rows) > MAX_ROWS:
        yield f"… and {plural(len(rows) - MAX_ROWS, 'more app')}."


def _until(limits: Limits) -> str:
    said = [] if limits.end_at is None else [day_and_time(limits.end_at)]
    if limits.total is not None:
        said.append(f"{dollars(limits.total)} are spent")
    if not said:
        said.append("no end, so 30 days are counted")
    if limits.per_hour is not None:
        said.append(f"at most {dollars(limits.per_hour)} an hour")
    return ", ".join(said)


async def _free(ctx: ToolContext, args: CostArgs, rows: Sequence[AppCost]) -> AsyncIterator[str]:
    """Of what runs where nothing costs money: that it is so, and what it uses instead."""
    priced = {row.app for row in rows if not row.gone}
    if args.app and rows:
        return
    try:
        views = [view for view in await ctx.control.measure(args.app) if view.key not in priced]
    except NotFound:
        return
    if not views:
        if not rows:
            yield "There are no apps, and nothing was spent."
        return
    runtimes = " and ".join(sorted({view.spec.runtime for view in views}))
    yield f"On {runtimes} nothing costs money per hour. What is used there instead:"
    yield table(("app", "replicas", "CPU", "memory"), (_used(view) for view in views[:MAX_ROWS]))


def _used(view: AppView) -> tuple[str, ...]:
    cpu = "not measured" if view.cpu_millicores is None else format_cpu(view.cpu_millicores)
    memory = "not measured" if view.memory_bytes is None else size(view.memory_bytes)
    return cell(ref(view.key)), str(view.desired), cpu, memory


def _account(costs: Costs) -> Iterator[str]:
    if costs.balance is not None:
        balance = costs.balance
        yield (
            f"Balance: {dollars(balance.spendable)} can be spent; {dollars(balance.reserved)} is reserved for what is "
            "rented now (what is not used of it comes back)."
        )
    budget = costs.budget
    said = [] if budget.per_hour is None else [f"at most {dollars(budget.per_hour)} an hour"]
    said += [] if budget.total is None else [f"{dollars(budget.total)} in all, {dollars(costs.spent)} of it spent"]
    said += [] if budget.end_at is None else [f"until {day_and_time(budget.end_at)}"]
    if said:
        yield f"Budget of all apps together: {', '.join(said)}; at the limit: {budget.on_budget}."


def _data(costs: Costs | None, rows: Sequence[AppCost]) -> dict[str, Any]:
    if costs is None:
        return {"per_hour": "0", "spent": "0", "apps": []}
    return {
        "per_hour": str(costs.per_hour),
        "spent": str(costs.spent),
        "balance": str(costs.balance.spendable) if costs.balance is not None else None,
        "budget": costs.budget.model_dump(mode="json"),
        "apps": [
            {
                "app": ref(row.app),
                "runtime": row.runtime,
                "per_hour": str(row.per_hour),
                "spent": str(row.spent),
                "since": row.since,
                "projected": str(row.projected),
                "limits": row.limits.model_dump(mode="json"),
                "gone": row.gone,
            }
            for row in rows[:MAX_ROWS]
        ],
    }


TOOL = Tool(
    name="cost",
    description="Show what apps cost: per hour now, spent so far, still to come, balance and budget. save=true "
    "proposes how it could cost less.",
    effect=Effect.READ,
    args=CostArgs,
    run=run,
    preview=preview,
    examples=("what does it cost?", "how could web cost less?"),
)
