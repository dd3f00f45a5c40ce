"""`undo`: takes back the last changes of this conversation, as far as nobody else changed the same apps since."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from agent_tools import private
from agent_tools.changes import Seen, cause, gone, together, watch
from agent_tools.edits import in_words
from agent_tools.hostaccess import check_host_access
from agent_tools.objects import see_object
from agent_tools.past import Back, State, back, described, state_of
from agent_tools.pricing import priced_plan
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from agent_tools.wishes import Wish, difference, is_object, split, standing
from app.core.approvals import AuditRow, Preview
from app.core.errors import Conflict, NotFound
from app.core.gate import Effect
from app.core.objects import KINDS, KubeObject, VolumeClaim
from app.core.revision import content_hash, with_restart_of
from app.core.spec import AppSpec, PodTemplate

MAX_STEPS = 20
_OBJECT: TypeAdapter[KubeObject] = TypeAdapter(KubeObject)
_BEFORE_APPS = frozenset({"Namespace", "ConfigMap", "Secret", "PersistentVolumeClaim"})
"""Put back before the apps that use them, and taken away after them."""


class UndoArgs(Args):
    """Arguments of `undo`."""

    steps: Annotated[int, Field(strict=True, ge=1, le=MAX_STEPS, description="how many changes to take back")] = 1


@dataclass(frozen=True, slots=True)
class _Way:
    """From `now` back to `then`, for one app or object; None = not there. They differ."""

    name: str
    now: Wish | None
    then: Wish | None

    @property
    def stops(self) -> bool:
        return (
            isinstance(self.now, AppSpec)
            and isinstance(self.then, AppSpec)
            and bool(self.now.replicas) > bool(self.then.replicas)
        )

    @property
    def turn(self) -> tuple[int, int]:
        """What others need comes first when it is put back, and last when it is taken away."""
        kind = split(self.name)[0] if is_object(self.name) else ""
        rank = -1 if kind in _BEFORE_APPS else 0 if not kind else 1
        place = KINDS.index(kind) if kind else 0
        return (rank, place) if self.then is not None else (2 - rank, -place)


@dataclass(frozen=True, slots=True)
class _Plan:
    found: Back
    ways: tuple[_Way, ...]

    @property
    def deleting(self) -> tuple[str, ...]:
        return tuple(way.name for way in self.ways if way.then is None)

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(way.name for way in self.ways if not is_object(way.name))

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(way.name for way in self.ways if is_object(way.name))

    @property
    def what(self) -> str:
        return listed([described(row) for row in self.found.rows])


async def _plan(ctx: ToolContext, args: UndoArgs) -> _Plan:
    """Raises `Conflict` with the reason why it cannot be undone."""
    rows = list(reversed(await ctx.past()))

    def now(app: str) -> State | None:
        return state_of(standing(ctx.control, [app]).get(app))

    found = back(rows, now, args.steps)
    present = standing(ctx.control, list(found.states))
    ways = [
        _Way(app, present.get(app), await _full(ctx, app, state, present.get(app), rows))
        for app, state in found.states.items()
    ]
    moved = tuple(sorted((way for way in ways if way.now != way.then), key=lambda way: way.turn))
    if not moved:
        raise Conflict(f"Undoing {listed([described(row) for row in found.rows])} would change nothing.")
    for way in moved:
        check_host_access(ctx, way.now, way.then)
    return _Plan(found, moved)


async def _full(
    ctx: ToolContext, name: str, state: State | None, present: Wish | None, rows: Sequence[AuditRow]
) -> Wish | None:
    """The wish of a recorded state: an object's from where it was kept, an app's with its template found again by
    hash; the present restart mark stays."""
    if state is None:
        return None
    if is_object(name):
        return _object(name, state, present, rows)
    kept = [AppSpec.model_validate(row.kept[name]).template for row in rows if name in row.kept]
    now = present.template if isinstance(present, AppSpec) else None
    for template in [*([now] if now else []), *kept, *await _revisions(ctx, name)]:
        if content_hash(template) == state.template:
            marked = with_restart_of(template, now)
            return AppSpec.model_validate({**state.spec, "template": marked.model_dump(mode="json")})
    raise Conflict(f"The settings that {name} had then are not kept any more, so this cannot be undone.")


def _object(name: str, state: State, present: Wish | None, rows: Sequence[AuditRow]) -> Wish:
    kept: list[Wish] = [_OBJECT.validate_python(row.kept[name]) for row in rows if name in row.kept]
    for one in [*([present] if present is not None else []), *kept]:
        if private.content(one) == state.template:
            return one
    raise Conflict(f"What {name} was then is not kept any more, so this cannot be undone.")


async def _revisions(ctx: ToolContext, app: str) -> list[PodTemplate]:
    try:
        return [one.template for one in reversed(await ctx.control.revisions(app))]
    except NotFound:
        return []


def _canonical(args: UndoArgs) -> dict[str, Any]:
    return {"action": "undo"} if args.steps == 1 else {"action": "undo", "steps": args.steps}


async def preview(ctx: ToolContext, args: UndoArgs) -> Preview:
    plan = await _plan(ctx, args)
    several = len(plan.ways) > 1
    ends = f": delete {listed(plan.deleting)}" if plan.deleting else ""
    card = Preview(
        title=f"Undo {plan.what}{ends}",
        verb=f"Undo and delete {listed(plan.deleting)}" if plan.deleting else f"Undo {plural(args.steps, 'change')}",
        apps=plan.apps,
        objects=plan.objects,
        stopping=tuple(way.name for way in plan.ways if way.stops),
        deleting=plan.deleting,
        changes=tuple(
            change.model_copy(update={"what": f"{way.name}: {change.what}"}) if several else change
            for way in plan.ways
            for change in difference(way.now, way.then)
        ),
        losses=tuple(_losses(plan.ways)),
        undo="Ask for the change again.",
        canonical=(_canonical(args),),
    )
    return await priced_plan(ctx, card, [(way.now, way.then) for way in plan.ways])


def _losses(ways: Sequence[_Way]) -> Iterator[str]:
    for way in ways:
        if isinstance(way.now, VolumeClaim) and way.then is None:
            yield f"{way.name}: everything that is stored in it"
        if not isinstance(way.now, AppSpec):
            continue
        if not isinstance(way.then, AppSpec):
            yield f"{way.name}: {plural(way.now.replicas, 'replica')}, the data inside and the history"
        elif way.now.template != way.then.template and way.now.replicas:
            yield f"the data inside the replicas of {way.name}"
        elif way.then.replicas < way.now.replicas:
            yield f"the data inside {plural(way.now.replicas - way.then.replicas, 'replica')} of {way.name}"


async def run(ctx: ToolContext, args: UndoArgs) -> ToolResult:
    plan = await _plan(ctx, args)
    why = cause(ctx, f"{plan.what} undone")
    for way in plan.ways:
        await _go(ctx, way, why)
    seen = together(await asyncio.gather(*(_seen(ctx, way) for way in plan.ways)))
    return ToolResult(
        ok=seen.ok,
        summary=f"Undid {plan.what}. {seen.text}",
        next=seen.next,
        data={"apps": list(plan.apps), "undid": [row.id for row in plan.found.rows]},
        actions=[_canonical(args)],
    )


async def _go(ctx: ToolContext, way: _Way, why: str) -> None:
    if isinstance(way.then, AppSpec):
        await ctx.control.apply(way.then, cause=why)
    elif way.then is not None:
        await ctx.control.put_object(way.then, cause=why)
    elif is_object(way.name):
        await ctx.control.delete_object(*split(way.name), cause=why)
    else:
        await ctx.control.delete(way.name, cause=why)


async def _seen(ctx: ToolContext, way: _Way) -> Seen:
    if is_object(way.name):
        return await see_object(ctx, way.name, gone=way.then is None)
    if not isinstance(way.then, AppSpec):
        return await gone(ctx, way.name, way.now.replicas if isinstance(way.now, AppSpec) else 0)
    seen = await watch(ctx, way.then.key)
    if way.now is None:
        lost = "It is there again; the data that was inside its replicas is not." if way.then.replicas else ""
        return Seen(seen.ok, " ".join(part for part in (lost, seen.text) if part), seen.next)
    return Seen(seen.ok, f"{way.name}: {in_words(difference(way.now, way.then))}. {seen.text}", seen.next)


TOOL = Tool(
    name="undo",
    description="Take back the last change, or the last few, made in this conversation. Deleting what a deploy made "
    "asks a person first.",
    effect=Effect.CHANGE,
    args=UndoArgs,
    run=run,
    preview=preview,
    as_previewed=True,
    examples=("undo that", "undo the last 2 changes"),
)
