"""`events`: what happened to an app, or to all of them, in Kubernetes' form."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import age, cell, plural, table
from app.core.approvals import Preview
from app.core.errors import NotFound
from app.core.events import Event
from app.core.gate import Effect

LIMIT = 30


class EventsArgs(Args):
    """Arguments of `events`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")


def _canonical(app: str | None) -> dict[str, str]:
    return {"action": "events", "app": app} if app else {"action": "events"}


async def preview(_ctx: ToolContext, args: EventsArgs) -> Preview:
    """No look-up: an app that was deleted still has events."""
    return Preview(title=f"Events of {args.app or 'all apps'}", verb="Look", canonical=(_canonical(args.app),))


async def run(ctx: ToolContext, args: EventsArgs) -> ToolResult:
    events = await ctx.control.events(await _name(ctx, args), limit=LIMIT)
    of = f"**{args.app}**" if args.app else "all apps"
    if not events:
        return ToolResult(ok=True, summary=f"No events of {of} are kept.", actions=[_canonical(args.app)])
    return ToolResult(
        ok=True,
        summary=f"The last {plural(len(events), 'event')} of {of}, newest last:\n\n{events_table(events, ctx.now())}",
        data={"count": len(events)},
        actions=[_canonical(args.app)],
    )


async def _name(ctx: ToolContext, args: EventsArgs) -> str | None:
    """The full name; of an app that is gone the name as given, if it left events. Raises `NotFound`."""
    if args.app is None:
        return None
    try:
        return ref(ctx.control.app(args.app).key)
    except NotFound:
        if await ctx.control.events(args.app, limit=1):
            return args.app
        raise


def events_table(events: Sequence[Event], now: float) -> str:
    return table(("when", "type", "reason", "of", "message"), (_row(event, now) for event in events))


def _row(event: Event, now: float) -> tuple[str, ...]:
    times = f" (×{event.count})" if event.count > 1 else ""
    return (
        f"{age(now - event.last_at)} ago{times}",
        event.type.value,
        cell(event.reason),
        cell(event.pod or ref(event.app)),
        cell(event.message, 160),
    )


TOOL = Tool(
    name="events",
    description="Show what happened lately to an app or to all apps: starts, exits, pulls, errors. Changes nothing.",
    effect=Effect.READ,
    args=EventsArgs,
    run=run,
    preview=preview,
    examples=("events of web", "what happened?"),
)
