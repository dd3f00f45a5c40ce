"""What is foreseen of an app, in words, and what may be done about it before it happens."""

from __future__ import annotations

from collections.abc import Iterator

from agent_tools.advice import Advice, Urgency
from agent_tools.changes import ref
from agent_tools.spec import ToolContext
from agent_tools.text import age, cell, clock
from app.core.forecasts import Estimate, Forecast, Kind, Outlook, replicas_for
from app.core.forecasts.outlook import memory_limit
from app.core.quantities import format_cpu, format_memory
from app.core.spec import Autoscaling
from app.core.views import AppView

SOON_SECONDS = 3600.0
DAY_SECONDS = 86_400.0
NOTABLE_RESTARTS = 1.0
"""An hour; fewer are told and not advised on."""
TARGET_PERCENT = 80
"""Of its request (or limit) is what a replica is meant to use where no autoscaler says it."""
_STEP = 16 * 1024**2
SURE = "80 % sure"

_NAMES = {
    Kind.MEMORY: "memory at its limit",
    Kind.DISK: "disk full",
    Kind.RESTARTS: "restarts",
    Kind.CRASH_LOOP: "crash loop",
    Kind.LOAD: "load",
}


def sentences(found: Outlook, now: float) -> Iterator[str]:
    """One for each kind of forecast, those without an estimate with the reason."""
    for one in found.forecasts:
        said = one.estimate
        subject = f" of {cell(one.subject)}" if one.subject else ""
        name = _NAMES[one.kind] + (subject if said is not None else "")
        yield f"{name}: {_says(one.kind, said, now) if said is not None else f'no forecast, {one.why_not}'}"


def _says(kind: Kind, said: Estimate, now: float) -> str:
    if kind is Kind.RESTARTS:
        return f"about {said.value:.1f} in the next hour ({said.low:.0f} to {said.high:.0f}, {SURE})"
    if kind is Kind.LOAD:
        point, low, high = (format_cpu(round(value)) for value in (said.value, said.low, said.high))
        return f"CPU up to {point} over all replicas in the next hour ({low} to {high}, {SURE})"
    if said.value <= now:
        return "now"
    between = f"{age(said.low - now)} to {age(said.high - now)}, {SURE}"
    return f"in about {age(said.value - now)}, at {clock(said.value)} ({between})"


def row(one: Forecast) -> dict[str, object]:
    """For the page and for machines."""
    said = one.estimate
    known = {"value": said.value, "low": said.low, "high": said.high} if said is not None else {"why_not": one.why_not}
    return {"kind": one.kind.value, "subject": one.subject, **known}


def advice(ctx: ToolContext, view: AppView, found: Outlook) -> Iterator[Advice]:
    """What its forecasts call for, each with the sentence that does it."""
    name, now = ref(view.key), ctx.now()
    for one in found.forecasts:
        said = one.estimate
        if said is None:
            continue
        if one.kind is Kind.MEMORY and said.low - now <= DAY_SECONDS:
            yield _memory(view, one, said, now)
        elif one.kind is Kind.CRASH_LOOP:
            when = age(said.value - now)
            text = f"the restarts of {cell(one.subject)} come faster and faster: a crash loop in about {when}"
            yield Advice(Urgency.SOON, name, text, f"analyze {name}")
        elif one.kind is Kind.RESTARTS and said.value >= NOTABLE_RESTARTS:
            text = f"about {said.value:.0f} more restarts are to come in the next hour"
            yield Advice(Urgency.LATER, name, text, f"analyze {name}")
        elif one.kind is Kind.LOAD:
            yield from _load(ctx, view, said)


def _memory(view: AppView, one: Forecast, said: Estimate, now: float) -> Advice:
    limit = memory_limit(view.spec.template) or 0
    more = format_memory(-(-limit * 3 // 2 // _STEP) * _STEP)
    urgency = Urgency.SOON if said.low - now <= SOON_SECONDS else Urgency.LATER
    when = "is" if said.value <= now else f"will in about {age(said.value - now)} be"
    text = f"the memory of {cell(one.subject)} {when} at its limit, and it is killed then; more room, or a restart"
    name = ref(view.key)
    if len(view.spec.template.containers) > 1:  # "the memory" of several containers is no one number
        return Advice(urgency, name, text, f"restart {name}")
    return Advice(urgency, name, text, f"set the memory of {name} to {more}", f"restart {name}")


def _load(ctx: ToolContext, view: AppView, said: Estimate) -> Iterator[Advice]:
    """Only where nothing scales it by itself."""
    if view.spec.job is not None or view.spec.autoscaling is not None or _scaled(ctx, view):
        return
    need = replicas_for(said.value, Autoscaling(max_replicas=10_000, target_cpu_percent=TARGET_PERCENT), _request(view))
    if need is not None and need > view.desired > 0:
        text = f"the load of the next hour needs about {need} replicas, and {view.desired} are wished for"
        yield Advice(Urgency.LATER, ref(view.key), text, f"scale {ref(view.key)} to {need}")


def _scaled(ctx: ToolContext, view: AppView) -> bool:
    return any(
        getattr(one.object, "target_key", None) == view.key for one in ctx.control.objects("HorizontalPodAutoscaler")
    )


def _request(view: AppView) -> int | None:
    """CPU of one replica in millicores, by request, else by limit; None where a container has neither."""
    both = [one.resources for one in view.spec.template.containers]
    known = [
        one.requests.cpu_millicores if one.requests.cpu_millicores is not None else one.limits.cpu_millicores
        for one in both
    ]
    return sum(one for one in known if one is not None) if None not in known else None
