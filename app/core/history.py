"""What one replica slot went through: the memory behind back-off, restart counts and "why did it die"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.core.backoff import HEALTHY_AFTER_SECONDS, restart_delay
from app.core.pods import ExitInfo


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """Persisted per (app, slot). Times are epoch seconds.

    `failures` counts unplanned ends since the slot was last healthy for 10 minutes (the back-off's input);
    `restarts` counts attempts that followed an unplanned end, as `kubectl get pods` does.
    """

    slot: int
    attempt: int = 0
    """The highest attempt number ever used, reserved before the effect; the next one is this plus one."""
    recorded: int = 0
    """The highest attempt whose end is in the counts, so that no end is counted twice."""
    template_hash: str = ""
    """What the last attempt ran; a new template does not inherit the back-off of the old one."""
    failures: int = 0
    restarts: int = 0
    never_started: bool = False
    """The last failure came before the process ran (port, command): no free first restart."""
    ended_at: float | None = None
    """The last unplanned end; None after a planned stop."""
    last_exit: ExitInfo | None = None
    succeeded: int = 0
    """Of a Job: attempts that ran to completion, with the present template."""
    failed: int = 0
    """Attempts that ended unplanned, ever, with the present template: a Job's back-off limit counts them."""
    finished_at: float = 0.0
    """The last end, successful or not; 0.0 = none yet."""

    def starting(self, attempt: int, template_hash: str) -> SlotRecord:
        """The record once `attempt` is about to be sent off."""
        same = template_hash == self.template_hash
        again = self.ended_at is not None and attempt > self.attempt
        return replace(
            self,
            attempt=max(self.attempt, attempt),
            recorded=attempt - 1 if attempt == self.attempt else self.recorded,
            template_hash=template_hash,
            failures=self.failures if same else 0,
            restarts=self.restarts + again if same else 0,
            succeeded=self.succeeded if same else 0,
            failed=self.failed if same else 0,
        )

    def adopted(self, attempt: int, template_hash: str) -> SlotRecord:
        """The record after finding an attempt we had not recorded: a crash lay between effect and record."""
        if (attempt, template_hash) == (self.attempt, self.template_hash) or attempt < self.attempt:
            return self
        same = template_hash == self.template_hash
        return replace(
            self,
            attempt=attempt,
            template_hash=template_hash,
            succeeded=self.succeeded if same else 0,
            failed=self.failed if same else 0,
        )

    def alive(self, attempt: int, template_hash: str) -> SlotRecord:
        """The record after seeing `attempt` run. One that was taken for failed was not: only the answer was lost."""
        if attempt != self.attempt or attempt > self.recorded:
            return self.adopted(attempt, template_hash)
        failures = max(self.failures - 1, 0)
        return replace(
            self,
            recorded=attempt - 1,
            failures=failures,
            failed=max(self.failed - 1, 0),
            never_started=False,
            ended_at=self.ended_at if failures else None,
        )

    def ended(self, attempt: int, how: ExitInfo, *, ran_seconds: float | None, at: float) -> SlotRecord:
        """The record after `attempt` ended unplanned. `ran_seconds` None = its process never started."""
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
            failed=self.failed + 1,
            finished_at=at,
        )

    def explained(self, attempt: int, how: ExitInfo | None) -> SlotRecord:
        """The record after learning more of an end that is counted already: a runtime may say that a process was killed
        before it says that it was for its memory."""
        known = self.last_exit
        if attempt != self.recorded or how is None or known is None:
            return self
        late = how.oom_killed and not known.oom_killed and how.code == known.code
        return replace(self, last_exit=how) if late else self

    def completed(self, attempt: int, how: ExitInfo, *, at: float) -> SlotRecord:
        """The record after `attempt` of a Job ran to completion: a success is never forgotten. One that was taken for
        failed to start was not: only the answer was lost."""
        lost = attempt == self.recorded == self.attempt and self.never_started and self.ended_at is not None
        if attempt <= self.recorded and not lost:
            return self
        return replace(
            self,
            attempt=max(self.attempt, attempt),
            recorded=attempt,
            failures=0,
            never_started=False,
            ended_at=None,
            last_exit=how,
            succeeded=self.succeeded + 1,
            failed=self.failed - 1 if lost else self.failed,
            finished_at=at,
        )

    def stopped(self) -> SlotRecord:
        """The record after a planned stop. The attempt number stays, so that no name is ever used twice."""
        return SlotRecord(slot=self.slot, attempt=self.attempt, recorded=self.attempt)

    def suspended(self) -> SlotRecord:
        """The record of a Job after a planned stop: what was done and what failed still counts."""
        return replace(
            self.stopped(),
            template_hash=self.template_hash,
            succeeded=self.succeeded,
            failed=self.failed,
            finished_at=self.finished_at,
            last_exit=self.last_exit,
        )

    @property
    def waiting(self) -> bool:
        """The last attempt ended unplanned and has no successor yet."""
        return self.ended_at is not None and self.recorded == self.attempt

    @property
    def usable_from(self) -> int:
        """The lowest attempt that may still be started: the last one, unless it was stopped as planned."""
        stopped = self.recorded == self.attempt and self.ended_at is None
        return self.attempt + 1 if stopped else self.attempt

    @property
    def next_attempt_at(self) -> float:
        """When the slot may be tried again; 0.0 = at once."""
        if self.ended_at is None:
            return 0.0
        return self.ended_at + restart_delay(self.failures, started=not self.never_started)
