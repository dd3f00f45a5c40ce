"""`set_budget`: what an app, or all of them together, may cost, and when it ends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from agent_tools.changes import cause, observed, ref, target
from agent_tools.fields import AppRef
from agent_tools.renting import Hours
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed
from app.core.approvals import Change, Preview
from app.core.budgeting import loosened
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.gate import Effect
from app.core.runtimenames import NOSANA, not_here
from app.core.spending import Limits, day_and_time, dollars, limits_of, parse_dollars, with_limits
from app.core.views import AppView
from app.ports.money import Money

NONE = "none"
"""For `per_hour` and `total`: take the limit away."""
_ASKED = ("per_hour", "total", "hours", "at_limit", "no_limit")


class BudgetArgs(Args):
    """Arguments of `set_budget`."""

    app: AppRef | None = Field(default=None, description="name of one app; all together when left out")
    per_hour: str | None = Field(
        default=None, description="US dollars an hour at most, such as 0.50; none for no limit"
    )
    total: str | None = Field(default=None, description="US dollars in all, such as 20; none for no limit")
    hours: Hours | None = Field(default=None, description="stop it so many hours from now")
    at_limit: Literal["scale-down", "stop", "warn"] | None = Field(
        default=None, description="what is done at the limit; stop when never said"
    )
    no_limit: bool = Field(default=False, strict=True, description="no total and no end")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not any(getattr(self, name) for name in _ASKED):
            raise ValueError("set_budget needs per_hour, total, hours, at_limit or no_limit")
        ends = self.hours is not None or (self.total is not None and self.total != NONE)
        if self.no_limit and ends:
            raise ValueError("no_limit contradicts hours and total: give one of them")
        return self


def _action(args: BudgetArgs, name: str | None) -> dict[str, Any]:
    given = args.model_dump(include=set(_ASKED), exclude_defaults=True)
    return {"action": "set_budget", **({"app": name} if name else {}), **given}


def _money(ctx: ToolContext) -> Money:
    if ctx.money is None:
        raise NotFound(not_here(NOSANA, [one.name for one in ctx.control.runtimes()]))
    return ctx.money


def _view(ctx: ToolContext, args: BudgetArgs) -> AppView | None:
    """The app; None = all together. Raises `Conflict` for one that costs nothing."""
    if args.app is None:
        return None
    view = target(ctx, args.app, "given a budget")
    if not _money(ctx).priced(view.spec.runtime):
        raise Conflict(f"{ref(view.key)} runs on {view.spec.runtime}, where nothing costs money per hour.")
    return view


def _limits(ctx: ToolContext, args: BudgetArgs, old: Limits) -> Limits:
    """`old` with what was said laid over it. Raises `InvalidInput`."""
    new: dict[str, Any] = {}
    for name in ("per_hour", "total"):
        text = getattr(args, name)
        if text is not None:
            new[name] = None if text.strip().lower() == NONE else parse_dollars(text, field=name)
    if args.hours is not None:
        new["end_at"] = ctx.now() + args.hours * 3600
    if args.at_limit is not None:
        new["on_budget"] = args.at_limit
    if args.no_limit:
        new |= {"total": None, "end_at": None, "no_limit": True}
    elif new.get("total") or new.get("end_at"):
        new["no_limit"] = False
    return old.model_copy(update=new)


async def preview(ctx: ToolContext, args: BudgetArgs) -> Preview:
    money, view = _money(ctx), _view(ctx, args)
    old = limits_of(view.spec) if view is not None else money.budget()
    new = _limits(ctx, args, old)
    name = ref(view.key) if view is not None else None
    spent, running = await _spent(ctx, view)
    over = new.total is not None and spent >= new.total and new.on_budget != "warn"
    return Preview(
        title=f"Set the budget of {name or 'all apps together'}: {in_words(new)}",
        verb=f"Set the budget of {name}" if name else "Set the budget",
        apps=(name,) if name else (),
        stopping=running if over else (),
        changes=tuple(_changes(old, new)),
        losses=(f"{listed(running)} would be stopped at once: {dollars(spent)} is spent already",)
        if over and running
        else (),
        undo="Set it back to what it was.",
        price=_price(old, new, name),
        canonical=(_action(args, name),),
    )


async def _spent(ctx: ToolContext, view: AppView | None) -> tuple[Decimal, tuple[str, ...]]:
    """So far, and the apps that run on it."""
    money, costs = _money(ctx), await _money(ctx).costs()
    if view is not None:
        spent = sum((row.spent for row in costs.apps if row.app == view.key and not row.gone), Decimal(0))
        return spent, (ref(view.key),) if view.spec.replicas else ()
    apps = [one for one in ctx.control.apps() if money.priced(one.spec.runtime) and one.spec.replicas]
    return costs.spent, tuple(ref(one.key) for one in apps)


def _price(old: Limits, new: Limits, name: str | None) -> str:
    """What may be spent beyond what was allowed; empty where nothing more may."""
    if not loosened(old, new):
        return ""
    who = name or "all apps together"
    if new.no_limit and not new.ends:
        return f"{who} may cost money without end" + (
            "." if new.per_hour is None else f", at most {dollars(new.per_hour)} an hour."
        )
    return f"{who} may cost more than before: {in_words(new)}."


def in_words(limits: Limits) -> str:
    said = [] if limits.per_hour is None else [f"at most {dollars(limits.per_hour)} an hour"]
    said += [] if limits.total is None else [f"{dollars(limits.total)} in all"]
    said += [] if limits.end_at is None else [f"until {day_and_time(limits.end_at)}"]
    said += ["no end"] if limits.no_limit else []
    if limits.on_budget != "stop":
        said.append(f"then {limits.on_budget}")
    return ", ".join(said) or "no limit"


_SHOWN = (("an hour", "per_hour"), ("in all", "total"), ("end", "end_at"), ("at the limit", "on_budget"))


def _changes(old: Limits, new: Limits) -> list[Change]:
    rows = [
        Change(what=f"budget: {what}", before=_shown(getattr(old, field)), after=_shown(getattr(new, field)))
        for what, field in _SHOWN
    ]
    return [row for row in rows if row.before != row.after]


def _shown(value: Decimal | float | str | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, Decimal):
        return dollars(value)
    return value if isinstance(value, str) else day_and_time(value)


async def run(ctx: ToolContext, args: BudgetArgs) -> ToolResult:
    money, view = _money(ctx), _view(ctx, args)
    if view is None:
        await money.set_budget(_limits(ctx, args, money.budget()), cause=cause(ctx, "budget set"))
        spent, _ = await _spent(ctx, None)
        return ToolResult(
            ok=True,
            summary=f"All apps together may now cost {in_words(money.budget())}; {dollars(spent)} is spent so far.",
            data={"budget": money.budget().model_dump(mode="json")},
            actions=[_action(args, None)],
        )
    return await _of_app(ctx, args, view)


async def _of_app(ctx: ToolContext, args: BudgetArgs, view: AppView) -> ToolResult:
    name, limits = ref(view.key), _limits(ctx, args, limits_of(view.spec))
    if not limits.ends and not limits.no_limit and not _money(ctx).budget().ends:
        raise InvalidInput(f"{name} would have no end: give it hours or a total, or say no limit", field="hours")
    await ctx.control.apply(with_limits(view.spec, limits), cause=cause(ctx, "budget set"))
    spent, _ = await _spent(ctx, view)
    now = observed(ctx.control.app(name))
    return ToolResult(
        ok=True,
        summary=f"**{name}** may now cost {in_words(limits)}; {dollars(spent)} is spent so far. {now.text}",
        next=None if view.spec.replicas else f'Say "start {name}" to bring it back.',
        data={"app": name, "budget": limits.model_dump(mode="json")},
        actions=[_action(args, name)],
    )


TOOL = Tool(
    name="set_budget",
    description="Limit what an app, or all apps together, may cost: dollars an hour, dollars in all, hours until it "
    "stops. Extends an end too.",
    effect=Effect.CHANGE,
    args=BudgetArgs,
    run=run,
    preview=preview,
    examples=("let web cost 5 dollars at most", "let web run 24 more hours"),
)
