"""`apply_manifest` and `export_manifest`: apps as YAML, in and out. Nothing is applied unless all of it is valid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import Field

from agent_tools import private
from agent_tools.changes import cause, ref, together, watch
from agent_tools.fields import AppRef
from agent_tools.spec import OUTPUT_CHARS, Args, Tool, ToolContext, ToolResult
from agent_tools.text import cap, cell, fenced, listed, one_line, plural, table
from app.core.approvals import Change, Preview
from app.core.diff import diff_specs
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.gate import Effect
from app.core.manifest import export_manifests, parse_manifests
from app.core.spec import AppSpec

LONG_TEXT = 20_000
"""Longer than this, a manifest is read in a thread: the loop must not wait for it."""
_HEADER_ROOM = 600
MAX_FINDINGS = 30
"""More errors than this in one text are counted, not listed."""


class ApplyArgs(Args):
    """Arguments of `apply_manifest`."""

    yaml: str = Field(description="the manifest: one or more YAML documents")
    dry_run: bool = Field(default=False, strict=True, description="only show what would change")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a valid text asks for, beside what stands now."""

    steps: tuple[tuple[AppSpec | None, AppSpec], ...]
    warnings: tuple[str, ...]

    @property
    def changes(self) -> tuple[tuple[AppSpec, tuple[Change, ...]], ...]:
        return tuple((after, diff_specs(before, after)) for before, after in self.steps)


_parsed = lru_cache(maxsize=4)(parse_manifests)
"""A text is read for the preview, again for the card's approval and again to apply it."""


async def _plan(ctx: ToolContext, text: str) -> _Plan:
    """Raises `InvalidInput` that lists every error with its place, or `Conflict`."""
    runtime = ctx.control.default_runtime()
    if len(text) > LONG_TEXT:
        report = await asyncio.to_thread(_parsed, text, runtime=runtime)
    else:
        report = _parsed(text, runtime=runtime)
    if not report.ok:
        raise InvalidInput(_errors([str(error) for error in report.errors]), field="yaml")
    steps = tuple((_standing(ctx, spec), spec) for spec in report.specs)
    return _Plan(steps, tuple(one_line(str(warning)) for warning in report.warnings))


def _errors(errors: Sequence[str]) -> str:
    if not errors:
        return "The manifest has no document; paste at least one, for example a Deployment."
    lines = [f"- {one_line(error, 400)}" for error in errors[:MAX_FINDINGS]]
    if len(errors) > MAX_FINDINGS:
        lines.append(f"- … and {len(errors) - MAX_FINDINGS} more")
    return f"The manifest has {plural(len(errors), 'error')}; nothing was applied.\n" + "\n".join(lines)


def _standing(ctx: ToolContext, spec: AppSpec) -> AppSpec | None:
    try:
        view = ctx.control.app(str(spec.key))
    except NotFound:
        return None
    if view.key != spec.key:
        return None
    if view.deleting:
        raise Conflict(f"{ref(spec.key)} is being deleted; wait until it is gone, then apply the manifest again.")
    return view.spec


async def preview_apply(ctx: ToolContext, args: ApplyArgs) -> Preview:
    plan = await _plan(ctx, args.yaml)
    names = [ref(after.key) for _, after in plan.steps]
    several = len(names) > 1
    return Preview(
        title=f"Apply {listed(names)}",
        verb=f"Apply {names[0]}" if not several else f"Apply {len(names)} apps",
        apps=tuple(names),
        stopping=tuple(
            ref(after.key) for before, after in plan.steps if before and before.replicas and not after.replicas
        ),
        changes=tuple(
            change.model_copy(update={"what": f"{ref(after.key)}: {change.what}"}) if several else change
            for after, changes in plan.changes
            for change in changes
        ),
        undo="Apply the manifests of before; export them first.",
        canonical=({"action": "apply_manifest", "yaml": args.yaml},),
    )


async def run_apply(ctx: ToolContext, args: ApplyArgs) -> ToolResult:
    plan = await _plan(ctx, args.yaml)
    if args.dry_run:
        return _shown(plan, args.yaml)
    applied = []
    for _, after in plan.steps:
        applied.append(await ctx.control.apply(after, cause=cause(ctx, "applied")))
        ctx.progress(f"{ref(after.key)}: {'stored' if applied[-1].changed else 'nothing to change'}")
    seen = together(await asyncio.gather(*(watch(ctx, after.key) for _, after in plan.steps)))
    changed = [ref(after.key) for (_, after), one in zip(plan.steps, applied, strict=True) if one.changed]
    head = f"Applied {listed(changed)}." if changed else "Nothing to change: all is as the manifest says."
    return ToolResult(
        ok=seen.ok,
        summary="\n\n".join([head, seen.text, *_warned(plan)]),
        next=seen.next,
        data={"apps": [ref(after.key) for _, after in plan.steps], "changed": changed},
        actions=[{"action": "apply_manifest", "yaml": args.yaml}],
    )


async def difference(ctx: ToolContext, text: str) -> ToolResult:
    """What applying `text` would change. Raises `InvalidInput` that lists every error, or `Conflict`."""
    return _shown(await _plan(ctx, text), text)


def _shown(plan: _Plan, text: str) -> ToolResult:
    rows = [
        (cell(ref(after.key)), cell(change.what), cell(change.before), cell(change.after))
        for after, changes in plan.changes
        for change in changes
    ]
    same = [ref(after.key) for after, changes in plan.changes if not changes]
    parts = ["A dry run; nothing was applied."]
    if rows:
        parts.append("It would change:\n\n" + table(("app", "what", "from", "to"), rows))
    if same:
        parts.append(f"As the manifest says already: {listed(same)}.")
    return ToolResult(
        ok=True,
        summary="\n\n".join([*parts, *_warned(plan)]),
        next="Apply it without dry run to make it so." if rows else None,
        data={"changes": [change.model_dump() for _, changes in plan.changes for change in changes]},
        actions=[{"action": "diff", "yaml": text}],
    )


def _warned(plan: _Plan) -> list[str]:
    if not plan.warnings:
        return []
    lines = [f"- {warning}" for warning in plan.warnings[:MAX_FINDINGS]]
    return ["Read otherwise than a cluster would:\n" + "\n".join(lines)]


class ExportArgs(Args):
    """Arguments of `export_manifest`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")


def _exported(args: ExportArgs) -> dict[str, str]:
    return {"action": "export_manifest", "app": args.app} if args.app else {"action": "export_manifest"}


async def preview_export(ctx: ToolContext, args: ExportArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    return Preview(title=f"Export {args.app or 'all apps'}", verb="Export", canonical=(_exported(args),))


async def run_export(ctx: ToolContext, args: ExportArgs) -> ToolResult:
    views = [ctx.control.app(args.app)] if args.app else sorted(ctx.control.apps(), key=lambda view: view.key)
    if not views:
        return ToolResult(
            ok=True,
            summary="There are no apps to export.",
            next='Say "deploy nginx" to start one.',
            actions=[_exported(args)],
        )
    specs = tuple(view.spec for view in views)
    shown = export_manifests(tuple(map(private.redacted, specs)))
    text = export_manifests(specs)
    hidden = "" if shown == text else "Values of secret-looking variables are hidden here, not in the exported data."
    return ToolResult(
        ok=True,
        summary=f"The manifest of {listed([ref(spec.key) for spec in specs])}. {hidden}\n\n"
        + fenced(cap(shown, OUTPUT_CHARS - _HEADER_ROOM), "yaml"),
        data={"yaml": text},
        actions=[_exported(args)],
    )


APPLY = Tool(
    name="apply_manifest",
    description="Create or change apps from YAML manifests (Deployment, Application and others). dry_run shows the "
    "difference only.",
    effect=Effect.CHANGE,
    args=ApplyArgs,
    run=run_apply,
    preview=preview_apply,
    dry=lambda args: args.dry_run,
    examples=("apply this manifest: …",),
)
EXPORT = Tool(
    name="export_manifest",
    description="Show the YAML manifest of an app or of all apps. Changes nothing.",
    effect=Effect.READ,
    args=ExportArgs,
    run=run_export,
    preview=preview_export,
    examples=("export web",),
)
