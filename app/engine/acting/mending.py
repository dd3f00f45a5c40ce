"""Running replicas that are not as they should be: unhealthy ones are ended, changed ones mended, always in words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from app.core.errors import Permanent, PortError, Unreachable
from app.core.events import EventType
from app.core.pods import Drift, ExitInfo, ObservedPod, PodId, PodRequest
from app.core.spec import Desired
from app.core.template import PodTemplate
from app.engine.acting.insisting import STUCK_SECONDS, insist
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.observing.site import PodSite
from app.engine.records import Records
from app.ports.clock import Clock

log = logging.getLogger(__name__)

REPAIR_SECONDS = 5.0
"""How long after a repair that failed in passing the plan may ask for it again."""

Requests = Callable[[Desired, PodId, str, PodTemplate], PodRequest]
"""What a replica is started with: wish, attempt, template hash and template -> request."""


class Mender:
    def __init__(
        self, desired: DesiredState, records: Records, events: EventLog, clock: Clock, requests: Requests
    ) -> None:
        self._desired = desired
        self._records = records
        self._events = events
        self._clock = clock
        self._requests = requests

    # -- drift

    async def repair(self, wish: Desired, site: PodSite, pod: PodId, digest: str) -> None:
        """Mends it in place, or leaves it to be replaced where that cannot be done."""
        known = site.cache.get(pod)
        try:
            template = await self._desired.template(wish, digest)
            if template is None or known is None:
                site.drifts.give_up_repair(pod)
                return
            request = self._requests(wish, pod, digest, template)
            with site.cache.looking() as begun:
                seen = await site.runtime.repair_pod(request)
                site.cache.answer(seen, begun)
            site.cache.effect_worked()
        except Unreachable as error:
            site.cache.lost(error)
        except Permanent as error:
            self._beyond_repair(site, pod, error.reason, str(error))
        except PortError as error:
            site.cache.effect_failed(error)
            log.warning("%s is mended later: %s", pod.name, error)
            await self._clock.sleep(REPAIR_SECONDS)
        except Exception:
            log.exception("mending %s failed", pod)
            self._beyond_repair(site, pod, "InternalError", "an internal error; the log says more")
        else:
            if seen.drift:
                site.drifts.give_up_repair(pod)
            self.say_corrected(pod, [one for one in known.drift if one not in seen.drift], "mended in place")

    def _beyond_repair(self, site: PodSite, pod: PodId, reason: str, why: str) -> None:
        site.drifts.give_up_repair(pod)
        self._say(pod, EventType.WARNING, reason, f"{pod.name} cannot be mended, so it is replaced: {why}")

    def say_replaced(self, site: PodSite, known: ObservedPod) -> None:
        """The replica was replaced because it was changed from outside."""
        self.say_corrected(known.id, known.drift, "the replica is replaced")
        for one in site.drifts.last_tries(known):
            words = f"{one.field} is {one.found} in every new replica too, not {one.wanted}: the next is left like that"
            self._events.record(known.id.app, EventType.WARNING, "DriftPersists", words)

    def say_corrected(self, pod: PodId, drifts: Iterable[Drift], done: str) -> None:
        """One event for each difference: what was found, what it should be, what was done."""
        for one in drifts:
            words = f"{pod.name}: {one.field} was {one.found}, should be {one.wanted}; {done}"
            self._say(pod, EventType.NORMAL, "DriftCorrected", words)

    # -- health

    async def fail(self, site: PodSite, pod: PodId, why: str, grace_seconds: float) -> None:
        """Ends an unhealthy attempt and keeps its body. The end is noted before it is seen, so that it is told as what
        it was."""
        try:
            await insist(site, self._clock, lambda: site.runtime.stop_pod(pod, grace_seconds, keep=True))
            known = site.cache.get(pod)
            with site.cache.looking() as begun:
                seen = await site.runtime.get_pod(pod)
                if seen is not None:
                    site.cache.answer(seen, begun)
                elif not site.cache.touched(pod, begun):
                    site.cache.remove(pod)
            present = self._desired.get(pod.app)
            if present is not None and present.spec.runtime == site.runtime.name:
                self._note_failed(seen or known, pod, why)
        except Permanent as error:
            self._say(pod, EventType.WARNING, error.reason, f"{pod.name} cannot be stopped: {error}")
            await self._clock.sleep(STUCK_SECONDS)
        except PortError as error:
            site.cache.lost(error)
        except Exception:
            log.exception("stopping %s failed", pod)
            await self._clock.sleep(STUCK_SECONDS)

    def _note_failed(self, seen: ObservedPod | None, pod: PodId, why: str) -> None:
        record, now = self._records.get(pod.app, pod.slot), self._clock.now()
        ran, digest, code = 0.0, record.template_hash, None
        if seen is not None:
            ran, digest = max(now - (seen.started_at or now), 0.0), seen.template_hash
            code = seen.exit.code if seen.exit else None
        how = ExitInfo(code, "Unhealthy", why)
        record = record.adopted(pod.attempt, digest).ended(pod.attempt, how, ran_seconds=ran, at=now)
        self._records.note(pod.app, record)
        wait = record.next_attempt_at - now
        then = f"next try in {wait:.0f} s" if wait > 0 else "a replacement starts now"
        self._say(pod, EventType.WARNING, "Unhealthy", f"{pod.name} was stopped: {why}; {then}")

    def _say(self, pod: PodId, type_: EventType, reason: str, message: str) -> None:
        self._events.record(pod.app, type_, reason, message, pod=pod.name)
