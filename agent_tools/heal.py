"""`heal`: find the cause of what fails and mend what can be mended, watched and undone where it does not help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent_tools.analyze import examined, ill
from agent_tools.changes import ref, target
from agent_tools.fields import AppRef
from agent_tools.incidents import sentence
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from app.core.approvals import Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.incidents import Incident
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
    return [target(ctx, args.app, "healed")] if args.app else ill(ctx.control.apps())[:MAX_APPS]


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
    said: list[str] = []
    incidents: list[Incident] = []
    for view in views:
        ctx.progress(f"looking into {ref(view.key)}")
        incident = await doctor.heal(str(view.key), by=ctx.caller.user)
        if incident is None:
            said.append((await examined(ctx, view)).text)
            continue
        incidents.append(incident)
        said.append(sentence(incident))
    if not views:
        said = ["No app needs it: none is failing."] if ctx.control.apps() else ["There are no apps yet."]
    return ToolResult(
        ok=True,
        summary="\n\n".join(said),
        next=f'Ask "show the incidents" to follow {plural(len(incidents), "incident")}.' if incidents else None,
        data={"incidents": [one.id for one in incidents]},
        actions=[_action(ctx, args)],
    )


TOOL = Tool(
    name="heal",
    description="Find out why an app fails and mend it: more memory, rollback, image, probe, port, restart. Watched, "
    "and undone when it does not help. Without a name: every app that fails.",
    effect=Effect.CHANGE,
    args=HealArgs,
    run=run,
    preview=preview,
    examples=("heal web", "fix problems", "auto-heal my broken containers"),
)
