"""Changing how one app is set up: what the tools for its image, environment, limits and command have in common.

Each of them works out an `Edit`; the diff on the card, the write and the sentence about what was seen come from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_tools.changes import cause, ref, watch
from agent_tools.pricing import with_price
from agent_tools.spec import ToolContext, ToolResult
from agent_tools.text import code, one_line, plural
from agent_tools.wishes import name_of, standing
from app.core.approvals import Change, Preview
from app.core.differences.apps import diff_specs
from app.core.differences.objects import diff_objects
from app.core.objects import VolumeClaim
from app.core.spec import AppSpec, PodTemplate
from app.core.views import AppView

_SAID = 8
"""More changes than this are counted in a reply, not told one by one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One app as it is and as it is wished for now. `cause` is for the history: "updated to nginx:1.27"."""

    view: AppView
    after: AppSpec
    title: str
    action: dict[str, Any]
    cause: str
    notes: tuple[str, ...] = field(default=())
    """Sentences to be said along with the result."""
    claims: tuple[VolumeClaim, ...] = ()
    """Volumes that have to be there before; those that are there already stay as they are."""

    @property
    def name(self) -> str:
        return ref(self.view.key)

    @property
    def changes(self) -> tuple[Change, ...]:
        made = (change for claim in self.claims for change in diff_objects(None, claim)[:1])
        return (*made, *diff_specs(self.view.spec, self.after))

    @property
    def replaces(self) -> bool:
        """The replicas are replaced, not only counted differently."""
        return self.view.spec.template != self.after.template and self.view.spec.replicas > 0


def with_container(spec: AppSpec, **update: Any) -> AppSpec:
    """`spec` with these fields of its main container replaced."""
    container = spec.container.model_copy(update=update)
    return with_template(
        spec, spec.template.model_copy(update={"containers": (container, *spec.template.containers[1:])})
    )


def with_template(spec: AppSpec, template: PodTemplate) -> AppSpec:
    return spec.model_copy(update={"template": template})


def missing_claims(ctx: ToolContext, claims: Sequence[VolumeClaim]) -> tuple[VolumeClaim, ...]:
    """Those of them that are not there yet."""
    there = standing(ctx.control, [name_of(claim) for claim in claims])
    return tuple(claim for claim in claims if name_of(claim) not in there)


async def priced_preview(ctx: ToolContext, edit: Edit) -> Preview:
    """The card, with what it costs where replicas are rented."""
    return await with_price(ctx, preview_of(edit), [(edit.view.spec, edit.after)])


def preview_of(edit: Edit) -> Preview:
    back = f" or roll {edit.name} back to revision {edit.view.revision}" if edit.replaces else ""
    return Preview(
        title=edit.title,
        verb=f"Change {edit.name}",
        apps=(edit.name,),
        objects=tuple(name_of(claim) for claim in edit.claims),
        changes=edit.changes,
        losses=(f"the data inside the replicas of {edit.name}",) if edit.replaces else (),
        undo=f"Undo it{back}." if edit.changes else "",
        canonical=(edit.action,),
    )


async def carried_out(ctx: ToolContext, edit: Edit) -> ToolResult:
    """Writes the edit, waits for the first observation, and says both."""
    why = cause(ctx, edit.cause)
    for claim in edit.claims:
        await ctx.control.put_object(claim, cause=why)
    applied = await ctx.control.apply(edit.after, cause=why)
    seen = await watch(ctx, edit.view.key)
    said = f"Changed {in_words(edit.changes)}." if applied.changed else "Nothing to change: it is so already."
    back = f' Say "roll back {edit.name}" to return to revision {edit.view.revision}.'
    after = (seen.next or "") + (back if edit.replaces and not seen.ok else "")
    return ToolResult(
        ok=seen.ok,
        summary=" ".join((said, *edit.notes, seen.text)),
        next=after.strip() or None,
        data={"app": edit.name, "changes": [change.model_dump() for change in edit.changes]},
        actions=[edit.action],
    )


def in_words(changes: Sequence[Change]) -> str:
    """`image `nginx:1.25` → `nginx:1.27`; env `A` ...`, for a sentence."""
    parts = [f"{one_line(change.what, 80)} {code(change.before)} → {code(change.after)}" for change in changes[:_SAID]]
    if len(changes) > _SAID:
        parts.append(f"{plural(len(changes) - _SAID, 'more change')}")
    return "; ".join(parts) or "nothing one can see"
