"""What `/metrics` tells Prometheus: a snapshot of the board, made when asked, in a registry of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.core.approvals import ApprovalState
from app.core.events import Event
from app.core.incidents import IncidentState, Outcome
from app.core.objects import KINDS
from app.core.views import AppStatus, AppView, ObjectView, ReplicaView, RuntimeView
from app.ports.healing import Healing
from app.web.context import Backend

EVENTS = 1000
"""Newest events counted; older ones have been folded or pruned anyway."""


async def exposition(backend: Backend) -> bytes:
    """The Prometheus text format."""
    events = await backend.control.events(limit=EVENTS)
    waiting = await backend.store.list_approvals(state=ApprovalState.PENDING)
    registry = CollectorRegistry()
    control = backend.control
    registry.register(Snapshot(control.apps(), control.runtimes(), control.objects(), events, len(waiting)))
    if backend.healing is not None:
        registry.register(Healed(backend.healing))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class Snapshot(Collector):
    def __init__(
        self,
        apps: Sequence[AppView],
        runtimes: Sequence[RuntimeView],
        objects: Sequence[ObjectView],
        events: Sequence[Event],
        waiting: int,
    ) -> None:
        self._apps, self._runtimes, self._objects = apps, runtimes, objects
        self._events, self._waiting = events, waiting

    def collect(self) -> Iterator[Metric]:
        yield _gauge("kubelite_up", "1 while the process answers.", 1)
        yield _gauge("kubelite_approvals_pending", "Approvals that wait for a person.", self._waiting)
        yield self._by_status()
        yield from self._replicas()
        yield from self._jobs()
        yield from self._beside()
        yield self._runtimes_up()
        yield self._recent_events()

    def _by_status(self) -> Metric:
        metric = GaugeMetricFamily("kubelite_apps", "Apps by status.", labels=["status"])
        counts = Counter(app.status for app in self._apps)
        for status in AppStatus:
            metric.add_metric([status.value], counts[status])
        return metric

    def _replicas(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("kubelite_replicas", "Replicas by state.", labels=["state"])
        counts = Counter(_state(replica) for app in self._apps for replica in app.replicas)
        for state in ("ready", "starting", "ended", "waiting"):
            states.add_metric([state], counts[state])
        yield states
        yield _gauge("kubelite_replicas_desired", "Replicas wished for.", sum(app.desired for app in self._apps))
        yield _gauge("kubelite_restarts", "Restarts of the present replicas.", sum(app.restarts for app in self._apps))

    def _jobs(self) -> Iterator[Metric]:
        """Of every Job, by namespace and name, as kube-state-metrics has them."""
        labels = ["namespace", "job"]
        done = GaugeMetricFamily("kubelite_job_succeeded", "Completions of a Job so far.", labels=labels)
        failed = GaugeMetricFamily("kubelite_job_failed", "Failed attempts of a Job so far.", labels=labels)
        for app in self._apps:
            if app.spec.job is not None:
                done.add_metric([app.key.namespace, app.name], app.succeeded)
                failed.add_metric([app.key.namespace, app.name], app.failed)
        yield done
        yield failed

    def _beside(self) -> Iterator[Metric]:
        counts = GaugeMetricFamily("kubelite_objects", "Objects beside the apps by kind.", labels=["kind"])
        found = Counter(one.key.kind for one in self._objects)
        for kind in KINDS:
            counts.add_metric([kind], found[kind])
        yield counts
        well = GaugeMetricFamily(
            "kubelite_service_up", "1 when replicas stand behind a Service.", labels=["namespace", "service"]
        )
        for one in self._objects:
            if one.key.kind == "Service":
                well.add_metric([one.key.namespace, one.key.name], 1 if one.well else 0)
        yield well

    def _runtimes_up(self) -> Metric:
        metric = GaugeMetricFamily("kubelite_runtime_up", "1 when the runtime was reachable.", labels=["runtime"])
        for runtime in self._runtimes:
            metric.add_metric([runtime.name], 1 if runtime.reachable else 0)
        return metric

    def _recent_events(self) -> Metric:
        metric = GaugeMetricFamily(
            "kubelite_events", "Occurrences among the newest events kept.", labels=["type", "reason"]
        )
        counts: Counter[tuple[str, str]] = Counter()
        for event in self._events:
            counts[event.type.value, event.reason] += event.count
        for (kind, reason), count in sorted(counts.items()):
            metric.add_metric([kind, reason], count)
        return metric


class Healed(Collector):
    """What healing does: what is open now, and how what it tried came out since the start of the process."""

    def __init__(self, healing: Healing) -> None:
        self._healing = healing

    def collect(self) -> Iterator[Metric]:
        states = GaugeMetricFamily(
            "kubelite_incidents_open", "Incidents that are not over, by state.", labels=["state"]
        )
        found = Counter(one.state for one in self._healing.incidents())
        for state in IncidentState:
            if not state.over:
                states.add_metric([state.value], found[state])
        yield states
        counts = self._healing.counts()
        yield CounterMetricFamily("kubelite_healed", "Incidents that a remedy ended.", value=counts["healed"])
        attempts = CounterMetricFamily("kubelite_attempts", "Remedies that were tried, by outcome.", labels=["outcome"])
        for outcome in Outcome:
            if outcome is not Outcome.WATCHING:
                attempts.add_metric([outcome.value], counts[outcome.value])
        yield attempts


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _state(replica: ReplicaView) -> str:
    if replica.phase is None:
        return "waiting"
    if replica.phase.ended:
        return "ended"
    return "ready" if replica.ready else "starting"
