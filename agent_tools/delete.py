"""`delete`: remove apps for good. Takes names only, so that an approval says exactly what goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from agent_tools.changes import cause, gone, ref, together
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from agent_tools.wishes import object_ref
from app.core.approvals import Change, Preview
from app.core.configuring.usedby import users
from app.core.errors import NotFound
from app.core.gate import Effect
from app.core.views import AppView

MAX_APPS = 200
_LEFT = ("PersistentVolumeClaim", "Service", "HorizontalPodAutoscaler")


class DeleteArgs(Args):
    """Arguments of `delete`."""

    apps: list[AppRef] = Field(min_length=1, max_length=MAX_APPS, description="names of the apps to delete")


def _targets(ctx: ToolContext, args: DeleteArgs) -> list[AppView]:
    views = {view.key: view for view in map(ctx.control.app, args.apps)}
    return list(views.values())


def _left(ctx: ToolContext, views: Sequence[AppView]) -> list[str]:
    """What was there for these apps alone, and the claims with their data: nobody asked to delete them."""
    going = {view.key for view in views}
    specs = [view.spec for view in ctx.control.apps() if not view.deleting or view.key in going]
    left = []
    for one in ctx.control.objects():
        apps = set(users(one.object, specs))
        if one.key.kind in _LEFT and not one.deleting and apps and apps <= going:
            left.append(object_ref(one.key))
    return left


def _staying(left: Sequence[str]) -> str:
    return f"{listed(left)} {'stay' if len(left) > 1 else 'stays'}. " if left else ""


def _canonical(views: list[AppView]) -> tuple[dict[str, Any], ...]:
    return tuple({"action": "delete", "app": view.name} for view in views)


async def preview(ctx: ToolContext, args: DeleteArgs) -> Preview:
    views = _targets(ctx, args)
    names = [ref(view.key) for view in views]
    verb = f"Delete {names[0]}" if len(names) == 1 else f"Delete {len(names)} apps"
    return Preview(
        title=f"Delete {listed(names)}",
        verb=verb,
        apps=tuple(names),
        changes=tuple(
            Change(
                what=ref(view.key),
                before=f"{plural(view.spec.replicas, 'replica')} of {view.spec.container.image}",
                after="deleted",
            )
            for view in views
        ),
        losses=tuple(
            f"{ref(view.key)}: {plural(view.total, 'replica')}, the data inside and the history" for view in views
        ),
        undo=f"{_staying(_left(ctx, views))}Undo it in this conversation: the app comes back as it was set up, not the "
        "data that was inside.",
        canonical=_canonical(views),
    )


async def run(ctx: ToolContext, args: DeleteArgs) -> ToolResult:
    views = _targets(ctx, args)
    for view in views:
        try:
            await ctx.control.delete(ref(view.key), cause=cause(ctx, "deleted"))
        except NotFound:
            ctx.progress(f"{ref(view.key)} was gone already")
    left = _left(ctx, views)
    seen = together(await asyncio.gather(*(gone(ctx, ref(view.key), view.total) for view in views)))
    stays = f" {_staying(left)}".rstrip()
    offer = f'Say "delete the {left[0]}" if it is of no use any more.' if left else None
    return ToolResult(
        ok=seen.ok,
        summary=seen.text + stays,
        next=seen.next or offer,
        data={"apps": [ref(view.key) for view in views]},
        actions=list(_canonical(views)),
    )


TOOL = Tool(
    name="delete",
    description="Delete apps and all their replicas. Name every app, no patterns. A person is asked first.",
    effect=Effect.DESTROY,
    args=DeleteArgs,
    run=run,
    preview=preview,
    stops=lambda _args: True,
    examples=("delete web", "remove worker and redis"),
)
