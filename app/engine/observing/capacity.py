"""What the replicas on one host ask for, app by app, so that what is free is known without counting everything anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from app.core.planning.fitting import NOTHING, minus, needs, plus
from app.core.pods import Capacity, ObservedPod, PodId
from app.core.spec import AppKey, Desired


class Accounts:
    """Kept true by whoever looks at an app; `wake(key)` when room may have come free for one that waits for it."""

    def __init__(self, wake: Callable[[AppKey], None]) -> None:
        self._wake = wake
        self._used: dict[AppKey, Capacity] = {}
        self._needs: dict[AppKey, dict[str, Capacity]] = {}
        self._waiting: dict[AppKey, None] = {}
        self.total = NOTHING

    def count(self, desired: Desired, pods: Iterable[ObservedPod], starting: Iterable[tuple[PodId, str]]) -> None:
        """Notes what this app takes now: its live replicas and those on their way."""
        known = self._needs.setdefault(desired.key, {})
        if desired.template_hash not in known:
            known[desired.template_hash] = needs(desired.spec.template.wants)
        if not any(need != NOTHING for need in known.values()):
            return
        live = {pod.id: pod.template_hash for pod in pods if not pod.phase.ended}
        live.update(starting)
        used, own = NOTHING, known[desired.template_hash]
        for digest, times in Counter(live.values()).items():
            used = plus(used, _times(known.get(digest, own), times))
        self._note(desired.key, used)

    def forget(self, key: AppKey) -> None:
        """The app is gone."""
        self._needs.pop(key, None)
        self._waiting.pop(key, None)
        self._note(key, NOTHING)

    def wait(self, key: AppKey) -> None:
        """A replica of this app does not fit: it is woken once something leaves."""
        self._waiting[key] = None

    def _note(self, key: AppKey, used: Capacity) -> None:
        before = self._used.get(key, NOTHING)
        if used == before:
            return
        self._used[key] = used
        grown = minus(used, before)
        self.total = plus(self.total, grown)
        if min(grown.cpu_millicores, grown.memory_bytes, grown.gpus) < 0:
            waiting, self._waiting = self._waiting, {}
            for one in waiting:
                self._wake(one)


def _times(need: Capacity, times: int) -> Capacity:
    return Capacity(need.cpu_millicores * times, need.memory_bytes * times, need.gpus * times)
