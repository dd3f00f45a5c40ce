"""`history`: the revisions of an app that are kept, what each changed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import age, cell, plural, table
from app.core.approvals import Preview
from app.core.differences.apps import diff_specs
from app.core.gate import Effect
from app.core.spec import AppSpec, Revision
from app.core.views import AppView

MAX_APPS = 30
"""Apps in one overview; each costs a query."""


class HistoryArgs(Args):
    """Arguments of `history`."""

    app: AppRef | None = Field(default=None, description="name of one app; the last change of every app when left out")


def _canonical(args: HistoryArgs) -> dict[str, Any]:
    return {"action": "history", "app": args.app} if args.app else {"action": "history"}


async def preview(ctx: ToolContext, args: HistoryArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    return Preview(title=f"History of {args.app or 'all apps'}", verb="Look", canonical=(_canonical(args),))


async def run(ctx: ToolContext, args: HistoryArgs) -> ToolResult:
    if args.app is None:
        return await _all(ctx)
    view = ctx.control.app(args.app)
    kept = await ctx.control.revisions(args.app)
    name = ref(view.key)
    head = f"**{name}** is at revision {view.revision}; {plural(len(kept), 'revision')} kept, newest first:"
    rows = table(("revision", "image", "changed", "when", "why"), _rows(view, kept, ctx.now()))
    return ToolResult(
        ok=True,
        summary=f"{head}\n\n{rows}",
        next=f'Say "roll {name} back to revision N" for one of them.' if len(kept) > 1 else None,
        data={"app": name, "current": view.revision, "revisions": [_row(one) for one in kept]},
        actions=[{"action": "history", "app": view.name}],
    )


def _rows(view: AppView, kept: Sequence[Revision], now: float) -> Iterator[tuple[str, ...]]:
    for at in range(len(kept) - 1, -1, -1):
        one = kept[at]
        yield (
            f"{one.number}{' (now)' if one.number == view.revision else ''}",
            cell(one.template.containers[0].image),
            _changed(view.spec, kept[at - 1] if at else None, one),
            f"{age(now - one.created_at)} ago",
            cell(one.cause, 160),
        )


def _changed(spec: AppSpec, before: Revision | None, one: Revision) -> str:
    """What this revision changed, secret values hidden; the oldest kept one has nothing to be compared with."""
    if before is None:
        return "first deployed" if one.number == 1 else "(older ones are not kept)"
    old, new = (spec.model_copy(update={"template": each.template}) for each in (before, one))
    return cell("; ".join(f"{change.what}: {change.before} → {change.after}" for change in diff_specs(old, new)), 160)


def _row(one: Revision) -> dict[str, Any]:
    return {
        "revision": one.number,
        "image": one.template.containers[0].image,
        "cause": one.cause,
        "created_at": one.created_at,
    }


async def _all(ctx: ToolContext) -> ToolResult:
    views = sorted(ctx.control.apps(), key=lambda view: view.key)
    if not views:
        return ToolResult(ok=True, summary="There are no apps yet.", actions=[{"action": "history"}])
    last = [(view, (await ctx.control.revisions(ref(view.key)))[-1:]) for view in views[:MAX_APPS]]
    rows = [
        (cell(ref(view.key)), str(view.revision), cell(view.spec.container.image), *_last(newest, ctx.now()))
        for view, newest in last
    ]
    present = table(("app", "revision", "image", "when", "why"), rows)
    more = f"\n\n… and {len(views) - MAX_APPS} more apps." if len(views) > MAX_APPS else ""
    return ToolResult(
        ok=True,
        summary=f"The present revision of each app:\n\n{present}{more}",
        next='Say "history of" and a name for all revisions of one app.',
        data={"apps": [ref(view.key) for view, _ in last]},
        actions=[{"action": "history"}],
    )


def _last(newest: Sequence[Revision], now: float) -> tuple[str, str]:
    if not newest:
        return "not known", ""
    return f"{age(now - newest[0].created_at)} ago", cell(newest[0].cause, 160)


TOOL = Tool(
    name="history",
    description="Show the revisions of an app: image, what changed, when, why, and which one runs. Changes nothing.",
    effect=Effect.READ,
    args=HistoryArgs,
    run=run,
    preview=preview,
    examples=("history of web",),
)
