"""Everything that can be said ahead of one app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.forecasts.load import load_ahead
from app.core.forecasts.reach import reach
from app.core.forecasts.restarts import crash_loop, restarts_ahead
from app.core.forecasts.series import attempt, by_pod, load, restarts
from app.core.forecasts.values import Forecast, Kind, NoForecast
from app.core.spec import AppKey
from app.core.template import PodTemplate
from app.core.usage import UsageSample
from app.core.views import AppView

MAX_REPLICAS = 16
"""So many replicas' memory is looked at, those that use most."""

DISKS = ("persistentVolumeClaim", "emptyDir")


@dataclass(frozen=True, slots=True)
class Outlook:
    """One forecast, or why there is none, of each kind that the app can have."""

    app: AppKey
    forecasts: tuple[Forecast, ...]

    def of(self, kind: Kind) -> Forecast | None:
        return next((one for one in self.forecasts if one.kind is kind), None)


def outlook(view: AppView, samples: Sequence[UsageSample], now: float) -> Outlook:
    """`samples` are the app's, as far back as they are kept; more than seven days are not needed."""
    pods = {pod: of for pod, of in by_pod(samples).items() if any(one.name == pod for one in view.replicas)}
    found = [_memory(view, pods, now), *_disk(view), _restarts(samples, now), _crash_loop(pods, now)]
    return Outlook(view.key, (*found, Forecast(Kind.LOAD, load_ahead(load(samples), now))))


def memory_limit(template: PodTemplate) -> int | None:
    """Bytes over all containers of a replica; None where one has no limit."""
    limits = [container.resources.limits.memory_bytes for container in template.containers]
    known = [limit for limit in limits if limit is not None]
    return sum(known) if len(known) == len(limits) else None


def _memory(view: AppView, pods: Mapping[str, Sequence[UsageSample]], now: float) -> Forecast:
    """Of the replica that comes first."""
    limit = memory_limit(view.spec.template)
    if limit is None:
        return Forecast(Kind.MEMORY, NoForecast("it has no memory limit to reach"))
    started = {one.name: one.started_at for one in view.replicas}
    heaviest = sorted(pods, key=lambda pod: pods[pod][-1].memory_bytes, reverse=True)[:MAX_REPLICAS]
    every = [
        Forecast(Kind.MEMORY, reach(attempt(pods[pod], started[pod]), limit, now), pod)
        for pod in heaviest
        if started[pod] is not None
    ]
    return _first(Kind.MEMORY, every, "none of its replicas was measured")


def _disk(view: AppView) -> list[Forecast]:
    if not any(volume.source.type in DISKS for volume in view.spec.template.volumes):
        return []
    return [Forecast(Kind.DISK, NoForecast("how full its volumes are is not measured"))]


def _restarts(samples: Sequence[UsageSample], now: float) -> Forecast:
    moments = [at for of in by_pod(samples).values() for at in restarts(of)]
    since = min((one.at for one in samples), default=now)
    return Forecast(Kind.RESTARTS, restarts_ahead(moments, since, now))


def _crash_loop(pods: Mapping[str, Sequence[UsageSample]], now: float) -> Forecast:
    every = [Forecast(Kind.CRASH_LOOP, crash_loop(restarts(of), now), pod) for pod, of in pods.items()]
    return _first(Kind.CRASH_LOOP, every, "there were too few restarts for it")


def _first(kind: Kind, every: Iterable[Forecast], none: str) -> Forecast:
    """The earliest date; where there is none, the reason that most replicas have."""
    known = list(every)
    dated = [(one.estimate.value, one.subject, one) for one in known if one.estimate is not None]
    if dated:
        return min(dated)[2]
    reasons = [one.why_not for one in known]
    return Forecast(kind, NoForecast(max(reasons, key=reasons.count) if reasons else none))
