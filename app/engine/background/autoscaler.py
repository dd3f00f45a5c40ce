"""Scales apps by what they use: every 15 s, each with a HorizontalPodAutoscaler or with `autoscaling` of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from app.core.errors import Conflict, PortError
from app.core.events import EventType
from app.core.forecasts.needs import raised
from app.core.objects import HorizontalPodAutoscaler
from app.core.pods import ObservedPod, PodPhase, PodStats
from app.core.scaling.autoscaling import Advice, ReplicaUsage, advise
from app.core.scaling.pacing import Pace
from app.core.spec import AppKey, AppSpec, Autoscaling, Container, Desired, PodTemplate
from app.core.views import Condition
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects
from app.engine.observing.health import Health
from app.engine.observing.site import Site
from app.engine.observing.usage import Usage
from app.ports.clock import Clock

log = logging.getLogger(__name__)

SYNC_SECONDS = 15.0
OFFSET_SECONDS = 2.0
"""How long after the start of a round of samples: a busy Engine takes that long to give them."""
PATIENCE_SECONDS = 60.0
"""How long samples may be missing before that is an event: right after a start there are none."""


@dataclass(slots=True)
class _Memory:
    """What is remembered of one app between rounds; a restart of ours forgets it, as Kubernetes' controller does."""

    pace: Pace = field(default_factory=Pace)
    condition: Condition | None = None
    unknown_since: float | None = None


class Autoscaler:
    """`HorizontalPodAutoscaler` objects count before an app's own `autoscaling`."""

    def __init__(
        self,
        desired: DesiredState,
        objects: Objects,
        sites: Mapping[str, Site],
        usage: Usage,
        health: Health,
        events: EventLog,
        clock: Clock,
    ) -> None:
        self._desired = desired
        self._objects = objects
        self._sites = sites
        self._usage = usage
        self._health = health
        self._events = events
        self._clock = clock
        self._memories: dict[AppKey, _Memory] = {}
        self.most: Callable[[AppSpec], int] | None = None
        """How many replicas of an app a budget pays for; set by who keeps budgets."""
        self.least: Callable[[Desired, Autoscaling, int | None], Awaitable[int | None]] | None = None
        """How many replicas (of this CPU request) the load that is foreseen needs; set by who foresees it."""

    def scaling_of(self, key: AppKey) -> Autoscaling | None:
        """What scales this app, None when nothing does. Of several objects for one app the first by name counts."""
        return self._scaling(key, self._autoscalers())

    def condition(self, key: AppKey) -> Condition | None:
        """ScalingActive, None where nothing scales the app or it was not looked at yet."""
        memory = self._memories.get(key)
        return memory.condition if memory is not None else None

    async def run(self) -> None:
        """Until cancelled."""
        await self._clock.sleep(OFFSET_SECONDS)
        while True:
            await self._clock.sleep(SYNC_SECONDS)
            await self.sync()

    async def sync(self) -> None:
        """One round over all apps."""
        autoscalers = self._autoscalers()
        scaled: set[AppKey] = set()
        for wish in self._desired.all():
            scaling = self._scaling(wish.key, autoscalers)
            if scaling is None:
                continue
            scaled.add(wish.key)
            try:
                await self._scale(wish, scaling)
            except (Conflict, PortError) as error:
                log.warning("%s is scaled later: %s", wish.key, error)
            except Exception:
                log.exception("autoscaling %s failed", wish.key)
            await asyncio.sleep(0)
        for key in self._memories.keys() - scaled:
            del self._memories[key]

    def _autoscalers(self) -> Mapping[AppKey, Autoscaling]:
        found: dict[AppKey, Autoscaling] = {}
        for stored in self._objects.all("HorizontalPodAutoscaler"):
            one = stored.object
            if isinstance(one, HorizontalPodAutoscaler) and not stored.deleting:
                found.setdefault(one.target_key, one.scaling)
        return found

    def _scaling(self, key: AppKey, autoscalers: Mapping[AppKey, Autoscaling]) -> Autoscaling | None:
        wish = self._desired.get(key)
        if wish is None or wish.spec.job is not None:
            return None
        own = wish.spec.autoscaling
        return autoscalers.get(key) or (own if own is not None and own.enabled else None)

    async def _scale(self, wish: Desired, scaling: Autoscaling) -> None:
        site = self._sites.get(wish.spec.runtime)
        if wish.deleting or site is None or not site.cache.reachable:
            return
        memory = self._memories.setdefault(wish.key, _Memory())
        current, now = wish.spec.replicas, self._clock.now()
        if current == 0:
            text = "scaling is disabled since the replica count of the target is zero"
            self._says(memory, status=False, reason="ScalingDisabled", message=text)
            return
        advice = advise(scaling, current, await self._replicas(wish, site), now)
        self._judge(wish.key, memory, advice)
        if self.least is not None:
            request = _request(wish.spec.template, "cpu_millicores")
            advice = raised(advice, current, await self.least(wish, scaling, request))
        wanted = current if advice.replicas is None else advice.replicas
        if advice.replicas is not None:
            wanted, memory.pace = memory.pace.settled(scaling, current, advice.replicas, now)
        if wanted > current and self.most is not None:
            wanted = max(current, min(wanted, self.most(wish.spec)))
        if wanted != current:
            await self._rescale(wish, scaling, memory, wanted, advice.why or "All metrics below target")

    async def _rescale(self, wish: Desired, scaling: Autoscaling, memory: _Memory, wanted: int, why: str) -> None:
        present = self._desired.get(wish.key)
        if present is None or present.generation != wish.generation:
            return  # somebody changed it meanwhile: the next round looks afresh
        spec = wish.spec.model_copy(update={"replicas": wanted})
        if await self._desired.wish(spec, f"autoscaling: {why}"):
            memory.pace = memory.pace.changed(scaling, wish.spec.replicas, wanted, self._clock.now())
            self._events.record(wish.key, EventType.NORMAL, "SuccessfulRescale", f"New size: {wanted}; reason: {why}")

    # -- what is said

    def _judge(self, key: AppKey, memory: _Memory, advice: Advice) -> None:
        if advice.failure is None:
            memory.unknown_since = None
            text = "the autoscaler knows what the replicas use"
            self._says(memory, status=True, reason="ValidMetricFound", message=text)
            return
        now, failure = self._clock.now(), advice.failure
        since = memory.unknown_since = memory.unknown_since if memory.unknown_since is not None else now
        self._says(memory, status=False, reason="FailedGetResourceMetric", message=failure.reason)
        if failure.missing_request or now - since >= PATIENCE_SECONDS:
            self._events.record(key, EventType.WARNING, "FailedGetResourceMetric", failure.reason)

    def _says(self, memory: _Memory, *, status: bool, reason: str, message: str) -> None:
        before = memory.condition
        since = before.since if before is not None and before.status == status else self._clock.now()
        memory.condition = Condition("ScalingActive", status, reason, message, since)

    # -- what is seen

    async def _replicas(self, wish: Desired, site: Site) -> list[ReplicaUsage]:
        """Those there are, and those that are wished for and not there yet: in Kubernetes they are Pending pods."""
        templates: dict[str, PodTemplate | None] = {}
        found = []
        for pod in site.cache.pods(wish.key):
            if pod.template_hash not in templates:
                templates[pod.template_hash] = await self._desired.template(wish, pod.template_hash)
            found.append(self._replica(pod, templates[pod.template_hash] or wish.spec.template, site))
        template = wish.spec.template
        cpu, memory = _request(template, "cpu_millicores"), _request(template, "memory_bytes")
        absent = wish.spec.replicas - sum(not one.ignored for one in found)
        return found + [
            ReplicaUsage(f"{wish.key.name} (pending {number})", None, cpu_request=cpu, memory_request=memory)
            for number in range(1, absent + 1)
        ]

    def _replica(self, pod: ObservedPod, template: PodTemplate, site: Site) -> ReplicaUsage:
        seen = ReplicaUsage(
            name=pod.id.name,
            started_at=pod.started_at if pod.phase is PodPhase.RUNNING else None,
            ready=pod.ready and self._health.ready(pod),
            changed_at=self._health.changed_at(pod),
            ignored=pod.phase.ended or pod.id in site.stopping,
            cpu_request=_request(template, "cpu_millicores"),
            memory_request=_request(template, "memory_bytes"),
        )
        stats: PodStats | None = self._usage.latest(pod.id)
        if stats is None:
            return seen
        return replace(seen, sampled_at=stats.at, cpu=stats.cpu_millicores, memory=stats.memory_bytes)


def _request(template: PodTemplate, amount: str) -> int | None:
    """Of all its containers together; None where one has neither a request nor a limit."""
    amounts = [_of_container(container, amount) for container in template.containers]
    known = [one for one in amounts if one is not None]
    return sum(known) if len(known) == len(amounts) else None


def _of_container(container: Container, amount: str) -> int | None:
    request: int | None = getattr(container.resources.requests, amount)
    limit: int | None = getattr(container.resources.limits, amount)
    return request if request is not None else limit
