"""`heal`: find the cause of what fails and mend what can be mended, watched and undone where it does not help."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent_tools.analyze import examined, ill
from agent_tools.changes import ref, target, watch
from agent_tools.fields import AppRef
from agent_tools.incidents import sentence
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed
from app.core.approvals import Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.incidents import Incident, IncidentState
from app.core.views import AppView
from app.ports.healing import Healing

MAX_APPS = 8


class HealArgs(Args):
    """Arguments of `heal`."""

    app: AppRef | None = Field(default=None, description="name of the app; every app that fails when left out")


def healing(ctx: ToolContext) -> Healing:
    """Raises `Conflict` in a process that heals nothing."""
    if ctx.healing is None:
        raise Conflict('Nothing is healed here; start the server with "kubelite serve", then ask again.')
    return ctx.healing


def _patients(ctx: ToolContext, args: HealArgs) -> Sequence[AppView]:
    """The one that is named, or all that fail; one that is well may have an incident, too: of a Service before it."""
    if args.app:
        return [target(ctx, args.app, "healed")]
    known = {one.app for one in healing(ctx).incidents()}
    views = ctx.control.apps()
    failing = {view.key for view in ill(views)} | known
    return [view for view in views if view.key in failing and not view.deleting][:MAX_APPS]


def _action(ctx: ToolContext, args: HealArgs) -> dict[str, Any]:
    return {"action": "heal", "app": ctx.control.app(args.app).name} if args.app else {"action": "heal"}


async def preview(ctx: ToolContext, args: HealArgs) -> Preview:
    healing(ctx)
    views = _patients(ctx, args)
    names = [ref(view.key) for view in views]
    return Preview(
        title=f"Heal {listed(names)}" if names else "Heal what fails (nothing does now)",
        verb=f"Heal {names[0]}" if len(names) == 1 else "Heal",
        apps=tuple(names),
        undo="A remedy that does not help within minutes is taken back by itself.",
        canonical=(_action(ctx, args),),
    )


async def run(ctx: ToolContext, args: HealArgs) -> ToolResult:
    doctor = healing(ctx)
    views = _patients(ctx, args)
    well: list[str] = []
    found: dict[str, Incident] = {}
    for view in views:
        ctx.progress(f"looking into {ref(view.key)}")
        incident = await doctor.heal(str(view.key), by=ctx.caller.user)
        if incident is None:
            well.append((await examined(ctx, view)).text)
        else:
            found[incident.id] = incident
    seen = await asyncio.gather(*(_first_look(ctx, one) for one in found.values()))
    said = [*well, *(part for one, look in zip(found.values(), seen, strict=True) for part in (sentence(one), *look))]
    if not views:
        said = ["No app needs it: none is failing." if ctx.control.apps() else "There are no apps yet."]
    return ToolResult(
        ok=True,
        summary="\n\n".join(said),
        next=_next(list(found.values())),
        data={"incidents": list(found)},
        actions=[_action(ctx, args)],
    )


async def _first_look(ctx: ToolContext, incident: Incident) -> Sequence[str]:
    """What is seen of the app after a remedy was carried out."""
    attempt = incident.watching
    return () if attempt is None else [(await watch(ctx, incident.target(attempt.proposal))).text]


def _next(incidents: Sequence[Incident]) -> str | None:
    if any(one.state is IncidentState.ASKING for one in incidents):
        return "A remedy waits for your approval: see its card."
    if any(one.watching for one in incidents):
        return 'It is watched now, and taken back if it does not help; ask "show the incidents" to follow it.'
    return 'Ask "show the incidents" for more.' if incidents else None


TOOL = Tool(
    name="heal",
    description="Find why an app fails (or every app that does) and mend it: memory, rollback, image, probe, port. "
    "Undone where it does not help.",
    effect=Effect.CHANGE,
    args=HealArgs,
    run=run,
    preview=preview,
    examples=("heal web", "fix problems", "auto-heal my broken containers"),
)
