"""`remedy`: how healing comes through the gate. Not offered to models: only an incident calls it, or its approval."""

from __future__ import annotations

from pydantic import Field

from agent_tools.changes import ref
from agent_tools.heal import healing
from agent_tools.pricing import Pair, with_price
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import one_line
from app.core.approvals import Change, Preview
from app.core.diagnosis import RemedyClass
from app.core.differences.apps import diff_specs
from app.core.differences.objects import diff_objects
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
    if proposal.service is not None:
        one = proposal.service
        return diff_objects(ctx.control.object("Service", f"{one.namespace}/{one.name}").object, one)
    if proposal.after is None:
        return ()
    found = diff_specs(ctx.control.app(str(proposal.after.key)).spec, proposal.after)
    return tuple(_named(change, proposal) for change in found)


def _named(change: Change, proposal: Proposal) -> Change:
    """Variables that are set again are only named."""
    again = proposal.remedy is RemedyClass.SET_ENV and change.what.startswith("env ")
    return change.model_copy(update={"after": "as it was before"}) if again else change


def _pair(ctx: ToolContext, incident: Incident, proposal: Proposal) -> Pair:
    """What it may cost more for: a restart replaces every replica, too."""
    spec = ctx.control.app(str(incident.target(proposal))).spec
    if not proposal.restarts:
        return spec, proposal.after
    marks = {**spec.template.annotations, "kubelite.io/rented-anew": incident.id}
    template = spec.template.model_copy(update={"annotations": marks})
    return spec, spec.model_copy(update={"template": template})


async def preview(ctx: ToolContext, args: RemedyArgs) -> Preview:
    doctor = healing(ctx)
    incident, proposal = doctor.incident(args.incident), doctor.proposal(args.incident, args.key)
    cause = incident.cause.value.replace("_", " ") if incident.cause else "unknown"
    name, changed = ref(incident.app), ref(incident.target(proposal))
    costs = proposal.cost if proposal.risk is Risk.SAFE else ""
    shown = Preview(
        title=f"{name} fails ({cause}, {incident.confidence:.0%}): {proposal.what}",
        verb=f"Mend {name}",
        apps=(changed,),
        objects=(f"Service {proposal.service.name}",) if proposal.service is not None else (),
        changes=_changes(ctx, proposal),
        notes=tuple(note for note in (_why(incident), _promise(proposal), _sentence(costs)) if note),
        losses=(proposal.cost,) if proposal.cost and proposal.risk is Risk.RISKY else (),
        undo=_sentence(proposal.undo),
        risky=proposal.risk is not Risk.SAFE,
    )
    return await with_price(ctx, shown, [_pair(ctx, incident, proposal)])


def _why(incident: Incident) -> str:
    return f"Why: {one_line(incident.because, 300)}." if incident.because else ""


def _promise(proposal: Proposal) -> str:
    return f"It counts as mended when {proposal.promise}; else it is taken back."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


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
    apps = (ref(incident.target(attempt.proposal) if attempt is not None else incident.app),)
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
