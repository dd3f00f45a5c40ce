"""What must hold at every moment of a history: judged when the engine asks for an effect, and read from its log."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence

from app.core.planning.rollout import limits
from app.core.pods import ObservedPod, PodId
from app.core.spec import AppKey, Desired
from app.ports.clock import Clock

NOTICED_SECONDS = 1.0
"""How long after the runtime went away an effect may still be asked for: the news has to arrive."""

ROW_SECONDS = 10.0
"""The shortest back-off."""


class Judge(logging.Handler):
    """`world` shows what really runs, `wish_of` what our process believes is wished for. `calm`: nothing but our own
    stops takes a replica away."""

    def __init__(
        self,
        clock: Clock,
        world: Callable[[], Sequence[ObservedPod]],
        wish_of: Callable[[AppKey], Desired | None],
        *,
        calm: bool,
    ) -> None:
        super().__init__(logging.ERROR)
        self.complaints: list[str] = []
        self.effects = 0
        self.down_since: float | None = None
        self._clock = clock
        self._world = world
        self._wish_of = wish_of
        self._calm = calm
        self._created: set[PodId] = set()
        self._stopping: set[PodId] = set()
        self._started: defaultdict[tuple[AppKey, int], list[float]] = defaultdict(list)
        self._stirred: list[float] = []

    def stir(self) -> None:
        """A wish, or an end of our process: it may begin a new row of starts."""
        self._stirred.append(self._clock.now())

    def gone(self, key: AppKey) -> None:
        """The app is deleted: one of the same name counts its attempts anew."""
        self._created = {pod for pod in self._created if pod.app != key}

    def vanished(self, pod: PodId) -> None:
        """Removed from outside: a start that is on its way may make it once more."""
        self._created.discard(pod)

    def asked(self, verb: str, subject: PodId | str) -> None:
        """An effect is asked for now."""
        self.effects += 1
        if self.down_since is not None and self._clock.now() - self.down_since > NOTICED_SECONDS:
            self.complaints.append(f"{verb} {subject} while the runtime is down")
        if not isinstance(subject, PodId):
            return
        if verb == "start_pod":
            if subject in self._created and subject not in {pod.id for pod in self._world()}:
                self.complaints.append(f"a second container for {subject}")
            self._created.add(subject)
            self._check_pace(subject)
        elif verb == "stop_pod":
            self._stopping.add(subject)
            self._check_availability(subject)

    def answered(self, subject: PodId | str) -> None:
        if isinstance(subject, PodId):
            self._stopping.discard(subject)

    def _check_pace(self, pod: PodId) -> None:
        """A slot is not started again and again: after the free first restart there is a back-off."""
        since = self._clock.now() - ROW_SECONDS
        starts = self._started[pod.app, pod.slot]
        starts.append(self._clock.now())
        recent = sum(at > since for at in starts)
        if recent > 3 + 3 * sum(at > since for at in self._stirred):
            self.complaints.append(f"{pod.name} was started {recent} times within {ROW_SECONDS:.0f} s")

    def _check_availability(self, going: PodId) -> None:
        """Our own stops never leave fewer than an update must keep."""
        wish = self._wish_of(going.app)
        if not self._calm or wish is None or wish.deleting or wish.spec.strategy.type == "Recreate":
            return
        if wish.spec.job is not None:
            return
        ready = {pod.id for pod in self._world() if pod.id.app == going.app and pod.ready}
        left, least = len(ready - self._stopping), limits(wish.spec).least
        if going in ready and left < least:
            self.complaints.append(f"stopping {going} leaves {left} ready, at least {least} must be")

    def emit(self, record: logging.LogRecord) -> None:
        """What is logged as an error is a bug: every trouble of a history is one the engine must know."""
        self.complaints.append(f"logged: {record.getMessage()} {record.exc_info[1] if record.exc_info else ''}")
