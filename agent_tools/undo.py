"""`undo`: takes back the last changes of this conversation, as far as nobody else changed the same apps since."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from agent_tools.audit import standing
from agent_tools.changes import Seen, cause, gone, together, watch
from agent_tools.edits import in_words
from agent_tools.past import Back, State, back, described, state_of
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from app.core.approvals import AuditRow, Preview
from app.core.diff import diff_specs
from app.core.errors import Conflict, NotFound
from app.core.gate import Effect
from app.core.revision import content_hash, with_restart_of
from app.core.spec import AppSpec, PodTemplate

MAX_STEPS = 20


class UndoArgs(Args):
    """Arguments of `undo`."""

    steps: Annotated[int, Field(strict=True, ge=1, le=MAX_STEPS, description="how many changes to take back")] = 1


@dataclass(frozen=True, slots=True)
class _Way:
    """From `now` back to `then`, for one app; None = not there. They differ."""

    app: str
    now: AppSpec | None
    then: AppSpec | None

    @property
    def stops(self) -> bool:
        return self.now is not None and self.then is not None and self.now.replicas > self.then.replicas == 0


@dataclass(frozen=True, slots=True)
class _Plan:
    found: Back
    ways: tuple[_Way, ...]

    @property
    def deleting(self) -> tuple[str, ...]:
        return tuple(way.app for way in self.ways if way.then is None)

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
    moved = tuple(way for way in ways if way.now != way.then)
    if not moved:
        raise Conflict(f"Undoing {listed([described(row) for row in found.rows])} would change nothing.")
    return _Plan(found, moved)


async def _full(
    ctx: ToolContext, app: str, state: State | None, present: AppSpec | None, rows: Sequence[AuditRow]
) -> AppSpec | None:
    """The spec of a recorded state, its template found again by hash; the present restart mark stays."""
    if state is None:
        return None
    kept = [AppSpec.model_validate(row.kept[app]).template for row in rows if app in row.kept]
    for template in [*([present.template] if present else []), *kept, *await _revisions(ctx, app)]:
        if content_hash(template) == state.template:
            marked = with_restart_of(template, present.template if present else None)
            return AppSpec.model_validate({**state.spec, "template": marked.model_dump(mode="json")})
    raise Conflict(f"The settings that {app} had then are not kept any more, so this cannot be undone.")


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
    return Preview(
        title=f"Undo {plan.what}{ends}",
        verb=f"Undo and delete {listed(plan.deleting)}" if plan.deleting else f"Undo {plural(args.steps, 'change')}",
        apps=tuple(way.app for way in plan.ways),
        stopping=tuple(way.app for way in plan.ways if way.stops),
        deleting=plan.deleting,
        changes=tuple(
            change.model_copy(update={"what": f"{way.app}: {change.what}"}) if several else change
            for way in plan.ways
            for change in diff_specs(way.now, way.then)
        ),
        losses=tuple(_losses(plan.ways)),
        undo="Ask for the change again.",
        canonical=(_canonical(args),),
    )


def _losses(ways: Sequence[_Way]) -> Iterator[str]:
    for way in ways:
        if way.now is None:
            continue
        if way.then is None:
            yield f"{way.app}: {plural(way.now.replicas, 'replica')}, the data inside and the history"
        elif way.now.template != way.then.template and way.now.replicas:
            yield f"the data inside the replicas of {way.app}"
        elif way.then.replicas < way.now.replicas:
            yield f"the data inside {plural(way.now.replicas - way.then.replicas, 'replica')} of {way.app}"


async def run(ctx: ToolContext, args: UndoArgs) -> ToolResult:
    plan = await _plan(ctx, args)
    why = cause(ctx, f"{plan.what} undone")
    for way in plan.ways:
        if way.then is None:
            await ctx.control.delete(way.app, cause=why)
        else:
            await ctx.control.apply(way.then, cause=why)
    seen = together(await asyncio.gather(*(_seen(ctx, way) for way in plan.ways)))
    return ToolResult(
        ok=seen.ok,
        summary=f"Undid {plan.what}. {seen.text}",
        next=seen.next,
        data={"apps": [way.app for way in plan.ways], "undid": [row.id for row in plan.found.rows]},
        actions=[_canonical(args)],
    )


async def _seen(ctx: ToolContext, way: _Way) -> Seen:
    if way.then is None:
        return await gone(ctx, way.app, way.now.replicas if way.now else 0)
    seen = await watch(ctx, way.then.key)
    if way.now is None:
        lost = "It is there again; the data that was inside its replicas is not." if way.then.replicas else ""
        return Seen(seen.ok, " ".join(part for part in (lost, seen.text) if part), seen.next)
    return Seen(seen.ok, f"{way.app}: {in_words(diff_specs(way.now, way.then))}. {seen.text}", seen.next)


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
