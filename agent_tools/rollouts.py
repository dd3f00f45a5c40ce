"""`pause_rollout` and `resume_rollout`: hold a rollout where it is, and let it go on."""

from __future__ import annotations

from pydantic import Field

from agent_tools.changes import cause, observed, ref, target, watch
from agent_tools.edits import Edit, priced_preview
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from app.core.approvals import Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.views import AppView


class RolloutArgs(Args):
    """Arguments of `pause_rollout` and `resume_rollout`."""

    app: AppRef = Field(description="name of the app")


def _edit(ctx: ToolContext, args: RolloutArgs, *, paused: bool) -> Edit:
    view = target(ctx, args.app, "changed")
    name = ref(view.key)
    if view.spec.kind != "Deployment":
        raise Conflict(f"{name} is a {view.spec.kind}; only a Deployment has a rollout.")
    word = "pause" if paused else "resume"
    return Edit(
        view=view,
        after=view.spec.model_copy(update={"paused": paused}),
        title=f"{word.capitalize()} the rollout of {name}",
        action={"action": f"{word}_rollout", "app": view.name},
        cause=f"rollout {word}d",
    )


async def _preview_pause(ctx: ToolContext, args: RolloutArgs) -> Preview:
    return await priced_preview(ctx, _edit(ctx, args, paused=True))


async def _preview_resume(ctx: ToolContext, args: RolloutArgs) -> Preview:
    return await priced_preview(ctx, _edit(ctx, args, paused=False))


async def _pause(ctx: ToolContext, args: RolloutArgs) -> ToolResult:
    edit = _edit(ctx, args, paused=True)
    applied = await ctx.control.apply(edit.after, cause=cause(ctx, edit.cause))
    view = ctx.control.app(edit.name)
    said = (
        "The rollout is paused: no replica is replaced until it is resumed."
        if applied.changed
        else "It is paused already."
    )
    return ToolResult(
        ok=True,
        summary=f"{said} {_progress(view)}{observed(view).text}",
        next=f'Say "resume the rollout of {edit.name}" to go on.',
        data={"app": edit.name, "paused": True},
        actions=[edit.action],
    )


async def _resume(ctx: ToolContext, args: RolloutArgs) -> ToolResult:
    edit = _edit(ctx, args, paused=False)
    applied = await ctx.control.apply(edit.after, cause=cause(ctx, edit.cause))
    seen = await watch(ctx, edit.view.key)
    said = "The rollout goes on." if applied.changed else "It was not paused."
    return ToolResult(
        ok=seen.ok,
        summary=f"{said} {seen.text}",
        next=seen.next,
        data={"app": edit.name, "paused": False},
        actions=[edit.action],
    )


def _progress(view: AppView) -> str:
    return f"{view.updated} of {view.total} replicas are on revision {view.revision}. " if view.total else ""


PAUSE = Tool(
    name="pause_rollout",
    description="Hold the rollout of an app where it is: no more replicas are replaced. It still scales and heals.",
    effect=Effect.CHANGE,
    args=RolloutArgs,
    run=_pause,
    preview=_preview_pause,
    examples=("pause the rollout of web",),
)
RESUME = Tool(
    name="resume_rollout",
    description="Let a paused rollout go on.",
    effect=Effect.CHANGE,
    args=RolloutArgs,
    run=_resume,
    preview=_preview_resume,
    examples=("resume the rollout of web",),
)
