"""What an experiment sees: its app, the others, what the engine told, and what healing makes of it."""

from __future__ import annotations

from collections.abc import Sequence

from app.chaos.planning import Planner
from app.core.errors import KubeLiteError, NotFound
from app.core.events import Event, EventType
from app.core.experiments import TROUBLE, Experiment, Seen
from app.core.incidents import Incident
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.healing import Healing

SLOW_LOOK_SECONDS = 1.0
"""Between two looks at everything else than the app itself."""
SIGNS = frozenset({"DriftCorrected"})
"""Events that are no warnings and yet tell of the fault."""
EVENTS = 20
BEFORE_SECONDS = 1.0
"""Trouble seen so shortly before the fault was noted is of the fault."""


class Watcher:
    """Of one experiment."""

    def __init__(self, control: Control, planner: Planner, healing: Healing | None, clock: Clock) -> None:
        self._control = control
        self._planner = planner
        self._healing = healing
        self._clock = clock
        self._looked_at = float("-inf")
        self._hurt: tuple[AppKey, ...] = ()
        self._sign_at: float | None = None

    async def look(self, experiment: Experiment, *, stop: bool) -> Seen:
        now = self._clock.now()
        if now - self._looked_at >= SLOW_LOOK_SECONDS:
            self._looked_at = now
            self._hurt = self._others(experiment)
            if experiment.injected_at is not None and experiment.hurt_at is None:
                self._sign_at = await self._sign(experiment, experiment.injected_at)
        return Seen(
            view=self._planner.view(experiment.app),
            hurt=self._hurt,
            incident=await self.incident(experiment),
            stop=stop,
            sign_at=self._sign_at,
        )

    def _others(self, experiment: Experiment) -> tuple[AppKey, ...]:
        spared = {experiment.app, experiment.spoils}
        return tuple(
            view.key
            for view in self._control.apps()
            if view.key in experiment.well_others and view.key not in spared and view.status in TROUBLE
        )

    async def _sign(self, experiment: Experiment, since: float) -> float | None:
        try:
            events = await self._control.events(str(experiment.app), limit=EVENTS)
        except KubeLiteError:
            return None
        return min((_told_at(one, since) for one in events if _tells(one, since)), default=None)

    async def incident(self, experiment: Experiment) -> Incident | None:
        """The newest that began with the fault, over or not."""
        if self._healing is None or experiment.injected_at is None:
            return None
        since = experiment.injected_at - BEFORE_SECONDS
        try:
            found: Sequence[Incident] = self._healing.incidents(str(experiment.app))
            found = [one for one in found if one.began_at >= since]
            if not found and experiment.incident:
                found = [await self._healing.find(experiment.incident)]
            elif not found and self._looked_at == self._clock.now():
                past = await self._healing.past(str(experiment.app), limit=3)
                found = [one for one in past if one.began_at >= since]
        except NotFound:
            return None
        return max(found, key=lambda one: one.began_at, default=None)


def _tells(event: Event, since: float) -> bool:
    return event.last_at >= since and (event.type is EventType.WARNING or event.reason in SIGNS)


def _told_at(event: Event, since: float) -> float:
    return event.first_at if event.first_at >= since else event.last_at
