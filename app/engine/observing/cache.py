"""What one runtime showed last: written by the watcher and by finished effects, read by everybody, from memory.

An answer that was asked for before something newer was seen must not undo it: every entry carries the moment of its
last change, and whoever asks the runtime says with `looking` when he began.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.core.errors import PortError
from app.core.planning.transitions import IllegalTransition, check_transition
from app.core.pods import ObservedPod, PodId
from app.core.spec import AppKey

log = logging.getLogger(__name__)

NOT_ANSWERING = "EngineNotAnswering"
"""The reason of an effect that did not end within its time."""
STUCK_EFFECTS = 2
"""So many of them in a row, with none that worked in between, are no accident."""


class PodCache:
    """Pods of one runtime by app. `synced` False until the first list: before that, absence means nothing."""

    def __init__(self) -> None:
        self._pods: defaultdict[AppKey, dict[PodId, ObservedPod]] = defaultdict(dict)
        self._touched: dict[PodId, int] = {}
        self._tick = 0
        self._looks: Counter[int] = Counter()
        self.synced = False
        self.silent = "not asked yet"
        """Why the runtime does not answer; empty when it does."""
        self.doubted = asyncio.Event()
        """Set when an effect met silence: the watcher looks at once whether it is so."""
        self.seen_at: float | None = None
        self.rounds = 0
        """How often the runtime came back from silence."""
        self._detail = ""
        self._stuck = 0
        self._words = ""

    @property
    def reachable(self) -> bool:
        return self.synced and not self.silent

    @property
    def detail(self) -> str:
        """One line on the runtime: what is wrong with it, else what it is."""
        return self.trouble or self._detail

    @detail.setter
    def detail(self, text: str) -> None:
        self._detail = text

    @property
    def trouble(self) -> str:
        """In words, where it answers questions but effects do not end: an Engine can wedge like that (moby 46661)."""
        return self._words if self._stuck >= STUCK_EFFECTS else ""

    def effect_failed(self, error: PortError) -> None:
        """An effect failed; one that was not answered in time may be the sign of an engine that hangs."""
        if error.reason == NOT_ANSWERING:
            self._stuck += 1
            self._words = str(error)

    def effect_worked(self) -> None:
        self._stuck = 0

    def lost(self, error: PortError) -> None:
        """The runtime did not answer; what is known stays, and nothing is concluded from it."""
        self.silent = str(error) or error.reason
        self.doubted.set()

    @contextmanager
    def looking(self) -> Iterator[int]:
        """While the runtime is asked: gives the moment to hand in with the answer."""
        begun = self._tick
        self._looks[begun] += 1
        try:
            yield begun
        finally:
            self._looks[begun] -= 1
            if not self._looks[begun]:
                del self._looks[begun]

    def touched(self, pod: PodId, begun: int) -> bool:
        """Something was learnt of it after `begun`."""
        return self._touched.get(pod, 0) > begun

    def pods(self, key: AppKey) -> tuple[ObservedPod, ...]:
        return tuple(self._pods[key].values()) if key in self._pods else ()

    def apps(self) -> set[AppKey]:
        return set(self._pods)

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

    def answer(self, pod: ObservedPod, begun: int) -> bool:
        """Takes what an effect begun at `begun` returned; the news of what came after it may have been faster."""
        before = self.get(pod.id)
        late = self.touched(pod.id, begun) and (before is None or not _forward(before, pod))
        return not late and self.upsert(pod)

    def remove(self, pod: PodId) -> ObservedPod | None:
        """Takes the news that it is gone; returns what was known of it."""
        self._touch(pod)
        pods = self._pods.get(pod.app, {})
        known = pods.pop(pod, None)
        if not pods:
            self._pods.pop(pod.app, None)
        return known

    def replace(self, listed: Iterable[ObservedPod], begun: int) -> tuple[list[AppKey], list[ObservedPod]]:
        """Takes a full list asked for at `begun`. Returns the apps that changed and the pods that vanished."""
        changed: dict[AppKey, None] = {}
        found: set[PodId] = set()
        for pod in listed:
            found.add(pod.id)
            if not self.touched(pod.id, begun) and self.upsert(pod):
                changed[pod.id.app] = None
        known = [pod for pods in self._pods.values() for pod in pods.values()]
        vanished = [pod for pod in known if pod.id not in found and not self.touched(pod.id, begun)]
        for pod in vanished:
            self.remove(pod.id)
            changed[pod.id.app] = None
        oldest = min(self._looks, default=self._tick)
        self._touched = {pod: tick for pod, tick in self._touched.items() if tick > oldest}
        if not self.reachable:
            self.rounds += 1
        self.synced = True
        return list(changed), vanished

    def _touch(self, pod: PodId) -> None:
        self._tick += 1
        self._touched[pod] = self._tick


def _forward(before: ObservedPod, after: ObservedPod) -> bool:
    try:
        check_transition(before, after)
    except IllegalTransition:
        return False
    return before.phase is not after.phase
