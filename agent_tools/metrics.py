"""`metrics`: CPU and memory of each replica as measured now, its restarts, and what an app used over the last time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef, Since, seconds
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.status import silent_runtimes
from agent_tools.text import age, cell, plural, size, table
from app.core.approvals import Preview
from app.core.gate import Effect
from app.core.quantities import format_cpu
from app.core.usage import SAMPLE_SECONDS, UsageSample
from app.core.views import AppView, ReplicaView

MAX_ROWS = 40

UNKNOWN = "not measured"
NOW_ONLY = 'These are the values of now; ask "metrics" of one app for what it used over the last hour.'
USUAL_SPAN = "1h"
POINTS = 60
"""At most so many points of the curve are in the data."""


class MetricsArgs(Args):
    """Arguments of `metrics`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")
    since: Since | None = Field(default=None, description="how far to look back, up to 7d; 1h when left out")


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
    silent = silent_runtimes(ctx, {view.spec.runtime for view in views})
    data: dict[str, Any] = {"apps": [_row(view) for view in views[:MAX_ROWS]], "at": ctx.now()}
    if args.app:
        span = args.since or USUAL_SPAN
        over = summed(await ctx.control.usage(args.app, seconds=seconds(span)))
        lines = [*_one(ctx, views[0]), *_over(over, span)]
        data["over"] = {"seconds": seconds(span), "points": [list(point) for point in _thinned(over)]}
    else:
        lines = [*_all(views), *([] if silent else [NOW_ONLY])]
    return ToolResult(
        ok=True,
        summary="\n\n".join([*lines, *silent]),
        data=data,
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


Point = tuple[float, int, int]
"""A moment (epoch seconds), millicores and bytes over all replicas."""


def summed(samples: Sequence[UsageSample]) -> list[Point]:
    """Replicas that were sampled together, added up; oldest first."""
    found: dict[int, dict[str, UsageSample]] = defaultdict(dict)
    for sample in samples:
        found[int(sample.at // SAMPLE_SECONDS)][sample.pod] = sample
    return [
        (
            max(one.at for one in pods.values()),
            sum(one.cpu_millicores for one in pods.values()),
            sum(one.memory_bytes for one in pods.values()),
        )
        for _, pods in sorted(found.items())
    ]


def _over(points: Sequence[Point], span: str) -> Iterator[str]:
    if not points:
        yield f"Nothing was measured over the last {span} yet; usage is sampled while an app runs."
        return
    cpu, memory = [point[1] for point in points], [point[2] for point in points]
    yield f"Over the last {span}, all replicas together:\n\n" + table(
        ("", "mean", "peak", "lowest"),
        (
            ("CPU", *(format_cpu(value) for value in (round(fmean(cpu)), max(cpu), min(cpu)))),
            ("memory", *(size(value) for value in (round(fmean(memory)), max(memory), min(memory)))),
        ),
    )


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    step = -(-len(points) // POINTS) or 1
    return [
        (part[-1][0], round(fmean(one[1] for one in part)), round(fmean(one[2] for one in part)))
        for part in (points[at : at + step] for at in range(0, len(points), step))
    ]


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
    description="Measure CPU and memory of an app's replicas, or of all apps, now; of one app over time too. Changes "
    "nothing.",
    effect=Effect.READ,
    args=MetricsArgs,
    run=run,
    preview=preview,
    examples=("how much memory does web use?", "usage"),
)
