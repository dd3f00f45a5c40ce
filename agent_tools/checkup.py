"""One app looked at closely: what it uses of what it has, its incidents, how it was before, what is foreseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent_tools import forecast
from agent_tools.advice import Advice, Urgency
from agent_tools.analyze import WELL
from agent_tools.changes import ref
from agent_tools.incidents import sentence
from agent_tools.spec import ToolContext
from agent_tools.text import cell, listed, one_line, plural, size, table
from app.core.diagnosis import Diagnosed, RemedyClass
from app.core.forecasts import Change, Outlook, Trend, compare, outlook
from app.core.incidents import Incident, IncidentState
from app.core.quantities import format_cpu, format_memory
from app.core.spec import Amounts
from app.core.views import AppStatus, AppView, ReplicaView

DAY_SECONDS = 86_400.0
LATELY_SECONDS = DAY_SECONDS
MAX_PAST = 20
FULL = 0.9
"""A replica that uses so much of a limit has no room left."""
ROOM_STEP = 64 * 1024**2
LEAST_ROOM = 256 * 1024**2
"""What is used now may be little of what it will need: a limit that is advised leaves three times that, and this."""
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Checkup:
    """`view` is measured now; `hour` and `day` compare the last hour with the one before and with the day before."""

    view: AppView
    hour: Change
    day: Change
    outlook: Outlook
    open: tuple[Incident, ...]
    lately: tuple[Incident, ...]
    """Over within the last day."""
    found: Diagnosed | None = None
    """Why it fails, where it does."""


async def check(ctx: ToolContext, view: AppView, *, seconds: float, found: Diagnosed | None = None) -> Checkup:
    """`view` must be measured; `seconds` is how far back stored usage is read."""
    now = ctx.now()
    samples = await ctx.control.usage(ref(view.key), seconds=seconds)
    opened, over = await _incidents(ctx, view, now)
    return Checkup(
        view=view,
        hour=compare(samples, now),
        day=compare(samples, now, before=DAY_SECONDS),
        outlook=outlook(view, samples, now),
        open=opened,
        lately=over,
        found=found,
    )


async def _incidents(ctx: ToolContext, view: AppView, now: float) -> tuple[tuple[Incident, ...], tuple[Incident, ...]]:
    if ctx.healing is None:
        return (), ()
    name = ref(view.key)
    past = await ctx.healing.past(name, limit=MAX_PAST)
    lately = tuple(one for one in past if one.ended_at is not None and one.ended_at >= now - LATELY_SECONDS)
    return tuple(ctx.healing.incidents(name)), lately


# -- in words


def sections(ctx: ToolContext, one: Checkup) -> Iterator[str]:
    """Everything but the first line and the advice."""
    yield from trends(one)
    yield _saturation(one.view)
    yield _probes(one.view)
    yield _incident_lines(ctx, one)
    yield "Ahead:\n" + "\n".join(f"- {each}" for each in forecast.sentences(one.outlook, ctx.now()))


def trends(one: Checkup) -> Iterator[str]:
    """How it was before; one line for each that is known."""
    known = [
        (change, words)
        for change, words in ((one.hour, "the hour before"), (one.day, "this hour a day ago"))
        if change.trend is not Trend.UNKNOWN
    ]
    if not known:
        yield "Trend: not known, too little was measured yet."
    for change, words in known:
        yield (
            f"Against {words}: **{change.trend.value}**; {plural(change.restarts, 'restart')}"
            f" ({change.restarts_before} then), memory {change.memory:+.0%}, CPU {change.cpu:+.0%} per replica."
        )


def _saturation(view: AppView) -> str:
    """The replica that has the least room, for CPU and memory."""
    replicas = [one for one in view.replicas if one.memory_bytes is not None and one.cpu_millicores is not None]
    if not replicas:
        return f"Usage: {NOT_MEASURED}."
    unseen = len(view.replicas) - len(replicas)
    rows = [_row("CPU", "cpu_millicores", view, replicas), _row("memory", "memory_bytes", view, replicas)]
    head = ("", "all replicas", "most in one", "of its request", "of its limit")
    tail = f"\n\nOf {plural(unseen, 'replica')} it is {NOT_MEASURED}." if unseen else ""
    return table(head, rows) + tail


def _row(name: str, amount: str, view: AppView, replicas: Sequence[ReplicaView]) -> tuple[str, ...]:
    words = format_cpu if amount == "cpu_millicores" else size
    most = max(replicas, key=lambda one: int(getattr(one, amount)))
    used = int(getattr(most, amount))
    shares = (share(used, limit_of(view, amount, of)) for of in ("requests", "limits"))
    return (
        name,
        words(sum(int(getattr(one, amount)) for one in replicas)),
        f"{words(used)} ({cell(most.name)})",
        *(f"{part:.0%}" if part is not None else "none set" for part in shares),
    )


def limit_of(view: AppView, amount: str, of: str) -> int | None:
    """What a replica's containers have together: `of` is `requests` or `limits`; None where one has none."""
    amounts: list[Amounts] = [getattr(one.resources, of) for one in view.spec.template.containers]
    known = [getattr(one, amount) for one in amounts]
    return sum(known) if None not in known else None


def share(used: int, whole: int | None) -> float | None:
    return used / whole if whole else None


def _probes(view: AppView) -> str:
    """What "ready" rests on. How long probes take is not kept."""
    every = view.spec.template.containers
    kinds = [kind for kind in ("startup", "readiness", "liveness") if any(getattr(one, kind) for one in every)]
    if not kinds:
        return "Probes: none, so that ready means no more than that it runs."
    return f"Probes: {listed(kinds)}; how long they take is not kept."


def _incident_lines(ctx: ToolContext, one: Checkup) -> str:
    if ctx.healing is None:
        return "Incidents: nobody keeps them in this process."
    lines = [f"- open: `{each.id}` {sentence(each)}" for each in one.open]
    lines += [f"- over: `{each.id}` {one_line(each.says or each.state.value, 160)}" for each in one.lately]
    return "Incidents:\n" + "\n".join(lines) if lines else "Incidents: none open, none over within the last day."


def data(one: Checkup) -> dict[str, Any]:
    """For the page and for machines."""
    return {
        "app": ref(one.view.key),
        "status": one.view.status.value,
        "trend": one.hour.trend.value,
        "trend_day": one.day.trend.value,
        "restarts": one.view.restarts,
        "cpu_millicores": one.view.cpu_millicores,
        "memory_bytes": one.view.memory_bytes,
        "incidents": {"open": [each.id for each in one.open], "lately": [each.id for each in one.lately]},
        "forecasts": [forecast.row(each) for each in one.outlook.forecasts],
    }


# -- what to do


def advice(ctx: ToolContext, one: Checkup) -> Iterator[Advice]:
    """Of one app, in no order."""
    view, name = one.view, ref(one.view.key)
    for each in one.open:
        if each.state is IncidentState.ASKING:
            yield Advice(Urgency.ASKED, name, f"incident {each.id} waits for your answer on its card")
    if view.status is AppStatus.UNKNOWN:
        yield Advice(Urgency.BLIND, name, f"it cannot be seen: {cell(view.reason)}", f"status {name}")
        return
    if view.status not in WELL and not view.deleting:
        yield _failing(ctx, one, name)
    if view.status in (AppStatus.STOPPED, AppStatus.COMPLETED):
        return
    yield from forecast.advice(ctx, view, one.outlook)
    yield from _full(view, name)
    used = max((one.memory_bytes or 0 for one in view.replicas), default=0)
    if used and limit_of(view, "memory_bytes", "limits") is None:
        text = "it has no memory limit, so that a leak takes the memory of everything beside it"
        room = format_memory(max(LEAST_ROOM, -(-3 * used // ROOM_STEP) * ROOM_STEP))
        yield Advice(
            Urgency.BETTER,
            name,
            text,
            f"set the memory of {name} to {room}" if len(view.spec.template.containers) == 1 else "",
        )


def _failing(ctx: ToolContext, one: Checkup, name: str) -> Advice:
    best = one.found.best if one.found is not None else None
    why = best.cause.value.replace("_", " ") if best is not None else one_line(one.view.reason, 160)
    text = f"{one.view.status.value.lower()}{f', {cell(why, 160)}' if why else ''}"
    able = ctx.healing is not None and best is not None and best.remedies[0] is not RemedyClass.NEEDS_HUMAN
    if able:
        return Advice(Urgency.NOW, name, text, f"heal {name}", f"analyze {name}")
    return Advice(Urgency.NOW, name, text, f"analyze {name}", f"logs {name}")


def _full(view: AppView, name: str) -> Iterator[Advice]:
    """CPU at its limit: it is slowed down. (Memory is what forecasts are for.)"""
    limit = limit_of(view, "cpu_millicores", "limits")
    used = max((one.cpu_millicores or 0 for one in view.replicas), default=0)
    part = share(used, limit)
    if part is not None and part >= FULL and view.spec.job is None:
        text = f"a replica uses {part:.0%} of its CPU limit and is slowed down"
        yield Advice(Urgency.SOON, name, text, f"scale {name} to {view.desired + 1}")
