"""`scale`: set the number of replicas; 0 stops the app and keeps it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agent_tools.changes import cause, ref, target, watch
from agent_tools.fields import AppRef, Replicas
from agent_tools.pricing import with_count, with_price
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import plural
from app.core.approvals import Change, Preview
from app.core.configuring.usedby import scaled_by
from app.core.gate import Effect
from app.core.views import AppView


class ScaleArgs(Args):
    """Arguments of `scale`."""

    app: AppRef = Field(description="name of the app")
    replicas: Replicas


def _canonical(view: AppView, args: ScaleArgs) -> dict[str, Any]:
    return {"action": "scale", "app": view.name, "replicas": args.replicas}


async def preview(ctx: ToolContext, args: ScaleArgs) -> Preview:
    view = target(ctx, args.app, "scaled")
    name, now = ref(view.key), view.spec.replicas
    card = Preview(
        title=f"Stop {name}" if args.replicas == 0 else f"Scale {name} to {plural(args.replicas, 'replica')}",
        verb=f"Stop {name}" if args.replicas == 0 else f"Scale {name} to {args.replicas}",
        apps=(name,),
        changes=(Change(what="replicas", before=str(now), after=str(args.replicas)),),
        losses=(f"the data inside {plural(now - args.replicas, 'replica')} of {name}",) if args.replicas < now else (),
        undo=f"Scale {name} to {now}.",
        canonical=(_canonical(view, args),),
    )
    return await with_price(ctx, card, [(view.spec, with_count(view.spec, args.replicas))])


async def run(ctx: ToolContext, args: ScaleArgs) -> ToolResult:
    view = target(ctx, args.app, "scaled")
    applied = await ctx.control.scale(ref(view.key), args.replicas, cause=cause(ctx, f"scaled to {args.replicas}"))
    seen = await watch(ctx, view.key)
    before = applied.before.replicas if applied.before else view.spec.replicas
    said = f"Scaled from {before} to {args.replicas}. " if applied.changed else f"It has {before} already. "
    if args.replicas and scaled_by(view.spec, [one.object for one in ctx.control.objects("HorizontalPodAutoscaler")]):
        said += "Its autoscaler may change that again. "
    return ToolResult(
        ok=seen.ok,
        summary=said + seen.text,
        next=seen.next,
        data={"app": ref(view.key), "before": before, "after": args.replicas},
        actions=[_canonical(view, args)],
    )


TOOL = Tool(
    name="scale",
    description="Set how many replicas an app has, as a number; 0 stops it.",
    effect=Effect.CHANGE,
    args=ScaleArgs,
    run=run,
    preview=preview,
    stops=lambda args: args.replicas == 0,
    examples=("scale web to 5", "two more replicas for api"),
)
