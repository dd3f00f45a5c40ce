"""`apply_manifest`: apps and what is beside them from YAML. Nothing is applied unless all of it is valid, and where a
write fails in the middle, the reply says exactly what stands and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pydantic import Field

from agent_tools.changes import Seen, cause, together, watch
from agent_tools.objects import see_object
from agent_tools.planning import MAX_FINDINGS, Does, Plan, Step, plan_of, sentences
from agent_tools.pricing import priced_plan
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import cell, listed, plural, table
from app.core.approvals import Preview
from app.core.errors import KubeLiteError
from app.core.gate import Effect
from app.core.objects import Service
from app.core.spec import AppSpec


class ApplyArgs(Args):
    """Arguments of `apply_manifest`."""

    yaml: str = Field(description="the manifest: one or more YAML documents")
    dry_run: bool = Field(default=False, strict=True, description="only show what would change")


async def preview_apply(ctx: ToolContext, args: ApplyArgs) -> Preview:
    plan = await plan_of(ctx, args.yaml)
    names = [step.name for step in plan.steps]
    several = len(names) > 1
    what = "apps" if not plan.objects else "objects"
    card = Preview(
        title=f"Apply {listed(names)}",
        verb=f"Apply {names[0]}" if not several else f"Apply {len(names)} {what}",
        apps=plan.apps,
        objects=plan.objects,
        stopping=tuple(step.name for step in plan.steps if step.does is Does.STOP),
        changes=tuple(
            change.model_copy(update={"what": f"{step.name}: {change.what}"}) if several else change
            for step in plan.steps
            for change in step.changes
        ),
        undo="Undo it in this conversation, or apply the manifests of before; export them first.",
        canonical=({"action": "apply_manifest", "yaml": args.yaml},),
    )
    return await priced_plan(ctx, card, [(step.before, step.after) for step in plan.moving])


async def run_apply(ctx: ToolContext, args: ApplyArgs) -> ToolResult:
    plan = await plan_of(ctx, args.yaml)
    if args.dry_run:
        return _shown(plan, args.yaml)
    done: list[tuple[Step, bool]] = []
    for step in plan.steps:
        try:
            done.append((step, await _write(ctx, step)))
        except KubeLiteError as error:
            return _stopped(plan, done, step, error, args.yaml)
        ctx.progress(f"{step.name}: {'stored' if done[-1][1] else 'nothing to change'}")
    seen = together(await asyncio.gather(*(_seen(ctx, step) for step in plan.steps if _worth_a_look(step))))
    changed = [step.name for step, moved in done if moved]
    head = f"Applied {listed(changed)}." if changed else "Nothing to change: all is as the manifest says."
    return ToolResult(
        ok=seen.ok,
        summary="\n\n".join(part for part in (head, seen.text, *_warned(plan)) if part),
        next=seen.next,
        data={"apps": list(plan.apps), "objects": list(plan.objects), "changed": changed},
        actions=[{"action": "apply_manifest", "yaml": args.yaml}],
    )


async def _write(ctx: ToolContext, step: Step) -> bool:
    why = cause(ctx, "applied")
    if isinstance(step.after, AppSpec):
        return (await ctx.control.apply(step.after, cause=why)).changed
    return (await ctx.control.put_object(step.after, cause=why)).changed


def _worth_a_look(step: Step) -> bool:
    return isinstance(step.after, AppSpec | Service)


async def _seen(ctx: ToolContext, step: Step) -> Seen:
    return await watch(ctx, step.after.key) if isinstance(step.after, AppSpec) else await see_object(ctx, step.name)


def _stopped(plan: Plan, done: Sequence[tuple[Step, bool]], at: Step, error: KubeLiteError, text: str) -> ToolResult:
    changed = [step.name for step, moved in done if moved]
    left = [step.name for step in plan.steps[len(done) + 1 :]]
    parts = [
        f"Stopped at {at.name}: {error}",
        f"Applied before it, and kept: {listed(changed)}." if changed else "Nothing was changed before it.",
        f"Not applied: {listed([at.name, *left])}.",
    ]
    return ToolResult(
        ok=False,
        summary="\n\n".join(parts),
        next="Mend it and apply the manifest again: what is applied already stays as it is.",
        data={"changed": changed, "failed": at.name, "left": left},
        actions=[{"action": "apply_manifest", "yaml": text}] if changed else [],
    )


async def difference(ctx: ToolContext, text: str) -> ToolResult:
    """What applying `text` would change. Raises `InvalidInput` that lists every error, or `Conflict`."""
    return _shown(await plan_of(ctx, text), text)


def _shown(plan: Plan, text: str) -> ToolResult:
    rows = [
        (cell(step.name), cell(change.what), cell(change.before), cell(change.after))
        for step in plan.steps
        for change in step.changes
    ]
    same = [step.name for step in plan.steps if step.does is Does.NOTHING]
    parts = ["A dry run; nothing was applied."]
    said = sentences(plan)
    if said:
        parts.append("It would, in this order:\n" + "\n".join(f"{at}. {one}" for at, one in enumerate(said, 1)))
    if rows:
        parts.append("Field by field:\n\n" + table(("what", "field", "from", "to"), rows))
    if same:
        parts.append(f"As the manifest says already: {listed(same)}.")
    return ToolResult(
        ok=True,
        summary="\n\n".join([*parts, *_warned(plan)]),
        next="Apply it without dry run to make it so." if rows else None,
        data={
            "plan": [{"name": step.name, "does": step.does.value} for step in plan.steps],
            "steps": said,
            "changes": [{"name": step.name, **one.model_dump()} for step in plan.steps for one in step.changes],
        },
        actions=[{"action": "diff", "yaml": text}],
    )


def _warned(plan: Plan) -> list[str]:
    if not plan.warnings:
        return []
    lines = [f"- {warning}" for warning in plan.warnings[:MAX_FINDINGS]]
    lines += (
        [f"- … and {plural(len(plan.warnings) - MAX_FINDINGS, 'more')}"] if len(plan.warnings) > MAX_FINDINGS else []
    )
    return ["Read otherwise than a cluster would:\n" + "\n".join(lines)]


APPLY = Tool(
    name="apply_manifest",
    description="Create or change apps, Services, ConfigMaps and so on from YAML manifests. dry_run only shows what "
    "would change.",
    effect=Effect.CHANGE,
    args=ApplyArgs,
    run=run_apply,
    preview=preview_apply,
    dry=lambda args: args.dry_run,
    examples=("apply this manifest: …",),
)
