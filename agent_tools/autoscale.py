"""`autoscale`: let the count of an app follow its CPU or memory, between two bounds; or leave it to people again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent_tools.changes import cause, observed, ref, target
from agent_tools.edits import in_words
from agent_tools.fields import AppRef
from agent_tools.pricing import ceiling, with_price
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.wishes import Wish, difference, name_of, object_ref, split
from app.core.approvals import Preview
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.objects import HorizontalPodAutoscaler, key_of
from app.core.spec import MAX_REPLICAS, AppSpec, Autoscaling
from app.core.views import AppView

USUAL_CPU = 80
"""Percent of the request, where neither CPU nor memory is given."""
Bound = Annotated[int, Field(strict=True, ge=1, le=MAX_REPLICAS)]
Percent = Annotated[int, Field(strict=True, ge=1, le=1000)]


class Bounds(BaseModel):
    """The bounds and targets of an autoscaler, as tools take them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Bound = Field(default=1, description="at least so many replicas")
    max: Bound | None = Field(default=None, description="at most so many replicas")
    cpu_percent: Percent | None = Field(default=None, description="of the CPU request")
    memory_percent: Percent | None = Field(default=None, description="of the memory request")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"min must not be more than max ({self.min} > {self.max})")
        return self


class AutoscaleArgs(Bounds, Args):
    """Arguments of `autoscale`."""

    app: AppRef = Field(description="name of the app")
    enabled: bool = Field(default=True, strict=True, description="false: no autoscaling any more")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.enabled and self.max is None:
            raise ValueError("autoscale needs max: how many replicas it may have at most")
        return self


@dataclass(frozen=True, slots=True)
class _Plan:
    """`after` None = the autoscaler goes. An app with one of its own keeps it there."""

    view: AppView
    before: Wish | None
    after: Wish | None

    @property
    def object(self) -> str | None:
        wish = self.after or self.before
        return name_of(wish) if isinstance(wish, HorizontalPodAutoscaler) else None


def bounds_of(given: Mapping[str, int] | None) -> Bounds | None:
    """The bounds that stand in plain numbers. Raises `ValueError` with one sentence."""
    if given is None:
        return None
    names = list(Bounds.model_fields)
    if unknown := [name for name in given if name not in names]:
        raise ValueError(f"takes {', '.join(names)}, not {unknown[0]}")
    if given.get("max") is None:
        raise ValueError("needs max: how many replicas it may have at most")
    try:
        return Bounds.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "min"
        raise ValueError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


def scaling_of(bounds: Bounds, present: Autoscaling | None = None) -> Autoscaling:
    """Without a target the present ones stay, else 80 % CPU."""
    given = (bounds.cpu_percent, bounds.memory_percent)
    targets: dict[str, int | None] = {}
    if present is None or given != (None, None):
        cpu = USUAL_CPU if given == (None, None) else bounds.cpu_percent
        targets = {
            "target_cpu_percent": cpu,
            "target_memory_percent": bounds.memory_percent,
            "target_cpu_millicores": None,
            "target_memory_bytes": None,
        }
    limits = {"enabled": True, "min_replicas": bounds.min, "max_replicas": bounds.max or bounds.min}
    return (present or Autoscaling()).model_copy(update={**limits, **targets})


def autoscaler(spec: AppSpec, bounds: Bounds, *, name: str = "") -> HorizontalPodAutoscaler:
    return HorizontalPodAutoscaler(
        name=name or spec.name, namespace=spec.namespace, target=spec.name, scaling=scaling_of(bounds)
    )


def present_autoscaler(ctx: ToolContext, view: AppView) -> HorizontalPodAutoscaler | None:
    """The one that sets this app's count."""
    for one in ctx.control.objects("HorizontalPodAutoscaler"):
        found = one.object
        if isinstance(found, HorizontalPodAutoscaler) and found.target_key == view.key and not one.deleting:
            return found
    return None


def _plan(ctx: ToolContext, args: AutoscaleArgs) -> _Plan:
    view = target(ctx, args.app, "autoscaled")
    spec = view.spec
    if spec.job is not None:
        raise Conflict(f"{ref(view.key)} runs to completion; autoscaling is for what keeps running.")
    there = present_autoscaler(ctx, view)
    own = spec.autoscaling is not None and spec.autoscaling.enabled
    if there is None and own:
        wanted = scaling_of(args, spec.autoscaling) if args.enabled else None
        return _Plan(view, spec, spec.model_copy(update={"autoscaling": wanted}))
    if not args.enabled:
        return _Plan(view, there, None)
    if there is not None:
        scaling = scaling_of(args, there.scaling)
        return _Plan(view, there, there.model_copy(update={"scaling": scaling}))
    return _Plan(view, None, autoscaler(spec, args))


def _action(view: AppView, args: AutoscaleArgs) -> dict[str, Any]:
    action = {"action": "autoscale", "app": view.name}
    if not args.enabled:
        return {**action, "enabled": False}
    return {**action, **args.model_dump(include={"min", "max", "cpu_percent", "memory_percent"}, exclude_none=True)}


async def preview(ctx: ToolContext, args: AutoscaleArgs) -> Preview:
    plan = _plan(ctx, args)
    name = ref(plan.view.key)
    title = (
        f"Scale {name} by itself, {args.min} to {args.max} replicas"
        if args.enabled
        else f"Stop scaling {name} by itself"
    )
    card = Preview(
        title=title,
        verb=f"Autoscale {name}" if args.enabled else "Stop it",
        apps=() if plan.object else (name,),
        objects=(plan.object,) if plan.object else (),
        changes=difference(plan.before, plan.after),
        undo="Undo it in this conversation." if plan.before != plan.after else "",
        canonical=(_action(plan.view, args),),
    )
    most = ceiling(plan.view.spec, _most(plan.before), _most(plan.after))
    return await with_price(ctx, card, [], ceilings=[most])


def _most(wish: Wish | None) -> int:
    """How many replicas it gives an app; 0 = it gives none."""
    scaling = wish.autoscaling if isinstance(wish, AppSpec) else getattr(wish, "scaling", None)
    return scaling.max_replicas if isinstance(scaling, Autoscaling) and scaling.enabled else 0


async def run(ctx: ToolContext, args: AutoscaleArgs) -> ToolResult:
    plan = _plan(ctx, args)
    name = ref(plan.view.key)
    changes = difference(plan.before, plan.after)
    if changes:
        await _write(ctx, plan)
    said = f"Changed: {in_words(changes)}." if changes else "Nothing to change: it is so already."
    now = observed(ctx.control.app(name))
    return ToolResult(
        ok=True,
        summary=f"{said} {_noted(plan)}{now.text}",
        next=f'Ask "metrics {name}" for its load.' if args.enabled else f'Say "scale {name} to N" to set its count.',
        data={"app": name, "changed": bool(changes)},
        actions=[_action(plan.view, args)],
    )


async def _write(ctx: ToolContext, plan: _Plan) -> None:
    why = cause(ctx, "autoscaling changed")
    if isinstance(plan.after, AppSpec):
        await ctx.control.apply(plan.after, cause=why)
    elif plan.after is not None:
        await ctx.control.put_object(plan.after, cause=why)
    elif isinstance(plan.before, HorizontalPodAutoscaler):
        await ctx.control.delete_object(*split(object_ref(key_of(plan.before))), cause=why)


def _noted(plan: _Plan) -> str:
    """Shares are of the request; without one there is nothing to take a share of."""
    if plan.after is None:
        return ""
    scaling = plan.after.autoscaling if isinstance(plan.after, AppSpec) else getattr(plan.after, "scaling", None)
    wants = plan.view.spec.template.wants.requests
    lacks = [
        word
        for word, percent, amount in (
            ("CPU", scaling and scaling.target_cpu_percent, wants.cpu_millicores),
            ("memory", scaling and scaling.target_memory_percent, wants.memory_bytes),
        )
        if percent and not amount
    ]
    if not lacks:
        return ""
    what = " and ".join(lacks)
    return (
        f"It has no {what} request or limit, so its share is not known and nothing is scaled yet: set a limit first. "
    )


TOOL = Tool(
    name="autoscale",
    description="Let an app's count follow its load, from min to max replicas, aiming at cpu_percent or memory_percent "
    "of the request; enabled=false ends it.",
    effect=Effect.CHANGE,
    args=AutoscaleArgs,
    run=run,
    preview=preview,
    examples=("autoscale web between 2 and 8 at 60% cpu", "turn off autoscaling for web"),
)
