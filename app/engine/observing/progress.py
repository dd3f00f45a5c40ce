"""When each rollout last came further: the memory behind the progress deadline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.pods import ObservedPod
from app.core.spec import AppKey, Desired


@dataclass(slots=True)
class _Mark:
    generation: int
    revision: int
    new: int
    """The most replicas of the present revision that were ready at once."""
    old: int
    """The fewest of older revisions that were left."""
    at: float


class Progress:
    """Coming further is more ready replicas of the present revision than ever, or fewer old ones. One that crashes and
    comes back is none."""

    def __init__(self) -> None:
        self._marks: dict[AppKey, _Mark] = {}

    def look(self, desired: Desired, pods: Iterable[ObservedPod], now: float) -> float:
        """Takes what is seen; when the rollout last came further, 0.0 = never or no rollout is on its way."""
        if not desired.revised_at or desired.rolled_out_at or desired.spec.job is not None:
            self._marks.pop(desired.key, None)
            return 0.0
        live = [pod for pod in pods if not pod.phase.ended]
        ready = [pod for pod in live if pod.ready and pod.template_hash == desired.template_hash]
        old = sum(pod.template_hash != desired.template_hash for pod in live)
        mark = self._marks.get(desired.key)
        if mark is None or mark.revision != desired.revision:
            # After a restart of ours the starts of what is ready are what is left of the memory.
            at = max((pod.started_at or 0.0 for pod in ready), default=0.0)
            self._marks[desired.key] = _Mark(desired.generation, desired.revision, len(ready), old, at)
            return at
        if mark.generation != desired.generation:
            # Another number of replicas is wished for: what is reached of it is measured from here.
            mark.generation, mark.new, mark.old = desired.generation, len(ready), old
        elif len(ready) > mark.new or old < mark.old:
            mark.new, mark.old, mark.at = max(mark.new, len(ready)), min(mark.old, old), now
        return mark.at

    def forget(self, key: AppKey) -> None:
        self._marks.pop(key, None)
