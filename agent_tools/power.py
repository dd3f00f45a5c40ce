"""`stop` and `start`: an app without replicas keeps its settings and remembers how many it had."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from agent_tools.changes import cause, ref, target, watch
from agent_tools.fields import AppRef
from agent_tools.pricing import with_count, with_price
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import plural
from app.core.approvals import Change, Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.spec import MAX_REPLICAS
from app.core.stopping import before_stop
from app.core.views import AppView


class StopArgs(Args):
    """Arguments of `stop`."""

    app: AppRef = Field(description="name of the app")


class StartArgs(Args):
    """Arguments of `start`."""

    app: AppRef = Field(description="name of the app")
    replicas: Annotated[int, Field(strict=True, ge=1, le=MAX_REPLICAS)] | None = Field(
        default=None, description="how many replicas; as many as before the stop when left out"
    )


def _stopping(view: AppView) -> dict[str, Any]:
    return {"action": "stop", "app": view.name}


async def preview_stop(ctx: ToolContext, args: StopArgs) -> Preview:
    view = target(ctx, args.app, "stopped")
    name, now = ref(view.key), view.spec.replicas
    return Preview(
        title=f"Stop {name}",
        verb=f"Stop {name}",
        apps=(name,),
        changes=(Change(what="replicas", before=str(now), after="0"),) if now else (),
        losses=(f"the data inside {plural(now, 'replica')} of {name}",) if now else (),
        undo=f"Start {name}: it comes back with {plural(now, 'replica')}." if now else "",
        canonical=(_stopping(view),),
    )


async def run_stop(ctx: ToolContext, args: StopArgs) -> ToolResult:
    view = target(ctx, args.app, "stopped")
    name, before = ref(view.key), view.spec.replicas
    applied = await ctx.control.scale(name, 0, cause=cause(ctx, "stopped"))
    seen = await watch(ctx, view.key)
    said = f"Stopped, with {plural(before, 'replica')} before. " if applied.changed else "It is stopped already. "
    return ToolResult(
        ok=seen.ok,
        summary=said + seen.text,
        next=seen.next or f'Say "start {name}" to bring it back.',
        data={"app": name, "before": before, "after": 0},
        actions=[_stopping(view)],
    )


def _starting(view: AppView, args: StartArgs) -> dict[str, Any]:
    given = {} if args.replicas is None else {"replicas": args.replicas}
    return {"action": "start", "app": view.name, **given}


def _startable(ctx: ToolContext, args: StartArgs) -> tuple[AppView, int]:
    """The app, and how many replicas it has after a start. Raises `Conflict` for another count of one that runs."""
    view = target(ctx, args.app, "started")
    now = view.spec.replicas
    if not now:
        return view, args.replicas or before_stop(view.spec) or 1
    if args.replicas not in (None, now):
        name = ref(view.key)
        raise Conflict(
            f"{name} is not stopped, {plural(now, 'replica')} of it are wished for. "
            f'To change that say "scale {name} to {args.replicas}".'
        )
    return view, now


async def preview_start(ctx: ToolContext, args: StartArgs) -> Preview:
    view, count = _startable(ctx, args)
    name, now = ref(view.key), view.spec.replicas
    card = Preview(
        title=f"Start {plural(count, 'replica')} of {name}",
        verb=f"Start {name}",
        apps=(name,),
        changes=() if now else (Change(what="replicas", before="0", after=str(count)),),
        undo=f"Stop {name}.",
        canonical=(_starting(view, args),),
    )
    return await with_price(ctx, card, [(view.spec, with_count(view.spec, count))])


async def run_start(ctx: ToolContext, args: StartArgs) -> ToolResult:
    view, count = _startable(ctx, args)
    name = ref(view.key)
    applied = await ctx.control.scale(name, count, cause=cause(ctx, f"started with {plural(count, 'replica')}"))
    seen = await watch(ctx, view.key)
    return ToolResult(
        ok=seen.ok,
        summary=_started(view, args, count, changed=applied.changed) + seen.text,
        next=seen.next,
        data={"app": name, "before": view.spec.replicas, "after": count},
        actions=[_starting(view, args)],
    )


def _started(view: AppView, args: StartArgs, count: int, *, changed: bool) -> str:
    if not changed:
        return "It is started already. "
    if args.replicas is None and before_stop(view.spec) is None:
        return "Started with 1 replica: how many it had before is not known. "
    return f"Started with {plural(count, 'replica')}{'' if args.replicas else ', as before the stop'}. "


STOP = Tool(
    name="stop",
    description="Stop an app: no replicas run, its settings stay, and start brings it back as it was.",
    effect=Effect.CHANGE,
    args=StopArgs,
    run=run_stop,
    preview=preview_stop,
    stops=lambda _args: True,
    examples=("stop worker",),
)
START = Tool(
    name="start",
    description="Start a stopped app again, with as many replicas as it had before the stop or as many as given.",
    effect=Effect.CHANGE,
    args=StartArgs,
    run=run_start,
    preview=preview_start,
    examples=("start worker",),
)
