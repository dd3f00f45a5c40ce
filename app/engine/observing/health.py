"""What the probes say of every replica: written by the prober, read wherever somebody asks whether one is ready."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from app.core.pods import ObservedPod, PodId
from app.core.probing import Check, Probing, begin, checks
from app.core.spec import AppKey, Desired
from app.core.template import PodTemplate
from app.engine.desired import DesiredState
from app.ports.clock import Clock

YOUNG_SECONDS = 30.0
"""A replica of a revision that must still be looked up is taken for unready when it is younger than this."""
REMEMBERED = 20_000


class Health:
    def __init__(self, desired: DesiredState, clock: Clock) -> None:
        self._desired = desired
        self._clock = clock
        self._probings: defaultdict[AppKey, dict[PodId, Probing]] = defaultdict(dict)
        self._checks: dict[tuple[AppKey, str], tuple[Check, ...]] = {}
        """By app and template hash."""

    def ready(self, pod: ObservedPod) -> bool:
        """False while a startup or readiness probe has not passed; True for a replica without any."""
        probing = self.of(pod.id)
        if probing is not None:
            return probing.ready
        known, now = self.checks_of(pod), self._clock.now()
        started = pod.started_at if pod.started_at is not None else now
        if known is None:
            return now - started > YOUNG_SECONDS
        return not known or begin(known, started_at=started, now=now).ready

    def unhealthy(self, key: AppKey) -> Mapping[PodId, str]:
        """Replicas whose liveness or startup probe failed too often, and what it said."""
        if key not in self._probings:
            return {}
        return {pod: why for pod, probing in self._probings[key].items() if (why := probing.unhealthy)}

    def explain(self, pod: PodId) -> str:
        """The probe that failed last and has not passed since, in words; "" when none."""
        probing = self.of(pod)
        return probing.failing if probing is not None else ""

    def changed_at(self, pod: ObservedPod) -> float:
        """When it became ready or unready last, its start where it never changed."""
        probing = self.of(pod.id)
        return probing.changed_at if probing is not None else pod.started_at or pod.created_at

    # -- for the prober

    def of(self, pod: PodId) -> Probing | None:
        return self._probings[pod.app].get(pod) if pod.app in self._probings else None

    def probed(self, key: AppKey) -> list[PodId]:
        return list(self._probings[key]) if key in self._probings else []

    def put(self, pod: PodId, probing: Probing) -> None:
        self._probings[pod.app][pod] = probing

    def drop(self, pod: PodId) -> None:
        if pod.app in self._probings:
            self._probings[pod.app].pop(pod, None)
            if not self._probings[pod.app]:
                del self._probings[pod.app]

    def checks_of(self, pod: ObservedPod) -> tuple[Check, ...] | None:
        """None where its revision must be looked up first (`learn`)."""
        known = self._checks.get((pod.id.app, pod.template_hash))
        if known is None:
            wish = self._desired.get(pod.id.app)
            if wish is not None and wish.template_hash == pod.template_hash:
                return self._keep(wish.key, pod.template_hash, wish.spec.template)
        return known

    async def learn(self, wish: Desired, digest: str) -> None:
        """Looks the revision up; one that is no longer kept has no probes. Raises `PortError`."""
        self._keep(wish.key, digest, await self._desired.template(wish, digest))

    def _keep(self, key: AppKey, digest: str, template: PodTemplate | None) -> tuple[Check, ...]:
        if len(self._checks) > REMEMBERED:
            self._checks.clear()
        self._checks[key, digest] = checks(template) if template is not None else ()
        return self._checks[key, digest]
