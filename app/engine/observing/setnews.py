"""What changed between two looks at a replica runtime, told as events in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.events import EventType
from app.core.planning.setstate import serving_url
from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.replicasets import ObservedSet, SetId, SetPhase
from app.core.spec import AppKey
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog

QUEUE = "MarketQueue"
Sets = Mapping[AppKey, Sequence[ObservedSet]]


class SetNews:
    """Only of apps that are wished for here."""

    def __init__(self, runtime: str, desired: DesiredState, events: EventLog) -> None:
        self._runtime = runtime
        self._desired = desired
        self._events = events

    def tell(self, before: Sets, after: Sets) -> None:
        """What was known of the apps that changed, and what is known now."""
        for key, sets in after.items():
            wish = self._desired.get(key)
            if wish is not None and not wish.deleting:
                known = {one.id: one for one in before.get(key, ())}
                for one in sets:
                    self._of_set(known.get(one.id), one)
                if wish.spec.runtime == self._runtime:
                    self._address(key, before.get(key, ()), sets)

    def _of_set(self, before: ObservedSet | None, after: ObservedSet) -> None:
        was = before.trouble if before is not None else ""
        if after.trouble and after.trouble != was:
            reason, _, message = after.trouble.partition(": ")
            self._say(after.id, EventType.WARNING, reason, message or reason)
        reason = was.partition(": ")[0]
        if reason not in ("", QUEUE, after.trouble.partition(": ")[0]) and after.phase is SetPhase.ACTIVE:
            self._say(after.id, EventType.NORMAL, "TroubleOver", f"{reason} is over")
        if after.phase is SetPhase.FAILED and not after.trouble and (before is None or before.phase is not after.phase):
            self._say(after.id, EventType.WARNING, "GaveUp", "its manager gave up")
        known = {pod.id: pod for pod in before.pods} if before is not None else {}
        for pod in after.pods:
            self._of_pod(known.get(pod.id), pod)

    def _of_pod(self, before: ObservedPod | None, after: ObservedPod) -> None:
        if after.phase.ended:
            return
        if _begun(after) and not (before is not None and _begun(before)):
            where = f" on host {after.host}" if after.host else ""
            self._say(after.id, EventType.NORMAL, "Started", f"{after.id.name} is starting{where}")
        if after.ready and not (before is not None and before.ready):
            self._say(after.id, EventType.NORMAL, "Ready", f"{after.id.name} answers")

    def _address(self, key: AppKey, before: Sequence[ObservedSet], after: Sequence[ObservedSet]) -> None:
        """A set has an address of its own, so an update moves the app to another one."""
        was, now = serving_url(before), serving_url(after)
        if was and now and was != now:
            words = f"{key.name} is at {now} now, no longer at {was}"
            self._say(SetId(key, ""), EventType.NORMAL, "AddressChanged", words)

    def _say(self, of: SetId | PodId, type_: EventType, reason: str, message: str) -> None:
        pod = of.name if isinstance(of, PodId) else None
        self._events.record(of.app, type_, reason, f"{self._runtime}: {message}", pod=pod)


def _begun(pod: ObservedPod) -> bool:
    """A host has it."""
    return bool(pod.host) or pod.phase is PodPhase.RUNNING
