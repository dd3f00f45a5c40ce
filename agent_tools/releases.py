"""`update_image` and `rollback`: to another image, and back to a revision that was there before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from agent_tools.changes import ref, target
from agent_tools.edits import Edit, carried_out, priced_preview, with_container, with_template
from agent_tools.fields import AppRef
from agent_tools.hostaccess import check_host_access
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, one_line
from app.core.approvals import Preview
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.gate import Effect
from app.core.images import parse_image, same_image
from app.core.revision import content_hash, with_restart_of
from app.core.spec import PodTemplate, Revision
from app.core.views import AppView

_BARE_TAG = re.compile(r"v?\d+(\.\d+)*([-.]\w+)*|latest|stable|edge")


class UpdateImageArgs(Args):
    """Arguments of `update_image`."""

    app: AppRef = Field(description="name of the app")
    image: str = Field(description="the new image in full, repository and tag, for example nginx:1.27")


def _checked(image: str, present: str) -> str:
    """`image`, if it is a reference. Raises `InvalidInput`; a tag alone would name another repository."""
    if _BARE_TAG.fullmatch(image):
        full = parse_image(present).with_tag(image).familiar
        raise InvalidInput(f'"{image}" is a tag alone; give the image in full, for example {full}', field="image")
    parse_image(image)
    return image


def _update(ctx: ToolContext, args: UpdateImageArgs) -> Edit:
    view = target(ctx, args.app, "updated")
    image = _checked(args.image, view.spec.container.image)
    same = same_image(view.spec.container.image, image)
    return Edit(
        view=view,
        after=view.spec if same else with_container(view.spec, image=image),
        title=f"Update {ref(view.key)} to {image}",
        action={"action": "update_image", "app": view.name, "image": image},
        cause=f"updated to {image}",
    )


async def preview_update(ctx: ToolContext, args: UpdateImageArgs) -> Preview:
    return await priced_preview(ctx, _update(ctx, args))


async def run_update(ctx: ToolContext, args: UpdateImageArgs) -> ToolResult:
    return await carried_out(ctx, _update(ctx, args))


class RollbackArgs(Args):
    """Arguments of `rollback`."""

    app: AppRef = Field(description="name of the app")
    to_revision: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        default=None, description="number of the revision to go back to; the one before when left out"
    )
    to_image: str | None = Field(default=None, description="or the image that revision had, for example nginx:1.25")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.to_revision is not None and self.to_image is not None:
            raise ValueError("rollback takes to_revision or to_image, not both")
        return self


def _canonical(view: AppView, args: RollbackArgs) -> dict[str, Any]:
    given = args.model_dump(include={"to_revision", "to_image"}, exclude_none=True)
    return {"action": "rollback", "app": view.name, **given}


async def _rollback(ctx: ToolContext, args: RollbackArgs) -> Edit:
    kept = await ctx.control.revisions(args.app)
    view = target(ctx, args.app, "rolled back")
    chosen = _chosen(view, kept, args)
    name, image = ref(view.key), chosen.template.containers[0].image
    after = with_template(view.spec, with_restart_of(chosen.template, view.spec.template))
    check_host_access(ctx, view.spec, after)
    return Edit(
        view=view,
        after=after,
        title=f"Roll {name} back to revision {chosen.number} ({image})",
        action=_canonical(view, args),
        cause=f"rolled back to revision {chosen.number}",
        notes=(f"That is revision {chosen.number} again, as a new revision.",),
    )


def _chosen(view: AppView, kept: Sequence[Revision], args: RollbackArgs) -> Revision:
    name = ref(view.key)
    if args.to_revision is not None:
        found = next((one for one in kept if one.number == args.to_revision), None)
        if found is None:
            raise NotFound(f"{name} has no revision {args.to_revision}. {_kept(view, kept)}")
        return found
    now = content_hash(view.spec.template)
    others = [one for one in reversed(kept) if content_hash(one.template) != now]
    if args.to_image is not None:
        return _with_image(view, kept, others, args.to_image)
    if not others:
        raise Conflict(f"{name} has no earlier revision to go back to; it is as it was first deployed.")
    return others[0]


def _with_image(view: AppView, kept: Sequence[Revision], others: Sequence[Revision], image: str) -> Revision:
    parse_image(image)
    found = next((one for one in others if same_image(_image(one.template), image)), None)
    if found is not None:
        return found
    if same_image(view.spec.container.image, image):
        raise Conflict(f"{ref(view.key)} runs {image} now, and no earlier revision has it.")
    raise NotFound(f"No kept revision of {ref(view.key)} has the image {image}. {_kept(view, kept)}")


def _image(template: PodTemplate) -> str:
    return template.containers[0].image


def _kept(view: AppView, kept: Sequence[Revision]) -> str:
    named = [
        f"{one.number} ({one_line(_image(one.template), 120)}{', now' if one.number == view.revision else ''})"
        for one in kept
    ]
    return f"Kept are {listed(named)}."


async def preview_rollback(ctx: ToolContext, args: RollbackArgs) -> Preview:
    return await priced_preview(ctx, await _rollback(ctx, args))


async def run_rollback(ctx: ToolContext, args: RollbackArgs) -> ToolResult:
    return await carried_out(ctx, await _rollback(ctx, args))


UPDATE_IMAGE = Tool(
    name="update_image",
    description="Change the image of an app that exists, replica by replica. Takes the image in full, not a tag alone.",
    effect=Effect.CHANGE,
    args=UpdateImageArgs,
    run=run_update,
    preview=preview_update,
    examples=("upgrade shop to caddy:2.8", "bump shop to 2.8"),
)
ROLLBACK = Tool(
    name="rollback",
    description="Bring an app back to an earlier revision: image, environment, limits, command. Replicas stay as many.",
    effect=Effect.CHANGE,
    args=RollbackArgs,
    run=run_rollback,
    preview=preview_rollback,
    examples=("roll back web", "roll web back to revision 2"),
)
