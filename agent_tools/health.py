"""`health_report`: the whole system on one page: runtimes, apps by status, and why those that fail do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from agent_tools.analyze import examined, ill, row
from agent_tools.changes import ref
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import cell, one_line, plural, shape, table
from app.core.approvals import Preview
from app.core.diagnosis import Diagnosed
from app.core.gate import Effect
from app.core.views import AppStatus, AppView, RuntimeView

MAX_EXAMINED = 10


class HealthArgs(Args):
    """`health_report` takes no arguments."""


async def preview(_ctx: ToolContext, _args: HealthArgs) -> Preview:
    return Preview(title="Health of everything", verb="Look", canonical=({"action": "health_report"},))


async def run(ctx: ToolContext, _args: HealthArgs) -> ToolResult:
    views, runtimes = ctx.control.apps(), ctx.control.runtimes()
    failing = ill(views)
    found = [await examined(ctx, view) for view in failing[:MAX_EXAMINED]]
    return ToolResult(
        ok=True,
        summary="\n\n".join(_sections(views, runtimes, failing, found)),
        next='Ask "analyze" for the evidence behind each cause.' if found else None,
        data={"verdict": verdict(views, runtimes), "findings": [row(each) for each in found]},
        actions=[{"action": "health_report"}],
    )


def verdict(views: Sequence[AppView], runtimes: Sequence[RuntimeView]) -> str:
    """HEALTHY only where everything was observed and is as wished."""
    used = {view.spec.runtime for view in views}
    if any(not one.reachable for one in runtimes if one.name in used or one.default):
        return "UNKNOWN"
    if any(view.status is AppStatus.UNKNOWN for view in views):
        return "UNKNOWN"
    return "UNHEALTHY" if ill(views) else "HEALTHY"


def _sections(
    views: Sequence[AppView], runtimes: Sequence[RuntimeView], failing: Sequence[AppView], found: Sequence[Diagnosed]
) -> Iterator[str]:
    word = verdict(views, runtimes)
    unseen = "; not everything can be observed now" if word == "UNKNOWN" else ""
    yield f"**{word}**: {plural(len(views), 'app')}, {len(failing)} not as wished{unseen}."
    yield "Runtimes:\n" + "\n".join(f"- {_runtime(one)}" for one in runtimes)
    counts = Counter(view.status for view in views)
    if counts:
        yield "Apps: " + ", ".join(f"{shape(status)} {counts[status]}" for status in AppStatus if counts[status]) + "."
    restarted = sum(view.restarts for view in views)
    if restarted:
        yield f"{plural(restarted, 'restart')} in all since the present revisions began."
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


def _runtime(one: RuntimeView) -> str:
    state = "not asked yet" if one.reachable is None else "answers" if one.reachable else "does not answer"
    return f"{one.name}: {state}" + (f" ({one_line(one.detail, 120)})" if one.detail else "")


TOOL: Tool[Any] = Tool(
    name="health_report",
    description="The health of everything on one page: runtimes, apps by status, and the cause for each that fails. "
    "Changes nothing.",
    effect=Effect.READ,
    args=HealthArgs,
    run=run,
    preview=preview,
    examples=("health report", "how healthy is everything?"),
)
