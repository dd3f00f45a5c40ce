"""`demo`: the walkthrough in the conversation, begun and stopped. Only the demo's own apps are touched."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import plural
from app.core.approvals import Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.ports.demo import Demo

ELSEWHERE = 'The demo is told on the chat page; in a terminal say "kubelite demo".'


class DemoArgs(Args):
    """Arguments of `demo`."""

    do: Literal["start", "stop"] = Field(default="start", description="start it, or stop the one that goes on")
    only: int | None = Field(default=None, strict=True, ge=1, le=99, description="one act by its number; all without")


def _room(ctx: ToolContext) -> Demo:
    """Raises `Conflict` where nobody would read it."""
    if ctx.demo is None or ctx.caller.source != "chat":
        raise Conflict(ELSEWHERE)
    return ctx.demo


def _canonical(args: DemoArgs) -> tuple[dict[str, Any], ...]:
    return ({"action": "demo"} if args.do == "start" else {"action": "demo", "do": "stop"},)


async def preview(ctx: ToolContext, args: DemoArgs) -> Preview:
    room = _room(ctx)
    if args.do == "stop":
        return Preview(title="Stop the demo and remove what it made", verb="Stop it", canonical=_canonical(args))
    acts = await room.check(args.only)
    return Preview(
        title=f"Start the demo: {plural(len(acts), 'act')} on the simulator, about four minutes",
        verb="Start the demo",
        notes=(
            "; ".join(acts),
            "Its apps (demo-web, demo-api, demo-greedy, demo-leak) are made and deleted; yours are left alone.",
            "What it asks for along the way is approved by a person of the demo's own, for these apps only.",
        ),
        undo='It removes everything at its end, or at once with "stop the demo".',
        risky=True,
        canonical=_canonical(args),
    )


async def run(ctx: ToolContext, args: DemoArgs) -> ToolResult:
    room, actions = _room(ctx), list(_canonical(args))
    if args.do == "stop":
        stopped = await room.stop()
        said = "The demo is stopped, and what it made is removed." if stopped else "No demo goes on."
        return ToolResult(ok=True, summary=said, actions=actions)
    acts = await room.begin(ctx.caller.conversation, only=args.only)
    return ToolResult(
        ok=True,
        summary=f"The demo begins: {plural(len(acts), 'act')}, told here one by one.",
        next='Say "stop the demo" to end it; what it made is removed then.',
        data={"acts": list(acts)},
        actions=actions,
    )


TOOL = Tool(
    name="demo",
    description="A walkthrough of what KubeLite does, in ten acts that are really carried out on the simulator, on "
    "apps of its own; or stop it.",
    effect=Effect.CHANGE,
    args=DemoArgs,
    run=run,
    preview=preview,
    as_previewed=True,
    examples=("start the demo", "stop the demo"),
)
