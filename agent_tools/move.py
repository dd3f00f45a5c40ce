"""`move`: the same app on another runtime. It runs there first, and stops here once it answers there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import BROKEN, cause, observed, ref, target
from agent_tools.fields import AppRef
from agent_tools.pricing import with_price
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, one_line, plural
from agent_tools.wishes import object_ref
from app.core.approvals import Change, Preview
from app.core.configuring.usedby import around
from app.core.errors import Conflict, InvalidInput
from app.core.gate import Effect
from app.core.objects import Service, VolumeClaim, key_of
from app.core.runtimenames import not_here
from app.core.spec import AppSpec
from app.core.spending import END_ANNOTATION
from app.core.views import AppView


class MoveArgs(Args):
    """Arguments of `move`."""

    app: AppRef = Field(description="name of the app")
    to: str = Field(description="the runtime to move it to: nosana, docker or simulator")


def _canonical(view: AppView, args: MoveArgs) -> dict[str, Any]:
    return {"action": "move", "app": view.name, "runtime": args.to}


def moved(ctx: ToolContext, view: AppView, to: str) -> AppSpec:
    """The app as it is asked for there. Raises `InvalidInput`, or `Conflict` with the way out."""
    spec, name = view.spec, ref(view.key)
    known = [runtime.name for runtime in ctx.control.runtimes()]
    if to not in known:
        raise InvalidInput(not_here(to, known), field="to")
    if spec.runtime == to:
        raise Conflict(f"{name} runs on {to} already.")
    if spec.job is not None:
        raise Conflict(f"{name} runs to completion, so it is not moved: delete it and start it again on {to}.")
    volumes = [one.name for one in _beside(ctx, spec) if isinstance(one, VolumeClaim)]
    if volumes:
        raise Conflict(
            f"{name} keeps data in {_volumes(volumes)} on {spec.runtime}, which cannot be carried over. Save what you "
            f"need and take the volume out of {name}, or deploy it on {to} under another name."
        )
    there = _without_end(spec).model_copy(update={"runtime": to})
    _check_fit(ctx, there)
    return ctx.money.check(spec, there) if ctx.money is not None else there


def _volumes(names: Sequence[str]) -> str:
    return f"the volume{'' if len(names) == 1 else 's'} {listed(names)}"


def _without_end(spec: AppSpec) -> AppSpec:
    """When it was to end where it ran says nothing of where it goes."""
    annotations = {key: value for key, value in spec.annotations.items() if key != END_ANNOTATION}
    return spec.model_copy(update={"annotations": annotations})


def _check_fit(ctx: ToolContext, there: AppSpec) -> None:
    refusals = ctx.money.fit(there).refusals if ctx.money is not None else ()
    if refusals:
        said = "\n".join(f"- {one_line(one, 400)}" for one in refusals)
        raise InvalidInput(f"{ref(there.key)} cannot run on {there.runtime}; nothing was changed.\n{said}", field="to")


def _beside(ctx: ToolContext, spec: AppSpec) -> list[Any]:
    return list(around(spec, [view.object for view in ctx.control.objects() if not view.deleting]))


def _losses(ctx: ToolContext, view: AppView, to: str) -> Iterator[str]:
    name, here = ref(view.key), view.spec.runtime
    if view.total:
        yield f"the data inside {plural(view.total, 'replica')} of {name} on {here}"
    if view.urls:
        yield f"the address{'' if len(view.urls) == 1 else 'es'} {listed(view.urls, limit=3)}: it gets others on {to}"
    for one in _beside(ctx, view.spec):
        if isinstance(one, Service):
            yield f"what {object_ref(key_of(one))} sends to: it reaches replicas on {one.runtime} only"


async def preview(ctx: ToolContext, args: MoveArgs) -> Preview:
    view = target(ctx, args.app, "moved")
    there = moved(ctx, view, args.to)
    name, here = ref(view.key), view.spec.runtime
    card = Preview(
        title=f"Move {name} from {here} to {args.to}",
        verb=f"Move {name}",
        apps=(name,),
        changes=(Change(what="runtime", before=here, after=args.to),),
        losses=tuple(_losses(ctx, view, args.to)),
        undo=f"Move {name} back to {here}; what is lost stays lost.",
        canonical=(_canonical(view, args),),
    )
    return await with_price(ctx, card, [(view.spec, there)])


async def run(ctx: ToolContext, args: MoveArgs) -> ToolResult:
    view = target(ctx, args.app, "moved")
    there = moved(ctx, view, args.to)
    name, here = ref(view.key), view.spec.runtime
    losses = list(_losses(ctx, view, args.to))
    notes = ctx.money.fit(there).warnings if ctx.money is not None else ()
    await ctx.control.apply(there, cause=cause(ctx, f"moved from {here} to {args.to}"))
    seen = await ctx.control.wait(name, seconds=ctx.wait_seconds, progress=ctx.progress)
    if seen is None:
        return ToolResult(ok=False, summary=f"**{name}** is not there any more; somebody deleted it meanwhile.")
    parts = [
        f"{_arrived(seen, name, here)} {observed(seen).text}",
        _list("Lost", losses),
        _list("Otherwise there", notes),
    ]
    return ToolResult(
        ok=observed(seen).ok,
        summary="\n\n".join(part for part in parts if part),
        next=_next(seen, name, here),
        data={"app": name, "from": here, "to": args.to, "settled": seen.settled},
        actions=[_canonical(view, args)],
    )


def _arrived(seen: AppView, name: str, here: str) -> str:
    """Only what was seen: that it answers there, or that it does not yet."""
    if seen.settled:
        return f"Moved: {name} answers on {seen.spec.runtime}, and nothing of it is left on {here}."
    return f"On its way: what runs on {here} stays until {name} answers on {seen.spec.runtime}."


def _next(seen: AppView, name: str, here: str) -> str | None:
    if seen.settled:
        return None
    if seen.status in BROKEN:
        return f'Look at "logs {name}"; "move {name} to {here}" takes it back.'
    return f'It goes on in the background; ask "status {name}" in a moment.'


def _list(title: str, lines: Sequence[str]) -> str:
    return f"{title}:\n" + "\n".join(f"- {one_line(line, 400)}" for line in lines) if lines else ""


TOOL = Tool(
    name="move",
    description="Move an app to another runtime (nosana, docker, simulator): starts it there, stops it here once it "
    "answers there.",
    effect=Effect.CHANGE,
    args=MoveArgs,
    run=run,
    preview=preview,
    examples=("move web to nosana", "bring api back to docker"),
)
