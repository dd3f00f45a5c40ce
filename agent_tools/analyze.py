"""`analyze`: why an app fails, with quotes and what to do; without a name, every app that needs it. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import observed, ref
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.status import silent_runtimes
from agent_tools.text import plural
from app.core.approvals import Preview
from app.core.diagnosis import Diagnosed, Finding
from app.core.gate import Effect
from app.core.views import AppStatus, AppView

MAX_APPS = 8
"""So many are looked into in one call; the worst first."""
WELL = frozenset({AppStatus.RUNNING, AppStatus.STOPPED, AppStatus.COMPLETED})


class AnalyzeArgs(Args):
    """Arguments of `analyze`."""

    app: AppRef | None = Field(default=None, description="name of the app; every app that is not well when left out")


def _canonical(args: AnalyzeArgs, name: str | None) -> dict[str, Any]:
    return {"action": "analyze", "app": name} if args.app else {"action": "analyze"}


async def preview(ctx: ToolContext, args: AnalyzeArgs) -> Preview:
    name = ctx.control.app(args.app).name if args.app else None
    title = f"Look for the cause of {args.app}'s trouble" if args.app else "Look for the cause of every trouble"
    return Preview(title=title, verb="Look", canonical=(_canonical(args, name),))


async def run(ctx: ToolContext, args: AnalyzeArgs) -> ToolResult:
    one = ctx.control.app(args.app) if args.app else None
    views = [one] if one is not None else ill(ctx.control.apps())
    actions = [_canonical(args, one.name if one is not None else None)]
    if not views:
        silent = silent_runtimes(ctx, {runtime.name for runtime in ctx.control.runtimes()})
        text = "No app needs it: none is failing." if ctx.control.apps() else "There are no apps yet."
        return ToolResult(ok=True, summary="\n\n".join([text, *silent]), actions=actions)
    found = [await examined(ctx, view) for view in views[:MAX_APPS]]
    more = [f"… and {plural(len(views) - MAX_APPS, 'more app')} in trouble."] if len(views) > MAX_APPS else []
    return ToolResult(
        ok=True,
        summary="\n\n---\n\n".join([*(each.text for each in found), *more]),
        next=_next(found),
        data={"findings": [row(each) for each in found]},
        actions=actions,
    )


def ill(views: Sequence[AppView]) -> list[AppView]:
    """Those that are not well, the worst first (as the orchestrator orders them)."""
    return [view for view in views if view.status not in WELL and not view.deleting]


async def examined(ctx: ToolContext, view: AppView) -> Diagnosed:
    """What is found, or only what is seen where this process has nobody to look for causes."""
    if ctx.diagnosis is None:
        return Diagnosed(str(view.key), (), (), observed(view).text)
    return await ctx.diagnosis.examine(ref(view.key))


def row(found: Diagnosed) -> dict[str, Any]:
    """For the page and for machines: causes, the likeliest first, with what they rest on."""
    sources = {item.id: item.source.value for item in found.evidence}
    return {
        "app": found.app,
        "observed": found.observed,
        "causes": [_cause(finding, sources) for finding in found.findings],
    }


def _cause(finding: Finding, sources: dict[str, str]) -> dict[str, Any]:
    return {
        "cause": finding.cause.value,
        "confidence": finding.confidence,
        "because": finding.because,
        "remedies": [remedy.value for remedy in finding.remedies],
        "quotes": [{"from": sources.get(one.item, ""), "text": one.text} for one in finding.quotes],
        "settle": finding.settle,
    }


def _next(found: Sequence[Diagnosed]) -> str | None:
    failing = next((each for each in found if each.best is not None), None)
    return f'Ask "logs {failing.app.removeprefix("default/")}" to read on.' if failing is not None else None


TOOL = Tool(
    name="analyze",
    description="Find why an app fails: the cause with quoted evidence, how sure it is, and what to do. All failing "
    "apps when no name is given. Changes nothing.",
    effect=Effect.READ,
    args=AnalyzeArgs,
    run=run,
    preview=preview,
    examples=("why does web crash?", "analyze"),
)
