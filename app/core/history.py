"""What one replica slot went through: the memory behind back-off, restart counts and "why did it die"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.backoff import HEALTHY_AFTER_SECONDS, restart_delay
from app.core.pods import ExitInfo


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """Persisted per (app, slot). Times are epoch seconds.

    `failures` counts ends since the slot was last healthy for 10 minutes (the back-off's input);
    `restarts` counts all attempts after the first, as `kubectl get pods` does.
    """

    slot: int
    attempt: int = 0
    """The highest attempt ever used; the next one is this plus one. 0 = none yet."""
    recorded: int = 0
    """The highest attempt whose end is in the counts, so that no end is counted twice."""
    failures: int = 0
    restarts: int = 0
    never_started: bool = False
    """The last failure came before the process ran (image, port, command): no free first restart."""
    ended_at: float | None = None
    last_exit: ExitInfo | None = None

    def starting(self, attempt: int) -> SlotRecord:
        """The record once `attempt` was sent off."""
        first = self.attempt == 0
        return replace(self, attempt=max(self.attempt, attempt), restarts=self.restarts if first else self.restarts + 1)

    def adopted(self, attempt: int) -> SlotRecord:
        """The record after finding an attempt we had not recorded: a crash lay between effect and record."""
        return replace(self, attempt=max(self.attempt, attempt))

    def ended(self, attempt: int, how: ExitInfo, *, ran_seconds: float | None, at: float) -> SlotRecord:
        """The record after `attempt` ended. `ran_seconds` None = its process never started."""
        if attempt <= self.recorded:
            return self
        healthy = ran_seconds is not None and ran_seconds >= HEALTHY_AFTER_SECONDS
        return replace(
            self,
            attempt=max(self.attempt, attempt),
            recorded=attempt,
            failures=1 if healthy else self.failures + 1,
            never_started=ran_seconds is None,
            ended_at=at,
            last_exit=how,
        )

    @property
    def next_attempt_at(self) -> float:
        """When the slot may be tried again; 0.0 = at once."""
        if self.ended_at is None:
            return 0.0
        return self.ended_at + restart_delay(self.failures, started=not self.never_started)
