"""The table of legal phase moves of one attempt. A phase moves forward only; a restart is a new attempt."""

from __future__ import annotations

from app.core.errors import KubeLiteError
from app.core.pods import ObservedPod, PodPhase

LEGAL: dict[PodPhase, frozenset[PodPhase]] = {
    PodPhase.PENDING: frozenset({PodPhase.PENDING, PodPhase.RUNNING, PodPhase.SUCCEEDED, PodPhase.FAILED}),
    PodPhase.RUNNING: frozenset({PodPhase.RUNNING, PodPhase.SUCCEEDED, PodPhase.FAILED}),
    PodPhase.SUCCEEDED: frozenset({PodPhase.SUCCEEDED}),
    PodPhase.FAILED: frozenset({PodPhase.FAILED}),
}


class IllegalTransition(KubeLiteError):
    """An attempt went backwards: somebody started an ended container by hand, or a runtime adapter has a bug."""


def check_transition(before: ObservedPod, after: ObservedPod) -> None:
    """Raises `IllegalTransition` with the story of both sightings when the move is not in the table."""
    if after.phase not in LEGAL[before.phase]:
        raise IllegalTransition(
            f"{after.id.name} attempt {after.id.attempt} went from {before.phase} to {after.phase} "
            f"(was: exit {before.exit}, finished {before.finished_at}; now: started {after.started_at})"
        )
