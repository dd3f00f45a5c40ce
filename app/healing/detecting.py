"""What is trouble: an app that fails, or one that starts and does not become ready in the time it may take. Pure."""

from __future__ import annotations

from app.core.pods import PodPhase
from app.core.runtimenames import NOSANA
from app.core.views import AppStatus, AppView
from app.healing.judging import start_seconds

SLOW_SECONDS = 90.0
"""So long a replica may run without being ready, on top of what its start-up probe lets it take."""
_FAILING = frozenset({AppStatus.FAILED, AppStatus.CRASH_LOOPING, AppStatus.DEGRADED})
_ON_ITS_WAY = frozenset({AppStatus.STARTING, AppStatus.UPDATING})


def ill(view: AppView, now: float) -> bool:
    """Something of it fails now. While its runtime is silent nothing is known, and what is deleted is left alone."""
    if view.deleting or view.status is AppStatus.UNKNOWN or view.spec.replicas == 0:
        return False
    if view.status in _FAILING:
        return True
    return view.status in _ON_ITS_WAY and view.spec.runtime != NOSANA and _never_ready(view, now)


def _never_ready(view: AppView, now: float) -> bool:
    """A new replica runs and no probe of it succeeds. Pulling an image or waiting for a place is not this."""
    patience = SLOW_SECONDS + start_seconds(view.spec)
    readiness = view.spec.container.readiness
    patience += readiness.initial_delay_seconds if readiness is not None else 0
    return any(
        one.current and not one.ready and one.phase is PodPhase.RUNNING and now - (one.started_at or now) >= patience
        for one in view.replicas
    )
