"""`scale`: set the number of replicas; 0 stops the app and keeps it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agent_tools.changes import cause, ref, watch
from agent_tools.fields import AppRef, Replicas
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import plural
from app.core.approvals import Change, Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.views import AppView


class ScaleArgs(Args):
    """Arguments of `scale`."""

    app: AppRef = Field(description="name of the app")
    replicas: Replicas


def _target(ctx: ToolContext, args: ScaleArgs) -> AppView:
    view = ctx.control.app(args.app)
    if view.deleting:
        raise Conflict(f"{ref(view.key)} is being deleted; it cannot be scaled any more.")
    return view


def _canonical(view: AppView, args: ScaleArgs) -> dict[str, Any]:
    return {"action": "scale", "app": view.name, "replicas": args.replicas}


async def preview(ctx: ToolContext, args: ScaleArgs) -> Preview:
    view = _target(ctx, args)
    name, now = ref(view.key), view.spec.replicas
    return Preview(
        title=f"Stop {name}" if args.replicas == 0 else f"Scale {name} to {plural(args.replicas, 'replica')}",
        verb=f"Stop {name}" if args.replicas == 0 else f"Scale {name} to {args.replicas}",
        apps=(name,),
        changes=(Change(what="replicas", before=str(now), after=str(args.replicas)),),
        losses=(f"the data inside {plural(now - args.replicas, 'replica')} of {name}",) if args.replicas < now else (),
        undo=f"Scale {name} to {now}.",
        canonical=(_canonical(view, args),),
    )


async def run(ctx: ToolContext, args: ScaleArgs) -> ToolResult:
    view = _target(ctx, args)
    applied = await ctx.control.scale(ref(view.key), args.replicas, cause=cause(ctx, f"scaled to {args.replicas}"))
    seen = await watch(ctx, view.key)
    before = applied.before.replicas if applied.before else view.spec.replicas
    said = f"Scaled from {before} to {args.replicas}. " if applied.changed else f"It has {before} already. "
    return ToolResult(
        ok=seen.ok,
        summary=said + seen.text,
        next=seen.next,
        data={"app": ref(view.key), "before": before, "after": args.replicas},
        actions=[_canonical(view, args)],
    )


TOOL = Tool(
    name="scale",
    description="Set how many replicas an app has. 0 stops it; stop and start are done with this.",
    effect=Effect.CHANGE,
    args=ScaleArgs,
    run=run,
    preview=preview,
    stops=lambda args: args.replicas == 0,
    examples=("scale web to 5", "stop worker"),
)
