"""`expose`: one stable address in front of an app's replicas, from inside by name, with `public` from the host too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from agent_tools.changes import cause, ref, target
from agent_tools.fields import AppRef, PortNumber
from agent_tools.objects import see_object
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.wishes import name_of, standing
from app.core.approvals import Preview
from app.core.differences.objects import diff_objects
from app.core.errors import Conflict, InvalidInput
from app.core.gate import Effect
from app.core.names import default_labels
from app.core.objects import Service, ServicePort
from app.core.services import HTTP_PORTS, selects
from app.core.template import Protocol
from app.core.views import AppView


class ExposeArgs(Args):
    """Arguments of `expose`."""

    app: AppRef = Field(description="name of the app")
    port: PortNumber = Field(description="the port others connect to")
    target_port: PortNumber | None = Field(
        default=None, description="the port inside the containers; the same if left out"
    )
    public: bool = Field(default=False, strict=True, description="also reachable from this host, on a port of its own")
    protocol: Literal["TCP", "UDP"] = Field(default="TCP", description="TCP or UDP")


@dataclass(frozen=True, slots=True)
class _Plan:
    view: AppView
    before: Service | None
    after: Service


def _action(view: AppView, args: ExposeArgs) -> dict[str, Any]:
    given = args.model_dump(exclude_defaults=True)
    return {"action": "expose", **given, "app": view.name}


def _plan(ctx: ToolContext, args: ExposeArgs) -> _Plan:
    """The Service carries the app's name. Raises `Conflict` where one of that name is for something else."""
    view = target(ctx, args.app, "exposed")
    spec = view.spec
    if spec.job is not None:
        raise Conflict(f"{ref(view.key)} runs to completion; a Service is for what keeps running.")
    port = ServicePort(
        port=args.port,
        name=f"{_spoken(args)}-{args.port}",
        protocol=Protocol(args.protocol),
        target_port=args.target_port,
    )
    fresh = Service(
        name=spec.name,
        namespace=spec.namespace,
        runtime=spec.runtime,
        selector=_selector(view),
        labels=default_labels(spec.name),
    )
    before = standing(ctx.control, [name_of(fresh)]).get(name_of(fresh))
    present = before if isinstance(before, Service) else None
    if present is not None and not selects(present.selector, spec.template.labels):
        raise Conflict(f"There is a {name_of(present)} for other replicas already; delete it first.")
    service = present or fresh
    kind = "NodePort" if args.public and not service.published else service.type
    return _Plan(view, present, service.model_copy(update={"ports": _ports(service, port), "type": kind}))


def _spoken(args: ExposeArgs) -> str:
    """What goes over the port, as far as its number tells: a Service believes the port's name (ADR 10)."""
    web = args.protocol == Protocol.TCP and (args.target_port or args.port) in HTTP_PORTS
    return "http" if web else args.protocol.lower()


def _selector(view: AppView) -> dict[str, str]:
    labels, usual = view.spec.template.labels, default_labels(view.name)
    if selects(usual, labels):
        return usual
    if not labels:
        raise InvalidInput(
            f"{ref(view.key)} has no pod labels, so no Service can find its replicas; give it one first."
        )
    return dict(labels)


def _ports(service: Service, port: ServicePort) -> tuple[ServicePort, ...]:
    """A port of the same number is replaced; what was chosen for it on the host stays."""
    old = next((one for one in service.ports if (one.port, one.protocol) == (port.port, port.protocol)), None)
    if old is not None:
        port = port.model_copy(update={"name": old.name, "node_port": old.node_port, "app_protocol": old.app_protocol})
    others = [one for one in service.ports if one is not old]
    named = [
        one if one.name else one.model_copy(update={"name": f"{one.protocol.lower()}-{one.port}"}) for one in others
    ]
    return (*(named if old is None else others), port)


async def preview(ctx: ToolContext, args: ExposeArgs) -> Preview:
    plan = _plan(ctx, args)
    name = ref(plan.view.key)
    where = " to this host" if args.public else ""
    return Preview(
        title=f"Expose port {args.port} of {name}{where}",
        verb=f"Expose {name}",
        objects=(name_of(plan.after),),
        changes=diff_objects(plan.before, plan.after),
        undo="Undo it in this conversation." if plan.before else f"Delete the {name_of(plan.after)}.",
        canonical=(_action(plan.view, args),),
    )


async def run(ctx: ToolContext, args: ExposeArgs) -> ToolResult:
    plan = _plan(ctx, args)
    name = name_of(plan.after)
    applied = await ctx.control.put_object(plan.after, cause=cause(ctx, "exposed"))
    seen = await see_object(ctx, name)
    inside = f"{plan.after.name}.{plan.after.namespace}:{args.port}"
    said = "" if applied.changed else "Nothing to change: it is so already. "
    hint = (
        None if plan.after.published else f'To reach it from this host say "expose {args.app} on {args.port} publicly".'
    )
    return ToolResult(
        ok=seen.ok,
        summary=f"{said}{seen.text} Other apps reach it as {inside}.",
        next=seen.next or hint,
        data={"service": name, "changed": applied.changed, "inside": inside},
        actions=[_action(plan.view, args)],
    )


TOOL = Tool(
    name="expose",
    description="Give an app one stable address (a Service) that spreads over its ready replicas; public also opens it "
    "to this host.",
    effect=Effect.CHANGE,
    args=ExposeArgs,
    run=run,
    preview=preview,
    examples=("expose web on port 8080 publicly", "expose api 80 to its port 3000"),
)
