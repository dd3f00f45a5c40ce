"""`status`: how the apps are, worst first, with reasons in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import observed, ref
from agent_tools.fields import AppRef
from agent_tools.objects import observed_object
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import age, cell, one_line, plural, shape, table
from app.core.approvals import Preview
from app.core.gate import Effect
from app.core.reporting.board import app_row, object_row
from app.core.views import AppStatus, AppView, ReplicaView

MAX_ROWS = 60
"""More apps than this are counted, not listed: the board shows them all."""

_WELL = frozenset({AppStatus.RUNNING, AppStatus.STOPPED, AppStatus.COMPLETED})
_TOLD = ("Service", "HorizontalPodAutoscaler", "CronJob", "PersistentVolumeClaim")
"""Kinds beside the apps that have a state of their own worth a line."""


class StatusArgs(Args):
    """Arguments of `status`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")


def canonical(args: StatusArgs) -> dict[str, Any]:
    return {"action": "status", "app": args.app} if args.app else {"action": "list"}


async def preview(ctx: ToolContext, args: StatusArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    title = f"Status of {args.app}" if args.app else "Status of all apps"
    return Preview(title=title, verb="Look", canonical=(canonical(args),))


async def run(ctx: ToolContext, args: StatusArgs) -> ToolResult:
    if args.app:
        return _one(ctx, ctx.control.app(args.app))
    return _all(ctx, ctx.control.apps())


def _one(ctx: ToolContext, view: AppView) -> ToolResult:
    seen = observed(view)
    lines = [f"{shape(view.status)} {seen.text}"]
    if view.restarts:
        lines.append(f"{plural(view.restarts, 'restart')} so far, revision {view.revision}.")
    lines += [f"- {_replica(replica)}" for replica in view.replicas if not replica.ready][:MAX_ROWS]
    lines += silent_runtimes(ctx, {view.spec.runtime})
    return ToolResult(
        ok=True,
        summary="\n".join(lines),
        next=seen.next,
        data={"apps": [app_row(view)]},
        actions=[{"action": "status", "app": view.name}],
    )


def _replica(replica: ReplicaView) -> str:
    return f"{replica.name}: {one_line(replica.detail) or (replica.phase.value if replica.phase else 'not there')}"


def _all(ctx: ToolContext, views: Sequence[AppView]) -> ToolResult:
    actions = [{"action": "list"}]
    quiet = silent_runtimes(ctx, {runtime.name for runtime in ctx.control.runtimes()})
    if not views:
        summary = "\n".join(["There are no apps yet.", *_beside(ctx), *quiet])
        return ToolResult(ok=True, summary=summary, next='Say "deploy nginx" to start one.', actions=actions)
    ill = [view for view in views if view.status not in _WELL]
    head = f"{plural(len(views), 'app')}: " + (f"{len(ill)} not as wished." if ill else "all as wished.")
    more = [f"… and {len(views) - MAX_ROWS} more, in better shape."] if len(views) > MAX_ROWS else []
    summary = "\n".join([head, "", _table(views[:MAX_ROWS]), *more, *_beside(ctx), *quiet])
    return ToolResult(
        ok=True,
        summary=summary,
        next=f'Say "describe {ref(ill[0].key)}" for the reason in full.' if ill else None,
        data={
            "apps": [app_row(view) for view in views[:MAX_ROWS]],
            "count": len(views),
            "objects": [object_row(one) for kind in _TOLD for one in ctx.control.objects(kind)][:MAX_ROWS],
        },
        actions=actions,
    )


def _beside(ctx: ToolContext) -> list[str]:
    """A line for each Service, autoscaler, CronJob and claim."""
    views = [one for kind in _TOLD for one in ctx.control.objects(kind)]
    more = [f"… and {len(views) - MAX_ROWS} more beside the apps."] if len(views) > MAX_ROWS else []
    lines = [f"- {'' if one.well else '▲ '}{observed_object(one)}" for one in views[:MAX_ROWS]]
    return ["", *lines, *more] if lines else []


def _table(views: Sequence[AppView]) -> str:
    return table(("app", "status", "ready", "restarts", "image", "runtime", "reason"), map(_row, views))


def _row(view: AppView) -> tuple[str, ...]:
    return (
        cell(ref(view.key)),
        shape(view.status),
        _count(view),
        str(view.restarts),
        cell(view.spec.container.image),
        cell(view.spec.runtime),
        cell(view.reason),
    )


def _count(view: AppView) -> str:
    """Ready of wished for; of a Job, done of those that have to be."""
    if view.spec.job is None:
        return f"{view.ready}/{view.desired}"
    return f"{view.succeeded}/{view.spec.job.completions or 1} done"


def silent_runtimes(ctx: ToolContext, names: set[str]) -> list[str]:
    """One line per runtime that does not answer: what is shown is what was seen last."""
    return [
        f"{runtime.name} does not answer: {one_line(runtime.detail)}. What is shown of it was seen"
        f" {f'{age(ctx.now() - runtime.seen_at)} ago' if runtime.seen_at else 'never'}."
        for runtime in ctx.control.runtimes()
        if runtime.name in names and runtime.reachable is False
    ]


TOOL = Tool(
    name="status",
    description="Show how all apps are, or one app: replicas ready, restarts, reasons, addresses. Changes nothing.",
    effect=Effect.READ,
    args=StatusArgs,
    run=run,
    preview=preview,
    examples=("what is running?", "status web"),
)
