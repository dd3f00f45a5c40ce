"""What a change says afterwards: only what was seen, and the next step when it is not as wished yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent_tools import private
from agent_tools.spec import ToolContext
from agent_tools.text import cell, listed, one_line, plural
from app.core.errors import Conflict
from app.core.reporting.status import hopeless
from app.core.spec import AppKey
from app.core.views import AppStatus, AppView

BROKEN = frozenset({AppStatus.FAILED, AppStatus.CRASH_LOOPING})
_SHOWN_URLS = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """A first observation in words. `ok` is false when the app is failing, not when it is merely slow."""

    ok: bool
    text: str
    next: str | None = None


def ref(key: AppKey) -> str:
    """The name people use: the namespace only where it is not `default`."""
    return key.name if key.namespace == "default" else str(key)


def target(ctx: ToolContext, app: str, done: str) -> AppView:
    """The app that is to be changed. Raises `NotFound`, or `Conflict` where it is on its way out; `done` is a past
    participle for that sentence."""
    view = ctx.control.app(app)
    if view.deleting:
        raise Conflict(f"{ref(view.key)} is being deleted; it cannot be {done} any more.")
    return view


def cause(ctx: ToolContext, verb: str) -> str:
    """Why a revision exists, for its history: who, through which door, and the sentence."""
    said = one_line(private.sentence(ctx.caller.sentence), 160)
    return f"{verb} by {ctx.caller.user} ({ctx.caller.source})" + (f": {said}" if said else "")


async def watch(ctx: ToolContext, key: AppKey) -> Seen:
    """Waits for the first observation after a write and puts it into words."""
    view = await ctx.control.wait(ref(key), seconds=ctx.wait_seconds, progress=ctx.progress)
    if view is None:
        return Seen(False, f"**{ref(key)}** is not there any more; somebody deleted it meanwhile.")
    return observed(view)


async def gone(ctx: ToolContext, name: str, replicas: int) -> Seen:
    """Waits until a deleted app, which had so many replicas, is gone."""
    left = await ctx.control.wait(name, seconds=ctx.wait_seconds, progress=ctx.progress, gone=True)
    if left is None:
        return Seen(True, f"Deleted **{name}** and its {plural(replicas, 'replica')}.")
    if not left.deleting:
        return Seen(False, f"**{name}** is there again: somebody deployed it meanwhile.")
    return Seen(
        True,
        f"**{name}** is being deleted; {plural(left.total, 'replica')} still there.",
        f'It goes on in the background; ask "status {name}" in a moment.',
    )


def observed(view: AppView) -> Seen:
    """What `view` shows. Nothing is concluded that it does not say."""
    text = " ".join(part for part in (_counts(view), _trouble(view), _reach(view)) if part)
    name = ref(view.key)
    if view.status in BROKEN or (view.status is AppStatus.DEGRADED and hopeless(view)):
        return Seen(False, text, f'Look at "logs {name}" or "describe {name}" for the reason.')
    if view.deleting:
        return Seen(True, text, f'Ask "status {name}" in a moment: it is being deleted.')
    if not view.settled:
        return Seen(True, text, f'It goes on in the background; ask "status {name}" in a moment.')
    return Seen(True, text)


def _counts(view: AppView) -> str:
    where = f"image `{one_line(view.spec.container.image)}`, on {view.spec.runtime}"
    if view.spec.job is not None:
        return f"**{ref(view.key)}**: {_completions(view)}, {where}."
    if view.desired == 0 and view.total == 0:
        return f"**{ref(view.key)}**: no replicas, {where}."
    old = view.total - view.updated
    left = f", {plural(old, 'old replica')} still there" if old > 0 else ""
    extra = view.total - view.desired
    if extra > 0 and not left:
        left = f", {plural(extra, 'replica')} still to go"
    return f"**{ref(view.key)}**: {view.ready} of {view.desired} ready{left}, {where}."


def _completions(view: AppView) -> str:
    wanted = view.spec.job.completions if view.spec.job else None
    failed = f", {plural(view.failed, 'failed attempt')}" if view.failed else ""
    return f"{view.succeeded}{'' if wanted is None else f' of {wanted}'} succeeded{failed}"


def _trouble(view: AppView) -> str:
    if view.settled and view.status in (AppStatus.RUNNING, AppStatus.STOPPED):
        return ""
    reason, word = cell(view.reason, 300), view.status.value
    if not reason:
        return f"{word}."
    end = "" if reason.endswith((".", "…")) else "."
    if reason.lower().startswith(word.lower()):
        return f"{reason[0].upper()}{reason[1:]}{end}"
    return f"{word}: {reason}{end}"


def _reach(view: AppView) -> str:
    found = [f"{url} (Service {service.name})" for service in view.services for url in service.urls]
    found = found or ([view.url] if view.url and view.ready else [])
    found = found or [f"{port.url} ({one.name})" for one in view.replicas if one.ready for port in one.ports]
    return f"Reach it at {listed(found, limit=_SHOWN_URLS)}." if found else ""


def together(seen: Sequence[Seen]) -> Seen:
    """Several observations as one: all must be well; the first next step wins."""
    return Seen(
        all(one.ok for one in seen),
        "\n\n".join(one.text for one in seen),
        next((one.next for one in seen if one.next), None),
    )
