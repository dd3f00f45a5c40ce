"""`delete_object`: a Service, ConfigMap, claim, namespace and so on, for good. Says what goes along with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agent_tools.changes import cause, ref
from agent_tools.objects import see_object
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from agent_tools.wishes import object_ref, split
from app.core.approvals import Change, Preview
from app.core.configuring.usedby import users
from app.core.errors import Conflict
from app.core.gate import Effect
from app.core.lookup import kind_of
from app.core.objects import KINDS, ConfigMap, Secret, VolumeClaim
from app.core.spec import AppSpec
from app.core.views import AppView, ObjectView


class DeleteObjectArgs(Args):
    """Arguments of `delete_object`."""

    kind: str = Field(description=f"one of {', '.join(KINDS)}")
    name: str = Field(description="its name, or namespace/name")


@dataclass(frozen=True, slots=True)
class _Plan:
    """`apps` and `objects` go along with it (of a namespace)."""

    name: str
    view: ObjectView | None
    apps: tuple[AppView, ...] = ()
    objects: tuple[ObjectView, ...] = ()
    users: tuple[str, ...] = ()


def _plan(ctx: ToolContext, args: DeleteObjectArgs) -> _Plan:
    kind = kind_of(args.kind)
    views = tuple(ctx.control.apps())
    if kind == "Namespace":
        inside = tuple(view for view in views if view.key.namespace == args.name and not view.deleting)
        objects = tuple(one for one in ctx.control.objects() if one.key.namespace == args.name and not one.deleting)
        if inside or objects:  # nobody has to have declared it
            # The Jobs of a CronJob go with it: they come and go each minute, and no card could hold on to them.
            apps = tuple(view for view in inside if not view.spec.owner)
            return _Plan(f"Namespace {args.name}", None, apps, objects)
    view = ctx.control.object(kind, args.name)
    name = object_ref(view.key)
    if view.deleting:
        raise Conflict(f"{name} is being deleted already.")
    used = tuple(ref(key) for key in users(view.object, (one.spec for one in views if not one.deleting)))
    if isinstance(view.object, VolumeClaim) and used:
        raise Conflict(f"{listed(used)} {_use(used)} {name}; delete that first, or take the volume away from it.")
    return _Plan(name, view, users=used if isinstance(view.object, ConfigMap | Secret) else ())


async def preview(ctx: ToolContext, args: DeleteObjectArgs) -> Preview:
    plan = _plan(ctx, args)
    everything = [*(ref(view.key) for view in plan.apps), *(object_ref(one.key) for one in plan.objects)]
    along = f" with everything in it: {listed(everything)}" if everything else ""
    return Preview(
        title=f"Delete {plan.name}{along}",
        verb=f"Delete {plan.name}",
        apps=tuple(ref(view.key) for view in plan.apps),
        objects=(*(object_ref(one.key) for one in plan.objects), plan.name),
        deleting=tuple(ref(view.key) for view in plan.apps),
        changes=(
            *(Change(what=ref(view.key), before=_short(view.spec), after="deleted") for view in plan.apps),
            *(Change(what=object_ref(one.key), before="is there", after="deleted") for one in plan.objects),
            Change(what=plan.name, before="is there", after="deleted"),
        ),
        losses=tuple(_losses(plan)),
        undo="Undo it in this conversation: it comes back as it was set up, not the data that was inside.",
        canonical=({"action": "delete_object", "kind": split(plan.name)[0], "name": args.name},),
    )


def _use(apps: Sequence[str]) -> str:
    return "uses" if len(apps) == 1 else "use"


def _short(spec: AppSpec) -> str:
    return f"{plural(spec.replicas, 'replica')} of {spec.container.image}"


def _losses(plan: _Plan) -> list[str]:
    volumes = [one for one in (plan.view, *plan.objects) if one is not None and isinstance(one.object, VolumeClaim)]
    lost = [f"{object_ref(one.key)}: everything that is stored in it" for one in volumes]
    lost += [f"{ref(view.key)}: {plural(view.spec.replicas, 'replica')} and the history" for view in plan.apps]
    if plan.users:
        lost.append(
            f"{listed(plan.users)} {_use(plan.users)} it: replicas that start from now on wait until it is there again"
        )
    return lost


async def run(ctx: ToolContext, args: DeleteObjectArgs) -> ToolResult:
    plan = _plan(ctx, args)
    kind, _ = split(plan.name)
    await ctx.control.delete_object(kind, args.name, cause=cause(ctx, "deleted"))
    seen = await see_object(ctx, plan.name, gone=True)
    note = (
        f" {listed(plan.users)} still {_use(plan.users)} it: replicas that run go on, new ones wait for it."
        if plan.users
        else ""
    )
    return ToolResult(
        ok=seen.ok,
        summary=seen.text + note,
        next=seen.next,
        data={"object": plan.name},
        actions=[{"action": "delete_object", "kind": kind, "name": args.name}],
    )


TOOL = Tool(
    name="delete_object",
    description="Delete a Service, ConfigMap, Secret, claim (with its data), autoscaler, CronJob or a whole Namespace. "
    "A person is asked first.",
    effect=Effect.DESTROY,
    args=DeleteObjectArgs,
    run=run,
    preview=preview,
    as_previewed=True,
    examples=("delete the service of web", "delete the volume data"),
)
