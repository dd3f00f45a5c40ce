"""`simulate_failure`, `stop_experiment`, `experiments`: a fault on purpose, watched, measured and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from agent_tools.changes import ref, target
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import cell, listed, one_line, plural, table
from app.core.approvals import Preview
from app.core.errors import Conflict, InvalidInput
from app.core.experiments import MAX_SECONDS, Ending, Experiment
from app.core.faults import FaultName, Reach
from app.core.gate import Effect
from app.ports.chaos import Chaos, Plan

PAST = 10
KINDS = {
    FaultName.CONTAINER_CRASH: "crash",
    FaultName.OUT_OF_MEMORY: "oom",
    FaultName.IMAGE_PULL_ERROR: "image_pull",
    FaultName.NETWORK_CUT: "network",
}
"""The canonical words for the commonest."""


def _kind(text: str) -> str:
    """Raises `InvalidInput`, as `ValueError` for the schema."""
    try:
        FaultName.named(text)
    except InvalidInput as error:
        raise ValueError(str(error)) from None
    return text


class SimulateArgs(Args):
    """Arguments of `simulate_failure`."""

    app: AppRef = Field(description="name of the app")
    kind: Annotated[str, AfterValidator(_kind)] = Field(
        default="any",
        max_length=40,
        description="crash, kill, stop, pause, oom, memory_pressure, cpu_pressure, network, network_delay, disk_fill, "
        "dependency_down, image_pull, port_conflict, permission_denied, missing_dependency, config_error, slow_start, "
        "probe_failure, clock_skew, engine_down, or any",
    )
    replicas: int = Field(default=1, strict=True, ge=1, description="how many replicas are hit")
    last: bool = Field(default=False, description="hit the last ready replica too")
    seconds: float | None = Field(default=None, ge=1, le=MAX_SECONDS, description="how long at most")
    ready_below: int | None = Field(default=None, ge=0, description="abort when fewer replicas are ready")
    dependency: AppRef | None = Field(default=None, description="for dependency_down: the app that is stopped")


class StopArgs(Args):
    """Arguments of `stop_experiment`."""

    app: AppRef | None = Field(default=None, description="only those on this app")


class ExperimentsArgs(Args):
    """Arguments of `experiments`."""

    app: AppRef | None = Field(default=None, description="only those on this app")
    experiment: str | None = Field(default=None, description="one experiment in full, by its id")


def room(ctx: ToolContext) -> Chaos:
    """Raises `Conflict` in a process that breaks nothing."""
    if ctx.chaos is None:
        raise Conflict('Experiments are run by the server; start it with "kubelite serve", then ask again.')
    return ctx.chaos


# -- simulate_failure


def _plan(ctx: ToolContext, args: SimulateArgs, *, last: bool) -> Plan:
    return Plan(
        app=args.app,
        fault=FaultName.named(args.kind),
        replicas=args.replicas,
        last=last,
        seconds=args.seconds,
        ready_below=args.ready_below,
        dependency=args.dependency or "",
        by=ctx.caller.user,
    )


def _planned(ctx: ToolContext, args: SimulateArgs) -> tuple[Plan, Experiment, str]:
    """With what is lost meanwhile, empty for nothing: a card that says so asks for the last replica, too."""
    target(ctx, args.app, "broken on purpose")
    try:
        plan = _plan(ctx, args, last=args.last)
        return plan, room(ctx).plan(plan), ""
    except InvalidInput as error:
        if error.field != "last":
            raise
        plan = _plan(ctx, args, last=True)
        return plan, room(ctx).plan(plan), str(error).partition(";")[0]


def _action(args: SimulateArgs, name: str) -> dict[str, Any]:
    action = {"action": "simulate_failure", "app": name}
    if "kind" not in args.model_fields_set or args.kind == "any":
        return action
    fault = FaultName.named(args.kind)
    return {**action, "kind": KINDS.get(fault, fault.value)}


async def preview(ctx: ToolContext, args: SimulateArgs) -> Preview:
    _, experiment, loss = _planned(ctx, args)
    name, trait = ref(experiment.app), experiment.fault.trait
    return Preview(
        title=f"Break {name} on purpose ({experiment.fault.value}): {trait.does}",
        verb=f"Break {name}",
        apps=(name,) if experiment.spoils == experiment.app else (name, ref(experiment.spoils)),
        losses=(loss,) if loss else (),
        notes=tuple(_terms(experiment)),
        undo='It is taken back by itself at its end, or at once with "stop the experiment".',
        # One replica of several is what it runs several for; all else may spoil what works.
        risky=bool(loss) or experiment.spoils != experiment.app or not experiment.slots,
        canonical=(_action(args, experiment.app.name),),
    )


def _terms(experiment: Experiment) -> Iterator[str]:
    if experiment.slots:
        names = [f"{experiment.app.name}-{slot}" for slot in experiment.slots]
        yield f"It hits {listed(names)}."
    elif experiment.fault.trait.reach is Reach.WISH:
        yield f"It changes what is wished for of {ref(experiment.spoils)}, and puts back exactly what stood before."
    yield f"It lasts at most {experiment.seconds:g} s."
    others = ", or when another app that is well is hurt" if experiment.spare_others else ""
    if experiment.ready_below:
        yield f"It is aborted when fewer than {plural(experiment.ready_below, 'replica')} are ready{others}."
    elif others:
        yield "It is aborted when another app that is well is hurt."


async def run(ctx: ToolContext, args: SimulateArgs) -> ToolResult:
    plan, _, _ = _planned(ctx, args)
    begun = await room(ctx).begin(plan)
    name = ref(begun.app)
    ctx.progress(f"{name}: {begun.fault.trait.does}")
    seen = await room(ctx).wait(begun.id, seconds=ctx.wait_seconds)
    return ToolResult(
        ok=True,
        summary="\n\n".join(_whole(seen)),
        next=None if seen.over else f'It goes on; ask "show the experiments", or "stop the experiment on {name}".',
        data={"experiment": seen.id, "over": seen.over, "ending": seen.ending.value if seen.ending else None},
        actions=[_action(args, begun.app.name)],
    )


# -- in words


def _whole(one: Experiment) -> Iterator[str]:
    where = _ending(one) if one.over else f"{one.state.value}; {one_line(one.says)}"
    yield f"Experiment `{one.id}` on **{ref(one.app)}**, {one.fault.value} ({one.fault.trait.does}): {where}."
    if marks := list(_marks(one)):
        yield "\n".join(f"- {mark}" for mark in marks)


def _ending(one: Experiment) -> str:
    ending = one.ending.value.replace("_", " ") if one.ending is not None else "over"
    return f"{ending}; {one_line(one.says)}" if one.says else ending


def _marks(one: Experiment) -> Iterator[str]:
    times = (("noticed", one.detected_in), ("diagnosed", one.diagnosed_in))
    for what, seconds in times:
        if seconds is not None:
            yield f"{what} after {seconds:.1f} s"
    if one.healed_in is not None:
        since = "the fault was over" if one.from_its_end else "the fault"
        by = f" by: {one_line(one.healed_by, 200)}" if one.healed_by and one.ending is Ending.HEALED else ""
        yield f"well again {one.healed_in:.1f} s after {since}{by}"
    if one.cause is not None:
        mark = {True: ", which is right", False: ", which is not what was done", None: ""}[one.right]
        yield f"taken for {one.cause.value.replace('_', ' ')} ({one.confidence:.0%}){mark}"
    if one.requests.sent:
        yield f"{one.requests.lost} of {plural(one.requests.sent, 'request')} lost"


# -- stop_experiment


async def preview_stop(ctx: ToolContext, args: StopArgs) -> Preview:
    running = room(ctx).running(args.app)
    names = [ref(one.app) for one in running]
    title = f"Stop the experiment on {listed(names)}" if names else "Stop the experiments (none runs)"
    return Preview(title=title, verb="Stop it", apps=tuple(names), canonical=({"action": "stop_experiment"},))


async def run_stop(ctx: ToolContext, args: StopArgs) -> ToolResult:
    stopped = await room(ctx).stop(args.app)
    if not stopped:
        return ToolResult(ok=True, summary="No experiment runs.")
    said = [f"Experiment `{one.id}` on **{ref(one.app)}**: {_after(one)}." for one in stopped]
    return ToolResult(ok=True, summary="\n\n".join(said), data={"experiments": [one.id for one in stopped]})


def _after(one: Experiment) -> str:
    if one.cleaned_at is not None:
        return "stopped, and its fault is gone"
    return f"stopping; the fault is not gone yet and that is tried again ({one_line(one.says)})"


# -- experiments


async def preview_experiments(ctx: ToolContext, args: ExperimentsArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    return Preview(title="The experiments", verb="Look", canonical=({"action": "experiments"},))


async def run_experiments(ctx: ToolContext, args: ExperimentsArgs) -> ToolResult:
    chaos = room(ctx)
    if args.experiment:
        found = await chaos.find(args.experiment)
        data = {"experiment": found.model_dump(mode="json", exclude={"wish", "token"})}
        return ToolResult(ok=True, summary="\n\n".join(_whole(found)), data=data)
    now, past = chaos.running(args.app), await chaos.past(args.app, limit=PAST)
    parts = [_table(now) if now else "No experiment runs now."]
    parts += [f"Before:\n\n{_table(past)}"] if past else []
    parts += [can] if args.app and (can := _possible(chaos, args.app)) else []
    return ToolResult(
        ok=True,
        summary="\n\n".join(parts),
        data={"running": [one.id for one in now], "past": [one.id for one in past]},
    )


def _table(found: Sequence[Experiment]) -> str:
    head = ("id", "app", "fault", "state", "what came of it")
    return table(head, ((one.id, cell(ref(one.app)), one.fault.value, _state(one), cell(one.says)) for one in found))


def _state(one: Experiment) -> str:
    return one.ending.value.replace("_", " ") if one.over and one.ending is not None else one.state.value


def _possible(chaos: Chaos, app: str) -> str:
    try:
        faults = chaos.faults(app)
    except Conflict as error:
        return str(error)
    done = ", ".join(one.value for one, why in faults.items() if not why)
    cannot = "".join(f"\n- {one.value}: {one_line(why)}" for one, why in faults.items() if why)
    return f"Can be done there: {done}." + (f"\n\nCannot be done there:{cannot}" if cannot else "")


SIMULATE = Tool(
    name="simulate_failure",
    description="Break an app on purpose, watch how it is noticed, diagnosed and healed, and take the fault back.",
    effect=Effect.CHANGE,
    args=SimulateArgs,
    run=run,
    preview=preview,
    as_previewed=True,
    examples=("simulate a crash of web",),
)
STOP = Tool(
    name="stop_experiment",
    description="Stop the experiments or game days that run, and take their faults back at once.",
    effect=Effect.CHANGE,
    args=StopArgs,
    run=run_stop,
    preview=preview_stop,
    examples=("stop the experiment",),
)
EXPERIMENTS = Tool(
    name="experiments",
    description="Faults on purpose, now and before, and how each came out. One in full by its id.",
    effect=Effect.READ,
    args=ExperimentsArgs,
    run=run_experiments,
    preview=preview_experiments,
    examples=("show the experiments",),
)
