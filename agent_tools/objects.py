"""What a change of an object beside the apps says afterwards: only what was seen."""

from __future__ import annotations

from agent_tools.changes import Seen
from agent_tools.spec import ToolContext
from agent_tools.text import listed, one_line
from agent_tools.wishes import object_ref, split
from app.core.views import ObjectView

WAIT_SECONDS = 15.0
"""How long a Service may take to get its address, a volume to be removed, before what is seen so far is reported."""


async def see_object(ctx: ToolContext, name: str, *, gone: bool = False) -> Seen:
    """Waits a little until it is well, or gone, and puts it into words. `name` is as in `agent_tools.wishes`."""
    seconds = min(WAIT_SECONDS, ctx.wait_seconds)
    view = await ctx.control.wait_object(*split(name), seconds=seconds, gone=gone)
    if view is None:
        return Seen(gone, f"**{name}** is deleted." if gone else f"**{name}** is not there any more.")
    if gone and view.deleting:
        return Seen(True, f"**{name}** is being deleted: {one_line(view.state)}.", "It goes on in the background.")
    if gone:
        return Seen(False, f"**{name}** is there again: somebody made it meanwhile.")
    return Seen(True, observed_object(view))


def observed_object(view: ObjectView) -> str:
    """What `view` shows, in one sentence or two."""
    state = one_line(view.state)
    text = f"**{object_ref(view.key)}**{f': {state}' if state else ' is there'}."
    return f"{text} Reach it at {listed(list(view.urls), limit=5)}." if view.urls else text
