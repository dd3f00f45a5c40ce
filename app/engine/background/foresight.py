"""The least number of replicas for the load that is foreseen, for apps that ask for it by annotation."""

from __future__ import annotations

import logging

from app.core.errors import PortError
from app.core.forecasts import Estimate, NoForecast, load_ahead, replicas_for
from app.core.forecasts.needs import is_predictive
from app.core.forecasts.series import load, worth_reading
from app.core.spec import AppKey, Autoscaling, Desired
from app.ports.clock import Clock
from app.ports.store import SampleStore

log = logging.getLogger(__name__)

HOLD_SECONDS = 900.0
"""How long one forecast counts; then it is made afresh."""


class Foresight:
    def __init__(self, store: SampleStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[AppKey, tuple[float, Estimate | NoForecast]] = {}
        """Until when it counts, and what was foreseen."""

    async def least(self, wish: Desired, scaling: Autoscaling, cpu_request: int | None) -> int | None:
        """Within the limits of `scaling`; None where nothing is foreseen, or the app does not ask for it."""
        if not is_predictive(wish.spec):
            self._known.pop(wish.key, None)
            return None
        said = await self._load(wish.key, wish.spec.replicas)
        return replicas_for(said.value, scaling, cpu_request) if isinstance(said, Estimate) else None

    async def _load(self, key: AppKey, replicas: int) -> Estimate | NoForecast:
        now = self._clock.now()
        until, said = self._known.get(key, (now, NoForecast("it was not looked at yet")))
        if now >= until:
            try:
                samples = await self._store.list_samples(key, since=now - worth_reading(replicas))
                said = load_ahead(load(samples), now)
            except PortError as error:
                log.warning("the load of %s is not foreseen: %s", key, error)
                said = NoForecast("what it used before cannot be read now")
            self._known[key] = now + HOLD_SECONDS, said
        return said
