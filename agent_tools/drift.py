"""`diff`: what a manifest would change, or where what the runtime shows differs from what is wished for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from agent_tools import manifest
from agent_tools.changes import ref
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.status import silent_runtimes
from agent_tools.text import code, one_line, plural
from app.core.approvals import Change, Preview
from app.core.gate import Effect
from app.core.images import same_image
from app.core.views import AppStatus, AppView, ReplicaView

MAX_LINES = 60


class DiffArgs(Args):
    """Arguments of `diff`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")
    yaml: str | None = Field(default=None, description="a manifest: show what applying it would change")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.app is not None and self.yaml is not None:
            raise ValueError("diff takes app or yaml, not both")
        return self


def _canonical(args: DiffArgs) -> dict[str, Any]:
    return {"action": "diff", **args.model_dump(exclude_none=True)}


async def preview(ctx: ToolContext, args: DiffArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    about = args.app or ("the manifest" if args.yaml else "all apps")
    return Preview(title=f"Differences of {about}", verb="Look", canonical=(_canonical(args),))


async def run(ctx: ToolContext, args: DiffArgs) -> ToolResult:
    if args.yaml is not None:
        return await manifest.difference(ctx, args.yaml)
    views = [ctx.control.app(args.app)] if args.app else sorted(ctx.control.apps(), key=lambda view: view.key)
    if not views:
        return ToolResult(ok=True, summary="There are no apps yet.", actions=[_canonical(args)])
    found = [(view, list(drift(view))) for view in views]
    off = [(view, changes) for view, changes in found if changes]
    lines = [line for view, changes in off for line in _lines(view, changes)]
    more = [f"… and {len(lines) - MAX_LINES} more lines."] if len(lines) > MAX_LINES else []
    well = [view for view, changes in found if not changes]
    head = [_as_wished(well)] if well else []
    return ToolResult(
        ok=True,
        summary="\n".join([*head, *lines[:MAX_LINES], *more, *silent_runtimes(ctx, {v.spec.runtime for v in views})]),
        next=f'Say "describe {ref(off[0][0].key)}" for the reason.' if off else None,
        data={"drift": [{"app": ref(view.key), **change.model_dump()} for view, changes in off for change in changes]},
        actions=[_canonical(args)],
    )


def _as_wished(views: Sequence[AppView]) -> str:
    if len(views) > 1:
        return f"{plural(len(views), 'app')} are as wished for: count, image and settings."
    view = views[0]
    return (
        f"**{ref(view.key)}** is as wished for: {plural(view.desired, 'replica')} of "
        f"{code(view.spec.container.image)}, all on revision {view.revision}."
    )


def _lines(view: AppView, changes: Sequence[Change]) -> Iterator[str]:
    yield f"**{ref(view.key)}** differs from what is wished for:"
    for change in changes:
        yield f"- {one_line(change.what, 120)}: wished for {code(change.before)}, seen {code(change.after)}"


def drift(view: AppView) -> Iterator[Change]:
    """Where the runtime's picture differs from the wish: `before` is the wish, `after` what is seen."""
    if view.status is AppStatus.UNKNOWN:
        yield Change(what="replicas", before=str(view.desired), after="not known, the runtime does not answer")
        return
    if view.total != view.desired:
        yield Change(what="replicas", before=str(view.desired), after=f"{view.total}")
    if view.ready != view.desired and view.ready != view.total:
        yield Change(what="ready replicas", before=str(view.desired), after=f"{view.ready}")
    for replica in view.replicas:
        yield from _replica(view, replica)


def _replica(view: AppView, replica: ReplicaView) -> Iterator[Change]:
    """The image is told where it differs; an older revision with the same image differs in its settings."""
    image = view.spec.container.image
    if replica.image and not same_image(replica.image, image):
        yield Change(what=f"image of {replica.name}", before=image, after=replica.image)
    elif replica.phase is not None and not replica.current:
        yield Change(what=f"settings of {replica.name}", before=f"revision {view.revision}", after="an older revision")


TOOL = Tool(
    name="diff",
    description="Show where apps differ from what is wished for (count, image, settings), or, given a manifest, what "
    "applying it would change. Changes nothing.",
    effect=Effect.READ,
    args=DiffArgs,
    run=run,
    preview=preview,
    examples=("any drift on web?", "what would this manifest change: …"),
)
