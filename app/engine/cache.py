"""What one runtime showed last: written by the watcher and by finished effects, read by everybody, from memory.

A list that was asked for before an effect must not undo what the effect showed: every entry carries the moment of its
last change, and `replace` leaves alone what changed after the list was begun.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable

from app.core.pods import ObservedPod, PodId
from app.core.spec import AppKey
from app.core.transitions import IllegalTransition, check_transition

log = logging.getLogger(__name__)


class PodCache:
    """Pods of one runtime by app. `synced` False until the first list: before that, absence means nothing."""

    def __init__(self) -> None:
        self._pods: defaultdict[AppKey, dict[PodId, ObservedPod]] = defaultdict(dict)
        self._touched: dict[PodId, int] = {}
        self._tick = 0
        self.synced = False
        self.silent = "not asked yet"
        """Why the runtime does not answer; empty when it does."""
        self.detail = ""
        self.seen_at: float | None = None

    @property
    def reachable(self) -> bool:
        return self.synced and not self.silent

    def begin(self) -> int:
        """The moment to hand to `replace`, taken before the list is asked for."""
        return self._tick

    def pods(self, key: AppKey) -> tuple[ObservedPod, ...]:
        return tuple(self._pods[key].values()) if key in self._pods else ()

    def apps(self) -> set[AppKey]:
        return {key for key, pods in self._pods.items() if pods}

    def get(self, pod: PodId) -> ObservedPod | None:
        return self._pods[pod.app].get(pod) if pod.app in self._pods else None

    def upsert(self, pod: ObservedPod) -> bool:
        """Takes a sighting; True when it differs from what was known."""
        before = self.get(pod.id)
        if before == pod:
            return False
        if before is not None:
            try:
                check_transition(before, pod)
            except IllegalTransition as error:
                log.warning("reality wins over the table: %s", error)
        self._touch(pod.id)
        self._pods[pod.id.app][pod.id] = pod
        return True

    def remove(self, pod: PodId) -> ObservedPod | None:
        """Takes the news that it is gone; returns what was known of it."""
        self._touch(pod)
        return self._pods[pod.app].pop(pod, None) if pod.app in self._pods else None

    def replace(self, listed: Iterable[ObservedPod], begun: int) -> tuple[set[AppKey], list[ObservedPod]]:
        """Takes a full list asked for at `begun`. Returns the apps that changed and the pods that vanished."""
        changed: set[AppKey] = set()
        found: set[PodId] = set()
        for pod in listed:
            found.add(pod.id)
            if self._touched.get(pod.id, 0) <= begun and self.upsert(pod):
                changed.add(pod.id.app)
        known = [pod for pods in self._pods.values() for pod in pods.values()]
        vanished = [pod for pod in known if pod.id not in found and self._touched.get(pod.id, 0) <= begun]
        for pod in vanished:
            self.remove(pod.id)
            changed.add(pod.id.app)
        self._touched = {pod: tick for pod, tick in self._touched.items() if tick > begun}
        self.synced = True
        return changed, vanished

    def _touch(self, pod: PodId) -> None:
        self._tick += 1
        self._touched[pod] = self._tick
