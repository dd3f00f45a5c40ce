"""`describe`: one app, or object beside the apps, in full: its spec as people read it, what is seen, recent events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from agent_tools.changes import observed, ref
from agent_tools.events import events_table
from agent_tools.fields import AppRef
from agent_tools.objects import observed_object
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.specwords import condition, spec_lines
from agent_tools.status import silent_runtimes
from agent_tools.text import age, cell, plural, shape
from agent_tools.wishes import object_ref
from app.core.approvals import Preview
from app.core.configuring.usedby import around
from app.core.differences.objects import diff_objects
from app.core.events import Event
from app.core.gate import Effect
from app.core.objects import key_of
from app.core.replicasets import Proof
from app.core.reporting.board import app_row, object_row
from app.core.reporting.words import explain_exit
from app.core.spec import Revision
from app.core.views import AppView, ObjectView, ReplicaView

_EVENTS = 10
_REPLICAS = 20


class DescribeArgs(Args):
    """Arguments of `describe`."""

    app: AppRef = Field(description="name of the app")
    kind: str | None = Field(default=None, description="of another object: Service, ConfigMap, CronJob, ...")


async def preview(ctx: ToolContext, args: DescribeArgs) -> Preview:
    if args.kind is not None:
        one = ctx.control.object(args.kind, args.app)
        return Preview(title=f"Describe {object_ref(one.key)}", verb="Look", canonical=(_of_object(one),))
    view = ctx.control.app(args.app)
    action = {"action": "describe", "app": view.name}
    return Preview(title=f"Describe {ref(view.key)}", verb="Look", canonical=(action,))


def _of_object(view: ObjectView) -> dict[str, str]:
    return {"action": "describe", "app": view.key.name, "kind": view.key.kind}


def _object(view: ObjectView) -> ToolResult:
    """Field by field, as it would be created. A Secret's values are not told."""
    fields = diff_objects(None, view.object)[1:]
    lines = [f"- {cell(one.what)}: {cell(one.after, 300)}" for one in fields]
    return ToolResult(
        ok=True,
        summary="\n".join([f"{'■' if view.well else '▲'} {observed_object(view)}", *lines]),
        data={"object": object_row(view)},
        actions=[_of_object(view)],
    )


async def run(ctx: ToolContext, args: DescribeArgs) -> ToolResult:
    if args.kind is not None:
        return _object(ctx.control.object(args.kind, args.app))
    view = ctx.control.app(args.app)
    name = ref(view.key)
    events = await ctx.control.events(name, limit=_EVENTS)
    revisions = await ctx.control.revisions(name)
    beside = [one for one in ctx.control.objects() if not one.deleting]
    sections = [
        *_sections(view, revisions, ctx.now(), events, beside),
        *_of_hosts(ctx, view),
        *silent_runtimes(ctx, {view.spec.runtime}),
    ]
    return ToolResult(
        ok=True,
        summary="\n\n".join(sections),
        next=observed(view).next,
        data={"app": app_row(view)},
        actions=[{"action": "describe", "app": view.name}],
    )


def _sections(
    view: AppView, revisions: Sequence[Revision], now: float, events: Sequence[Event], beside: Sequence[ObjectView]
) -> Iterator[str]:
    yield f"{shape(view.status)} {observed(view).text}"
    yield "\n".join(f"- {line}" for line in _spec_lines(view, revisions))
    if view.conditions:
        yield "Conditions:\n" + "\n".join(f"- {condition(one, now)}" for one in view.conditions)
    around_it = set(map(key_of, around(view.spec, [one.object for one in beside])))
    if lines := [f"- {observed_object(one)}" for one in beside if one.key in around_it]:
        yield "With it:\n" + "\n".join(lines)
    shown = sorted(view.replicas, key=lambda replica: replica.ready)[:_REPLICAS]
    if shown:
        yield "Replicas:\n" + "\n".join(f"- {_replica(replica, now)}" for replica in shown)
    if len(view.replicas) > _REPLICAS:
        yield f"… and {len(view.replicas) - _REPLICAS} more replicas."
    if events:
        yield f"Recent events:\n\n{events_table(events, now)}"


def _of_hosts(ctx: ToolContext, view: AppView) -> Iterator[str]:
    """Of an app on other people's machines: what was checked of them, what they see, what cannot be had there."""
    if view.proofs:
        yield "Checked of the hosts:\n" + "\n".join(f"- {_proof(one)}" for one in view.proofs)
    if ctx.money is not None and ctx.money.priced(view.spec.runtime):
        yield f"{HOSTS_SEE} {NOT_THERE}"


HOSTS_SEE = (
    "A host sees all that its replica does: image, command, variables (those of Secrets too), requests and answers. "
    "Other people see the job's definition, unless it is confidential."
)
NOT_THERE = "No exec, port-forward or cp there: a replica is reached at its address, and read by its logs."
_MARKS = {True: "✔", False: "✖", None: "?"}


def _proof(proof: Proof) -> str:
    """`✔ job definition: asked for 3f2a…, found the same in 2 of 2 running jobs`."""
    found = {True: "found", False: "but found", None: "not checked:"}[proof.ok]
    return f"{_MARKS[proof.ok]} {cell(proof.what)}: asked for {cell(proof.expected)}, {found} {cell(proof.found, 200)}"


def _spec_lines(view: AppView, revisions: Sequence[Revision]) -> Iterator[str]:
    spec = view.spec
    yield f"namespace {spec.namespace}, runtime {spec.runtime}, revision {view.revision}"
    if revisions and revisions[-1].cause:
        yield f"last change: {cell(revisions[-1].cause, 200)}"
    yield from spec_lines(spec)


def _replica(replica: ReplicaView, now: float) -> str:
    phase = replica.phase.value if replica.phase else "not there"
    parts = [f"{replica.name}: {phase}{'' if replica.ready else ', not ready'}"]
    if replica.started_at is not None and replica.phase is not None:
        parts.append(f"started {age(now - replica.started_at)} ago")
    if replica.restarts:
        parts.append(plural(replica.restarts, "restart"))
    if replica.last_exit:
        parts.append(f"last exit: {cell(explain_exit(replica.last_exit), 200)}")
    if replica.detail and not replica.ready:
        parts.append(cell(replica.detail, 200))
    parts += [port.url for port in replica.ports]
    return "; ".join(parts)


TOOL = Tool(
    name="describe",
    description="Show one app in full: configuration, replicas, last exits, recent events; with kind a Service, "
    "ConfigMap and so on. Changes nothing.",
    effect=Effect.READ,
    args=DescribeArgs,
    run=run,
    preview=preview,
    examples=("describe web",),
)
