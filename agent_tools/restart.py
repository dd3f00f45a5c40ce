"""`restart`: a rolling replacement of every replica, nothing else changed."""

from __future__ import annotations

from pydantic import Field

from agent_tools.changes import cause, ref, target, watch
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import plural
from app.core.approvals import Change, Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.views import AppView


class RestartArgs(Args):
    """Arguments of `restart`."""

    app: AppRef = Field(description="name of the app")


def _target(ctx: ToolContext, args: RestartArgs) -> AppView:
    view = target(ctx, args.app, "restarted")
    if view.spec.replicas == 0:
        name = ref(view.key)
        raise Conflict(f'{name} is stopped, so there is nothing to restart; say "start {name}".')
    return view


async def preview(ctx: ToolContext, args: RestartArgs) -> Preview:
    view = _target(ctx, args)
    name = ref(view.key)
    every = plural(view.spec.replicas, "replica")
    return Preview(
        title=f"Restart {name}",
        verb=f"Restart {name}",
        apps=(name,),
        changes=(Change(what="replicas", before=f"{every} as now", after=f"{every}, each started anew in turn"),),
        losses=(f"the data inside the replicas of {name}",),
        undo="There is nothing to undo: the app stays as it is.",
        canonical=({"action": "restart", "app": view.name},),
    )


async def run(ctx: ToolContext, args: RestartArgs) -> ToolResult:
    view = _target(ctx, args)
    await ctx.control.restart(ref(view.key), cause=cause(ctx, "restarted"))
    seen = await watch(ctx, view.key)
    return ToolResult(
        ok=seen.ok,
        summary=f"Restart asked for. {seen.text}",
        next=seen.next,
        data={"app": ref(view.key)},
        actions=[{"action": "restart", "app": view.name}],
    )


TOOL = Tool(
    name="restart",
    description="Restart an app: replace every replica in turn, without changing anything else.",
    effect=Effect.CHANGE,
    args=RestartArgs,
    run=run,
    preview=preview,
    examples=("restart api",),
)
