"""`metrics`: CPU and memory of each replica as measured now, and its restarts. Nothing is kept over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.status import silent_runtimes
from agent_tools.text import age, cell, plural, size, table
from app.core.approvals import Preview
from app.core.gate import Effect
from app.core.quantities import format_cpu
from app.core.views import AppView, ReplicaView

MAX_ROWS = 40

UNKNOWN = "not measured"
NOW_ONLY = "These are the values of now; usage is not kept over time."


class MetricsArgs(Args):
    """Arguments of `metrics`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")


def _canonical(args: MetricsArgs) -> dict[str, Any]:
    return {"action": "metrics", "app": args.app} if args.app else {"action": "metrics"}


async def preview(ctx: ToolContext, args: MetricsArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    return Preview(title=f"Usage of {args.app or 'all apps'}", verb="Look", canonical=(_canonical(args),))


async def run(ctx: ToolContext, args: MetricsArgs) -> ToolResult:
    views = await ctx.control.measure(args.app)
    if not views:
        return ToolResult(ok=True, summary="There are no apps yet.", actions=[_canonical(args)])
    lines = _one(ctx, views[0]) if args.app else _all(views)
    silent = silent_runtimes(ctx, {view.spec.runtime for view in views})
    return ToolResult(
        ok=True,
        summary="\n\n".join([*lines, *([] if silent else [NOW_ONLY]), *silent]),
        data={"apps": [_row(view) for view in views[:MAX_ROWS]], "at": ctx.now()},
        actions=[_canonical(args)],
    )


def _one(ctx: ToolContext, view: AppView) -> Iterator[str]:
    name = ref(view.key)
    if not view.replicas:
        yield f"**{name}** has no replicas, so it uses nothing."
        return
    limits = view.spec.container.resources.limits
    cpu = f"limit {format_cpu(limits.cpu_millicores)}" if limits.cpu_millicores is not None else "no limit"
    memory = f"limit {size(limits.memory_bytes)}" if limits.memory_bytes is not None else "no limit"
    count = plural(len(view.replicas), "replica")
    yield f"**{name}** uses CPU {_cpu(view.cpu_millicores)} and memory {_memory(view.memory_bytes)} over {count}."
    shown = view.replicas[:MAX_ROWS]
    yield table(
        ("replica", f"CPU ({cpu})", f"memory ({memory})", "restarts", "runs since"),
        (_replica(replica, ctx.now()) for replica in shown),
    )
    if len(view.replicas) > len(shown):
        yield f"… and {len(view.replicas) - len(shown)} more replicas."
    yield f"Restarts are counted since revision {view.revision} began."


def _replica(replica: ReplicaView, now: float) -> tuple[str, ...]:
    since = "does not run" if replica.started_at is None else f"{age(now - replica.started_at)} ago"
    return (
        cell(replica.name),
        _cpu(replica.cpu_millicores),
        _memory(replica.memory_bytes),
        str(replica.restarts),
        since,
    )


def _all(views: Sequence[AppView]) -> Iterator[str]:
    shown = sorted(views, key=lambda view: view.key)[:MAX_ROWS]
    yield table(
        ("app", "ready", "CPU", "memory", "restarts"),
        (
            (
                cell(ref(view.key)),
                f"{view.ready}/{view.desired}",
                _cpu(view.cpu_millicores),
                _memory(view.memory_bytes),
                str(view.restarts),
            )
            for view in shown
        ),
    )
    if len(views) > len(shown):
        yield f"… and {len(views) - len(shown)} more apps."


def _cpu(millicores: int | None) -> str:
    return UNKNOWN if millicores is None else format_cpu(millicores)


def _memory(count: int | None) -> str:
    return UNKNOWN if count is None else size(count)


def _row(view: AppView) -> dict[str, Any]:
    return {
        "app": ref(view.key),
        "cpu_millicores": view.cpu_millicores,
        "memory_bytes": view.memory_bytes,
        "restarts": view.restarts,
        "replicas": [
            {
                "name": replica.name,
                "cpu_millicores": replica.cpu_millicores,
                "memory_bytes": replica.memory_bytes,
                "restarts": replica.restarts,
                "started_at": replica.started_at,
            }
            for replica in view.replicas[:MAX_ROWS]
        ],
    }


TOOL = Tool(
    name="metrics",
    description="Measure CPU and memory of an app's replicas, or of all apps, now; with restarts. Changes nothing.",
    effect=Effect.READ,
    args=MetricsArgs,
    run=run,
    preview=preview,
    examples=("how much memory does web use?", "usage"),
)
