"""`remedy`: how healing comes through the gate. Not offered to models: only an incident calls it, or its approval."""

from __future__ import annotations

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.heal import healing
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from app.core.approvals import Change, Preview
from app.core.differences.apps import diff_specs
from app.core.gate import Effect
from app.core.incidents import Incident, Proposal, Risk


class RemedyArgs(Args):
    """Arguments of `remedy`."""

    incident: str = Field(description="id of the incident")
    key: str = Field(description="the remedy, as the incident proposes it")


class TakeBackArgs(Args):
    """Arguments of `take_back`."""

    incident: str = Field(description="id of the incident")


def _changes(ctx: ToolContext, proposal: Proposal) -> tuple[Change, ...]:
    if proposal.after is None:
        return ()
    return diff_specs(ctx.control.app(str(proposal.after.key)).spec, proposal.after)


def _apps(incident: Incident, proposal: Proposal) -> tuple[str, ...]:
    return (ref(proposal.after.key if proposal.after is not None else incident.app),)


async def preview(ctx: ToolContext, args: RemedyArgs) -> Preview:
    doctor = healing(ctx)
    incident, proposal = doctor.incident(args.incident), doctor.proposal(args.incident, args.key)
    cause = incident.cause.value.replace("_", " ") if incident.cause else "unknown"
    name = ref(incident.app)
    return Preview(
        title=f"{name} fails ({cause}, {incident.confidence:.0%}): {proposal.what}",
        verb=f"Mend {name}",
        apps=_apps(incident, proposal),
        changes=_changes(ctx, proposal),
        notes=(f"It counts as mended when {proposal.promise}; else {proposal.undo}.",),
        losses=(proposal.cost,) if proposal.cost and proposal.risk is Risk.RISKY else (),
        undo=proposal.undo,
        risky=proposal.risk is not Risk.SAFE,
    )


async def run(ctx: ToolContext, args: RemedyArgs) -> ToolResult:
    incident = healing(ctx).incident(args.incident)
    attempt = await healing(ctx).carry_out(args.incident, args.key)
    return ToolResult(
        ok=True,
        summary=f"Incident {incident.id}: {attempt.proposal.what}. Watching **{ref(incident.app)}** whether it helps.",
        data={"incident": incident.id},
    )


async def preview_back(ctx: ToolContext, args: TakeBackArgs) -> Preview:
    incident = healing(ctx).incident(args.incident)
    attempt = incident.watching
    what = attempt.proposal.what if attempt is not None else "nothing"
    apps = _apps(incident, attempt.proposal) if attempt is not None else (ref(incident.app),)
    return Preview(title=f"Take back: {what}", verb="Take it back", apps=apps, promised=True)


async def run_back(ctx: ToolContext, args: TakeBackArgs) -> ToolResult:
    incident = healing(ctx).incident(args.incident)
    attempt = await healing(ctx).undo(args.incident)
    return ToolResult(ok=True, summary=f"Incident {incident.id}: did not help, taken back: {attempt.proposal.what}.")


APPLY = Tool(
    name="remedy",
    description="Carry out a remedy of an incident.",
    effect=Effect.CHANGE,
    args=RemedyArgs,
    run=run,
    preview=preview,
)
TAKE_BACK = Tool(
    name="take_back",
    description="Take back the remedy that is being watched.",
    effect=Effect.CHANGE,
    args=TakeBackArgs,
    run=run_back,
    preview=preview_back,
)
INNER = (APPLY, TAKE_BACK)
