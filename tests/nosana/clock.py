"""Time for the stand-in outside of virtual time: real, or faster."""

from __future__ import annotations

import time

from tests.clock import EPOCH


class ScaledClock:
    """`now()` starts at the real time (or at `epoch`) and runs `speed` times as fast."""

    def __init__(self, speed: float = 1.0, epoch: float | None = None) -> None:
        self._speed = speed
        self._epoch = time.time() if epoch is None else epoch  # noqa: TID251 - this is a clock
        self._start = time.monotonic()

    def now(self) -> float:
        return self._epoch + (time.monotonic() - self._start) * self._speed

    def skip(self, seconds: float) -> None:
        """A jump forward."""
        self._epoch += seconds


class HandClock:
    """`now()` moves only when a test says so."""

    def __init__(self, epoch: float = EPOCH) -> None:
        self.time = epoch

    def now(self) -> float:
        return self.time

    def pass_(self, seconds: float) -> None:
        self.time += seconds
