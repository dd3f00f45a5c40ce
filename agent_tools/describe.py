"""`describe`: one app in full: its spec as people read it, its replicas, their last exits, recent events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from agent_tools.changes import observed, ref
from agent_tools.events import events_table
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.status import silent_runtimes
from agent_tools.text import age, cell, one_line, plural, shape
from app.core.approvals import Preview
from app.core.board import app_row
from app.core.events import Event
from app.core.gate import Effect
from app.core.quantities import format_cpu, format_memory
from app.core.redact import redact_env
from app.core.spec import Amounts, Container, Port, Revision
from app.core.status import explain_exit
from app.core.views import AppView, ReplicaView

_EVENTS = 10
_REPLICAS = 20


class DescribeArgs(Args):
    """Arguments of `describe`."""

    app: AppRef = Field(description="name of the app")


async def preview(ctx: ToolContext, args: DescribeArgs) -> Preview:
    view = ctx.control.app(args.app)
    action = {"action": "describe", "app": view.name}
    return Preview(title=f"Describe {ref(view.key)}", verb="Look", canonical=(action,))


async def run(ctx: ToolContext, args: DescribeArgs) -> ToolResult:
    view = ctx.control.app(args.app)
    name = ref(view.key)
    events = await ctx.control.events(name, limit=_EVENTS)
    revisions = await ctx.control.revisions(name)
    sections = [*_sections(view, revisions, ctx.now(), events), *silent_runtimes(ctx, {view.spec.runtime})]
    return ToolResult(
        ok=True,
        summary="\n\n".join(sections),
        next=observed(view).next,
        data={"app": app_row(view)},
        actions=[{"action": "describe", "app": view.name}],
    )


def _sections(view: AppView, revisions: Sequence[Revision], now: float, events: Sequence[Event]) -> Iterator[str]:
    yield f"{shape(view.status)} {observed(view).text}"
    yield "\n".join(f"- {line}" for line in _spec_lines(view, revisions))
    shown = sorted(view.replicas, key=lambda replica: replica.ready)[:_REPLICAS]
    if shown:
        yield "Replicas:\n" + "\n".join(f"- {_replica(replica, now)}" for replica in shown)
    if len(view.replicas) > _REPLICAS:
        yield f"… and {len(view.replicas) - _REPLICAS} more replicas."
    if events:
        yield f"Recent events:\n\n{events_table(events, now)}"


def _spec_lines(view: AppView, revisions: Sequence[Revision]) -> Iterator[str]:
    spec = view.spec
    yield f"namespace {spec.namespace}, runtime {spec.runtime}, revision {view.revision}"
    if revisions and revisions[-1].cause:
        yield f"last change: {cell(revisions[-1].cause, 200)}"
    yield f"{plural(spec.replicas, 'replica')} wished for; {spec.strategy.type} (surge {spec.strategy.max_surge})"
    if spec.autoscaling and spec.autoscaling.enabled:
        scaling = spec.autoscaling
        yield f"autoscaling {scaling.min_replicas} to {scaling.max_replicas} at {scaling.target_cpu_percent} % CPU"
    for container in spec.template.containers:
        yield from _container_lines(container)


def _container_lines(container: Container) -> Iterator[str]:
    yield f"container {container.name}: image `{one_line(container.image)}`"
    if container.command or container.args:
        yield f"command: {cell(' '.join((*container.command, *container.args)), 300)}"
    if container.ports:
        yield f"ports: {', '.join(map(_port, container.ports))}"
    if env := redact_env(container.env):
        yield "env: " + ", ".join(f"{cell(name)}={cell(value)}" for name, value in env.items())
    limits, requests = _amounts(container.resources.limits), _amounts(container.resources.requests)
    gpus = f"{plural(container.resources.gpus, 'GPU')}" if container.resources.gpus else ""
    if limits or requests or gpus:
        parts = (f"limits {limits}" if limits else "", f"requests {requests}" if requests else "", gpus)
        yield "; ".join(part for part in parts if part)


def _port(port: Port) -> str:
    host = f" on host port {port.host_port}" if port.host_port else ""
    return f"{port.container_port}/{port.protocol.value}{host}"


def _amounts(amounts: Amounts) -> str:
    cpu = f"CPU {format_cpu(amounts.cpu_millicores)}" if amounts.cpu_millicores is not None else ""
    memory = f"memory {format_memory(amounts.memory_bytes)}" if amounts.memory_bytes is not None else ""
    return ", ".join(part for part in (cpu, memory) if part)


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
    description="Show one app in full: configuration, replicas, last exits, recent events. Changes nothing.",
    effect=Effect.READ,
    args=DescribeArgs,
    run=run,
    preview=preview,
    examples=("describe web",),
)
