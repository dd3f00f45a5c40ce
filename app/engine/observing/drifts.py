"""What was tried against each change from outside: a repair that failed, and replacements that did not help.

A difference that every new replica shows again is not a hand on the host but a runtime that cannot do what is wished
for: it is corrected a few times, told once more, and left alone, or the app would be replaced for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.pods import Drift, ObservedPod, PodId
from app.core.spec import AppKey

ROUNDS_AT_MOST = 3
REMEMBERED_SECONDS = 600.0

Change = tuple[AppKey, str, str, str, str]
"""App, template hash, field, what was found, what was wanted."""


@dataclass(slots=True)
class _Seen:
    """`rounds` of replicas that showed it, each round made after the one before was first seen, at `since`."""

    rounds: int
    since: float


class Drifts:
    def __init__(self) -> None:
        self._beyond_repair: set[PodId] = set()
        self._seen: dict[Change, _Seen] = {}

    def judged(self, pod: ObservedPod, now: float) -> ObservedPod:
        """The pod with the drift that something is to be done about, each marked with what that is."""
        beyond = pod.id in self._beyond_repair
        left = [one for one in pod.drift if self._round(pod, one, now) <= ROUNDS_AT_MOST]
        drift = tuple(replace(one, in_place=one.in_place and not beyond) for one in left)
        return pod if drift == pod.drift else replace(pod, drift=drift)

    def give_up_repair(self, pod: PodId) -> None:
        """It cannot be mended in place, so it is to be replaced."""
        self._beyond_repair.add(pod)

    def last_tries(self, pod: ObservedPod) -> Sequence[Drift]:
        """What of its drift is left alone from now on, should it show in the next replica too."""
        seen = ((one, self._seen.get(_change(pod, one))) for one in pod.drift)
        return [one for one, known in seen if known is not None and known.rounds == ROUNDS_AT_MOST]

    def ended(self, pod: PodId) -> None:
        self._beyond_repair.discard(pod)

    def forget(self, key: AppKey) -> None:
        """The app is gone."""
        self._beyond_repair = {pod for pod in self._beyond_repair if pod.app != key}
        self._seen = {change: seen for change, seen in self._seen.items() if change[0] != key}

    def _round(self, pod: ObservedPod, one: Drift, now: float) -> int:
        seen = self._seen.get(_change(pod, one))
        if seen is None or now - seen.since > REMEMBERED_SECONDS:
            seen = self._seen[_change(pod, one)] = _Seen(1, now)
        elif pod.created_at >= seen.since:
            seen.rounds, seen.since = seen.rounds + 1, now
        return seen.rounds


def _change(pod: ObservedPod, one: Drift) -> Change:
    return pod.id.app, pod.template_hash, one.field, one.found, one.wanted
