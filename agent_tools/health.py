"""`health_report`: everything on one page, or one app closely: state, trend, room, incidents, what is ahead, advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from agent_tools import checkup
from agent_tools.advice import Advice, Urgency, lines, ordered
from agent_tools.advice import row as advice_row
from agent_tools.analyze import WELL, examined, ill, row
from agent_tools.changes import observed, ref
from agent_tools.checkup import Checkup
from agent_tools.fields import AppRef
from agent_tools.forecast import sentences
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.status import silent_runtimes
from agent_tools.text import cell, one_line, plural, shape, table
from app.core.approvals import Preview
from app.core.diagnosis import Diagnosed
from app.core.forecasts import Outlook, Trend
from app.core.forecasts.series import worth_reading
from app.core.gate import Effect
from app.core.incidents import Incident
from app.core.views import AppStatus, AppView, RuntimeView

MAX_EXAMINED = 10
MAX_CHECKED = 20
"""So many apps are looked at closely in a report of all, the worst first."""
ALL_SECONDS = 26 * 3600.0
"""How far back a report of all reads; enough to compare with the day before."""


class HealthArgs(Args):
    """Arguments of `health_report`."""

    app: AppRef | None = Field(default=None, description="name of one app, looked at closely; all when left out")


def _canonical(ctx: ToolContext, args: HealthArgs) -> dict[str, Any]:
    named = {"app": ctx.control.app(args.app).name} if args.app else {}
    return {"action": "health_report", **named}


async def preview(ctx: ToolContext, args: HealthArgs) -> Preview:
    title = f"Health of {args.app or 'everything'}"
    return Preview(title=title, verb="Look", canonical=(_canonical(ctx, args),))


async def run(ctx: ToolContext, args: HealthArgs) -> ToolResult:
    return await (_one(ctx, args) if args.app else _all(ctx, args))


def verdict(views: Sequence[AppView], runtimes: Sequence[RuntimeView], incidents: Sequence[Incident] = ()) -> str:
    """HEALTHY only where everything was observed, is as wished, and no incident is open."""
    used = {view.spec.runtime for view in views}
    if any(not one.reachable for one in runtimes if one.name in used or one.default):
        return "UNKNOWN"
    if used - {one.name for one in runtimes} or any(view.status is AppStatus.UNKNOWN for view in views):
        return "UNKNOWN"
    return "UNHEALTHY" if ill(views) or incidents else "HEALTHY"


# -- one app


async def _one(ctx: ToolContext, args: HealthArgs) -> ToolResult:
    (view,) = await ctx.control.measure(args.app)
    found = [await examined(ctx, view)] if view.status not in WELL else []
    one = await checkup.check(ctx, view, seconds=worth_reading(len(view.replicas)), found=found[0] if found else None)
    mine = [runtime for runtime in ctx.control.runtimes() if runtime.name == view.spec.runtime]
    word = verdict([view], mine, one.open)
    advised = ordered([*_blind(mine), *checkup.advice(ctx, one)])
    parts = [f"**{word}** {shape(view.status)} {observed(view).text}"]
    parts += silent_runtimes(ctx, {view.spec.runtime})
    parts += [_restarts([view])] if view.restarts else []
    parts += [*checkup.sections(ctx, one), _advice(advised)]
    return ToolResult(
        ok=True,
        summary="\n\n".join(parts),
        next=_next(advised),
        data={
            "verdict": word,
            **checkup.data(one),
            "findings": [row(each) for each in found],
            "advice": [advice_row(each) for each in advised],
        },
        actions=[_canonical(ctx, args)],
    )


# -- all


async def _all(ctx: ToolContext, args: HealthArgs) -> ToolResult:
    views, runtimes = list(await ctx.control.measure()), ctx.control.runtimes()
    failing = ill(views)
    found = {view.key: await examined(ctx, view) for view in failing[:MAX_EXAMINED]}
    close = [*failing, *(view for view in views if view not in failing)][:MAX_CHECKED]
    checked = [await checkup.check(ctx, view, seconds=ALL_SECONDS, found=found.get(view.key)) for view in close]
    incidents = ctx.healing.incidents() if ctx.healing is not None else ()
    word = verdict(views, runtimes, incidents)
    used = {view.spec.runtime for view in views}
    missed = [one for one in runtimes if one.name in used or one.default]
    advised = ordered([*_blind(missed), *(each for one in checked for each in checkup.advice(ctx, one))])
    parts = [*_head(word, views, runtimes, failing, incidents), *_failing(failing, list(found.values()))]
    parts += [*_changed(checked), *_ahead(ctx, checked, len(views)), _advice(advised)]
    return ToolResult(
        ok=True,
        summary="\n\n".join(parts),
        next=_next(advised),
        data={
            "verdict": word,
            "findings": [row(each) for each in found.values()],
            "apps": [checkup.data(one) for one in checked],
            "advice": [advice_row(each) for each in advised],
        },
        actions=[_canonical(ctx, args)],
    )


def _head(
    word: str,
    views: Sequence[AppView],
    runtimes: Sequence[RuntimeView],
    failing: Sequence[AppView],
    incidents: Sequence[Incident],
) -> Iterator[str]:
    unseen = "; not everything can be observed now" if word == "UNKNOWN" else ""
    opened = f", {plural(len(incidents), 'incident')} open" if incidents else ""
    yield f"**{word}**: {plural(len(views), 'app')}, {len(failing)} not as wished{opened}{unseen}."
    yield "Runtimes:\n" + "\n".join(f"- {_runtime(one)}" for one in runtimes)
    counts = Counter(view.status for view in views)
    if counts:
        yield "Apps: " + ", ".join(f"{shape(status)} {counts[status]}" for status in AppStatus if counts[status]) + "."
    if any(view.restarts for view in views):
        yield _restarts(views)


def _restarts(views: Sequence[AppView]) -> str:
    count = plural(sum(view.restarts for view in views), "restart")
    return f"{count} in all since the present revisions began."


def _failing(failing: Sequence[AppView], found: Sequence[Diagnosed]) -> Iterator[str]:
    if failing:
        yield table(("app", "status", "why", "sure", "what helps"), (_row(*pair) for pair in _paired(failing, found)))
    if len(failing) > len(found):
        yield f"… and {plural(len(failing) - len(found), 'more app')} in trouble."


def _paired(failing: Sequence[AppView], found: Sequence[Diagnosed]) -> Iterator[tuple[AppView, Diagnosed]]:
    return zip(failing, found, strict=False)


def _row(view: AppView, found: Diagnosed) -> tuple[str, ...]:
    best = found.best
    if best is None:
        return (cell(ref(view.key)), shape(view.status), cell(view.reason), "", "")
    remedy = best.remedies[0].value.replace("_", " ")
    why = f"{best.cause.value.replace('_', ' ')}: {best.because}"
    return (cell(ref(view.key)), shape(view.status), cell(why, 160), f"{best.confidence:.0%}", remedy)


def _changed(checked: Sequence[Checkup]) -> Iterator[str]:
    """Only those that are better or worse than an hour ago."""
    rows = [one for one in checked if one.hour.trend in (Trend.BETTER, Trend.WORSE)]
    if rows:
        yield "Against the hour before:\n" + "\n".join(
            f"- **{ref(one.view.key)}** is {one.hour.trend.value}: {plural(one.hour.restarts, 'restart')}"
            f" ({one.hour.restarts_before} then), memory {one.hour.memory:+.0%} per replica"
            for one in rows
        )


def _ahead(ctx: ToolContext, checked: Sequence[Checkup], count: int) -> Iterator[str]:
    """Only what is foreseen; why there is no forecast is told of one app."""
    rows = [f"- **{ref(one.view.key)}**, {text}" for one in checked for text in sentences(_given(one), ctx.now())]
    if rows:
        yield "Ahead:\n" + "\n".join(rows)
    elif checked:
        yield "Ahead: nothing can be foreseen from what was measured; that does not mean that all stays well."
    if count > len(checked):
        yield f"{plural(count - len(checked), 'app')} in better shape were not looked at closely; ask for one by name."


def _given(one: Checkup) -> Outlook:
    known = tuple(each for each in one.outlook.forecasts if each.estimate is not None)
    return Outlook(one.outlook.app, known)


def _runtime(one: RuntimeView) -> str:
    state = "not asked yet" if one.reachable is None else "answers" if one.reachable else "does not answer"
    return f"{one.name}: {state}" + (f" ({one_line(one.detail, 120)})" if one.detail else "")


# -- advice


def _blind(runtimes: Sequence[RuntimeView]) -> Iterator[Advice]:
    for one in runtimes:
        if one.reachable is False:
            text = f"it does not answer; `kubelite doctor` in a shell says what to do ({cell(one.detail)})"
            yield Advice(Urgency.BLIND, one.name, text)


def _advice(advised: Sequence[Advice]) -> str:
    return f"Advice:\n{lines(advised)}" if advised else "Advice: nothing needs to be done."


def _next(advised: Sequence[Advice]) -> str | None:
    """The first that is more than a safeguard."""
    return next((f'Say "{one.say}".' for one in advised if one.say and one.urgency < Urgency.BETTER), None)


TOOL: Tool[Any] = Tool(
    name="health_report",
    description="Health of everything, or of one app closely: status, trend, causes, use of limits, incidents, "
    "forecasts and advice. Changes nothing.",
    effect=Effect.READ,
    args=HealthArgs,
    run=run,
    preview=preview,
    examples=("health report", "how healthy is everything?"),
)
