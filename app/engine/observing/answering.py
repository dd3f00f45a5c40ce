"""Since when each rented replica answers, or does not any more. Its manager may go on billing for one whose host is
lost until its rent is over, so this is our own watch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.spec import AppKey

LOST_SECONDS = 180.0
"""So long after its last answer a replica is lost: the network's own watch, where it is on, waits a minute."""
NEVER_SECONDS = 3600.0
"""A replica that has not answered once is given this long: 45 GB of weights take a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """`answers` and since when; `ever` it has answered while we looked."""

    answers: bool
    at: float
    ever: bool


class Answering:
    """In memory: after our restart a replica that does not answer has the longer time again."""

    def __init__(self) -> None:
        self._seen: defaultdict[AppKey, dict[PodId, _Seen]] = defaultdict(dict)

    def look(self, key: AppKey, pods: Iterable[ObservedPod], now: float) -> Mapping[PodId, str]:
        """Takes what is seen; the running replicas that are lost, and what is wrong with each."""
        before = self._seen.pop(key, {})
        running = [pod for pod in pods if pod.phase is PodPhase.RUNNING]
        if running:
            self._seen[key] = {pod.id: _next(before.get(pod.id), pod, now) for pod in running}
        return {pod.id: why for pod in running if (why := _lost(self._seen[key][pod.id], pod, now))}

    def since(self, key: AppKey) -> Mapping[PodId, float]:
        """When each replica that answers began to."""
        return {pod: seen.at for pod, seen in self._seen.get(key, {}).items() if seen.answers}

    @property
    def doubts(self) -> bool:
        """A replica that answered does not any more."""
        return any(seen.ever and not seen.answers for pods in self._seen.values() for seen in pods.values())

    def forget(self, key: AppKey) -> None:
        self._seen.pop(key, None)


def _next(before: _Seen | None, pod: ObservedPod, now: float) -> _Seen:
    if before is None:
        return _Seen(pod.ready, now, pod.ready)
    if before.answers == pod.ready:
        return before
    return _Seen(pod.ready, now, before.ever or pod.ready)


def _lost(seen: _Seen, pod: ObservedPod, now: float) -> str:
    if seen.answers:
        return ""
    started = pod.started_at if pod.started_at is not None else pod.created_at
    if seen.ever and now - seen.at >= LOST_SECONDS:
        return f"it has not answered for {LOST_SECONDS / 60:.0f} minutes"
    if not seen.ever and now - max(seen.at, started) >= NEVER_SECONDS:
        return f"it has not answered since it started {NEVER_SECONDS / 60:.0f} minutes ago"
    return ""
