"""A circuit breaker for the model's endpoint: after a failure the rules answer at once for a while."""

from __future__ import annotations

from collections.abc import Callable

COOLING_SECONDS = 30.0
"""After the first failure; each further one in a row doubles it."""
LONGEST_SECONDS = 600.0
PROBE_SECONDS = 60.0
"""How long the one turn that tries again has, while the others do not wait for it."""


class Breaker:
    """One per endpoint, shared by all conversations. `now` is in seconds and never goes back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until = 0.0
        self._failures = 0
        self._why = ""

    def waiting(self) -> str | None:
        """Why the endpoint is not asked now and for how long, None where it may be. After the cooling one caller
        gets None and is the probe."""
        if not self._failures:
            return None
        left = self._until - self._now()
        if left > 0:
            return f"{self._why}; it is asked again in {_span(left)}"
        self._until = self._now() + PROBE_SECONDS
        return None

    def failed(self, why: str) -> None:
        self._failures += 1
        cooling = COOLING_SECONDS * 2 ** min(self._failures - 1, 10)
        self._until = self._now() + min(LONGEST_SECONDS, cooling)
        self._why = why

    def answered(self) -> None:
        """Anything that shows it alive, an unusable answer too."""
        self._failures = 0


def _span(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 120 else f"{round(whole / 60)} min"
